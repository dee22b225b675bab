//! The judge: what everybody saw comes in, a book of what holds and what does not goes out. Pure, and
//! it knows nothing of the server: only what is promised.
//!
//! [`day`] makes offers, holdings and free times of what desks saw; [`wait`] makes waits of them. The rules:
//! [`owners`], [`assignments`], [`served`], [`order`], [`ending`], [`twins`], [`figures`], [`whys`].
//! [`words`] holds messages against the torture's. [`plant`] breaks what was seen, to prove that the
//! rules would notice.
//!
//! Desks hear of the same thing at different moments, and one whose connection is gone hears nothing.
//! So nothing counts but what was certainly so: an agent has an interaction from when he heard so
//! until he asked for anything that may have ended it, or was heard from last; and two desks must
//! disagree for longer than `skew`.

pub mod assignments;
pub mod day;
pub mod ending;
pub mod figures;
pub mod fold;
pub mod order;
pub mod owners;
pub mod plant;
pub mod served;
pub mod shown;
pub mod twins;
pub mod wait;
pub mod whys;
pub mod words;

#[cfg(test)]
mod testing;

use crate::cli::centre::journal::Journal;
use crate::cli::torture::check::{Findings, History, Micros};
use serde::Serialize;

/// The rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Check {
    Owner,
    Offer,
    Assignment,
    Capacity,
    Served,
    Idle,
    Order,
    LeftOver,
    Messages,
    Unseen,
    Figures,
    Why,
}

pub type Book = Findings<Check>;

/// What the judge knows of the run beside what was seen.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// By how much one desk may hear later than another.
    pub skew: Micros,
    /// For how long somebody may wait while somebody is free for him.
    pub idle_wait: Micros,
    /// `reoffer-after` of the nodes.
    pub reoffer_after: Micros,
    /// Nodes were killed: what nobody was there to see is not counted.
    pub is_disturbed: bool,
}

/// Everything that is judged.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    pub journal: Journal,
    /// What was said in the chats, as the torture notes it.
    pub histories: Vec<History>,
    /// Faults of chats that were noticed at once.
    pub alarms: Vec<String>,
}

impl Check {
    pub const ALL: [Self; 12] = [
        Self::Owner,
        Self::Offer,
        Self::Assignment,
        Self::Capacity,
        Self::Served,
        Self::Idle,
        Self::Order,
        Self::LeftOver,
        Self::Messages,
        Self::Unseen,
        Self::Figures,
        Self::Why,
    ];

    /// What must hold.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Owner => "an interaction is handled by one agent, and by those he let come",
            Self::Offer => {
                "an interaction is offered to one agent at a time, and to nobody while it is handled"
            }
            Self::Assignment => "the model agrees with every assignment",
            Self::Capacity => "nobody has more than his capacity allows",
            Self::Served => "every customer who stayed was served",
            Self::Idle => "nobody waits while somebody is free for him",
            Self::Order => "the most urgent is offered first, then the oldest",
            Self::LeftOver => "nothing is lost or left over",
            Self::Messages => "no message is lost, doubled, changed or out of order",
            Self::Unseen => "who looks on changes nothing that a customer sees",
            Self::Figures => "the figures of the day are those that were counted here",
            Self::Why => "each route is explained",
        }
    }
}

/// Holds everything against the rules.
pub fn judge(evidence: &Evidence, terms: Terms) -> Book {
    let mut book = Book::default();
    let day = fold::day(&evidence.journal);
    owners::check(&day, terms, &mut book);
    assignments::check(&day, terms, &mut book);
    served::check(&evidence.journal, &day, terms, &mut book);
    order::check(&evidence.journal, &day, terms, &mut book);
    ending::check(&evidence.journal, &day, &mut book);
    twins::check(&evidence.journal, terms, &mut book);
    figures::check(&evidence.journal, &day, terms, &mut book);
    whys::check(&evidence.journal, &day, terms, &mut book);
    words::check(evidence, &mut book);
    book
}
