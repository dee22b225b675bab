//! Whom an interaction was offered to and why, kept with it: what a supervisor asks afterwards. Bounded,
//! however many agents there are, since it stands in the log with each invitation.

use crate::base::{AgentId, Millis};
use crate::interaction::agent::Hindrance;
use crate::interaction::ids::Ticket;
use crate::interaction::party::Errand;
use crate::interaction::reason::RevokeReason;
use crate::workflow::Target;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How many of those who were not chosen are named; the rest are counted.
pub const MOST_NAMED: usize = 8;
/// How many invitations an interaction remembers.
pub const MOST_KEPT: usize = 5;

/// One invitation, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub ticket: Ticket,
    pub at: Millis,
    pub agent: AgentId,
    #[serde(default, skip_serializing_if = "Errand::is_routing")]
    pub errand: Errand,
    /// Absent if it was not routing that chose him, or a version that did not say why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Arc<Choice>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<(Millis, RouteEnd)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RouteEnd {
    Accepted,
    Rejected,
    Revoked(RevokeReason),
}

/// Why routing chose somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What looked for him; nothing if it was routing itself, which takes anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sought: Option<Sought>,
    pub rule: Rule,
    /// The others: first those who could have taken it, then those who are ready and could not, each
    /// in the order of turns, then those who are not ready.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub others: Vec<(AgentId, PassedOver)>,
    /// How many more there were. Everybody who is logged in for the medium is named or counted.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub more: BTreeMap<PassedOver, u32>,
}

/// The block that looked, and the first of its targets that the chosen one is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sought {
    pub strategy: String,
    pub block: String,
    pub target: Target,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// He had it last, and the strategy looks for him by name.
    LastAgent,
    LongestReady,
    LeastOccupied,
    /// All who could take it have refused it, he before the others.
    OldestRefusal,
}

/// Why somebody else was not chosen: the first reason that was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassedOver {
    /// He rejected, missed or left it a short time ago.
    Refused,
    /// He is ready for less long, or was offered something later.
    ReadyLater,
    MoreOccupied,
    /// He is none of those whom the strategy looks for.
    NotWanted,
    /// It is a question about something that he has himself.
    HasIt,
    DoNotDisturb,
    ConnectionLost,
    Full,
    /// Nobody knows whether his capacity rule allows it.
    CapacityUnknown,
    NotReady,
}

impl Choice {
    /// Names the first of the others and counts the rest; of those who are not ready `n_not_ready`
    /// says how many there are, so that they need not all be looked at.
    pub(super) fn new<'a>(
        (sought, rule): (Option<Sought>, Rule),
        ready: impl Iterator<Item = (&'a AgentId, PassedOver)>,
        (not_ready, n_not_ready): (impl Iterator<Item = &'a AgentId>, usize),
    ) -> Self {
        let (mut others, mut more) = (Vec::new(), BTreeMap::new());
        for (agent, why) in ready {
            if others.len() < MOST_NAMED {
                others.push((agent.clone(), why));
            } else {
                *more.entry(why).or_default() += 1;
            }
        }
        let n_named = others.len();
        let not_ready = not_ready.take(MOST_NAMED - n_named);
        others.extend(not_ready.map(|agent| (agent.clone(), PassedOver::NotReady)));
        let n_more = n_not_ready - (others.len() - n_named);
        if let Ok(n_more @ 1..) = u32::try_from(n_more) {
            more.insert(PassedOver::NotReady, n_more);
        }
        Self { sought, rule, others, more }
    }
}

impl From<Hindrance> for PassedOver {
    fn from(hindrance: Hindrance) -> Self {
        match hindrance {
            Hindrance::NotLoggedInForMedia | Hindrance::NotReady { .. } => Self::NotReady,
            Hindrance::DoNotDisturb => Self::DoNotDisturb,
            Hindrance::ConnectionLost => Self::ConnectionLost,
            Hindrance::AtCapacity { .. } | Hindrance::RuleForbids { .. } => Self::Full,
            Hindrance::RuleFails { .. } => Self::CapacityUnknown,
        }
    }
}
