//! What nobody can know of those who came, filled in with dice: how long who was served would have
//! waited, and how long who gave up would have kept an agent.

use crate::base::Dice;
use crate::interaction::event::Nature;
use crate::interaction::ids::MediaType;
use crate::interaction::what_if::day::{Arrival, Day, End};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long somebody keeps an agent if nobody of his medium was served.
const A_CHAT: Duration = Duration::from_secs(300);

/// One who came, the same for every strategy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Customer {
    /// He gives up after this long; without it, never. What has no session gives nothing up.
    pub patience: Option<Duration>,
    /// Somebody stops it after this long, if no agent has had it by then.
    pub stopped_after: Option<Duration>,
    /// How long agents have it, from the first that does.
    pub handling: Duration,
    /// How long an agent takes to accept.
    pub taken_after: Duration,
}

/// In the order of the arrivals. Each depends on the seed, on his name and on those of his medium, and
/// neither on the order of the day's lines nor on anybody else.
pub fn of_day(day: &Day, seed: u64) -> Vec<Customer> {
    let mut by_media: BTreeMap<&MediaType, Vec<&Arrival>> = BTreeMap::new();
    for arrival in &day.arrivals {
        by_media.entry(&arrival.media).or_default().push(arrival);
    }
    let known: BTreeMap<&MediaType, Known> =
        by_media.into_iter().map(|(media, arrivals)| (media, Known::of(&arrivals))).collect();
    let draw = |arrival: &Arrival| {
        let dice = Dice::of(&arrival.id.0, seed);
        known.get(&arrival.media).map(|known| known.draw(arrival, dice))
    };
    day.arrivals.iter().filter_map(draw).collect()
}

/// What is known of those of one medium.
struct Known {
    survival: Survival,
    /// Of those who were served, how long and accepted after what time; the shortest first.
    served: Vec<(u64, u64)>,
}

impl Known {
    fn of(arrivals: &[&Arrival]) -> Self {
        let served = arrivals.iter().filter_map(|one| match &one.end {
            End::Served { handled, taken_after, .. } => Some((*handled, *taken_after)),
            End::Abandoned { .. } | End::Stopped { .. } | End::Waiting { .. } => None,
        });
        let mut served: Vec<_> = served.collect();
        served.sort_unstable();
        Self { survival: Survival::of(arrivals), served }
    }

    fn draw(&self, arrival: &Arrival, mut dice: Dice) -> Customer {
        let share = dice.share();
        let beyond = |waited: u64| self.survival.draw(waited, share);
        let (patience, stopped_after) = match &arrival.end {
            End::Served { waited, .. } | End::Waiting { waited } => (beyond(*waited), None),
            End::Abandoned { after } => (Some(Duration::from_millis(*after)), None),
            End::Stopped { after } => (beyond(*after), Some(Duration::from_millis(*after))),
        };
        let like_another = match &arrival.end {
            End::Served { handled, taken_after, .. } => Some((*handled, *taken_after)),
            End::Abandoned { .. } | End::Stopped { .. } | End::Waiting { .. } => {
                dice.pick(&self.served).copied()
            }
        };
        let (handling, taken_after) = match like_another {
            Some((handled, after)) => {
                (Duration::from_millis(handled), Duration::from_millis(after))
            }
            None => (A_CHAT, Duration::ZERO),
        };
        let patience = patience.filter(|_| arrival.nature == Nature::Session);
        Customer { patience, stopped_after, handling, taken_after }
    }
}

/// How many are still there after how long, by Kaplan and Meier: who was served, or stopped, is known
/// to have waited so long, and not how much longer he would have.
struct Survival(Vec<(u64, f64)>);

impl Survival {
    /// Of those who have a session to give up.
    fn of(arrivals: &[&Arrival]) -> Self {
        let sessions = arrivals.iter().filter(|one| one.nature == Nature::Session);
        let seen = sessions.map(|one| match &one.end {
            End::Served { waited, .. } | End::Waiting { waited } => (*waited, false),
            End::Stopped { after } => (*after, false),
            End::Abandoned { after } => (*after, true),
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
