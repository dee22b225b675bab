//! The requests of a vendor's widget as they were recorded, sent byte by byte.

use super::{Chat, Rig, SERVICE};
use crate::support::rig::Reply;

const CREATE: &str = "alias=&secureKey=&userId=&nickname=&firstName=First&lastName=Last\
    &emailAddress=a%40b.c&subject=S&text=&userData%5BGCTI_LanguageCode%5D=en\
    &userData%5BTimeZone%5D=-480&userData%5B_genesys_source%5D=web\
    &userData%5B_genesys_referrer%5D=&userData%5B_genesys_url%5D=http%3A%2F%2Fx%2F\
    &userData%5B_genesys_pageTitle%5D=&userData%5B_genesys_browser%5D=Chrome\
    &userData%5B_genesys_OS%5D=Linux&userData%5B_genesys_widgets%5D=9.0.017.00";

#[actix_web::test]
async fn the_recorded_conversation_of_the_widget_works() {
    let rig = Rig::start();
    let created = post(&rig, &format!("{SERVICE}/"), CREATE).await;
    let chat = Chat::of(&created);
    let asked = async |operation: &str, rest: &str| {
        let body = format!("alias=117&secureKey={}&userId={}{rest}", chat.key, chat.user);
        post(&rig, &chat.path(operation), &body).await
    };

    let read = asked("refresh", "&transcriptPosition=1&message=").await;
    assert_eq!(read.lines(), ["ParticipantJoined"]);
    let next = read.indexes()[0] + 1;
    let sent = "&message=Hi+there+%26+more&messageType=text&eventAttributes=%7B%22general-properties\
        %22%3A+%7B%22related-event-id%22%3A%223%22%7D%7D";
    asked("send", sent).await;
    let typing = format!("&transcriptPosition={next}&message=typing%E2%80%A6");
    let typed = asked("startTyping", &typing).await;
    assert_eq!(typed.lines(), ["Message: Hi there & more"]);
    assert_eq!(asked("stopTyping", &typing).await.body["statusCode"], 0);
    asked("updateData", "&userData%5Bk2%5D=v2").await;
    asked("customNotice", "&message=note").await;
    let wakes = "&eventAttributes=%7B%22purpose%22%3A%22cancel-idle-timer%22%7D";
    assert_eq!(asked("customNotice", wakes).await.body["statusCode"], 0);
    // After a reload the whole transcript is wanted again.
    let reloaded = asked("refresh", "&transcriptPosition=1&message=").await;
    assert_eq!(
        reloaded.lines(),
        ["ParticipantJoined", "Message: Hi there & more", "CustomNotice: note", "CustomNotice"]
    );
    assert_eq!(reloaded.body["chatEnded"], false);
    let left = asked("disconnect", "").await;
    assert_eq!((&left.body["statusCode"], &left.body["chatEnded"]), (&0.into(), &true.into()));
    rig.stop().await;
}

async fn post(rig: &Rig, path: &str, body: &str) -> Reply {
    let request = rig.client.post(rig.url(path)).header("apikey", "k1");
    let kind = "application/x-www-form-urlencoded; charset=UTF-8";
    rig.send(request.header("content-type", kind).body(body.to_owned())).await
}
