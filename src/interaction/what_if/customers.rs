//! What nobody can know of those who came, filled in with dice: how long who was served would have
//! waited, and how long who gave up would have kept an agent.

use crate::interaction::what_if::day::{Arrival, Day, End};
use std::time::Duration;

/// How long somebody keeps an agent if nobody of his medium was served.
const A_CHAT: Duration = Duration::from_secs(300);

/// One who came, the same for every strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Customer {
    /// He gives up after this long; without it, never.
    pub patience: Option<Duration>,
    pub handling: Duration,
    /// How long an agent takes to accept.
    pub taken_after: Duration,
}

/// In the order of the arrivals.
pub fn of_day(day: &Day, seed: u64) -> Vec<Customer> {
    let survival = Survival::of(&day.arrivals);
    let draw = |arrival: &Arrival| {
        let mut dice = Dice::new(seed, &arrival.id.0);
        match &arrival.end {
            End::Served { waited, taken_after, handled, .. } => Customer {
                patience: survival.draw(*waited, dice.share()),
                handling: Duration::from_millis(*handled),
                taken_after: Duration::from_millis(*taken_after),
            },
            End::Abandoned { after } | End::Stopped { after } => {
                let patience = Some(Duration::from_millis(*after));
                Customer { patience, ..like_another(day, arrival, &mut dice) }
            }
            End::Waiting { waited } => {
                let patience = survival.draw(*waited, dice.share());
                Customer { patience, ..like_another(day, arrival, &mut dice) }
            }
        }
    };
    day.arrivals.iter().map(draw).collect()
}

/// As long as somebody of the same medium who was served.
fn like_another(day: &Day, arrival: &Arrival, dice: &mut Dice) -> Customer {
    let served = day.arrivals.iter().filter(|other| other.media == arrival.media);
    let served: Vec<_> = served
        .filter_map(|other| match &other.end {
            End::Served { handled, taken_after, .. } => Some((*handled, *taken_after)),
            End::Abandoned { .. } | End::Stopped { .. } | End::Waiting { .. } => None,
        })
        .collect();
    let Some((handled, taken_after)) = dice.pick(&served) else {
        return Customer { patience: None, handling: A_CHAT, taken_after: Duration::ZERO };
    };
    let (handling, taken_after) =
        (Duration::from_millis(*handled), Duration::from_millis(*taken_after));
    Customer { patience: None, handling, taken_after }
}

/// How many are still there after how long, by Kaplan and Meier: who was served is known to have
/// waited so long, and not how much longer he would have.
struct Survival(Vec<(u64, f64)>);

impl Survival {
    fn of(arrivals: &[Arrival]) -> Self {
        let seen = arrivals.iter().filter_map(|arrival| match &arrival.end {
            End::Served { waited, .. } | End::Waiting { waited } => Some((*waited, false)),
            End::Abandoned { after } => Some((*after, true)),
            End::Stopped { .. } => None,
        });
        let mut seen: Vec<(u64, bool)> = seen.collect();
        // Of the same time, who gave up was still there.
        seen.sort_by_key(|(at, gave_up)| (*at, !*gave_up));
        let (mut share, mut steps) = (1.0, vec![]);
        for (idx, (at, gave_up)) in seen.iter().enumerate() {
            if *gave_up {
                share *= 1.0 - 1.0 / count(seen.len() - idx);
                steps.push((*at, share));
            }
        }
        Self(steps)
    }

    /// For how long somebody waits who has waited so long already; without an end if nobody who waited
    /// longer is known to have given up at the drawn share.
    fn draw(&self, waited: u64, share: f64) -> Option<Duration> {
        let before = self.0.iter().take_while(|(at, _)| *at <= waited).last();
        let wanted = before.map_or(1.0, |(_, left)| *left) * share;
        let later = self.0.iter().find(|(at, left)| waited < *at && *left <= wanted);
        later.map(|(at, _)| Duration::from_millis(*at))
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody has so many customers in a day")]
fn count(number: usize) -> f64 {
    number as f64
}

/// Dice with a seed (splitmix64), one for each who came: whatever the strategy does, he has his throws.
struct Dice(u64);

impl Dice {
    fn new(seed: u64, name: &str) -> Self {
        let fold = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3);
        Self(name.bytes().fold(0xCBF2_9CE4_8422_2325 ^ seed, fold))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Between 0 and 1.
    fn share(&mut self) -> f64 {
        let thrown = u32::try_from(self.next() >> 32).unwrap_or(0);
        f64::from(thrown) / f64::from(u32::MAX)
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let len = u64::try_from(from.len()).ok().filter(|len| 0 < *len)?;
        from.get(usize::try_from(self.next() % len).ok()?)
    }
}
