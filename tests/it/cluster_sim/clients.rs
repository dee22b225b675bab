//! Customers and agents: they speak through any node, ask again with the same key at another one when
//! they hear nothing, and listen.

use super::book::{Book, gist};
use super::dice::Dice;
use super::plant::Plant;
use super::world::Town;
use crate::support::wishes::{customer_joins, says_once};
use holdfast::base::{ParticipantId, Position, ThingId};
use holdfast::chat::command::Join;
use holdfast::chat::door::News;
use holdfast::chat::line::Line;
use holdfast::chat::look::{Listening, Viewpoint};
use holdfast::chat::participant::Protocol;
use holdfast::chat::{Command, EventId, Look, Rejection, Role};
use holdfast::owned::{Hearing, Listener};
use holdfast::ownership::{Absent, Unanswered};
use std::fmt::Debug;
use std::rc::Rc;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};

/// The customer is the first one in a session, the agent the second.
pub const CUSTOMER: u32 = 1;
pub const AGENT: u32 = 2;

/// Somebody who speaks in a chat.
pub struct Speaker {
    pub town: Rc<Town>,
    pub chat: ThingId,
    pub who: u32,
    pub dice: Dice,
}

/// Somebody who listens in a chat, and goes on where he was when he hears no more.
pub struct Hearer {
    pub town: Rc<Town>,
    pub chat: ThingId,
    pub dice: Dice,
    last: Position,
}

pub fn agent_joins() -> Command {
    let Command::Join(ann) = customer_joins() else { panic!("a customer joins") };
    Command::Join(Box::new(Join {
        user_id: "bob".into(),
        person: Some("bob".into()),
        nickname: "Bob".into(),
        role: Role::Agent,
        protocol: Protocol::Basic,
        user_data: Default::default(),
        start: None,
        ..*ann
    }))
}

/// A chat that is there and is open must never be said not to be.
pub fn judge<R: Debug>(book: &Book, what: &str, no: &Unanswered<R>) {
    match no {
        Unanswered::Rejected(_)
        | Unanswered::Absent(
            Absent::NotFound
            | Absent::Closed
            | Absent::InRepair
            | Absent::NotRestored
            | Absent::AwaitsRestoration
            | Absent::Asleep { .. },
        ) => {
            book.complain(format_args!("{what}: {no:?}"));
        }
        Unanswered::Absent(Absent::Elsewhere(_) | Absent::Unavailable(_))
        | Unanswered::Busy
        | Unanswered::TimedOut => book.note(format_args!("{what}: {no:?}")),
    }
}

impl Speaker {
    pub async fn speak(self) {
        let mut n_said = 0;
        while !self.town.is_evening() {
            n_said += 1;
            let patience = 1 + self.dice.below(12);
            self.say(&format!("{}/{}/{n_said}", self.chat, self.who), patience).await;
            sleep(self.dice.millis(1, 900)).await;
        }
    }

    /// Says a word once, however often it has to be sent; says where it stands.
    pub async fn say(&self, word: &str, n_tries: u64) -> Option<Position> {
        let book = &self.town.book;
        let sent = book.sent(&self.chat, self.who, word);
        for attempt in 0..n_tries {
            match self.send(word, attempt).await {
                Some(Ok(answer)) => {
                    book.acknowledged(sent, answer.position);
                    return Some(answer.position);
                }
                Some(Err(no)) => judge(book, word, &no),
                None => book.note(format_args!("{word}: nothing heard")),
            }
            sleep(self.dice.millis(5, 400)).await;
        }
        book.note(format_args!("{word}: given up"));
        None
    }

    async fn send(
        &self,
        word: &str,
        attempt: u64,
    ) -> Option<Result<holdfast::chat::Answer, Unanswered<Rejection>>> {
        let node = self.town.any_node(&self.dice);
        let has_key = self.town.plant != Plant::NoKeys;
        let key = if has_key { word.to_owned() } else { format!("{word}/{attempt}") };
        let say = says_once(self.who, word, Some(&key));
        let (things, chat) = (node.inside.sessions.clone(), self.chat.clone());
        let asked = node.host.ask(move || async move { things.perform(&chat, say).await });
        timeout(self.dice.millis(300, 2_500), asked).await.ok().flatten()
    }
}

impl Hearer {
    pub fn new(town: Rc<Town>, chat: ThingId, dice: Dice) -> Self {
        Self { town, chat, dice, last: Position::NONE }
    }

    pub async fn hear(mut self) {
        let mut connection = 0;
        while !self.town.is_evening() {
            connection += 1;
            if let Some((lines, mut heard)) = self.listen(connection).await {
                self.take(&lines);
                self.go_on(&mut heard).await;
            }
            sleep(self.dice.millis(5, 200)).await;
        }
    }

    async fn listen(&self, connection: u64) -> Option<(Vec<Line>, Heard)> {
        let node = self.town.any_node(&self.dice);
        let (things, chat) = (node.inside.sessions.clone(), self.chat.clone());
        let seen = EventId::of(self.last);
        let viewpoint = Viewpoint { who: ParticipantId(AGENT), agent: Some("bob".into()), seen };
        let look = Look::Listen { viewpoint, connection };
        let asked = node.host.ask(move || async move {
            let ears = Ears::default();
            let seen = things.listen(&chat, look, || ears.another()).await;
            (seen, ears.last())
        });
        let (seen, heard) = timeout(self.dice.millis(300, 2_500), asked).await.ok().flatten()?;
        match seen.map(|sight| sight.listening()) {
            Ok(Some(Listening::Shown(shown))) => Some((shown.view.lines, heard?)),
            Ok(other) => {
                self.town.book.complain(format_args!("{} is not heard: {other:?}", self.chat));
                None
            }
            Err(no) => {
                judge(&self.town.book, "listening", &no);
                None
            }
        }
    }

    /// Hears until the line is dead, or he goes elsewhere by himself.
    async fn go_on(&mut self, heard: &mut Heard) {
        for _ in 0..1 + self.dice.below(20) {
            match timeout(self.dice.millis(500, 3_000), heard.recv()).await {
                Ok(Some(News::Stored { lines, .. })) => self.take(self.unseen(&lines)),
                Ok(Some(News::Typing { .. })) => {}
                Ok(None) => return self.town.book.note(format_args!("{} line dead", self.chat)),
                Err(_) if self.dice.one_in(2) => return,
                Err(_) => {}
            }
        }
    }

    /// News counts only if it is newer. An owner that does not know yet that it was replaced may come
    /// to the end of an append that its successor has already told.
    fn unseen<'a>(&self, lines: &'a [Line]) -> &'a [Line] {
        let n_seen = lines.iter().take_while(|line| line.event.position <= self.last).count();
        &lines[n_seen..]
    }

    /// Each position once and in order, and none left out.
    fn take(&mut self, lines: &[Line]) {
        let book = &self.town.book;
        for line in lines {
            let position = line.event.position;
            if position != self.last.next() {
                let last = self.last;
                book.complain(format_args!("{} told {position} after {last}", self.chat));
            }
            book.note(format_args!("{} hears {position}", self.chat));
            book.shown(&self.chat, position, &gist(&line.event));
            self.last = self.last.max(position);
        }
    }
}

type Heard = mpsc::UnboundedReceiver<News>;

/// Makes an ear for each try; only the last one counts.
#[derive(Default)]
struct Ears(Mutex<Option<Heard>>);

impl Ears {
    fn another(&self) -> Box<dyn Listener<News>> {
        let (news, heard) = mpsc::unbounded_channel();
        *self.0.lock().unwrap() = Some(heard);
        Box::new(OneEar(news))
    }

    fn last(self) -> Option<Heard> {
        self.0.into_inner().unwrap()
    }
}

struct OneEar(mpsc::UnboundedSender<News>);

impl Listener<News> for OneEar {
    fn hear(&mut self, news: News) -> Hearing {
        if self.0.send(news).is_ok() { Hearing::Goes } else { Hearing::Gone }
    }
}

/// Looks at the whole of a chat now and then, wherever.
pub async fn watch(town: Rc<Town>, chat: ThingId, dice: Dice) {
    while !town.is_evening() {
        sleep(dice.millis(200, 2_000)).await;
        let node = town.any_node(&dice);
        let (things, name) = (node.inside.sessions.clone(), chat.clone());
        let asked = node.host.ask(move || async move { things.look(&name, Look::Whole).await });
        match timeout(Duration::from_secs(3), asked).await.ok().flatten() {
            Some(Ok(sight)) => {
                let events = sight.whole().unwrap().events;
                town.book.note(format_args!("{chat} is seen up to {}", events.len()));
                town.book.shown_whole(&chat, &events);
            }
            Some(Err(no)) => judge(&town.book, "looking", &no),
            None => {}
        }
    }
}
