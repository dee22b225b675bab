//! Who comes when, and what is to happen in each chat: made beforehand from a seed, so that the same
//! seed makes the same day. Pure.

use crate::cli::centre::workflow::TOPICS;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use std::time::Duration;

/// One in so many customers comes in a rush, together with others.
const RUSHES: u32 = 3;

/// Between two rushes.
const RUSH: Duration = Duration::from_secs(15);

/// What is to happen in a chat beside talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Nothing.
    Plain,
    /// The agent ends the chat, not the customer.
    AgentCloses,
    /// The first who is offered it says no.
    Reject,
    /// The first who is offered it does not answer.
    Miss,
    TransferToAgent,
    TransferToQueue,
    Conference,
    Coach,
    /// The agent asks somebody about it, in an interaction of its own.
    Consult,
    /// A supervisor looks on.
    Monitor,
    /// A supervisor comes to talk with the customer too.
    BargeIn,
    Hold,
    /// The agent places it on hold, and takes it out of his workbin, to which the workflow has put it.
    PlaceOnHold,
    /// The chat rests in a workbin, and its agent takes it out.
    Workbin,
    /// The same, and a colleague takes it out.
    WorkbinOfColleague,
    /// The agent's desktop dies and comes back in time.
    Crash,
    /// It comes back too late.
    LongCrash,
    /// The customer goes before anybody answers, or soon after.
    LeavesWaiting,
    /// He goes in the middle of the talk.
    LeavesTalking,
    /// One of two chats with the same words, nobody looks on.
    TwinAlone,
    /// The other one, and a supervisor looks on.
    TwinWatched,
}

/// How often each comes in one round.
const DECK: [(Act, u32); 21] = [
    (Act::Plain, 5),
    (Act::AgentCloses, 2),
    (Act::Reject, 2),
    (Act::Miss, 1),
    (Act::TransferToAgent, 3),
    (Act::TransferToQueue, 2),
    (Act::Conference, 3),
    (Act::Coach, 2),
    (Act::Consult, 3),
    (Act::Monitor, 1),
    (Act::BargeIn, 1),
    (Act::Hold, 2),
    (Act::PlaceOnHold, 2),
    (Act::Workbin, 2),
    (Act::WorkbinOfColleague, 1),
    (Act::Crash, 1),
    (Act::LongCrash, 1),
    (Act::LeavesWaiting, 2),
    (Act::LeavesTalking, 2),
    (Act::TwinAlone, 1),
    (Act::TwinWatched, 1),
];

/// One customer's day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerPlan {
    pub number: u32,
    /// After the beginning of the run.
    pub arrives: Duration,
    pub act: Act,
    /// What he comes about.
    pub topic: &'static str,
    /// Which twins belong together.
    pub pair: u32,
    pub n_customer_words: u32,
    pub n_agent_words: u32,
    /// Of two ways in which an act may go, which.
    pub is_other_way: bool,
    /// After which he goes, if he does so without having been served.
    pub patience: Option<Duration>,
}

impl Act {
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::AgentCloses => "agent closes",
            Self::Reject => "reject",
            Self::Miss => "missed invitation",
            Self::TransferToAgent => "transfer to an agent",
            Self::TransferToQueue => "transfer to a queue",
            Self::Conference => "conference",
            Self::Coach => "coaching",
            Self::Consult => "consultation",
            Self::Monitor => "silent monitoring",
            Self::BargeIn => "intrusion",
            Self::Hold => "hold and resume",
            Self::PlaceOnHold => "placed on hold",
            Self::Workbin => "workbin",
            Self::WorkbinOfColleague => "workbin, taken by a colleague",
            Self::Crash => "desktop crash",
            Self::LongCrash => "long desktop crash",
            Self::LeavesWaiting => "customer leaves early",
            Self::LeavesTalking => "customer leaves talking",
            Self::TwinAlone => "twin, alone",
            Self::TwinWatched => "twin, monitored",
        }
    }

    /// Whether the chat ends by its agent, with the customer in it.
    pub fn is_closed_by_agent(self) -> bool {
        self == Self::AgentCloses || self.is_twin()
    }

    pub fn is_twin(self) -> bool {
        matches!(self, Self::TwinAlone | Self::TwinWatched)
    }
}

/// The day of all customers, in the order of their arrival.
pub fn plan(seed: u64, n_customers: u32, arrivals: Duration) -> Vec<CustomerPlan> {
    let mut dice = StdRng::seed_from_u64(seed);
    let mut acts = vec![];
    let deck: Vec<Act> =
        DECK.iter().flat_map(|(act, n)| std::iter::repeat_n(*act, *n as usize)).collect();
    while acts.len() < n_customers as usize {
        let mut round = deck.clone();
        round.shuffle(&mut dice);
        acts.extend(round);
    }
    let n_rushes = (arrivals.as_secs_f64() / RUSH.as_secs_f64()).floor().max(1.0);
    let mut times: Vec<_> = (0..n_customers)
        .map(|_| {
            let by_chance = arrivals.mul_f64(dice.random());
            if dice.random_range(0..RUSHES) == 0 {
                arrivals.mul_f64((dice.random::<f64>() * n_rushes).floor() / n_rushes)
            } else {
                by_chance
            }
        })
        .collect();
    times.sort();
    let (mut n_alone, mut n_watched) = (0, 0);
    let plans = (1..=n_customers).zip(times).zip(acts).map(|((number, arrives), act)| {
        let count = if act == Act::TwinAlone { &mut n_alone } else { &mut n_watched };
        if act.is_twin() {
            *count += 1;
        }
        let pair = if act.is_twin() { *count } else { 0 };
        let n_words = if act.is_twin() {
            (3, 3)
        } else {
            (dice.random_range(1..=4), dice.random_range(1..=4))
        };
        // What few know about is asked seldom.
        let topic = match dice.random_range(0..10) {
            0..5 => TOPICS[0].0,
            5..8 => TOPICS[1].0,
            _ => TOPICS[2].0,
        };
        let patience = (act == Act::LeavesWaiting)
            .then(|| Duration::from_millis(dice.random_range(50..2_000)));
        CustomerPlan {
            number,
            arrives,
            act,
            topic,
            pair,
            n_customer_words: n_words.0,
            n_agent_words: n_words.1,
            is_other_way: dice.random(),
            patience,
        }
    });
    plans.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const DAY: Duration = Duration::from_secs(100);

    #[test]
    fn the_same_seed_makes_the_same_day_and_another_seed_another() {
        assert_eq!(plan(7, 100, DAY), plan(7, 100, DAY));
        assert_ne!(plan(7, 100, DAY), plan(8, 100, DAY));
    }

    #[test]
    fn a_round_has_everything_and_customers_come_in_order() {
        let n_cards: u32 = DECK.iter().map(|(_, n)| n).sum();
        let plans = plan(1, n_cards, DAY);

        let acts: BTreeSet<_> = plans.iter().map(|plan| plan.act).collect();
        assert_eq!(acts.len(), DECK.len());
        assert!(plans.is_sorted_by_key(|plan| plan.arrives));
        assert!(plans.iter().all(|plan| plan.arrives <= DAY));
    }

    #[test]
    fn twins_belong_together_and_have_the_same_words() {
        let plans = plan(3, 200, DAY);
        let pairs = |act| {
            let of_act = plans.iter().filter(move |plan| plan.act == act);
            of_act.map(|one| (one.pair, one.n_customer_words)).collect::<BTreeSet<_>>()
        };

        let both: Vec<_> =
            pairs(Act::TwinAlone).intersection(&pairs(Act::TwinWatched)).cloned().collect();

        assert!(3 <= both.len(), "{both:?}");
    }
}
