//! What nodes of the version before wrote, and say while nodes are upgraded one after the other: the
//! snapshot at the head of a log, sights and news. All of it must be read. Each file is of the first
//! form; a new field needs a default there.

use crate::interaction::DeskNews;
use crate::interaction::command::Command;
use crate::interaction::look::Sight;
use crate::interaction::party::{Added, Errand, Part};
use crate::interaction::record::Stage;
use crate::interaction::support::Life;

const SNAPSHOT: &str = include_str!("golden_snapshot.json");
const SIGHTS: &str = include_str!("golden_sights.json");
const NEWS: &str = include_str!("golden_news.json");

#[test]
fn a_domain_goes_on_from_a_snapshot_of_the_version_before() {
    let mut life = Life::new();
    life.now = crate::base::Millis(1_041_000);

    life.begin_from_snapshot(SNAPSHOT);

    assert_eq!(life.invited_agent("chat-1"), "ada");
    assert_eq!(life.handlers("chat-2"), ["bob", "cyd"]);
    assert_eq!(life.stage("mail-3"), Stage::Queued);
    assert_eq!(life.stage("chat-4"), Stage::Stopped { reason: "done".into() });
    assert_eq!(life.domain.submitted(&"mail".into(), "k-3"), Some(&"mail-3".into()));
    for (agent, connection) in [("ada", "c-1"), ("cyd", "another")] {
        let connection = connection.into();
        life.wish(Command::Resume { agent: agent.into(), connection, begun: None, profile: None });
    }
    life.accept("chat-1");
    life.wait_seconds(20);
    assert_eq!(life.handlers("chat-1"), ["ada"]);
    assert_eq!(life.handlers("chat-2"), ["cyd"], "bob did not come back");
}

#[test]
fn sights_of_the_version_before_are_read() {
    let sights: Vec<Sight> = serde_json::from_str(SIGHTS).unwrap();

    let Sight::Desk(Ok(Some(desk))) = &sights[0] else { panic!("{:?}", sights[0]) };
    assert_eq!(desk.invitations[0].errand, Errand::default());
    assert_eq!(desk.handled[0].observers, [] as [(crate::base::AgentId, Part); 0]);
    for sight in &sights {
        let again = serde_json::to_string(sight).unwrap();
        assert_eq!(serde_json::from_str::<Sight>(&again).unwrap(), *sight);
    }
}

#[test]
fn news_of_the_version_before_are_read() {
    let news: Vec<DeskNews> = serde_json::from_str(NEWS).unwrap();

    let added = DeskNews::PartyAdded {
        interaction: "chat-1".into(),
        agent: "ada".into(),
        how: Added::JoinedSession,
        errand: Errand::default(),
    };
    assert!(news.contains(&added), "{news:?}");
}
