//! A node that is told to stop while pushes wait for a slow receiver.

use super::sink::{Sink, texts};
use super::town::Town;
use crate::support::patience::eventually;
use std::time::Duration;
use tokio::time::Instant;

const WAITING: &str = "holdfast_pushes_waiting";

#[actix_web::test]
async fn what_was_to_be_pushed_goes_out_before_the_node_ends_also_for_a_chat_that_is_over() {
    let sink = Sink::start(&["--delay", "300"]).await;
    let mut town = Town::start(&[("default", &sink.url())], &["push.default.connections=1"]);
    let ann = town.customer(&[]).await;
    for text in ["one", "two", "three"] {
        town.tells(&ann, text).await;
    }
    town.leaves(&ann).await;

    town.node.tell_to_stop();
    let ended = town.node.wait();
    let heard = sink.until(5).await;

    assert_eq!(ended.code(), Some(0));
    assert_eq!(texts(&heard), ["one", "two", "three"]);
    assert_eq!(heard[4]["body"]["message"]["chatEnded"], true);
}

#[actix_web::test]
async fn a_receiver_that_does_not_answer_holds_up_no_stop() {
    let sink = Sink::start(&["--delay", "600000"]).await;
    let settings = ["node.stop-timeout=1", "push.default.timeout=60"];
    let mut town = Town::start(&[("default", &sink.url())], &settings);
    let ann = town.customer(&[]).await;
    town.tells(&ann, "one").await;
    let waits = || async { (2.0 <= town.figure(WAITING).await).then_some(()) };
    eventually("pushes wait", waits).await;

    let told = Instant::now();
    town.node.tell_to_stop();

    assert_eq!(town.node.wait().code(), Some(0));
    assert!(told.elapsed() < Duration::from_secs(30), "it had a minute for its answer");
    assert_eq!(texts(&sink.heard()), [""; 0], "that it was told of the newcomer was the last");
}
