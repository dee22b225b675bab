//! When which message is to be sent, worked out beforehand from a seed: an open loop. A server that
//! answers slowly makes nobody speak less. Pure.

use crate::cli::torture::check::{Author, Micros, Sight};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// One message in this many of an agent is for agents alone.
const WHISPERS: u32 = 8;

/// What is to be said next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    pub at: Micros,
    pub author: Author,
    pub sight: Sight,
}

/// The messages of one session: a Poisson process, so that there are rushes and lulls.
#[derive(Debug)]
pub struct Plan {
    dice: StdRng,
    per_second: f64,
    next: Micros,
}

impl Plan {
    /// The plan of one of many sessions, from a time on.
    pub fn new(seed: u64, session: u64, per_second: f64, from: Micros) -> Self {
        let seed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ session;
        Self { dice: StdRng::seed_from_u64(seed), per_second, next: from }
    }
}

impl Iterator for Plan {
    type Item = Planned;

    fn next(&mut self) -> Option<Planned> {
        let chance: f64 = self.dice.random();
        let pause = -(1.0 - chance).ln() / self.per_second;
        let pause = Duration::from_secs_f64(pause.min(1e6)).as_micros();
        self.next += Micros::try_from(pause).unwrap_or(Micros::MAX / 2);
        let author = if self.dice.random() { Author::Customer } else { Author::Agent };
        let is_whisper = self.dice.random_range(0..WHISPERS) == 0;
        let sight = match author {
            Author::Agent if is_whisper => Sight::Agents,
            Author::Agent | Author::Customer => Sight::All,
        };
        Some(Planned { at: self.next, author, sight })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_makes_the_same_plan_and_another_session_another() {
        let first: Vec<_> = Plan::new(1, 1, 10.0, 0).take(50).collect();

        assert_eq!(first, Plan::new(1, 1, 10.0, 0).take(50).collect::<Vec<_>>());
        assert_ne!(first, Plan::new(1, 2, 10.0, 0).take(50).collect::<Vec<_>>());
        assert_ne!(first, Plan::new(2, 1, 10.0, 0).take(50).collect::<Vec<_>>());
    }

    #[test]
    fn the_rate_is_kept_and_everybody_speaks() {
        let planned: Vec<_> = Plan::new(7, 1, 10.0, 0).take(10_000).collect();

        let seconds = planned.last().unwrap().at / 1_000_000;
        assert!((900..1_100).contains(&seconds), "{seconds}");
        let n_of_customers = planned.iter().filter(|one| one.author == Author::Customer).count();
        assert!((4_500..5_500).contains(&n_of_customers), "{n_of_customers}");
        let whispers = planned.iter().filter(|one| one.sight == Sight::Agents);
        assert!(whispers.clone().all(|one| one.author == Author::Agent));
        assert!((400..900).contains(&whispers.count()));
    }
}
