//! A chat that sleeps, step by step, while nothing else goes wrong; and many of them in any weather.

use super::plant::Plant;
use super::sleepers::{
    Customer, alone, complaints, is_of_a_sleeper, kill, play, stands, town, until_asleep,
    until_over,
};
use super::{MOST_SEEDS, expect_fine, for_each, say, seeds};
use holdfast::chat::EventId;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How many nights run if nobody says otherwise.
const N_NIGHTS: u64 = 40;

const PLANTS: &[Plant] = &[Plant::NoAlarm, Plant::WrongEnd];

#[test]
fn sim_an_empty_poll_lets_a_chat_sleep_and_a_word_wakes_it_and_counts_once() {
    alone(async {
        let town = town(1, Plant::Nothing, Duration::from_secs(600)).await;
        let nodes = town.nodes();
        let ann = Customer::come(&town, "chat", &nodes[0]).await;
        let first = ann.say(&nodes[1], "hello").await.unwrap().unwrap();
        ann.poll(&nodes[1]).await.unwrap().unwrap();
        let owner = until_asleep(&town, &ann.chat).await;
        assert_eq!(owner, nodes[0].process);
        assert!(nodes.iter().all(|node| node.inside.sessions.n_active() == 0), "nobody has it");

        for node in &nodes {
            let polled = ann.poll(node).await.unwrap().unwrap();
            assert!(
                is_of_a_sleeper(&polled) && polled.view.lines.is_empty() && !polled.view.is_over
            );
        }
        assert!(stands(&town, &ann.chat).await.asleep().is_some(), "it sleeps on");
        let again = ann.say(&nodes[2], "hello").await.unwrap().unwrap();
        let more = ann.say(&nodes[1], "more").await.unwrap().unwrap();

        assert_eq!((again.position, again.repeated), (first.position, true));
        assert_eq!((more.position.0, more.repeated), (3, false));
        assert_eq!(stands(&town, &ann.chat).await.asleep(), None);
        assert_eq!(nodes[2].inside.sessions.n_active(), 1, "who was asked first has it");
        assert_eq!(complaints(&town.book), [""; 0]);
    });
}

#[test]
fn sim_who_asks_for_what_he_has_not_seen_wakes_it() {
    alone(async {
        let town = town(2, Plant::Nothing, Duration::from_secs(600)).await;
        let nodes = town.nodes();
        let ann = Customer::come(&town, "chat", &nodes[0]).await;
        ann.say(&nodes[0], "hello").await.unwrap().unwrap();
        ann.poll(&nodes[0]).await.unwrap().unwrap();
        until_asleep(&town, &ann.chat).await;

        ann.next.set(EventId(1));
        let polled = ann.poll(&nodes[1]).await.unwrap().unwrap();

        assert_eq!(polled.view.lines.len(), 2);
        // It counts as a sign of life, and so it sleeps again.
        assert_eq!(until_asleep(&town, &ann.chat).await, nodes[1].process);
    });
}

#[test]
fn sim_a_chat_wakes_at_its_deadline_on_another_node_after_its_own_has_died() {
    alone(async {
        let town = town(3, Plant::Nothing, Duration::from_secs(60)).await;
        let nodes = town.nodes();
        let ann = Customer::come(&town, "chat", &nodes[0]).await;
        ann.say(&nodes[0], "hello").await.unwrap().unwrap();
        ann.poll(&nodes[0]).await.unwrap().unwrap();
        let begun = Instant::now();
        let owner = until_asleep(&town, &ann.chat).await;

        kill(&town, &owner);
        sleep(Duration::from_secs(50)).await;
        assert!(stands(&town, &ann.chat).await.asleep().is_some(), "nobody wakes it before");
        let left: Vec<_> = nodes.iter().filter(|node| node.process != owner).collect();
        let woken = async {
            while left.iter().all(|node| node.inside.sessions.n_active() == 0) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        timeout(Duration::from_secs(30), woken).await.expect("it wakes");

        // Two clocks, and a round of those who look after the alarms.
        let slept = begun.elapsed().as_secs();
        assert!((54..=75).contains(&slept), "it slept for {slept} s");
        // Its customer does not come back, and so it ends: for good, and though nobody asks.
        timeout(Duration::from_secs(90), until_over(&town, &ann.chat)).await.expect("it ends");
    });
}

#[test]
fn sim_sleepers_lose_nothing_hide_nothing_and_end_by_themselves_in_any_weather() {
    let (slept, answers, told) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    let seeds = seeds(N_NIGHTS);
    for_each(&seeds, |seed| {
        let night = play(seed, Plant::Nothing);
        expect_fine(seed, &night.verdict);
        slept.fetch_add(night.n_slept, Ordering::Relaxed);
        answers.fetch_add(night.n_answers_asleep, Ordering::Relaxed);
        told.fetch_add(night.verdict.n_acknowledged as u64, Ordering::Relaxed);
    });
    let n_runs = seeds.len() as u64;
    let [n_slept, n_answers, n_told] = [slept, answers, told].map(AtomicU64::into_inner);
    say(format_args!(
        "{n_runs} nights: slept {n_slept} times, {n_answers} answers, {n_told} words"
    ));
    // A simulation in which nobody sleeps proves nothing.
    assert!(n_runs < 10 || n_runs < n_slept.min(n_answers));
}

#[test]
fn sim_the_same_seed_is_the_same_night_to_the_letter() {
    assert_eq!(play(5, Plant::Nothing), play(5, Plant::Nothing), "SEED=5");
}

#[test]
fn sim_a_fault_in_sleeping_is_found() {
    for plant in PLANTS {
        let is_found = |seed: &u64| !play(*seed, *plant).verdict.complaints.is_empty();
        let first = (0..MOST_SEEDS).find(is_found);
        let Some(seed) = first else {
            panic!("{plant:?} is not found within {MOST_SEEDS} seeds");
        };
        say(format_args!("{plant:?} is found by SEED={seed}"));
    }
}
