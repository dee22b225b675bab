//! A strategy that has an interaction in hand: where it stands, and what it has asked for.

use crate::base::{Millis, QueueName};
use crate::workflow::{EspRequest, RoutingRequest, Script};
use serde::{Deserialize, Serialize};

/// Who sees to an interaction while it lies in its queue or workbin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeper {
    /// Routing itself offers it to whoever is free.
    #[default]
    Routing,
    /// The views of its queue; and the strategy to which one of them gives it.
    Views,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// The queue and the view from which it was taken.
    pub from: (QueueName, String),
    pub script: Script,
    /// What is asked for and not answered yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asks: Option<Asks>,
    /// Until then its strategy may have it. Absent in what a version without `routing-timeout` wrote,
    /// until the strategy moves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Millis>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    Agent(RoutingRequest),
    Service { request: u64, esp: EspRequest },
    Transcript { request: u64, to: String },
}

impl Asks {
    pub fn request(&self) -> u64 {
        match self {
            Self::Agent(RoutingRequest { request, .. })
            | Self::Service { request, .. }
            | Self::Transcript { request, .. } => *request,
        }
    }
}

/// A request to another house that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Service {
    Esp(EspRequest),
    Transcript { to: String },
}

impl Keeper {
    pub(super) fn is_routing(&self) -> bool {
        *self == Self::Routing
    }
}

impl Running {
    /// Whether its strategy has had it for too long.
    pub fn has_failed(&self, now: Millis) -> bool {
        self.until.is_some_and(|until| until <= now)
    }

    /// Whom it looks for.
    pub fn wanted(&self) -> Option<&RoutingRequest> {
        match &self.asks {
            Some(Asks::Agent(request)) => Some(request),
            Some(Asks::Service { .. } | Asks::Transcript { .. }) | None => None,
        }
    }

    /// What it has asked of another house, with the number of the request.
    pub fn service(&self) -> Option<(u64, Service)> {
        match &self.asks {
            Some(Asks::Service { request, esp }) => Some((*request, Service::Esp(esp.clone()))),
            Some(Asks::Transcript { request, to }) => {
                Some((*request, Service::Transcript { to: to.clone() }))
            }
            Some(Asks::Agent(_)) | None => None,
        }
    }
}
