//! Plays a script against the rules of a chat, without store and actor, and writes down what each
//! person sees in words.

use holdfast::base::{Millis, ParticipantId, Parting, UserData};
use holdfast::chat::command::{
    AfterAction, Join, Leave, NoticeWish, Notify, Outside, Say, Speech, Start,
};
use holdfast::chat::door::News;
use holdfast::chat::event::{EventId, Fact, LeaveReason, Notice};
use holdfast::chat::line::Line;
use holdfast::chat::live::{LiveNotice, Typing};
use holdfast::chat::participant::{ClientVersion, Protocol, Role, Visibility};
use holdfast::chat::room::Connection;
use holdfast::chat::transcript::{From, view};
use holdfast::chat::{ChatRoom, Command, Policy, Session};
use holdfast::owned::{Hearing, Listener, Room, Scene, Thing};
use std::sync::Arc;
use std::time::Duration;

/// Plays the script and compares with what is to be seen, line by line.
pub fn check(script: &str, expected: &str) {
    let mut player = Player { now: Millis(1_000_000), ..Player::default() };
    for line in lines(script) {
        player.play(line);
    }
    for line in lines(expected) {
        let seen = match line.split_once(" sees: ") {
            Some((name, _)) => format!("{name} sees: {}", player.seen_by(name)),
            None => format!("it ended: {}", player.ending()),
        };
        assert_eq!(seen, line);
    }
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

#[derive(Default)]
struct Player {
    session: Session,
    room: ChatRoom,
    policy: Policy,
    now: Millis,
}

impl Player {
    fn play(&mut self, line: &str) {
        match line.strip_prefix("not: ") {
            Some(refused) => {
                assert!(self.wish(refused).is_err(), "was allowed: {refused}");
            }
            None => self.wish(line).unwrap_or_else(|why| panic!("{line}: {why}")),
        }
    }

    fn wish(&mut self, line: &str) -> Result<(), String> {
        if let Some(seconds) = between(line, "time passes ", " s") {
            self.now = self.now + Duration::from_secs(seconds.parse().unwrap());
            return self.perform(Command::TimePassed);
        }
        if line == "the server restarts" {
            (self.session, self.room) = Session::replay(None, self.room.transcript.clone());
            let _ = self.room.restored(&self.session, Parting::Lost, self.now, &self.policy);
            return Ok(());
        }
        let (name, deed) = line.split_once(' ').unwrap();
        if let Some(role) = deed.strip_prefix("joins as ") {
            let join = self.joining(name, role);
            return self.perform(Command::Join(Box::new(join)));
        }
        if let Some(said) = deed.strip_prefix("announces") {
            return self.announce(name, said);
        }
        self.deed(self.who(name), deed)
    }

    /// Somebody outside says something: he need not have come before.
    fn announce(&mut self, nickname: &str, said: &str) -> Result<(), String> {
        let (to, text) = said.split_once(": ").unwrap();
        let visibility = match to {
            "" => Visibility::All,
            " to agents" => Visibility::Int,
            " to supervisors" => Visibility::Vip,
            other => panic!("nobody knows who '{other}' is"),
        };
        self.perform(Command::SayOutside(Box::new(Outside {
            once: None,
            client: "workflow".into(),
            user_id: nickname.into(),
            nickname: nickname.into(),
            visibility,
            speech: Speech::Message { text: text.into(), message_type: None },
            attributes: UserData::default(),
        })))
    }

    fn deed(&mut self, who: ParticipantId, deed: &str) -> Result<(), String> {
        let (verb, rest) = deed.split_once(' ').unwrap_or((deed, ""));
        match verb {
            "says" => self.say(who, Visibility::All, None, rest),
            "whispers" => self.say(who, Visibility::Int, None, rest),
            "tells" => {
                let (receiver, text) = rest.split_once(' ').unwrap();
                self.say(who, Visibility::All, Some(self.who(receiver)), text)
            }
            "leaves" if rest.is_empty() => self.leave(who, who, AfterAction::KeepAlive),
            "leaves" => self.leave(who, who, AfterAction::CloseIfNoAgents),
            "closes" => self.leave(who, who, AfterAction::ForceClose),
            "removes" => self.leave(who, self.who(rest), AfterAction::KeepAlive),
            "connects" => {
                let joined = &self.session.participant(who).unwrap().joined;
                self.room.attach(joined, (1, Box::new(Wire)), self.now);
                Ok(())
            }
            "asks" => {
                self.room.presence.asked(who, self.now);
                Ok(())
            }
            "types" => {
                self.type_on(who);
                Ok(())
            }
            "has" => {
                let position: u64 = rest.strip_prefix("read ").unwrap().parse().unwrap();
                let upto = EventId::of(holdfast::base::Position(position));
                self.notify(who, NoticeWish::ReadConfirm(upto))
            }
            "is" if rest == "cut off" => {
                let connection = Connection { who, number: 1 };
                self.room.lose(&self.session, (connection, Parting::Lost, None), self.now);
                Ok(())
            }
            "is" => {
                let nickname = rest.strip_prefix("called ").unwrap();
                self.notify(who, NoticeWish::Nickname(nickname.into()))
            }
            other => panic!("nobody knows what '{other}' means"),
        }
    }

    fn joining(&self, name: &str, role: &str) -> Join {
        let (role, unseen) = match role.strip_suffix(" unseen") {
            Some(role) => (role, true),
            None => (role, role == "coach"),
        };
        let role_of = match role {
            "customer" | "patient customer" => Role::Client,
            "supervisor" => Role::Supervisor,
            "agent" | "bot" | "coach" => Role::Agent,
            other => panic!("nobody knows what a '{other}' is"),
        };
        let visibility = match role_of {
            _ if !unseen => Visibility::All,
            Role::Supervisor => Visibility::Vip,
            Role::Client | Role::Agent | Role::External | Role::System => Visibility::Int,
        };
        let is_customer = role_of == Role::Client;
        let said = match role {
            "bot" => Some(("GCTI_Chat_SetPartyStyle", "BOT")),
            "patient customer" => Some(("GCTI_Chat_AsyncMode", "true")),
            _ => None,
        };
        Join {
            once: None,
            user_id: name.into(),
            person: (!is_customer).then(|| name.into()),
            nickname: name.into(),
            role: role_of,
            visibility,
            protocol: if is_customer { Protocol::Flex } else { Protocol::Basic },
            client_version: ClientVersion::NEWEST,
            time_zone_offset: 0,
            text: None,
            user_data: said.into_iter().collect(),
            start: self.session.started.is_none().then(|| Box::new(start())),
        }
    }

    fn say(
        &mut self,
        who: ParticipantId,
        visibility: Visibility,
        receiver: Option<ParticipantId>,
        text: &str,
    ) -> Result<(), String> {
        self.perform(Command::Say(Say {
            once: None,
            who,
            visibility,
            receiver,
            text: text.into(),
            message_type: None,
            treat_as: None,
            attributes: UserData::default(),
        }))
    }

    fn notify(&mut self, who: ParticipantId, notice: NoticeWish) -> Result<(), String> {
        self.perform(Command::Notify(Notify {
            once: None,
            who,
            visibility: Visibility::All,
            receiver: None,
            notice,
            attributes: UserData::default(),
        }))
    }

    fn leave(
        &mut self,
        asker: ParticipantId,
        who: ParticipantId,
        after: AfterAction,
    ) -> Result<(), String> {
        self.perform(Command::Leave(Leave { once: None, asker, who, after, text: None }))
    }

    fn type_on(&mut self, who: ParticipantId) {
        let notice = LiveNotice {
            id: EventId(0),
            at: self.now,
            who,
            typing: Typing::Started,
            visibility: Visibility::All,
            receiver: None,
            preview: None,
        };
        self.room.type_on(&self.session, notice);
    }

    /// Decides, folds and commits as the actor does; replay must equal life.
    fn perform(&mut self, command: Command) -> Result<(), String> {
        let scene = Scene { room: &self.room, drafted: &[], now: self.now, policy: &self.policy };
        let decision = self.session.decide(&scene, command).map_err(|why| why.to_string())?;
        let events: Vec<_> = decision.events.into_iter().map(Arc::new).collect();
        events.iter().for_each(|event| self.session.apply(event));
        let _ = self.room.committed(&self.session, &events, self.now, &self.policy);
        let (replayed, _) = Session::replay(None, self.room.transcript.clone());
        assert_eq!(replayed, self.session, "replay differs from life");
        Ok(())
    }

    fn who(&self, name: &str) -> ParticipantId {
        let known = self.session.participants.values().rev();
        let mut named = known.filter(|known| known.joined.nickname == name);
        named.next().unwrap_or_else(|| panic!("who is {name}?")).joined.id
    }

    fn seen_by(&self, name: &str) -> String {
        let seen = view(&self.session, &self.room, self.who(name), From::Id(EventId(0))).unwrap();
        let lines = seen.lines.iter().map(|line| self.words(line));
        let live = seen.live.iter().map(|(_, author)| format!("{} types", author.nickname));
        lines.chain(live).collect::<Vec<_>>().join(", ")
    }

    fn words(&self, line: &Line) -> String {
        let (name, nickname) = (&line.author.joined.nickname, &line.author.nickname);
        match &line.event.fact {
            Fact::Joined { .. } => format!("{name} joined"),
            Fact::Said { words, .. } => match line.event.receiver {
                None => format!("{nickname}: {}", words.text),
                Some(receiver) => {
                    let receiver = self.session.participant(receiver).unwrap();
                    format!("{nickname} to {}: {}", receiver.nickname, words.text)
                }
            },
            Fact::Noticed { notice, .. } => format!("{name} {}", notice_words(notice)),
            Fact::Left { reason, .. } => format!("{name} {}", leave_words(*reason)),
            Fact::DataChanged { .. } | Fact::ContactFound { .. } | Fact::Closed { .. } => {
                panic!("nobody sees this: {line:?}")
            }
        }
    }

    fn ending(&self) -> String {
        let attached = holdfast::chat::statistics::attached(&self.session, self.now);
        let what = |key: &str| attached.text(key).unwrap_or_default();
        let (by, reason) = (what("csg_SessionEndedBy"), what("csg_SessionEndedReason"));
        format!("{by} {reason} {}", what("csg_SessionEndedAgent"))
    }
}

/// The one connection that a person in a script has.
struct Wire;

impl Listener<News> for Wire {
    fn hear(&mut self, _: News) -> Hearing {
        Hearing::Goes
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

fn notice_words(notice: &Notice) -> String {
    match notice {
        Notice::PushUrl { url } => format!("shows {url}"),
        Notice::Custom { text, .. } => format!("notes {}", text.as_deref().unwrap_or_default()),
        Notice::Nickname { nickname } => format!("is called {nickname}"),
        Notice::ReadConfirm { upto } => format!("has read {}", upto.last_position()),
        Notice::System { command, .. } => format!("commands {command}"),
        Notice::IdleAlert { .. } => "warns".into(),
        Notice::IdleClose { .. } => "closes for want of activity".into(),
        Notice::IdleSet { .. } => panic!("nobody sees this"),
    }
}

fn leave_words(reason: LeaveReason) -> &'static str {
    match reason {
        LeaveReason::Normal => "left",
        LeaveReason::CloseIfNoAgents => "left the rest",
        LeaveReason::ForceClose => "closed",
        LeaveReason::Disconnect => "was disconnected",
        LeaveReason::RemovedByOther => "was removed",
        LeaveReason::RemovedByServer => "was removed by the server",
        LeaveReason::BadKey => "had a bad key",
        LeaveReason::Inactivity => "was too quiet",
        LeaveReason::Restoration => "did not come back",
    }
}

fn start() -> Start {
    Start {
        subject: String::new(),
        tenant: "Environment".into(),
        service: "customer-support".into(),
        queue: "chat-inbound".into(),
        media_type: "chat".into(),
        salt: "0123".into(),
        password: None,
    }
}
