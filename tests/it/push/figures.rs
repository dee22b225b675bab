//! What a node counts of its pushes.

use super::sink::{Sink, message};
use super::town::Town;
use super::{REFUSED, RELIABLE};
use crate::support::patience::eventually;

const DELIVERED: &str = "holdfast_pushes_total{result=\"delivered\"}";
const FAILED: &str = "holdfast_pushes_total{result=\"failed\"}";
const REMINDERS: &str = "holdfast_push_reminders_total";
const ANSWERS: &str = "holdfast_push_answer_seconds_count";
const WAITING: &str = "holdfast_pushes_waiting";

#[actix_web::test]
async fn pushes_their_reminders_and_the_time_that_answers_take_are_counted() {
    let sink = Sink::start(&[]).await;
    let town = Town::start(&[("default", &sink.url())], &[]);
    assert_eq!(figures(&town).await, [0.0; 6]);

    let ann = town.customer(&[]).await;
    for text in ["one", "two", "three"] {
        town.tells(&ann, text).await;
    }
    sink.until(4).await;
    // The one who came, and three words of his.
    become_so(&town, || [4.0, 0.0, 0.0, 0.0, 4.0, 0.0]).await;
    assert_ne!(town.figure("holdfast_push_answer_seconds_sum").await, 0.0);

    let sure = town.customer(&[RELIABLE]).await;
    town.tells(&sure, "hello").await;
    let again = sink.until_one(|push| message(push)["userData"]["notify-attempt"] == "2").await;
    town.fetch(&sure, message(&again)["userData"]["notify-position"].as_str().unwrap()).await;
    become_so(&town, || {
        let heard = sink.heard();
        let is_again = |attempt: &str| attempt != "0";
        let attempts =
            heard.iter().filter_map(|push| message(push)["userData"]["notify-attempt"].as_str());
        let n_reminders = attempts.filter(|attempt| is_again(attempt)).count();
        assert!(2 <= n_reminders);
        [number(heard.len()), 0.0, 0.0, number(n_reminders), number(heard.len()), 0.0]
    })
    .await;
}

#[actix_web::test]
async fn answers_that_say_no_are_answers_too() {
    let (down, refusing) = (
        Sink::start(&["--fail", "9", "--status", "503"]).await,
        Sink::start(&["--fail", "9", "--status", "404"]).await,
    );
    let town = Town::start(
        &[("down", &down.url()), ("refusing", &refusing.url())],
        &["push.default-provider=down"],
    );
    let ann = town.customer(&[]).await;
    let ben = town.customer(&[("GCTI_GMS_PushProvider", "refusing")]).await;

    town.tells(&ann, "hello").await;
    town.tells(&ben, "hello").await;

    become_so(&town, || [0.0, 2.0, 2.0, 0.0, 4.0, 0.0]).await;
}

/// Waits until the node counts as many as there are, which may become more meanwhile.
async fn become_so(town: &Town, expected: impl Fn() -> [f64; 6]) {
    let expected = &expected;
    eventually("what was pushed is counted", || async {
        (figures(town).await == expected()).then_some(())
    })
    .await;
}

async fn figures(town: &Town) -> [f64; 6] {
    let mut figures = [0.0; 6];
    let names = [DELIVERED, FAILED, REFUSED, REMINDERS, ANSWERS, WAITING];
    for (figure, name) in figures.iter_mut().zip(names) {
        *figure = town.figure(name).await;
    }
    figures
}

fn number(n: usize) -> f64 {
    f64::from(u32::try_from(n).unwrap())
}
