//! The day as desks saw it: who was offered what, who had what, who was free, all with times that are
//! certain.

use crate::cli::torture::check::Micros;
use crate::edge::agent::wire::frame::{Interaction, Operation};
use crate::edge::agent::wire::request::VisibilityMode;
use std::collections::{BTreeMap, BTreeSet};

/// From when to when something was certainly so.
pub type Span = (Micros, Micros);

/// How an offer ended, as far as its desk knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferEnd {
    Open,
    Accepted,
    Rejected,
    Missed,
    Revoked(String),
    /// While nobody was there to see it.
    Unknown,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    pub ticket: u64,
    pub agent: String,
    pub interaction: String,
    pub operation: Operation,
    pub inviter: Option<String>,
    pub mode: Option<VisibilityMode>,
    pub queue: String,
    /// The skill that its queue asks for.
    pub skill: Option<String>,
    /// Since when it lay in its queue: milliseconds since 1970, by the server's clock.
    pub placed_at: i64,
    pub priority: i64,
    pub at: Micros,
    /// When it rang.
    pub rang: Vec<Span>,
    pub end: OfferEnd,
    pub ended_at: Option<Micros>,
    /// He was ready, connected and not to be left in peace; nothing if it was found after a loss.
    pub was_able: Option<bool>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Holding {
    pub agent: String,
    pub interaction: String,
    /// How he came to it; nothing if he joined the chat, or found it on his desk.
    pub operation: Option<Operation>,
    pub mode: Option<VisibilityMode>,
    pub from: Micros,
    /// When he certainly had it.
    pub had: Vec<Span>,
    pub ended_at: Option<Micros>,
    pub reason: Option<String>,
    /// He was offered it, or asked for it himself.
    pub has_ground: bool,
}

/// Somebody had more than he may.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excess {
    pub agent: String,
    pub at: Micros,
    pub load: usize,
    pub capacity: u32,
    pub interaction: String,
}

/// What a supervisor was shown of one state, in one look.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub at: Micros,
    pub interactions: Vec<Interaction>,
}

#[derive(Clone, Debug, Default)]
pub struct Day {
    pub offers: Vec<Offer>,
    pub holdings: Vec<Holding>,
    pub excesses: Vec<Excess>,
    /// How often a load was looked at.
    pub n_loads: u64,
    /// When each agent could certainly be offered something.
    pub free: Vec<(String, Span)>,
    /// Contradictions within what one desk was told.
    pub strange: Vec<String>,
    pub snapshots: Vec<Snapshot>,
    /// How often each desk lost its connection.
    pub losses: BTreeMap<String, u32>,
    pub capacities: BTreeMap<String, u32>,
    pub skills: BTreeMap<String, BTreeSet<String>>,
    /// Changes of what is urgent: asked when, answered when, to what.
    pub urgencies: BTreeMap<String, Vec<(Micros, Option<Micros>, i64)>>,
}

impl Day {
    /// Whether an agent knows what is asked for.
    pub fn knows(&self, agent: &str, skill: Option<&str>) -> bool {
        let skills = self.skills.get(agent);
        skill.is_none_or(|skill| skills.is_some_and(|skills| skills.contains(skill)))
    }

    /// Whether a desk saw everything: its connection was lost at the end of the run alone.
    pub fn saw_all(&self, agent: &str) -> bool {
        self.losses.get(agent).is_none_or(|losses| *losses <= 1)
    }
}

impl Offer {
    /// Of what nobody handles, by the router or by a supervisor.
    pub fn is_routing(&self) -> bool {
        self.operation == Operation::RouteTo
    }

    /// By the router alone.
    pub fn is_of_router(&self) -> bool {
        self.is_routing() && self.inviter.is_none()
    }

    /// Whether the agent did not want it.
    pub fn was_refused(&self) -> bool {
        matches!(self.end, OfferEnd::Rejected | OfferEnd::Missed)
    }
}

impl Holding {
    /// Whether he handles it, and does not only look on or advise.
    pub fn handles(&self) -> bool {
        !matches!(self.mode, Some(VisibilityMode::Coach | VisibilityMode::Monitor))
    }

    /// Whether he may have it beside somebody else.
    pub fn is_beside(&self) -> bool {
        let alone = [Some(Operation::RouteTo), Some(Operation::Transfer), Some(Operation::Pull)];
        self.mode.is_some() || !alone.contains(&self.operation)
    }
}

/// For how long two lists of spans overlap at most, in one piece.
pub fn overlap(one: &[Span], other: &[Span]) -> Micros {
    let pieces = one.iter().flat_map(|(from, until)| {
        other.iter().map(move |(begin, end)| (*until.min(end)).saturating_sub(*from.max(begin)))
    });
    pieces.max().unwrap_or(0)
}
