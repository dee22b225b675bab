//! One push, before anybody has written it down for his receiver.

use crate::base::{Millis, ParticipantId, UserId};
use crate::chat::attributes::add_system;
use crate::chat::event::{Event, EventId, Fact, LeaveReason};
use crate::chat::line::Line;
use crate::chat::participant::Participant;
use crate::chat::push::Subscription;
use crate::chat::state::Session;
use std::sync::Arc;

/// What a receiver is to be told.
#[derive(Clone, Debug)]
pub struct PushNote {
    pub who: ParticipantId,
    pub user: UserId,
    pub subscription: Subscription,
    /// The provider that it goes through.
    pub provider: String,
    pub at: Millis,
    /// What he would ask from next.
    pub next: EventId,
    /// Nothing more will come for him.
    pub is_over: bool,
    pub is_monitored: bool,
    pub told: Told,
}

#[derive(Clone, Debug)]
pub enum Told {
    /// What happened.
    Event(Box<Line>),
    /// That there is something to ask for.
    Reminder {
        /// How often he was reminded of the same before, since that began anew.
        attempt: u32,
        /// How many reminders have said the same `next` before, whenever they began.
        n_before: u32,
        /// From where on; nothing once he is out of the session.
        from: Option<EventId>,
    },
}

impl PushNote {
    /// A name that is the same each time the same is pushed, whichever node does it. No two reminders of
    /// one node have the same: a receiver may ignore what it has had.
    pub fn name(&self, session: &str) -> String {
        match &self.told {
            Told::Event(line) => format!("{session}/{}/{}", self.who, line.event.id().0),
            Told::Reminder { n_before, .. } => {
                format!("{session}/{}/{}/{n_before}", self.who, self.next.0)
            }
        }
    }
}

/// An event as its pushed form shows it: as he would see it, and why he left also where answers to him
/// keep quiet about it.
pub(super) fn line(session: &Session, event: &Arc<Event>, viewer: &Participant) -> Option<Line> {
    let mut line = Line::for_viewer(session, event, viewer)?;
    if let Fact::Left { who, reason, .. } = &event.fact
        && *who == viewer.joined.id
        && matches!(reason, LeaveReason::Normal | LeaveReason::Disconnect)
    {
        add_system(&mut line.attributes, "quit-reason-code", reason.code().to_string());
    }
    Some(line)
}
