//! What other houses must know, read from the log by cursors that they confirm. A report that got
//! lost, with its mailbox or with the process, is told again; the receiver ignores what it has.

use crate::base::{Millis, Position};
use crate::chat::effect::{Effect, HistoryReport, InteractionReport, Note};
use crate::chat::event::{Event, Fact};
use crate::chat::policy::{AutoSave, Contacts, Policy};
use crate::chat::state::Session;
use crate::chat::statistics;
use serde::{Deserialize, Serialize};
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
    on_its_way: Option<Millis>,
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
        if self.interaction.is_due(now, Duration::ZERO) {
            self.interaction.on_its_way = Some(now);
            let after = self.interaction.confirmed;
            let notes = notes_after(session, transcript, after);
            let report = InteractionReport { after, upto: session.last, notes };
            effects.push(Effect::TellInteraction(report));
        }
        if self.history.is_due(now, self.batch(session, policy)) {
            self.history.on_its_way = Some(now);
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
            Some(since) => Some(since + TELL_AGAIN),
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
            let attached = statistics::attached(session, event.at);
            [Some(Note::Ended { at: event.at, attached }), None]
        }
        Fact::Said { .. } | Fact::Noticed { .. } => [None, None],
    };
    notes.into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Parting, UserData};
    use crate::chat::Command;
    use crate::chat::command::ChangeData;
    use crate::chat::testing::{Stage, agent, customer};
    use crate::owned::{Room, Thing};

    #[test]
    fn an_interaction_is_told_of_start_people_data_and_end_each_once_confirmed() {
        let mut stage = Stage::with(&[customer("ann")]);
        assert_eq!(told(&mut stage), [(0, 1, vec!["started"])]);
        confirm(&mut stage, Destination::Interaction, 1);
        stage.say("ann", "hello").unwrap();
        assert_eq!(told(&mut stage), []);

        stage.join(agent("bob")).unwrap();
        assert_eq!(told(&mut stage), [(1, 3, vec!["joined"])]);
        let who = stage.who("ann");
        let added = UserData::default().with("a", "1");
        stage.perform(Command::ChangeData(ChangeData { once: None, who, added })).unwrap();
        assert_eq!(told(&mut stage), [], "one report at a time is on its way");
        confirm(&mut stage, Destination::Interaction, 3);
        assert_eq!(told(&mut stage), [(3, 4, vec!["data"])]);
        confirm(&mut stage, Destination::Interaction, 4);
        stage.leave("ann");
        stage.leave("bob");
        confirm(&mut stage, Destination::Interaction, 5);

        assert_eq!(told(&mut stage).last(), Some(&(5, 7, vec!["left", "ended"])));
    }

    #[test]
    fn a_report_without_an_answer_is_told_again_after_five_seconds() {
        let mut stage = Stage::with(&[customer("ann")]);
        told(&mut stage);

        stage.now = stage.now + Duration::from_millis(4_999);
        stage.perform(Command::TimePassed).unwrap();
        assert_eq!(told(&mut stage), []);
        stage.now = stage.now + Duration::from_millis(1);
        stage.perform(Command::TimePassed).unwrap();

        assert_eq!(told(&mut stage), [(0, 1, vec!["started"])]);
    }

    #[test]
    fn a_receiver_that_says_less_than_before_is_told_from_there_at_once() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        told(&mut stage);
        confirm(&mut stage, Destination::Interaction, 2);
        assert_eq!(told(&mut stage), []);

        confirm(&mut stage, Destination::Interaction, 1);

        assert_eq!(told(&mut stage), [(1, 2, vec!["joined"])]);
    }

    #[test]
    fn a_receiver_that_never_moves_is_told_in_peace() {
        let mut stage = Stage::with(&[customer("ann")]);
        told(&mut stage);

        confirm(&mut stage, Destination::Interaction, 0);

        assert_eq!(told(&mut stage), []);
        stage.pass(5);
        assert_eq!(told(&mut stage), [(0, 1, vec!["started"])]);
    }

    #[test]
    fn a_session_is_over_when_it_is_closed_and_everybody_knows() {
        let mut stage = Stage::with(&[customer("ann")]);
        let is_over = |stage: &Stage| stage.session.is_over(&stage.room);
        confirm(&mut stage, Destination::Interaction, 1);
        confirm(&mut stage, Destination::History, 1);
        assert!(!is_over(&stage));

        stage.leave("ann");
        let last = stage.session.last.0;
        assert!(!is_over(&stage));
        confirm(&mut stage, Destination::Interaction, last);
        assert!(!is_over(&stage));
        confirm(&mut stage, Destination::History, last);
        assert!(is_over(&stage));
        assert_eq!(stage.session.next_deadline(&stage.room, &stage.policy), None);
    }

    #[test]
    fn the_record_is_saved_at_the_start_and_at_the_end_if_nothing_else_is_asked() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        assert_eq!(saved(&mut stage), [1]);
        confirm(&mut stage, Destination::History, 1);
        stage.say("ann", "hello").unwrap();
        stage.say("bob", "hello").unwrap();
        stage.pass(9);
        assert_eq!(saved(&mut stage), [0; 0]);

        stage.perform(Command::Close(crate::chat::LeaveReason::RemovedByServer)).unwrap();

        assert_eq!(saved(&mut stage), [stage.session.last.0]);
    }

    #[test]
    fn a_running_transcript_is_saved_once_in_a_second() {
        let mut stage = Stage::empty();
        stage.policy.auto_save = AutoSave::Running;
        let start = Some(Box::new(crate::chat::testing::start()));
        stage.join(crate::chat::command::Join { start, ..customer("ann") }).unwrap();
        assert_eq!(saved(&mut stage), [1]);
        confirm(&mut stage, Destination::History, 1);

        stage.say("ann", "one").unwrap();
        stage.now = stage.now + Duration::from_millis(999);
        stage.say("ann", "two").unwrap();
        assert_eq!(saved(&mut stage), [0; 0]);
        stage.now = stage.now + Duration::from_millis(1);
        stage.say("ann", "three").unwrap();

        assert_eq!(saved(&mut stage), [4]);
    }

    #[test]
    fn without_a_contact_house_nothing_is_saved() {
        let mut stage = Stage::empty();
        stage.policy.contacts = Contacts::Unused;
        let start = Some(Box::new(crate::chat::testing::start()));
        stage.join(crate::chat::command::Join { start, ..customer("ann") }).unwrap();
        stage.leave("ann");
        confirm(&mut stage, Destination::Interaction, 3);

        assert_eq!(saved(&mut stage), [0; 0]);
        assert!(stage.session.is_over(&stage.room));
    }

    #[test]
    fn after_a_restoration_everything_is_told_again_until_it_is_confirmed() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        confirm(&mut stage, Destination::Interaction, 2);
        told(&mut stage);
        (stage.session, stage.room) = Session::replay(None, stage.room.transcript.clone());

        let effects = stage.room.restored(&stage.session, Parting::Lost, stage.now, &stage.policy);
        stage.effects.extend(effects);

        // The address comes last: nobody can note it down before he has heard of the beginning.
        assert!(matches!(stage.effects.last(), Some(Effect::TellAddress)));
        assert_eq!(told(&mut stage), [(0, 2, vec!["started", "joined"])]);
    }

    #[test]
    fn a_closed_session_tells_nobody_a_new_address() {
        let mut stage = Stage::with(&[customer("ann")]);
        stage.leave("ann");
        let (session, mut room) = Session::replay(None, stage.room.transcript.clone());

        let effects = room.restored(&session, Parting::Lost, stage.now, &stage.policy);

        assert!(!effects.iter().any(|effect| matches!(effect, Effect::TellAddress)));
        assert!(!effects.is_empty());
    }

    /// As the actor does it: a confirmation is followed by a look at the deadlines.
    fn confirm(stage: &mut Stage, destination: Destination, upto: u64) {
        stage.room.outbox.confirm(destination, Position(upto));
        let deadline = stage.session.next_deadline(&stage.room, &stage.policy);
        if deadline.is_some_and(|at| at <= stage.now) {
            stage.perform(Command::TimePassed).unwrap();
        }
    }

    /// Reports to the interaction since the last look: after, up to, and what they tell.
    fn told(stage: &mut Stage) -> Vec<(u64, u64, Vec<&'static str>)> {
        let mut told = Vec::new();
        for effect in &stage.effects {
            if let Effect::TellInteraction(report) = effect {
                let notes = report.notes.iter().map(|(_, note)| kind(note)).collect();
                told.push((report.after.0, report.upto.0, notes));
            }
        }
        stage.effects.retain(|effect| !matches!(effect, Effect::TellInteraction(_)));
        told
    }

    fn kind(note: &Note) -> &'static str {
        match note {
            Note::Started { .. } => "started",
            Note::DataChanged { .. } => "data",
            Note::ContactFound { .. } => "contact",
            Note::PartyJoined { .. } => "joined",
            Note::PartyLeft { .. } => "left",
            Note::Ended { .. } => "ended",
        }
    }

    fn saved(stage: &mut Stage) -> Vec<u64> {
        let mut saved = Vec::new();
        for effect in &stage.effects {
            if let Effect::SaveHistory(report) = effect {
                saved.push(report.upto.0);
            }
        }
        stage.effects.retain(|effect| !matches!(effect, Effect::SaveHistory(_)));
        saved
    }
}
