//! An agent who comes back by himself whenever his connection is cut, and goes on where he was: with
//! his token and the last position of each chat.

use super::ledger::{AgentsBook, Chat, Fate, Line, Said};
use super::world::{Dice, PASSWORD, PAUSE, Stage, World, agent_name};
use crate::support::desk_line::{Cut, DeskLine};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;
use tokio::time::timeout;

/// So many messages of one chat may be on their way.
const MOST_ON_THEIR_WAY: usize = 3;

pub struct Agent {
    world: World,
    dice: Dice,
    name: String,
    token: Option<String>,
    has_desk: bool,
    rooms: Vec<Room>,
    complaints: Vec<String>,
    /// What was asked over the connection there is now, by its reference.
    errands: BTreeMap<u64, Errand>,
}

/// A chat on his desk.
#[derive(Default)]
struct Room {
    chat: Chat,
    position: u64,
    /// Which of his words are not acknowledged yet, and asked for again.
    waiting: VecDeque<usize>,
    /// Which event each acknowledged word became.
    told: Vec<(u64, usize)>,
    is_accepted: bool,
    has_customer_left: bool,
    is_over: bool,
    is_stopped: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Errand {
    Login,
    Accept(String),
    Join(String),
    Say(String, usize),
    Release(String),
    Stop(String),
}

impl Agent {
    pub fn new(world: &World, n: u64) -> Self {
        Self {
            world: world.clone(),
            dice: Dice::new(world.seed ^ (2_000 + n)),
            name: agent_name(n),
            token: None,
            has_desk: false,
            rooms: vec![],
            complaints: vec![],
            errands: BTreeMap::new(),
        }
    }

    pub async fn work(mut self) -> AgentsBook {
        while !self.may_go_home() {
            if let Err(Cut { told }) = self.work_until_cut().await {
                if let Some(code) = told {
                    self.complain(&format!("the connection was closed with {code}"));
                }
                self.errands.clear();
                self.lose_heart();
                tokio::time::sleep(PAUSE).await;
            }
        }
        for room in &self.rooms {
            self.complaints.extend(room.acknowledged_otherwise());
        }
        let chats = self.rooms.into_iter().map(|room| room.chat).collect();
        AgentsBook { chats, complaints: self.complaints }
    }

    fn may_go_home(&self) -> bool {
        self.world.stage() == Stage::Home && self.rooms.iter().all(|room| room.is_stopped)
    }

    async fn work_until_cut(&mut self) -> Result<(), Cut> {
        let node = (&self.world.http, self.world.agent);
        let mut line = DeskLine::open(node, (&self.name, PASSWORD)).await?;
        self.register(&mut line).await?;
        while !self.may_go_home() {
            let thinking = Duration::from_micros(self.dice.throw(30_000));
            match timeout(thinking, line.next()).await {
                Ok(frame) => self.take(&frame?, &mut line).await?,
                Err(_) => self.speak(&mut line).await?,
            }
            self.tend(&mut line).await?;
        }
        Ok(())
    }

    async fn register(&mut self, line: &mut DeskLine) -> Result<(), Cut> {
        let mut register = json!({ "type": "register", "clientVersion": 106 });
        if let Some(token) = &self.token {
            let joined = self.rooms.iter().filter(|room| room.is_joined() && !room.is_over);
            let sessions = joined.map(|room| {
                let Chat { session, user, .. } = &room.chat;
                json!({ "sessionId": session, "userId": user, "lastEventId": room.position })
            });
            let sessions: Vec<_> = sessions.collect();
            register["resume"] = json!({ "token": token, "sessions": sessions });
        }
        line.send(register).await?;
        let registered = line.next().await?;
        assert_eq!(registered["type"], "registered", "SEED={}: {registered}", self.world.seed);
        if self.token.replace(registered["resumeToken"].as_str().unwrap().to_owned()).is_none() {
            self.log_in(line).await?;
        }
        self.say_again(line).await
    }

    async fn log_in(&mut self, line: &mut DeskLine) -> Result<(), Cut> {
        let media = json!([{ "media": "chat", "state": "ready" }]);
        let login = json!({ "type": "agentLogin", "place": self.name, "media": media });
        self.ask(line, Errand::Login, login).await
    }

    /// Everything whose fate is unknown, in the old order and with the old names.
    async fn say_again(&mut self, line: &mut DeskLine) -> Result<(), Cut> {
        let waiting = self.rooms.iter().flat_map(|room| {
            room.waiting.iter().map(|at| (room.chat.session.clone(), *at)).collect::<Vec<_>>()
        });
        for (session, at) in waiting.collect::<Vec<_>>() {
            self.say(line, session, at).await?;
        }
        Ok(())
    }

    fn lose_heart(&mut self) {
        for room in &mut self.rooms {
            room.waiting.retain(|_| self.dice.throw(4) != 0);
        }
    }

    async fn speak(&mut self, line: &mut DeskLine) -> Result<(), Cut> {
        let may_talk = self.world.stage() == Stage::Talk;
        let talking = self.rooms.iter_mut().find(|room| room.may_speak(may_talk));
        let Some(room) = talking else { return Ok(()) };
        let at = room.chat.said.len();
        let text = format!("{} {at} of {}", self.name, room.chat.session);
        room.chat.said.push(Said { text, fate: Fate::Unknown });
        room.waiting.push_back(at);
        let session = room.chat.session.clone();
        self.say(line, session, at).await
    }

    async fn say(&mut self, line: &mut DeskLine, session: String, at: usize) -> Result<(), Cut> {
        let text = self.room(&session).chat.said[at].text.clone();
        let once = format!("m-{}-{at}", self.name);
        let said =
            json!({ "type": "message", "sessionId": session, "messageId": once, "text": text });
        self.ask(line, Errand::Say(session, at), said).await
    }

    /// Does what is to be done next in each chat, unless it is on its way.
    async fn tend(&mut self, line: &mut DeskLine) -> Result<(), Cut> {
        let next = self.rooms.iter().filter_map(|room| room.next_errand(&self.name));
        for (errand, frame) in next.collect::<Vec<_>>() {
            if !self.is_on_its_way(&errand) {
                self.ask(line, errand, frame).await?;
            }
        }
        Ok(())
    }

    fn is_on_its_way(&self, errand: &Errand) -> bool {
        self.errands.values().any(|other| other == errand)
    }

    async fn ask(&mut self, line: &mut DeskLine, errand: Errand, frame: Value) -> Result<(), Cut> {
        let reference = line.send(frame).await?;
        self.errands.insert(reference, errand);
        Ok(())
    }

    async fn take(&mut self, frame: &Value, line: &mut DeskLine) -> Result<(), Cut> {
        let text = |name: &str| frame[name].as_str().unwrap_or_default();
        match text("type") {
            "ack" => self.heard(frame),
            "error" => self.refused(frame),
            "sessionInfo" => self.room(text("sessionId")).read(frame),
            "invite" => {
                let session = interaction_of(frame);
                self.accept(line, (&frame["ticket"], &session)).await?;
            }
            "agentStatus" if frame["handled"].is_array() => self.compare_desk(frame, line).await?,
            "agentStatus" | "propertiesChanged" => {}
            "partyAdded" => self.room(text("interactionId")).is_accepted = true,
            "partyRemoved" => {
                let session = text("interactionId").to_owned();
                if !self.room(&session).has_customer_left {
                    self.complain(&format!("taken off the desk: {frame}"));
                }
                self.room(&session).is_stopped = true;
            }
            "processingStopped" => self.room(text("interactionId")).is_stopped = true,
            "loggedOut" => {
                if self.has_desk {
                    self.complain(&format!("logged out: {frame}"));
                }
                self.log_in(line).await?;
            }
            _ => self.complain(&format!("unexpected: {frame}")),
        }
        Ok(())
    }

    async fn accept(
        &mut self,
        line: &mut DeskLine,
        (ticket, session): (&Value, &str),
    ) -> Result<(), Cut> {
        let errand = Errand::Accept(session.to_owned());
        if !self.is_on_its_way(&errand) {
            self.room(session);
            self.ask(line, errand, json!({ "type": "accept", "ticket": ticket })).await?;
        }
        Ok(())
    }

    /// Whether what the node says of the desk is what is remembered of it.
    async fn compare_desk(&mut self, desk: &Value, line: &mut DeskLine) -> Result<(), Cut> {
        self.has_desk = true;
        let rows = |name: &str| desk[name].as_array().unwrap().clone();
        let handled: Vec<_> = rows("handled").iter().map(interaction_of).collect();
        let rooms = self.rooms.iter().filter(|room| room.is_accepted && !room.has_customer_left);
        let lost = rooms.filter(|room| !handled.contains(&room.chat.session));
        let lost: Vec<_> = lost.map(|room| room.chat.session.clone()).collect();
        for session in lost {
            self.complain(&format!("{session} is not on the desk any more: {desk}"));
        }
        for room in self.rooms.iter_mut().filter(|room| room.is_over) {
            room.is_stopped = !handled.contains(&room.chat.session);
        }
        for session in &handled {
            self.room(session).is_accepted = true;
        }
        for invitation in rows("invitations") {
            let session = interaction_of(&invitation);
            if self.room(&session).is_accepted {
                self.complain(&format!("offered again: {invitation}"));
            }
            self.accept(line, (&invitation["ticket"], &session)).await?;
        }
        Ok(())
    }

    fn heard(&mut self, ack: &Value) {
        let errand = self.errands.remove(&ack["ref"].as_u64().unwrap()).unwrap();
        self.world.acknowledged();
        match errand {
            Errand::Login => self.has_desk = true,
            Errand::Accept(session) => self.room(&session).is_accepted = true,
            Errand::Join(session) => {
                self.room(&session).chat.user = ack["userId"].as_str().unwrap().to_owned();
            }
            Errand::Say(session, at) => {
                let room = self.room(&session);
                room.chat.said[at].fate = Fate::Acknowledged;
                room.waiting.retain(|waiting| *waiting != at);
                room.told.push((ack["eventId"].as_u64().unwrap(), at));
            }
            Errand::Release(_) => {}
            Errand::Stop(session) => self.room(&session).is_stopped = true,
        }
    }

    fn refused(&mut self, error: &Value) {
        let errand = self.errands.remove(&error["ref"].as_u64().unwrap_or_default());
        match (errand, error["code"].as_u64().unwrap()) {
            (Some(Errand::Stop(session)), 43) => self.room(&session).is_stopped = true,
            // Carried out before, and what it led to is told.
            (Some(Errand::Release(_)), 410 | 8201) => {}
            // Nobody knows; it is tried again, as each of these is.
            (Some(Errand::Join(_) | Errand::Release(_) | Errand::Stop(_)), 503 | 504) => {}
            (errand, _) => self.complain(&format!("{errand:?} was refused: {error}")),
        }
    }

    fn room(&mut self, session: &str) -> &mut Room {
        let known = self.rooms.iter().position(|room| room.chat.session == session);
        let at = known.unwrap_or_else(|| {
            let chat = Chat { session: session.to_owned(), ..Chat::default() };
            self.rooms.push(Room { chat, ..Room::default() });
            self.rooms.len() - 1
        });
        &mut self.rooms[at]
    }

    fn complain(&mut self, what: &str) {
        self.complaints.push(format!("{}: {what}", self.name));
    }
}

impl Room {
    fn is_joined(&self) -> bool {
        !self.chat.user.is_empty()
    }

    /// A few words everybody gets.
    fn may_speak(&self, may_talk: bool) -> bool {
        self.is_joined()
            && !self.has_customer_left
            && self.waiting.len() < MOST_ON_THEIR_WAY
            && (may_talk || self.chat.said.len() < 3)
    }

    fn next_errand(&self, name: &str) -> Option<(Errand, Value)> {
        let session = self.chat.session.clone();
        if self.is_accepted && !self.is_joined() {
            let once = format!("join-of-{name}");
            let join = json!({ "type": "join", "sessionId": session, "messageId": once });
            return Some((Errand::Join(session), join));
        }
        if self.is_over && !self.is_stopped {
            let stop = json!({ "type": "stopProcessing", "interactionId": session });
            return Some((Errand::Stop(session), stop));
        }
        (self.has_customer_left && !self.is_over && self.waiting.is_empty()).then(|| {
            let once = format!("release-of-{name}");
            let release = json!({
                "type": "release", "sessionId": session, "messageId": once,
                "afterAction": "ForceClose",
            });
            (Errand::Release(session), release)
        })
    }

    fn read(&mut self, info: &Value) {
        for event in info["events"].as_array().unwrap() {
            self.chat.seen.push(Line::of_frame(event));
            self.has_customer_left |= event["type"] == "partyLeft" && event["userType"] == "CLIENT";
        }
        self.position = info["position"].as_u64().unwrap();
        self.is_over = info["status"] == "OVER";
    }

    /// An acknowledgement names the event that everybody sees.
    fn acknowledged_otherwise(&self) -> Option<String> {
        let told = self.told.iter().find(|(id, at)| {
            let seen = self.chat.seen.iter().find(|line| line.id == *id);
            !seen
                .is_some_and(|line| line.what.ends_with(&format!(": {}", self.chat.said[*at].text)))
        });
        told.map(|(id, at)| format!("'{}' was not event {id}", self.chat.said[*at].text))
    }
}

fn interaction_of(row: &Value) -> String {
    let row = if row["interaction"].is_object() { &row["interaction"] } else { row };
    row["interactionId"].as_str().unwrap().to_owned()
}
