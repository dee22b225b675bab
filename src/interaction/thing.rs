//! A routing domain as an owned thing: how the shell that all owned things share reaches its rules.

use crate::base::{Millis, ThingId};
use crate::interaction::command::{Answer, Command};
use crate::interaction::decide;
use crate::interaction::desks::Desks;
use crate::interaction::door::DeskNews;
use crate::interaction::effect::Effect;
use crate::interaction::error::Rejection;
use crate::interaction::event::Event;
use crate::interaction::journal::{Journal, JournalSnapshot};
use crate::interaction::look::{Look, Sight};
use crate::interaction::policy::Policy;
use crate::interaction::state::{Domain, DomainSnapshot};
use crate::owned::{Decision, Ear, Repeat, Scene, Thing};

/// So many events are short enough to be read again, however little the domain holds.
const LEAST_BEFORE_RENEWAL: u64 = 1_000;

/// How many events weigh as much as one interaction or agent in a snapshot.
const EVENTS_PER_HELD: u64 = 4;

/// How many events of the journal of a snapshot weigh as much as one to be read again.
const KEPT_PER_EVENT: u64 = 2;

impl Thing for Domain {
    type Command = Command;
    type Event = Event;
    type Effect = Effect;
    type Answer = Answer;
    type Rejection = Rejection;
    type Look = Look;
    type Sight = Sight;
    type News = DeskNews;
    type Policy = Policy;
    type Room = Desks;
    type Snapshot = DomainSnapshot;

    fn can_be_named(name: &ThingId) -> bool {
        name.0.starts_with("routing:")
    }

    fn kind() -> &'static str {
        "routing"
    }

    fn is_known_by_name() -> bool {
        true
    }

    fn repeat(command: &Command) -> Repeat {
        command.repeat()
    }

    fn decide(
        &self,
        scene: &Scene<'_, Self>,
        command: Command,
    ) -> Result<Decision<Self>, Rejection> {
        decide::decide(self, scene, command)
    }

    fn apply(&mut self, event: &Event) {
        self.fold(event);
    }

    fn look(
        &self,
        desks: &mut Desks,
        look: Look,
        listener: Option<Ear<Self>>,
        now: Millis,
    ) -> Sight {
        self.see(desks, look, listener, now)
    }

    fn next_deadline(&self, room: &Desks, policy: &Policy) -> Option<Millis> {
        let calendar = &self.calendar;
        let deadlines = [
            room.restored_at(),
            room.stop_due_at(),
            room.views_due_at(),
            calendar.invitations.first().map(|((deadline, _), _)| *deadline),
            calendar.lost.first().map(|(at, _)| *at + policy.resume_window),
            calendar.refusals.first().map(|(at, _, _)| *at + policy.reoffer_after),
            calendar.handled.first().map(|(until, _)| *until),
            calendar.over.first().map(|(at, _)| *at + policy.keep_stopped),
            calendar.scripts.first().map(|(at, _)| *at),
        ];
        deadlines.into_iter().flatten().min()
    }

    fn time_passed() -> Command {
        Command::TimePassed
    }

    /// A domain is never over.
    fn is_over(&self, _: &Desks) -> bool {
        false
    }

    fn snapshot(&self, desks: &Desks) -> DomainSnapshot {
        let journal = Some(desks.journal.to_snapshot());
        DomainSnapshot { journal, ..self.to_snapshot() }
    }

    /// The log of a busy day is long, and whoever takes it over reads all that came after the snapshot
    /// while everybody waits. A snapshot of much is not written for few events.
    fn renew_after(&self, desks: &Desks) -> Option<u64> {
        let held = self.interactions.size() + self.agents.size();
        let kept = desks.journal.n_kept() as u64 / KEPT_PER_EVENT;
        Some(LEAST_BEFORE_RENEWAL.max(EVENTS_PER_HELD * held as u64 + kept))
    }

    fn from_snapshot(mut snapshot: DomainSnapshot) -> (Self, Desks) {
        let desks = Desks::with(Journal::of(snapshot.last, snapshot.journal.take()));
        (Self::of_snapshot(snapshot), desks)
    }

    fn weight(snapshot: &DomainSnapshot) -> usize {
        let n_kept = snapshot.journal.as_ref().map_or(0, JournalSnapshot::n_kept);
        snapshot.interactions.len() + snapshot.agents.len() + n_kept
    }
}
