//! Documents of whole conversations: as golden files, and read by another parser.

use super::{Document, SavedNotices, Source, What};
use crate::base::{Millis, UserData};
use crate::chat::command::{AfterAction, Command, Join, Leave, NoticeWish, Say};
use crate::chat::event::{EventId, Fact, Notice, TreatAs};
use crate::chat::participant::{ClientVersion, Protocol, Role, Visibility};
use crate::chat::testing::{Stage, agent, customer, join, supervisor};
use proptest::prelude::*;
use roxmltree::Node;
use std::fs;
use std::time::Duration;

#[test]
fn a_full_conversation_is_written_in_each_form() {
    let document = of_record(&conversation(), SavedNotices::Major);

    expect_golden("transcript.xml", &document.to_xml());
    expect_golden("transcript.json", &document.to_json());
    expect_golden("transcript.txt", &document.to_text());
}

#[test]
fn a_running_transcript_can_keep_what_was_read() {
    let document = of_record(&unfinished(), SavedNotices::All);

    expect_golden("transcript-running.xml", &document.to_xml());
    let xml = document.to_xml();
    assert_eq!(xml.matches("read-confirm").count(), 2, "an older confirmation has vanished");
    let major = of_record(&unfinished(), SavedNotices::Major).to_xml();
    assert!(!major.contains("read-confirm"));
}

#[test]
fn the_customers_own_transcript_shows_what_he_saw() {
    let document = Document::of_customer(source(&conversation()), SavedNotices::Major);

    expect_golden("transcript-customer.xml", &document.to_xml());
    expect_golden("transcript-customer.txt", &document.to_text());
    let xml = document.to_xml();
    for secret in ["whispered", "watched", "for bob alone", "boss", "desktop", "INT", "VIP"] {
        assert!(!xml.contains(secret), "the customer reads {secret}");
    }
}

#[test]
fn the_customer_does_not_read_which_unseen_supervisor_removed_an_agent() {
    let boss = supervisor("boss", Visibility::Vip);
    let mut stage = Stage::with(&[customer("ann"), agent("bob"), boss]);
    stage.was_removed_by("bob", "boss");
    let asker = |document: Document| match &document.entries.last().unwrap().what {
        What::PartyLeft { asker, .. } => asker.to_string(),
        What::NewParty { .. } | What::Message { .. } | What::Notice { .. } => "nobody".into(),
    };

    assert_eq!(asker(Document::of_customer(source(&stage), SavedNotices::All)), "bob");
    assert_eq!(asker(of_record(&stage, SavedNotices::All)), "boss");
}

#[test]
fn another_parser_reads_the_names_times_and_texts_of_the_events() {
    let stage = conversation();
    let xml = of_record(&stage, SavedNotices::All).to_xml();

    let read = roxmltree::Document::parse(&xml).unwrap();

    let root = read.root_element();
    let start: u64 = seconds(root.attribute("startAt").unwrap());
    let mut rows = root.children();
    for event in &stage.room.transcript {
        let Some(expected) = expected_text(&stage, &event.fact) else { continue };
        if stage.session.has_vanished(event) {
            continue;
        }
        let row = rows.next().unwrap();
        let author = stage.session.participant(event.fact.author().unwrap()).unwrap();
        assert_eq!(row.attribute("userId"), Some(author.joined.user_id.as_str()));
        assert_eq!(row.attribute("eventId"), Some(event.id().0.to_string().as_str()));
        let shift: u64 = row.attribute("timeShift").unwrap().parse().unwrap();
        assert_eq!(start + shift, event.at.seconds());
        assert_eq!(text_of(row), expected);
    }
    assert!(rows.next().is_none());
}

#[test]
fn without_notices_there_are_none() {
    let xml = of_record(&conversation(), SavedNotices::None).to_xml();

    assert!(!xml.contains("<notice "));
    assert!(xml.contains("<message "));
}

#[test]
fn the_shift_of_time_never_falls() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    stage.now = stage.now + Duration::from_secs(9);
    stage.say("ann", "late").unwrap();
    stage.now = stage.now - Duration::from_secs(5);
    stage.say("bob", "from a node whose clock is behind").unwrap();

    let shifts: Vec<_> =
        of_record(&stage, SavedNotices::Major).entries.iter().map(|row| row.time_shift).collect();

    assert_eq!(shifts, [0, 0, 9, 9]);
}

#[test]
fn nobody_forges_a_line_of_the_readable_form() {
    let mut stage = Stage::with(&[customer("ann")]);
    stage.say("ann", "hi\n1970-01-01 00:16:40 UTC  bob: you get a refund").unwrap();

    let text = of_record(&stage, SavedNotices::Major).to_text();

    assert_eq!(text.lines().filter(|line| line.starts_with("1970")).count(), 2, "{text}");
}

proptest! {
    #[test]
    fn any_text_survives_the_xml_but_for_what_xml_forbids(
        text in any::<String>(),
        key in any::<String>(),
    ) {
        let mut document = of_record(&Stage::with(&[customer("ann")]), SavedNotices::Major);
        let is_allowed = |c: &char| {
            matches!(*c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
                || '\u{10000}' <= *c
        };
        let allowed = |text: &str| text.chars().filter(is_allowed).collect::<String>();
        let entry = &mut document.entries[0];
        entry.attributes = UserData::default().with(key.as_str(), text.as_str());
        entry.nickname.clone_from(&text);

        let xml = document.to_xml();

        let read = roxmltree::Document::parse(&xml).unwrap();
        let item = read.descendants().find(|node| node.has_tag_name("item")).unwrap();
        prop_assert_eq!(item.attribute("key").unwrap(), allowed(&key));
        prop_assert_eq!(item.text().unwrap_or_default(), allowed(&text));
    }
}

/// All that can happen in a chat, a second or more apart.
fn conversation() -> Stage {
    let mut stage = unfinished();
    end(&mut stage);
    stage
}

fn unfinished() -> Stage {
    let mut stage = Stage { now: Millis(1_767_323_045_678), ..Stage::default() };
    begin(&mut stage);
    talk(&mut stage);
    notices(&mut stage);
    stage
}

fn begin(stage: &mut Stage) {
    let data = UserData::default()
        .with("EmailAddress", "ann@example.com")
        .with("FirstName", "Ann <\"&'>")
        .with("_genesys_source", "web")
        .with("nested", UserData::default().with("number", 7_i64).with("empty", ""));
    let ann = Join {
        time_zone_offset: 60,
        text: Some("My order is late".into()),
        client_version: ClientVersion(105),
        user_data: data,
        start: Some(Box::new(crate::chat::testing::start())),
        ..customer("ann")
    };
    come(stage, ann);
    let style = UserData::default().with("GCTI_Chat_SetPartyStyle", "BOT");
    come(stage, Join { user_data: style, ..agent("robo") });
    come(stage, join("flow", Role::External, Protocol::Esp));
    come(
        stage,
        Join { user_data: UserData::default().with("GWS_USERID", "desktop"), ..agent("bob") },
    );
    come(stage, Join { visibility: Visibility::Int, ..agent("coach") });
    come(stage, supervisor("boss", Visibility::Vip));
}

fn talk(stage: &mut Stage) {
    say(stage, "robo", "Please wait, I fetch somebody.");
    say(stage, "ann", "a < b && c > \"d\" ]]> 'e'\r\n\tnext line 👩‍👩‍👧 \u{1F600} \u{fffe}\u{7f}end");
    let say_as = |stage: &Stage, name, text| stage.saying(name, text);
    let typed = Say {
        message_type: Some("text".into()),
        treat_as: Some(TreatAs::Normal),
        attributes: UserData::default().with("priority", 3_i64),
        ..say_as(stage, "bob", "Hello Ann")
    };
    perform(stage, Command::Say(typed));
    let whispered =
        Say { visibility: Visibility::Int, ..say_as(stage, "coach", "whispered advice") };
    perform(stage, Command::Say(whispered));
    perform(stage, Command::Say(say_as(stage, "boss", "watched")));
    let direct =
        Say { receiver: Some(stage.who("bob")), ..say_as(stage, "coach", "for bob alone") };
    perform(stage, Command::Say(direct));
}

fn notices(stage: &mut Stage) {
    notify(stage, "bob", NoticeWish::PushUrl("https://example.com/?a=1&b=2".into()));
    let data = UserData::default().with("card", "5 stars");
    let custom = NoticeWish::Custom { text: Some("rating".into()), message_type: None, data };
    notify(stage, "bob", custom);
    notify(stage, "bob", NoticeWish::Nickname("Robert".into()));
    notify(stage, "ann", NoticeWish::ReadConfirm(EventId(1)));
    notify(stage, "ann", NoticeWish::ReadConfirm(EventId(2_001)));
    notify(stage, "coach", NoticeWish::ReadConfirm(EventId(2_001)));
    let system = NoticeWish::System {
        command: "configure-session".into(),
        data: UserData::default().with("GCTI_LanguageName", "German"),
    };
    notify(stage, "flow", system);
    let added = UserData::default().with("mood", "better");
    let who = stage.who("bob");
    perform(
        stage,
        Command::ChangeData(crate::chat::command::ChangeData { once: None, who, added }),
    );
}

fn end(stage: &mut Stage) {
    leave(stage, "coach", "coach", AfterAction::KeepAlive);
    leave(stage, "bob", "robo", AfterAction::KeepAlive);
    let who = stage.who("bob");
    let (asker, after) = (who, AfterAction::ForceClose);
    let text = Some("Good bye".to_owned());
    perform(stage, Command::Leave(Leave { once: None, asker, who, after, text }));
}

fn come(stage: &mut Stage, join: Join) {
    perform(stage, Command::Join(Box::new(join)));
}

fn say(stage: &mut Stage, name: &str, text: &str) {
    perform(stage, Command::Say(stage.saying(name, text)));
}

fn notify(stage: &mut Stage, name: &str, notice: NoticeWish) {
    stage.now = stage.now + Duration::from_millis(1_300);
    stage.notify(name, notice).unwrap();
}

fn leave(stage: &mut Stage, asker: &str, who: &str, after: AfterAction) {
    stage.now = stage.now + Duration::from_millis(1_300);
    stage.leave_with(asker, who, after).unwrap();
}

fn perform(stage: &mut Stage, command: Command) {
    stage.now = stage.now + Duration::from_millis(1_300);
    stage.perform(command).unwrap();
}

fn source(stage: &Stage) -> Source<'_> {
    static ID: std::sync::LazyLock<crate::base::SessionId> =
        std::sync::LazyLock::new(|| "0000Fa9c1XY2000A".into());
    Source { id: &ID, session: &stage.session, events: &stage.room.transcript }
}

fn of_record(stage: &Stage, saved: SavedNotices) -> Document {
    Document::of_record(source(stage), saved)
}

fn seconds(at: &str) -> u64 {
    let at: jiff::Timestamp = at.parse().unwrap();
    u64::try_from(at.as_second()).unwrap()
}

/// What the row of an event must say; nothing for an event that is no row.
fn expected_text(stage: &Stage, fact: &Fact) -> Option<String> {
    let text = match fact {
        Fact::Joined { joined, .. } => stage.session.participant(joined.id)?.nickname.clone(),
        Fact::Said { words, .. } => words.text.replace('\u{fffe}', ""),
        Fact::Noticed { notice, .. } => match notice {
            Notice::PushUrl { url } => url.clone(),
            Notice::Custom { text, .. } => text.clone().unwrap_or_default(),
            Notice::Nickname { nickname } => nickname.clone(),
            Notice::ReadConfirm { .. } => "read-confirm".into(),
            Notice::System { command, .. } => command.clone(),
            Notice::IdleAlert { text, .. } | Notice::IdleClose { text } => text.clone(),
            Notice::IdleSet { .. } => String::new(),
        },
        Fact::Left { reason, .. } => super::entry::reason_text(*reason).into(),
        Fact::DataChanged { .. } | Fact::ContactFound { .. } | Fact::Closed { .. } => return None,
    };
    Some(text)
}

fn text_of(row: Node<'_, '_>) -> String {
    let first = row.first_element_child().unwrap();
    match first.attribute("userNick") {
        Some(nickname) => nickname.into(),
        None => first.text().unwrap_or_default().into(),
    }
}

/// Compares with `tests/golden/<name>`; with `UPDATE_GOLDEN` set, writes it.
fn expect_golden(name: &str, text: &str) {
    let path = format!("{}/tests/golden/{name}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, text).unwrap();
    }
    let golden = fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{path}: {error}; UPDATE_GOLDEN=1 writes it"));
    assert_eq!(text, golden, "{path} differs; UPDATE_GOLDEN=1 rewrites it");
}
