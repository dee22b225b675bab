//! What other houses must know, read from the log by cursors that they confirm. A report that got
//! lost, with its mailbox or with the process, is told again; the receiver ignores what it has.

use crate::base::{Millis, Position};
use crate::chat::effect::{Effect, HistoryReport, InteractionReport, Note};
use crate::chat::event::{Event, Fact};
use crate::chat::policy::{AutoSave, Contacts, Policy};
use crate::chat::state::Session;
use std::sync::Arc;
use std::time::Duration;

/// After this long without an answer a report is told again.
const TELL_AGAIN: Duration = Duration::from_secs(5);

/// A running transcript is saved this long after the first word it lacks.
const BATCH: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, Default)]
pub struct Outbox {
    interaction: Cursor,
    history: Cursor,
}

/// How far one destination has come.
#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    confirmed: Position,
    /// The newest event it must know, and since when.
    wanted: Position,
    wanted_since: Millis,
    on_its_way: Option<(Position, Millis)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destination {
    Interaction,
    History,
}

impl Outbox {
    /// Notes what a stored event means for each destination.
    pub fn note(&mut self, event: &Event, policy: &Policy) {
        if is_for_interaction(&event.fact) {
            self.interaction.want(event);
        }
        if policy.contacts == Contacts::Used && is_for_history(&event.fact, policy.auto_save) {
            self.history.want(event);
        }
    }

    /// A destination says how far it has come, and its word counts: what it lacks is told at once,
    /// also if that is less than it once said.
    pub fn confirm(&mut self, destination: Destination, upto: Position) {
        let cursor = match destination {
            Destination::Interaction => &mut self.interaction,
            Destination::History => &mut self.history,
        };
        cursor.confirmed = upto;
        cursor.on_its_way = None;
    }

    /// The reports that are due now; they then count as on their way.
    pub fn due(
        &mut self,
        session: &Session,
        transcript: &[Arc<Event>],
        now: Millis,
        policy: &Policy,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        if self.interaction.is_due(now, Duration::ZERO) {
            self.interaction.on_its_way = Some((session.last, now));
            let after = self.interaction.confirmed;
            let notes = notes_after(session, transcript, after);
            let report = InteractionReport { after, upto: session.last, notes };
            effects.push(Effect::TellInteraction(report));
        }
        if self.history.is_due(now, self.batch(session, policy)) {
            self.history.on_its_way = Some((session.last, now));
            let report = HistoryReport {
                upto: session.last,
                session: session.clone(),
                events: transcript.to_vec(),
            };
            effects.push(Effect::SaveHistory(Box::new(report)));
        }
        effects
    }

    pub fn next_deadline(&self, session: &Session, policy: &Policy) -> Option<Millis> {
        let history = self.history.due_at(self.batch(session, policy));
        [self.interaction.due_at(Duration::ZERO), history].into_iter().flatten().min()
    }

    pub fn is_empty(&self) -> bool {
        self.interaction.is_satisfied() && self.history.is_satisfied()
    }

    fn batch(&self, session: &Session, policy: &Policy) -> Duration {
        let is_new = self.history.confirmed == Position::NONE;
        let waits = policy.auto_save == AutoSave::Running && session.closed.is_none() && !is_new;
        if waits { BATCH } else { Duration::ZERO }
    }
}

impl Cursor {
    fn want(&mut self, event: &Event) {
        if self.is_satisfied() {
            self.wanted_since = event.at;
        }
        self.wanted = event.position;
    }

    fn is_satisfied(&self) -> bool {
        self.wanted <= self.confirmed
    }

    fn is_due(&self, now: Millis, batch: Duration) -> bool {
        self.due_at(batch).is_some_and(|at| at <= now)
    }

    fn due_at(&self, batch: Duration) -> Option<Millis> {
        if self.is_satisfied() {
            return None;
        }
        match self.on_its_way {
            Some((_, since)) => Some(since + TELL_AGAIN),
            None => Some(self.wanted_since + batch),
        }
    }
}

fn is_for_interaction(fact: &Fact) -> bool {
    match fact {
        Fact::Joined { joined, started } => started.is_some() || joined.person.is_some(),
        Fact::DataChanged { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => true,
        Fact::Said { .. } | Fact::Noticed { .. } => false,
    }
}

fn is_for_history(fact: &Fact, auto_save: AutoSave) -> bool {
    match fact {
        Fact::Joined { started, .. } => started.is_some() || auto_save == AutoSave::Running,
        Fact::Closed { .. } => true,
        Fact::DataChanged { .. } => true,
        Fact::ContactFound { .. } => false,
        Fact::Said { .. } | Fact::Noticed { .. } | Fact::Left { .. } => {
            auto_save == AutoSave::Running
        }
    }
}

/// What an interaction must hear of the events after a position.
fn notes_after(
    session: &Session,
    transcript: &[Arc<Event>],
    confirmed: Position,
) -> Vec<(Position, Note)> {
    let fresh = transcript.iter().filter(|event| confirmed < event.position);
    fresh.flat_map(|event| notes_of(session, event).map(|note| (event.position, note))).collect()
}

fn notes_of(session: &Session, event: &Event) -> impl Iterator<Item = Note> {
    let notes = match &event.fact {
        Fact::Joined { joined, started } => {
            let started = started.as_ref().map(|started| Note::Started {
                at: event.at,
                started: Arc::new((**started).clone()),
                password: started.password.clone(),
            });
            let person = joined.person.clone().filter(|_| joined.role != crate::chat::Role::Client);
            let joined = person.map(|person| Note::PartyJoined { participant: joined.id, person });
            [started, joined]
        }
        Fact::DataChanged { added, .. } => [Some(Note::DataChanged { added: added.clone() }), None],
        Fact::ContactFound { contact, attributes } => {
            let (contact, attributes) = (contact.clone(), attributes.clone());
            [Some(Note::ContactFound { contact, attributes }), None]
        }
        Fact::Left { who, reason, .. } => {
            let person = session.participant(*who).and_then(|known| known.joined.person.clone());
            let (participant, reason) = (*who, *reason);
            [person.map(|person| Note::PartyLeft { participant, person, reason }), None]
        }
        Fact::Closed { .. } => {
            let attached = session.tally.attached(session, event.at);
            [Some(Note::Ended { at: event.at, attached }), None]
        }
        Fact::Said { .. } | Fact::Noticed { .. } => [None, None],
    };
    notes.into_iter().flatten()
}
