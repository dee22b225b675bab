//! The customer API as its clients use it: what breaks a real client, told by the client's side.

mod browser;
mod document;
mod ending;
mod once;
mod positions;
mod recorded;
mod refusals;
mod shape;
mod sleeping;

use crate::support::rig::{Chat, Rig, SERVICE};

#[actix_web::test]
async fn a_customer_and_an_agent_talk_and_the_customer_leaves() {
    let rig = Rig::start();
    let chat = rig.create(&[("nickname", "Ann")]).await;
    let bob = rig.agent_joins(&chat, "bob").await;
    rig.says(&chat, bob, "what can I do for you?").await;

    let sent = rig.ask(&chat, "send", &[("message", "my order is late")]).await;
    let read = rig.ask(&chat, "refresh", &[("transcriptPosition", "1")]).await;
    let left = rig.ask(&chat, "disconnect", &[]).await;

    assert_eq!(sent.body["statusCode"], 0);
    assert_eq!(
        read.lines(),
        [
            "ParticipantJoined",
            "ParticipantJoined",
            "Message: what can I do for you?",
            "Message: my order is late"
        ]
    );
    assert_eq!((left.status, &left.body["chatEnded"]), (200, &true.into()));
    rig.stop().await;
}
