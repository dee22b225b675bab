//! The Interaction Server: what waits for an agent, who is at a desk, and who is offered what.
//!
//! One routing domain is one owned, event-sourced thing, like a chat session: [`Domain`] is its
//! state, [`Command`] and [`Fact`] are its words, [`Desks`] is what stands beside it.
//!
//! ```text
//! media server --Submit, ReportFromSession--> queue --plan_offer--> Invited --Accept--> Handling
//!                                               ^                      | rejected, missed     |
//!                                               +----------------------+----------------------+
//!                                                 the last agent left while the chat is online
//!
//! Handling --PlaceInWorkbin--> in a workbin --Pull--> Handling; a queue can be pulled from as well
//! ```
//!
//! Invariants: an interaction is offered to one agent at a time; an agent is offered nothing beyond
//! his capacity; what is online and handled by nobody is queued, offered or in a workbin; an agent who is ready,
//! free and not passed over leaves nothing in the queue that he could take; what is handled goes back to its
//! queue when nobody works on it; a question is over when whoever asks has no more what it is about; a session's report is
//! taken in once, by positions that are stored with the interaction.
//!
//! Who is connected does not count, who is logged in does: a lost connection has a window to come
//! back, and only after it is an agent logged out and his interactions offered to others.
//!
//! Read in this order: [`event`] (with [`reason`], why something ended), [`command`], [`state`], [`routing`]
//! (who is offered what), [`route`] (to whom it was offered, and why), `conducted` (an interaction as
//! strategies see it), [`decide`] (the rules), [`desks`] (who hears of it), [`look`] and [`views`] (what one may ask),
//! [`statistics`] (the figures of the day), [`journal`] (what happened lately), [`what_if`] (a day lived
//! again with other strategies).

pub mod agent;
mod calendar;
pub mod capacity;
pub mod command;
mod conducted;
pub mod consultation;
pub mod decide;
pub mod desks;
pub mod door;
pub mod effect;
pub mod error;
pub mod event;
pub mod find;
pub mod ids;
pub mod journal;
pub mod look;
pub mod measure;
pub mod party;
pub mod policy;
pub mod profile;
pub mod queue;
pub mod reason;
pub mod record;
pub mod route;
#[cfg(test)]
mod route_checks;
pub mod routing;
pub mod running;
pub mod scope;
pub mod standing;
pub mod state;
pub mod statistics;
mod stops;
mod thing;
mod view_checks;
pub mod views;
pub mod what_if;
pub mod why;
pub mod workbin;

mod draft;
#[cfg(test)]
mod former;
#[cfg(test)]
mod histories;
mod index;
mod moment;
mod parties;
mod real_time;
#[cfg(test)]
mod reference_model;
#[cfg(test)]
mod script;
#[cfg(test)]
mod support;

pub use crate::base::property;
pub use agent::Agent;
pub use capacity::Capacity;
pub use command::{Answer, By, Command, Login, SessionNote, SessionReport, Submission, Wanted};
pub use consultation::{Consultation, Consulted, InteractionType};
pub use desks::Desks;
pub use door::DeskNews;
pub use effect::{Effect, Warning};
pub use error::Rejection;
pub use event::{Address, Change, Event, Fact};
pub use ids::{ConnectionId, GroupName, MediaType, QueueName, ServerName, SkillName, Ticket};
pub use look::{Look, Sight};
pub use party::{Operation, Part};
pub use policy::Policy;
pub use profile::Profile;
pub use record::{Interaction, Stage};
pub use running::{Asks, Keeper, Running, Service};
pub use scope::{Level, Scope, Scopes, Whom};
pub use state::{Domain, DomainSnapshot};
pub use workbin::{Owner, Workbin};
