//! Whether the other end still answers. Judged by the own ticks and not by the clock: a process that
//! stood still itself first hears what has come meanwhile.

use super::terms::Pace;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Pings whose answer still counts.
const MOST_OPEN: usize = 16;

/// The pings of one connection.
pub struct Pulse {
    n_most_silent: u32,
    beats: Mutex<Beats>,
}

#[derive(Default)]
struct Beats {
    next: u64,
    open: VecDeque<(u64, Instant)>,
    /// Ticks since the last sign of life.
    n_silent: u32,
}

/// What to do at a tick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    Ping(u64),
    /// No answer for too long.
    Silent,
}

impl Pulse {
    pub fn new(pace: &Pace) -> Self {
        let every = pace.ping_every.as_millis().max(1);
        let n_most_silent = pace.silence.as_millis().div_ceil(every).max(1);
        let n_most_silent = u32::try_from(n_most_silent).unwrap_or(u32::MAX);
        Self { n_most_silent, beats: Mutex::default() }
    }

    /// Time has passed.
    pub fn tick(&self, now: Instant) -> Beat {
        let mut beats = self.beats();
        if self.n_most_silent <= beats.n_silent {
            return Beat::Silent;
        }
        beats.n_silent += 1;
        let n = beats.next;
        beats.next += 1;
        if MOST_OPEN <= beats.open.len() {
            beats.open.pop_front();
        }
        beats.open.push_back((n, now));
        Beat::Ping(n)
    }

    /// A ping was answered. Says how long it took; nothing if nobody waits for this answer.
    pub fn pong(&self, n: u64, now: Instant) -> Option<Duration> {
        let mut beats = self.beats();
        let place = beats.open.iter().position(|(open, _)| *open == n)?;
        let (_, sent) = beats.open.drain(..=place).next_back()?;
        beats.n_silent = 0;
        Some(now - sent)
    }

    /// A long frame is on its way and gets on: pings wait behind it.
    pub fn gets_on(&self) {
        self.beats().n_silent = 0;
    }

    fn beats(&self) -> MutexGuard<'_, Beats> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_does_not_answer_for_a_second_is_silent() {
        let pulse = Pulse::new(&Pace::default());
        let start = Instant::now();

        let beats: Vec<Beat> = (0..5).map(|_| pulse.tick(start)).collect();

        let pings = (0..4).map(Beat::Ping);
        assert_eq!(beats, pings.chain([Beat::Silent]).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_says_how_long_it_took_and_gives_new_patience() {
        let pulse = Pulse::new(&Pace::default());
        let start = Instant::now();
        for _ in 0..4 {
            pulse.tick(start);
        }

        let took = pulse.pong(3, start + Duration::from_millis(3));

        assert_eq!(took, Some(Duration::from_millis(3)));
        assert_eq!(pulse.tick(start), Beat::Ping(4));
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_to_no_question_is_no_sign_of_life() {
        let pulse = Pulse::new(&Pace::default());
        let start = Instant::now();
        for _ in 0..4 {
            pulse.tick(start);
        }
        pulse.pong(1, start);
        for _ in 0..4 {
            pulse.tick(start);
        }

        assert_eq!(pulse.pong(0, start), None);
        assert_eq!(pulse.pong(77, start), None);

        assert_eq!(pulse.tick(start), Beat::Silent);
    }
}
