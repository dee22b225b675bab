//! Whoever carries pushes: one way for each kind of provider.

use crate::base::{Clock, Millis, SessionId};
use crate::chat::push::{PushNote, Told};
use crate::edge::push::form::Writer;
use crate::edge::push::mobile::alert::{Alert, Wording};
use crate::edge::push::mobile::apns::{Apns, Team};
use crate::edge::push::mobile::fcm::Fcm;
use crate::edge::push::mobile::{BadProvider, Line};
use crate::edge::push::outcome::Outcome;
use crate::webhook::actor::Address;
use crate::webhook::{Messenger, Reaction};
use std::sync::Arc;
use std::time::Duration;

/// How a provider is reached, as its operator wants it.
#[derive(Clone)]
pub enum Means {
    Http(Address),
    /// With the JSON file of a service account.
    Fcm {
        line: Line,
        wording: Wording,
        account: String,
    },
    Apns {
        line: Line,
        wording: Wording,
        team: Team,
    },
}

pub enum Carrier {
    Http(Messenger),
    Fcm(Fcm, Phone),
    Apns(Apns, Phone),
}

/// What all devices of a provider are told alike.
pub struct Phone {
    wording: Wording,
    time_to_live: Duration,
}

impl Carrier {
    pub fn new(means: Means, clock: Arc<dyn Clock>) -> Result<Self, BadProvider> {
        Ok(match means {
            Means::Http(address) => Self::Http(Messenger::new(address, clock)?),
            Means::Fcm { line, wording, account } => {
                Self::Fcm(Fcm::new(&line, &account, clock)?, Phone::new(wording, &line))
            }
            Means::Apns { line, wording, team } => {
                Self::Apns(Apns::new(&line, &team, clock)?, Phone::new(wording, &line))
            }
        })
    }

    /// How long after it happened something is still worth to be told.
    pub fn time_to_live(&self) -> Option<Duration> {
        match self {
            Self::Http(_) => None,
            Self::Fcm(_, phone) | Self::Apns(_, phone) => Some(phone.time_to_live),
        }
    }

    /// Whether all that is told goes to the same receiver, and not to a device each.
    pub fn is_one_receiver(&self) -> bool {
        matches!(self, Self::Http(_))
    }

    /// Tells something once.
    pub async fn tell(
        &self,
        writer: &Writer,
        (session, note): (&SessionId, &PushNote),
        now: Millis,
    ) -> Outcome {
        let alert = |phone: &Phone| {
            Alert::of((session, note), (writer, &phone.wording), (now, phone.time_to_live))
        };
        let device = &note.subscription.device;
        match self {
            Self::Http(messenger) => {
                let body = match writer.write(session, note, now) {
                    Ok(body) => body,
                    Err(error) => return Outcome::Failed(error.to_string()),
                };
                match messenger.inform(&note.name(&session.0), attempt(note), body).await {
                    Reaction::Answered(_) => Outcome::Delivered,
                    Reaction::Failed(why) => Outcome::Failed(why),
                    Reaction::Refused(status) => Outcome::Refused(format!("status {status}")),
                }
            }
            Self::Fcm(fcm, phone) => fcm.tell(device, &alert(phone)).await,
            Self::Apns(apns, phone) => apns.tell(device, &alert(phone)).await,
        }
    }
}

impl Phone {
    fn new(wording: Wording, line: &Line) -> Self {
        Self { wording, time_to_live: line.time_to_live }
    }
}

fn attempt(note: &PushNote) -> u32 {
    match note.told {
        Told::Event(_) => 1,
        Told::Reminder { attempt, .. } => attempt.saturating_add(1),
    }
}
