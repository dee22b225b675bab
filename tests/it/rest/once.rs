//! A request that is sent again is carried out once, and answered the same.

use super::{Chat, Rig, SERVICE};
use crate::support::rig::Reply;

const KEY: &str = "6f9619ff-8b86-d011-b42d-00c04fc964ff";

#[actix_web::test]
async fn a_message_sent_again_with_its_key_is_there_once() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let form = [("message", "hello"), ("messageId", "m1")];

    let first = rig.ask(&chat, "send", &form).await;
    let again = rig.ask(&chat, "send", &form).await;
    let other = rig.ask(&chat, "send", &[("message", "bye"), ("messageId", "m1")]).await;

    assert_eq!(first.body.get("duplicate"), None);
    assert_eq!((again.status, &again.body["duplicate"]), (200, &true.into()));
    assert_eq!(other.refusal(), (409, 2, 409, false));
    let read = rig.ask(&chat, "refresh", &[]).await;
    assert_eq!(read.lines(), ["ParticipantJoined", "Message: hello"]);
    rig.stop().await;
}

#[actix_web::test]
async fn the_key_may_be_a_header_and_must_fit() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let keyed = async |key: &str, message: &str, id: &str| {
        let mut form = chat.proof();
        form.extend([("message", message), ("messageId", id)]);
        let request = rig.client.post(rig.url(&chat.path("send")));
        rig.send(request.header("idempotency-key", key).form(&form)).await
    };

    keyed("h1", "hello", "").await;
    assert_eq!(keyed("h1", "hello", "h1").await.body["duplicate"], true);
    assert_eq!(keyed("h1", "hello", "h2").await.status, 400);
    assert_eq!(keyed(&"x".repeat(65), "hello", "").await.status, 400);
    assert_eq!(keyed("with space", "hello", "").await.status, 400);
    rig.stop().await;
}

#[actix_web::test]
async fn creating_again_with_the_same_key_leads_to_the_same_chat_and_both_keys_open_it() {
    let rig = Rig::start();
    let form = [("nickname", "Ann"), ("text", "hello"), ("messageId", KEY)];

    let first = rig.post(SERVICE, &form).await;
    let again = rig.post(SERVICE, &form).await;
    let other = rig.post(SERVICE, &[("nickname", "Eve"), ("messageId", KEY)]).await;

    let (one, two) = (Chat::of(&first), Chat::of(&again));
    assert_eq!((&one.id, &one.user), (&two.id, &two.user));
    assert_eq!(again.body["duplicate"], true);
    assert_eq!(again.lines(), ["ParticipantJoined", "Message: hello"]);
    assert_eq!(other.refusal(), (409, 2, 409, false));
    for chat in [one, two] {
        assert_eq!(rig.ask(&chat, "refresh", &[]).await.lines(), first.lines());
    }
    rig.stop().await;
}

#[actix_web::test]
async fn a_key_that_two_customers_could_think_of_does_not_start_a_chat() {
    let rig = Rig::start();

    let reply: Reply = rig.post(SERVICE, &[("nickname", "Guest"), ("messageId", "1")]).await;

    assert_eq!(reply.refusal(), (400, 2, 400, false));
    rig.stop().await;
}
