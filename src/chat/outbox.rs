//! What other houses must know, read from the log by cursors that they confirm. A report that got
//! lost, with its mailbox or with the process, is told again; the receiver ignores what it has.

use crate::base::{Millis, Position};
use crate::chat::effect::{Effect, HistoryReport, InteractionReport, Note};
use crate::chat::event::{EndReason, Event, Fact};
use crate::chat::policy::{AutoSave, Contacts, OnUnkept, Policy};
use crate::chat::state::Session;
use crate::chat::statistics;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// After this long without an answer the interaction is told again.
const TELL_AGAIN: Duration = Duration::from_secs(5);

/// A running transcript is saved this long after the first word it lacks.
const BATCH: Duration = Duration::from_secs(1);

/// So long after the end the interaction hears of it, whether the record has it or not.
const MOST_HELD_BACK: Duration = Duration::from_secs(120);

const OF_INTERACTION: Patience = Patience { batch: Duration::ZERO, again: TELL_AGAIN };

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
    on_its_way: Option<Millis>,
    /// How often the same was told again, without an answer that it has come any further.
    n_again: u32,
}

/// How long a destination is left in peace.
#[derive(Clone, Copy)]
struct Patience {
    /// After the first word that it lacks.
    batch: Duration,
    /// After it was told.
    again: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// also if that is less than it once said. If it has not moved, it is told again in its time.
    pub fn confirm(&mut self, destination: Destination, upto: Position) {
        let cursor = match destination {
            Destination::Interaction => &mut self.interaction,
            Destination::History => &mut self.history,
        };
        if cursor.confirmed != upto {
            cursor.confirmed = upto;
            cursor.on_its_way = None;
            cursor.n_again = 0;
        }
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
        if self.history.is_due(now, self.of_history(session, policy)) {
            self.history.tell(now);
            let report = HistoryReport {
                upto: session.last,
                session: session.clone(),
                events: transcript.to_vec(),
            };
            effects.push(Effect::SaveHistory(Box::new(report)));
        }
        if self.interaction_due_at(session).is_some_and(|at| at <= now) {
            self.interaction.tell(now);
            let after = self.interaction.confirmed;
            let notes = notes_after(session, transcript, after);
            let report = InteractionReport { after, upto: session.last, notes };
            effects.push(Effect::TellInteraction(report));
        }
        effects
    }

    pub fn next_deadline(&self, session: &Session, policy: &Policy) -> Option<Millis> {
        let history = self.history.due_at(self.of_history(session, policy));
        [self.interaction_due_at(session), history].into_iter().flatten().min()
    }

    /// The record comes first: while the interaction is online, somebody looks after a session whose
    /// owner dies, and afterwards nobody would know that its record lacks something. But no agent is
    /// held for ever because of a record that cannot be kept.
    fn interaction_due_at(&self, session: &Session) -> Option<Millis> {
        let due_at = self.interaction.due_at(OF_INTERACTION)?;
        match &session.closed {
            // What ends for want of its record has waited long enough.
            Some(closed) if closed.reason != EndReason::DbError && !self.history.is_satisfied() => {
                Some(due_at.max(closed.at + MOST_HELD_BACK))
            }
            Some(_) | None => Some(due_at),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.interaction.is_satisfied() && self.history.is_satisfied()
    }

    /// Whether a session must end because its record did not get its running transcript, however
    /// often it was told.
    pub fn is_unkept(&self, session: &Session, now: Millis, policy: &Policy) -> bool {
        let OnUnkept::Close { after } = policy.on_unkept else { return false };
        let is_running = policy.auto_save == AutoSave::Running && session.closed.is_none();
        let is_in_vain = self.history.on_its_way.is_some() && after <= self.history.n_again;
        is_running && is_in_vain && self.history.is_due(now, self.of_history(session, policy))
    }

    fn of_history(&self, session: &Session, policy: &Policy) -> Patience {
        let is_new = self.history.confirmed == Position::NONE;
        let waits = policy.auto_save == AutoSave::Running && session.closed.is_none() && !is_new;
        let batch = if waits { BATCH } else { Duration::ZERO };
        Patience { batch, again: policy.tell_record_again }
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

    fn is_due(&self, now: Millis, patience: Patience) -> bool {
        self.due_at(patience).is_some_and(|at| at <= now)
    }

    fn due_at(&self, Patience { batch, again }: Patience) -> Option<Millis> {
        if self.is_satisfied() {
            return None;
        }
        match self.on_its_way {
            Some(since) => Some(since + again),
            None => Some(self.wanted_since + batch),
        }
    }

    fn tell(&mut self, now: Millis) {
        if self.on_its_way.replace(now).is_some() {
            self.n_again = self.n_again.saturating_add(1);
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
    let n_known = usize::try_from(confirmed.0).unwrap_or(usize::MAX);
    let fresh = transcript.iter().skip(n_known);
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
            let (participant, visibility) = (joined.id, joined.visibility);
            let joined = person.map(|person| Note::PartyJoined { participant, person, visibility });
            [started, joined]
        }
        Fact::DataChanged { added, .. } => [Some(Note::DataChanged { added: added.clone() }), None],
        Fact::ContactFound { contact, attributes } => {
            let (contact, attributes) = (contact.clone(), attributes.clone());
            [Some(Note::ContactFound { contact, attributes }), None]
        }
        Fact::Left { who, reason, .. } => {
            let (participant, reason) = (*who, *reason);
            let left = session.participant(participant).and_then(|known| {
                let (person, visibility) = (known.joined.person.clone()?, known.joined.visibility);
                Some(Note::PartyLeft { participant, person, visibility, reason })
            });
            [left, None]
        }
        Fact::Closed { .. } => {
            let attached = statistics::attached(session, event.at);
            let agents = session.tally.agent_presence(event.at);
            [Some(Note::Ended { at: event.at, attached, agents }), None]
        }
        Fact::Said { .. } | Fact::Noticed { .. } => [None, None],
    };
    notes.into_iter().flatten()
}

#[cfg(test)]
mod tests;
