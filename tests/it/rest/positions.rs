//! Which events a position asks for. A client de-duplicates by `index` and asks for `nextPosition`
//! or for its highest index + 1: neither may miss anything, or get it twice.

use super::Rig;
use holdfast::chat::transcript::From;
use holdfast::chat::{EventId, Look, Visibility};
use std::time::Duration;

#[actix_web::test]
async fn a_position_means_events_with_this_index_or_a_higher_one() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    for text in ["a", "b", "c"] {
        rig.ask(&chat, "send", &[("message", text)]).await;
    }
    let all = rig.ask(&chat, "refresh", &[("transcriptPosition", "0")]).await;
    let indexes = all.indexes();

    for (n, from) in [(0, 1), (1, 2), (1, indexes[1]), (2, indexes[1] + 1), (3, indexes[3])] {
        let read = rig.ask(&chat, "refresh", &[("transcriptPosition", &from.to_string())]).await;
        assert_eq!(read.indexes(), indexes[n..], "from {from}");
    }
    assert_eq!(all.next(), indexes[3] + 1);
    let none = rig.ask(&chat, "refresh", &[("transcriptPosition", &all.next().to_string())]).await;
    assert!(none.messages().is_empty());
    assert_eq!(none.next(), all.next());
    rig.stop().await;
}

#[actix_web::test]
async fn a_refresh_without_a_position_shows_everything_and_other_requests_nothing() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;

    let silent = rig.ask(&chat, "send", &[("message", "a")]).await;
    let shown = rig.ask(&chat, "send", &[("message", "b"), ("transcriptPosition", "1")]).await;
    let read = rig.ask(&chat, "refresh", &[]).await;

    assert!(silent.messages().is_empty());
    assert_eq!(silent.next(), shown.indexes()[2] - 999);
    assert_eq!(shown.lines(), ["ParticipantJoined", "Message: a", "Message: b"]);
    assert_eq!(read.lines(), shown.lines());
    rig.stop().await;
}

#[actix_web::test]
async fn minus_one_is_the_last_event_alone() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann"), ("text", "a")]).await;
    let bob = rig.agent_joins(&chat, "bob").await;
    rig.says(&chat, bob, "b").await;
    rig.says_to(&chat, bob, "not for customers", Visibility::Int).await;

    let last = rig.ask(&chat, "refresh", &[("transcriptPosition", "-1")]).await;

    assert_eq!(last.lines(), ["Message: b"]);
    rig.stop().await;
}

#[actix_web::test]
async fn what_a_customer_may_not_see_leaves_a_gap_and_still_moves_the_next_position() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let bob = rig.agent_joins(&chat, "bob").await;
    rig.says_to(&chat, bob, "whisper", Visibility::Int).await;
    let hidden = rig.ask(&chat, "refresh", &[]).await;
    rig.says(&chat, bob, "aloud").await;
    let read =
        rig.ask(&chat, "refresh", &[("transcriptPosition", &hidden.next().to_string())]).await;

    assert_eq!(hidden.lines(), ["ParticipantJoined", "ParticipantJoined"]);
    assert!(hidden.indexes()[1] + 1 < hidden.next());
    assert_eq!(read.lines(), ["Message: aloud"]);
    rig.stop().await;
}

#[actix_web::test]
async fn typing_has_a_number_that_no_event_ever_gets_so_that_nothing_is_missed() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let bob = rig.agent_joins(&chat, "bob").await;
    let mut seen = rig.ask(&chat, "refresh", &[]).await.indexes();
    for text in ["one", "two", "three"] {
        rig.clock.turn(Duration::from_secs(3));
        rig.types(&chat, bob, text).await;
        // A widget asks for its highest index + 1.
        let from = (seen.iter().max().unwrap() + 1).to_string();
        let typing = rig.ask(&chat, "refresh", &[("transcriptPosition", &from)]).await;
        assert_eq!(typing.lines(), [format!("TypingStarted: {text}")]);
        assert_eq!(typing.next(), typing.indexes()[0] + 1);
        seen.extend(typing.indexes());
        rig.says(&chat, bob, text).await;
        let from = (seen.iter().max().unwrap() + 1).to_string();
        let said = rig.ask(&chat, "refresh", &[("transcriptPosition", &from)]).await;
        assert_eq!(said.lines(), [format!("Message: {text}")]);
        seen.extend(said.indexes());
    }
    let n_seen = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), n_seen);
    rig.stop().await;
}

#[actix_web::test]
async fn the_agents_typing_ends_when_he_has_spoken_and_nobody_sees_his_own() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let bob = rig.agent_joins(&chat, "bob").await;
    rig.types(&chat, bob, "I am").await;
    rig.says(&chat, bob, "here").await;
    rig.ask(&chat, "startTyping", &[("message", "my or")]).await;

    let read = rig.ask(&chat, "refresh", &[]).await;

    assert_eq!(read.lines(), ["ParticipantJoined", "ParticipantJoined", "Message: here"]);
    let poll = Look::Poll { who: bob, from: From::Id(EventId(0)), typing: None };
    let seen = rig.look(&chat, poll).await.polled().unwrap().view.live;
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].0.preview.as_deref(), Some("my or"));
    rig.stop().await;
}
