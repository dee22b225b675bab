//! A session as an owned thing: how the shell that all owned things share reaches its rules.

use crate::base::{Millis, Position, ThingId};
use crate::chat::answer::Answer;
use crate::chat::command::Command;
use crate::chat::decide::decide;
use crate::chat::door::News;
use crate::chat::effect::Effect;
use crate::chat::error::Rejection;
use crate::chat::event::Event;
use crate::chat::idle_watch::next_step;
use crate::chat::look::{Look, Sight};
use crate::chat::policy::Policy;
use crate::chat::room::ChatRoom;
use crate::chat::sleep;
use crate::chat::state::Session;
use crate::owned::{Decision, Ear, Repeat, Room, Scene, Sleep, Thing};
use std::sync::Arc;

impl Thing for Session {
    type Command = Command;
    type Event = Event;
    type Effect = Effect;
    type Answer = Answer;
    type Rejection = Rejection;
    type Look = Look;
    type Sight = Sight;
    type News = News;
    type Policy = Policy;
    type Room = ChatRoom;
    /// The transcript is its own snapshot: everything else is folded from it.
    type Snapshot = Vec<Arc<Event>>;

    fn can_be_named(name: &ThingId) -> bool {
        !name.0.contains(':')
    }

    fn kind() -> &'static str {
        "session"
    }

    fn repeat(command: &Command) -> Repeat {
        match command {
            Command::Join(_)
            | Command::Say(_)
            | Command::Notify(_)
            | Command::ChangeData(_)
            | Command::SayOutside(_)
            | Command::AskOutside(_)
            | Command::Leave(_) => match command.key() {
                Some(_) => Repeat::AnsweredAlike,
                None => Repeat::DoneAgain,
            },
            // Without a key there is a failure alone, which counts once by what it builds on.
            Command::Bots(_) if command.key().is_none() => Repeat::PerhapsRefused,
            Command::Bots(_) | Command::NameContact { .. } | Command::TimePassed => {
                Repeat::AnsweredAlike
            }
            Command::Close(_)
            | Command::CloseIfNoAgents(_)
            | Command::PlaceOnHold
            | Command::BeginIdleAnew
            | Command::Transferred(_)
            | Command::SetLanguage(_)
            | Command::ControlIdle(_) => Repeat::PerhapsRefused,
        }
    }

    fn decide(
        &self,
        scene: &Scene<'_, Self>,
        command: Command,
    ) -> Result<Decision<Self>, Rejection> {
        decide(self, scene, command)
    }

    fn apply(&mut self, event: &Event) {
        self.fold(event);
    }

    fn look(
        &self,
        room: &mut ChatRoom,
        look: Look,
        listener: Option<Ear<Self>>,
        now: Millis,
    ) -> Sight {
        self.see(room, look, listener, now)
    }

    fn next_deadline(&self, room: &ChatRoom, policy: &Policy) -> Option<Millis> {
        let presence = match self.closed {
            Some(_) => None,
            None => room.presence.next_deadline(self, policy),
        };
        let idle = next_step(self, room.idle_watch(), policy).map(|due| due.at);
        let bots = room.bots.next_deadline(self, policy);
        let outbox = room.outbox.next_deadline(self, policy);
        let pushes = room.pushes.next_deadline();
        [presence, idle, bots, outbox, pushes].into_iter().flatten().min()
    }

    fn next_sleep(&self, room: &ChatRoom, policy: &Policy) -> Option<Sleep> {
        sleep::next_sleep(self, room, policy)
    }

    fn look_asleep(look: &Look, upto: Position) -> Option<Sight> {
        sleep::look_asleep(look, upto)
    }

    fn look_for_the_lost() -> Option<Look> {
        Some(Look::ForTheLost)
    }

    fn time_passed() -> Command {
        Command::TimePassed
    }

    fn is_over(&self, room: &ChatRoom) -> bool {
        let nobody_waits = room.outbox.is_empty() && room.pushes.is_empty();
        self.closed.is_some() && nobody_waits && room.bots.is_empty(self)
    }

    fn has_begun(&self) -> bool {
        self.started.is_some()
    }

    fn snapshot(&self, room: &ChatRoom) -> Self::Snapshot {
        room.transcript.clone()
    }

    fn from_snapshot(transcript: Self::Snapshot) -> (Self, ChatRoom) {
        let mut session = Self::default();
        let mut room = ChatRoom::default();
        for event in transcript {
            session.fold(&event);
            room.remember(&event);
        }
        (session, room)
    }

    fn weight(transcript: &Self::Snapshot) -> usize {
        transcript.len()
    }
}
