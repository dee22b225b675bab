//! A stage for tests: people by name, wishes decided and folded at once, as the actor would do it.

use crate::base::{Millis, ParticipantId, Parting, UserData};
use crate::chat::audience::Audience;
use crate::chat::command::{
    AfterAction, Command, Join, Leave, NoticeWish, Notify, Once, Outside, Say, Speech, Start,
};
use crate::chat::decide::decide;
use crate::chat::door::News;
use crate::chat::draft::Draft;
use crate::chat::effect::{Count, Effect};
use crate::chat::event::{EndReason, EndedBy, Event, EventId, Fact, LeaveReason};
use crate::chat::participant::{ClientVersion, Protocol, Role, Visibility};
use crate::chat::room::{Attached, Connection};
use crate::chat::transcript::{From, View, view};
use crate::chat::{Answer, ChatRoom, Policy, Rejection, Session};
use crate::owned::{Decision, Hearing, Listener, Room, Scene, Thing};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A connection that keeps what it hears.
#[derive(Clone)]
pub struct Ear {
    pub heard: Arc<Mutex<Vec<News>>>,
    pub is_gone: Arc<AtomicBool>,
}

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
        let mut stage = Self::empty();
        for (n, join) in people.iter().enumerate() {
            let mut join = join.clone();
            join.start = (n == 0).then(|| Box::new(start()));
            stage.perform(Command::Join(Box::new(join))).unwrap();
        }
        stage
    }

    /// As one that other houses do not know yet and that nobody came to.
    pub fn empty() -> Self {
        Self { now: Millis(1_000_000), ..Self::default() }
    }

    /// Somebody comes.
    pub fn join(&mut self, join: Join) -> Result<Answer, Rejection> {
        self.perform(Command::Join(Box::new(join)))
    }

    /// Decides, folds and commits; checks each time that a replay gives the same session.
    pub fn perform(&mut self, command: Command) -> Result<Answer, Rejection> {
        let scene = Scene { room: &self.room, drafted: &[], now: self.now, policy: &self.policy };
        let decision = decide(&self.session, &scene, command)?;
        Ok(self.carry(decision))
    }

    /// An unseen party has removed somebody, as an earlier version allowed.
    pub fn was_removed_by(&mut self, who: &str, asker: &str) {
        let (who, asker) = (self.who(who), Some(self.who(asker)));
        let mut draft = Draft::new(&self.session, self.now, None);
        let reason = LeaveReason::RemovedByOther;
        draft.record(Audience::everyone(), Fact::Left { who, asker, reason, text: None });
        self.carry(draft.finish());
    }

    fn carry(&mut self, decision: Decision<Session>) -> Answer {
        let events: Vec<Arc<Event>> = decision.events.into_iter().map(Arc::new).collect();
        events.iter().for_each(|event| self.session.fold(event));
        self.effects.extend(decision.effects);
        let more = self.room.committed(&self.session, &events, self.now, &self.policy);
        self.effects.extend(more);
        let (replayed, _) = Session::replay(None, self.room.transcript.clone());
        assert_eq!(replayed, self.session, "replay differs from life");
        decision.answer
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

    pub fn pass(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.perform(Command::TimePassed).unwrap();
    }

    /// A connection that holds: who has it is not removed by time.
    pub fn connect(&mut self, name: &str, connection: u64) -> Ear {
        let ear = self.ear();
        assert_eq!(self.attach(name, connection, &ear), Attached::Yes);
        ear
    }

    pub fn attach(&mut self, name: &str, connection: u64, ear: &Ear) -> Attached {
        let joined = self.session.participant(self.who(name)).unwrap().joined.clone();
        self.room.attach(&joined, (connection, Box::new(ear.clone())), self.now)
    }

    pub fn lose(&mut self, name: &str, number: u64, parting: Parting) {
        let who = self.who(name);
        self.room.lose(&self.session, (Connection { who, number }, parting, None), self.now);
    }

    /// One who hears, not yet attached to anything.
    pub fn ear(&self) -> Ear {
        Ear { heard: Arc::default(), is_gone: Arc::default() }
    }

    /// What somebody sees of the whole session.
    pub fn view(&self, name: &str, from: From) -> View {
        view(&self.session, &self.room, self.who(name), from).unwrap()
    }

    /// Texts of all messages that somebody sees.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let lines = self.view(name, From::Id(EventId(0))).lines;
        lines
            .iter()
            .filter_map(|line| match &line.event.fact {
                Fact::Said { words, .. } => Some(words.text.clone()),
                Fact::Joined { .. }
                | Fact::Noticed { .. }
                | Fact::DataChanged { .. }
                | Fact::Left { .. }
                | Fact::ContactFound { .. }
                | Fact::Closed { .. } => None,
            })
            .collect()
    }

    /// Who left, why, at whose wish.
    pub fn leavings(&self) -> Vec<(ParticipantId, LeaveReason, Option<ParticipantId>)> {
        self.room
            .transcript
            .iter()
            .filter_map(|event| match &event.fact {
                Fact::Left { who, reason, asker, .. } => Some((*who, *reason, *asker)),
                Fact::Joined { .. }
                | Fact::Noticed { .. }
                | Fact::DataChanged { .. }
                | Fact::Said { .. }
                | Fact::ContactFound { .. }
                | Fact::Closed { .. } => None,
            })
            .collect()
    }

    pub fn ending(&self) -> Option<(EndedBy, EndReason)> {
        self.session.closed.map(|closing| (closing.by, closing.reason))
    }

    /// What is attached to the interaction.
    pub fn attached(&self) -> UserData {
        let ended = self.session.closed.map_or(self.now, |closing| closing.at);
        crate::chat::statistics::attached(&self.session, ended)
    }

    /// Keys that were dropped so far.
    pub fn dropped(&self) -> Vec<String> {
        self.effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Count(Count::DroppedData { keys, .. }) => Some(keys.clone()),
                Effect::Count(_)
                | Effect::TellInteraction(_)
                | Effect::SaveHistory(_)
                | Effect::TellBot(_)
                | Effect::Push(_)
                | Effect::TellAddress => None,
            })
            .flatten()
            .collect()
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

impl Ear {
    pub fn hang_up(&self) {
        self.is_gone.store(true, Ordering::SeqCst);
    }

    /// What was heard since the last look.
    pub fn take(&self) -> Vec<News> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }
}

impl Listener<News> for Ear {
    fn hear(&mut self, news: News) -> Hearing {
        if self.is_gone.load(Ordering::SeqCst) {
            return Hearing::Gone;
        }
        self.heard.lock().unwrap().push(news);
        Hearing::Goes
    }

    fn is_gone(&self) -> bool {
        self.is_gone.load(Ordering::SeqCst)
    }
}

pub fn bot(name: &str) -> Join {
    Join { user_data: UserData::default().with("GCTI_Chat_SetPartyStyle", "BOT"), ..agent(name) }
}

pub fn coach(name: &str) -> Join {
    Join { visibility: Visibility::Int, ..agent(name) }
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

/// What a workflow says.
pub fn outside(nickname: &str, text: &str) -> Outside {
    Outside {
        once: None,
        client: "workflow".into(),
        user_id: "00FF".into(),
        nickname: nickname.into(),
        visibility: Visibility::All,
        speech: Speech::Message { text: text.into(), message_type: None },
        attributes: UserData::default(),
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
