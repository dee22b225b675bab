//! What a device is told, and what not.

use super::*;
use crate::chat::command::NoticeWish;
use crate::chat::effect::Effect;
use crate::chat::testing::{Stage, agent};
use crate::config::PushContent;
use crate::edge::push::form::tests::{stage, writer};
use serde_json::json;

const DAY: Duration = Duration::from_secs(86_400);

#[test]
fn a_device_is_told_that_there_is_something_and_where_and_not_what_was_said() {
    let mut stage = stage(&[]);
    stage.say("bob", "your card number").unwrap();

    let alert = alert(&mut stage, &wording());

    let shown = Shown { title: Some("Help".into()), text: "You have a new message".into() };
    assert_eq!(alert.shown, Some(shown));
    let data = json!({
        "session-id": "chat-1", "notify-position": "2001", "nextPosition": "2002", "chatEnded": "false",
    });
    assert_eq!(Value::Object(alert.data), data);
    assert_eq!(alert.name, "chat-1/1");
    assert_eq!(alert.ends, stage.now + DAY);
}

#[test]
fn what_was_said_is_shown_where_the_operator_wants_it_as_far_as_there_is_room() {
    let telling = Wording { title: String::new(), tells_what_was_said: true, ..wording() };
    let mut stage = stage(&[]);
    stage.say("bob", "hello").unwrap();
    let first = alert(&mut stage, &telling);
    stage.say("bob", &"ä\"".repeat(3_000)).unwrap();
    let second = alert(&mut stage, &telling);

    let shown = Shown { title: Some("bob".into()), text: "hello".into() };
    assert_eq!(first.shown, Some(shown));
    assert_eq!([first.name.as_str(), &second.name], ["chat-1/1/2001", "chat-1/1/3001"]);
    let text = second.shown.unwrap().text;
    assert!(text.len() <= 1_000 && text.ends_with('…') && text.starts_with("ä\"ä"), "{text}");

    stage.say("bob", "a\tb\nc").unwrap();
    assert_eq!(alert(&mut stage, &telling).shown.unwrap().text, "a b\nc");
}

#[test]
fn the_text_is_that_of_the_customers_language_if_there_is_one() {
    let texts = [("de".to_owned(), "Neue Nachricht".to_owned())].into();
    let wording = Wording { texts, ..wording() };
    let text = |language: &str| {
        let mut stage = stage(&[("GCTI_GMS_PushLanguage", language)]);
        stage.say("bob", "hello").unwrap();
        alert(&mut stage, &wording).shown.unwrap().text
    };

    assert_eq!(text("de"), "Neue Nachricht");
    assert_eq!(text("fr"), "You have a new message");
}

#[test]
fn who_comes_goes_or_is_called_otherwise_wakes_the_app_alone_and_the_own_end_everybody() {
    let mut stage = stage(&[]);
    assert_eq!(alert(&mut stage, &wording()).shown, None, "bob came");
    stage.notify("bob", NoticeWish::Nickname("Bob".into())).unwrap();
    let silent = alert(&mut stage, &wording());
    assert_eq!(silent.shown, None);
    assert_eq!(silent.name, "chat-1/1/app", "it takes the place of nothing that is to be seen");
    stage.notify("bob", NoticeWish::PushUrl("https://example.com".into())).unwrap();
    assert!(alert(&mut stage, &wording()).shown.is_some());
    stage.join(agent("eve")).unwrap();
    stage.leave("eve");
    assert_eq!(alert(&mut stage, &wording()).shown, None);
    stage.leave("ann");

    let end = alert(&mut stage, &wording());

    assert!(end.shown.is_some());
    assert_eq!(end.data["chatEnded"], "true");
}

#[test]
fn a_reminder_says_how_often_and_that_it_is_over() {
    let mut stage = stage(&[("GCTI_GMS_PushResend", "true")]);
    let data = alert(&mut stage, &wording()).data;
    assert_eq!((&data["notify-attempt"], &data["notify-position"]), (&json!("0"), &json!("1")));

    stage.leave("ann");

    assert_eq!(alert(&mut stage, &wording()).data["notify-position"], "-1");
}

#[test]
fn everything_fits_into_what_the_services_take() {
    let more =
        [("push_notification_deviceid", "x"), ("GCTI_GMS_ClientChannel", "customer-support")];
    let mut stage = stage(&more);
    stage.say("bob", &"\"".repeat(5_000)).unwrap();
    stage.pass(5);
    let telling = Wording { title: "\"".repeat(5_000), tells_what_was_said: true, ..wording() };
    let all =
        [PushContent::SessionId, PushContent::UserId, PushContent::AppDbid, PushContent::SecureKey];

    let alert = alert_with(&mut stage, &telling, &all);

    assert_eq!(alert.data.len(), 8);
    let Shown { title, text } = alert.shown.unwrap();
    let all = json!({ "data": alert.data, "title": title, "text": text }).to_string();
    assert!(all.len() < 3_800, "{}", all.len());
}

fn alert(stage: &mut Stage, wording: &Wording) -> Alert {
    alert_with(stage, wording, &[PushContent::SessionId])
}

/// Of the last push.
fn alert_with(stage: &mut Stage, wording: &Wording, content: &[PushContent]) -> Alert {
    let effect = stage.effects.drain(..).rfind(|effect| matches!(effect, Effect::Push(_)));
    let Some(Effect::Push(note)) = effect else { panic!("nothing was pushed") };
    let writer = writer(content);
    Alert::of((&"chat-1".into(), &note), (&writer, wording), (stage.now, DAY))
}

fn wording() -> Wording {
    let (title, text) = ("Help".to_owned(), "You have a new message".to_owned());
    Wording { title, text, ..Wording::default() }
}
