//! By which time a customer is removed who says nothing, in each way of being connected.

use super::client::Bayeux;
use crate::support::rig::{Chat, Rig};
use holdfast::chat::Policy;
use holdfast::config::Config;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// `[settings] flex-disconnect-timeout` and `flex-push-timeout`, in seconds.
const DISCONNECT: u64 = 45;
const PUSH: u64 = 300;

#[actix_web::test]
async fn who_asks_over_rest_is_removed_by_the_disconnect_timeout_after_his_last_request() {
    let rig = rig();
    let chat = rig.create(&[("nickname", "Ann")]).await;

    stays_for(&rig, &chat, DISCONNECT).await;
    rig.ask(&chat, "refresh", &[]).await;
    stays_for(&rig, &chat, DISCONNECT).await;

    goes_now(&rig, &chat).await;
}

#[actix_web::test]
async fn who_asks_over_rest_and_is_pushed_to_is_removed_by_the_push_timeout() {
    let rig = rig();
    let chat = rig.create(&PUSHED).await;

    stays_for(&rig, &chat, 2 * PUSH).await;

    goes_now(&rig, &chat).await;
}

#[actix_web::test]
async fn who_is_told_is_removed_by_the_push_timeout_and_without_a_connection_by_the_other() {
    let rig = rig();
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    let chat = ann.chat(&created);

    stays_for(&rig, &chat, 2 * PUSH).await;
    says_something(&mut ann, &created).await;
    stays_for(&rig, &chat, 2 * PUSH).await;
    says_good_bye(&mut ann).await;
    stays_for(&rig, &chat, DISCONNECT).await;
    let mut page = Bayeux::connected(&rig).await;
    page.sends(&created, json!({ "operation": "requestNotifications" })).await;
    page.hears().await;
    stays_for(&rig, &chat, 2 * PUSH).await;
    says_good_bye(&mut page).await;
    stays_for(&rig, &chat, DISCONNECT).await;

    goes_now(&rig, &chat).await;
}

#[actix_web::test]
async fn who_is_told_and_pushed_to_is_removed_by_the_push_timeout_with_and_without_a_connection() {
    let rig = rig();
    let mut ann = Bayeux::connected(&rig).await;
    let data = json!({ "push_notification_deviceid": "d", "push_notification_type": "customhttp" });
    ann.publishes(json!({ "operation": "requestChat", "nickname": "Ann", "userData": data })).await;
    let created = ann.hears().await;
    let chat = ann.chat(&created);

    stays_for(&rig, &chat, 2 * PUSH).await;
    says_good_bye(&mut ann).await;
    stays_for(&rig, &chat, 2 * PUSH).await;

    goes_now(&rig, &chat).await;
}

#[actix_web::test]
async fn a_connection_is_a_sign_of_life_for_as_long_as_it_lasts() {
    let patience = Duration::from_secs(10);
    let mut config = Config::default();
    config.settings.flex_push_timeout = patience / 2;
    let policy = Policy { flex_push_timeout: patience / 2, ..Policy::default() };
    let rig = Rig::start_with(config, policy);
    let mut ann = Bayeux::connected(&rig).await;
    let created = ann.starts_a_chat().await;
    let _held = ann.begins_to_connect("held");

    // The clock goes as it should, and nothing else happens.
    let (began, mut ticks) = (Instant::now(), interval(Duration::from_millis(50)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = ticks.tick().await;
    while began.elapsed() < patience + patience / 2 {
        let now = ticks.tick().await;
        rig.pass(&ann.chat(&created), now - last).await;
        last = now;
    }

    assert!(is_open(&rig, &ann.chat(&created)).await);
}

const PUSHED: [(&str, &str); 4] = [
    ("nickname", "Ann"),
    ("userData[GCTI_Chat_PushSubscribe]", "true"),
    ("userData[GCTI_GMS_PushDeviceId]", "d"),
    ("userData[GCTI_GMS_PushDeviceType]", "customhttp"),
];

fn rig() -> Rig {
    let [flex_disconnect_timeout, flex_push_timeout] = [DISCONNECT, PUSH].map(Duration::from_secs);
    let policy = Policy { flex_disconnect_timeout, flex_push_timeout, ..Policy::default() };
    Rig::start_with(Config::default(), policy)
}

/// He is there until the last moment of so many seconds.
async fn stays_for(rig: &Rig, chat: &Chat, seconds: u64) {
    rig.pass(chat, Duration::from_millis(seconds * 1_000 - 1)).await;
    assert!(is_open(rig, chat).await, "he is gone within {seconds} s");
}

/// With him the last one goes.
async fn goes_now(rig: &Rig, chat: &Chat) {
    rig.pass(chat, Duration::from_millis(1)).await;
    assert!(!is_open(rig, chat).await, "he is still there");
}

async fn is_open(rig: &Rig, chat: &Chat) -> bool {
    rig.session(chat).await.0.closed.is_none()
}

async fn says_something(ann: &mut Bayeux, created: &Value) {
    ann.sends(created, json!({ "operation": "sendMessage", "message": "hello" })).await;
    ann.hears().await;
}

/// What was answered is known to the chat.
async fn says_good_bye(client: &mut Bayeux) {
    let goodbye = client.message("/meta/disconnect", json!({}));
    client.posts(json!([goodbye])).await;
}
