//! A stage for tests: people by name, wishes decided and folded at once, as the actor would do it.

use crate::base::{Millis, ParticipantId, UserData};
use crate::chat::command::{
    AfterAction, Command, Join, Leave, NoticeWish, Notify, Once, Say, Start,
};
use crate::chat::decide::decide;
use crate::chat::effect::Effect;
use crate::chat::event::{Event, EventId};
use crate::chat::participant::{ClientVersion, Protocol, Role, Visibility};
use crate::chat::{Answer, ChatRoom, Policy, Rejection, Session};
use crate::owned::{Room, Scene, Thing};
use std::sync::Arc;

#[derive(Default)]
pub struct Stage {
    pub session: Session,
    pub room: ChatRoom,
    pub policy: Policy,
    pub now: Millis,
    pub effects: Vec<Effect>,
}

impl Stage {
    /// A session with these people in it; the first starts it.
    pub fn with(people: &[Join]) -> Self {
        let mut stage = Self { now: Millis(1_000_000), ..Self::default() };
        for (n, join) in people.iter().enumerate() {
            let mut join = join.clone();
            join.start = (n == 0).then(|| Box::new(start()));
            stage.perform(Command::Join(Box::new(join))).unwrap();
        }
        stage
    }

    /// Decides, folds and commits; checks each time that a replay gives the same session.
    pub fn perform(&mut self, command: Command) -> Result<Answer, Rejection> {
        let scene = Scene { room: &self.room, drafted: &[], now: self.now, policy: &self.policy };
        let decision = decide(&self.session, &scene, command)?;
        let events: Vec<Arc<Event>> = decision.events.into_iter().map(Arc::new).collect();
        events.iter().for_each(|event| self.session.fold(event));
        self.effects.extend(decision.effects);
        let more = self.room.committed(&self.session, &events, self.now, &self.policy);
        self.effects.extend(more);
        let (replayed, _) = Session::replay(None, self.room.transcript.clone());
        assert_eq!(replayed, self.session, "replay differs from life");
        Ok(decision.answer)
    }

    pub fn who(&self, name: &str) -> ParticipantId {
        let mut known = self.session.participants.values().rev();
        known.find(|known| known.joined.nickname == name).unwrap().joined.id
    }

    pub fn last(&self) -> Arc<Event> {
        self.room.transcript.last().unwrap().clone()
    }

    pub fn say(&mut self, name: &str, text: &str) -> Result<Answer, Rejection> {
        let say = self.saying(name, text);
        self.perform(Command::Say(say))
    }

    pub fn saying(&self, name: &str, text: &str) -> Say {
        Say {
            once: None,
            who: self.who(name),
            visibility: Visibility::All,
            receiver: None,
            text: text.into(),
            message_type: None,
            treat_as: None,
            attributes: UserData::default(),
        }
    }

    pub fn notify(&mut self, name: &str, notice: NoticeWish) -> Result<Answer, Rejection> {
        let who = self.who(name);
        let (visibility, receiver) = (Visibility::All, None);
        let attributes = UserData::default();
        self.perform(Command::Notify(Notify {
            once: None,
            who,
            visibility,
            receiver,
            notice,
            attributes,
        }))
    }

    pub fn confirm(&mut self, name: &str, upto: EventId) -> Arc<Event> {
        self.notify(name, NoticeWish::ReadConfirm(upto)).unwrap();
        self.last()
    }

    pub fn leave(&mut self, name: &str) {
        self.leave_with(name, name, AfterAction::KeepAlive).unwrap();
    }

    pub fn leave_with(
        &mut self,
        asker: &str,
        who: &str,
        after: AfterAction,
    ) -> Result<Answer, Rejection> {
        let (asker, who) = (self.who(asker), self.who(who));
        self.perform(Command::Leave(Leave { once: None, asker, who, after, text: None }))
    }
}

pub fn once(id: &str) -> Option<Once> {
    Some(Once { id: id.into() })
}

pub fn start() -> Start {
    Start {
        subject: "a question".into(),
        tenant: "Environment".into(),
        service: "customer-support".into(),
        queue: "chat-inbound".into(),
        media_type: "chat".into(),
        salt: "0123".into(),
        password: None,
    }
}

pub fn customer(name: &str) -> Join {
    join(name, Role::Client, Protocol::Flex)
}

pub fn agent(name: &str) -> Join {
    join(name, Role::Agent, Protocol::Basic)
}

pub fn supervisor(name: &str, visibility: Visibility) -> Join {
    Join { visibility, ..join(name, Role::Supervisor, Protocol::Basic) }
}

pub fn join(name: &str, role: Role, protocol: Protocol) -> Join {
    Join {
        once: None,
        user_id: name.into(),
        person: (role != Role::Client).then(|| name.into()),
        nickname: name.into(),
        role,
        visibility: Visibility::All,
        protocol,
        client_version: ClientVersion::NEWEST,
        time_zone_offset: 0,
        text: None,
        user_data: UserData::default(),
        start: None,
    }
}
