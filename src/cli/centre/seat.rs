//! A seat of the contact centre: what is known of an agent or a supervisor by everybody who leads
//! him through the day, and how he is made to ask something.

use crate::cli::centre::journal::{DeskLog, Happening, Note};
use crate::cli::torture::desk::room::Room;
use crate::cli::torture::world::World;
use crate::edge::agent::wire::frame::{Interaction, Invite};
use crate::edge::agent::wire::{Ack, Failure, Frame, Request};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// What came of a request.
#[derive(Debug)]
pub enum Answer {
    Done(Box<Ack>),
    Refused(Box<Failure>),
    /// It was a question, and this is what it brought.
    Shown(Box<Frame>),
    /// The run ended before.
    Never,
}

/// A request, and where its answer goes.
pub struct Errand {
    pub request: Request,
    pub answer: oneshot::Sender<Answer>,
}

/// What comes to a seat unasked.
pub enum News {
    Invited(Box<Invite>),
    /// Something lies on the desk: he has pulled it, or a connection began anew.
    Handled(Box<Interaction>),
}

/// How a seat stands, as far as its desk was told.
#[derive(Default)]
pub struct Standing {
    pub is_online: bool,
    pub is_logged_in: bool,
    pub is_ready: bool,
    pub is_left_in_peace: bool,
    pub has: BTreeSet<String>,
    pub invitations: BTreeMap<u64, String>,
    pub rooms: BTreeMap<String, Room>,
    /// Chats in which nobody sees him.
    pub unseen: BTreeSet<String>,
    /// Invitations of his to which nobody comes.
    pub declined: BTreeSet<u64>,
    /// His desktop is to die, for so long.
    pub crash: Option<Duration>,
    pub wants_to_work: bool,
    pub wants_to_be_ready: bool,
    /// Interactions that somebody leads him through.
    pub scenes: BTreeSet<String>,
}

pub struct Seat {
    pub name: String,
    pub capacity: u32,
    pub world: Rc<World>,
    pub log: RefCell<DeskLog>,
    pub standing: RefCell<Standing>,
    wishes: mpsc::UnboundedSender<Errand>,
    news: mpsc::UnboundedSender<News>,
}

impl Seat {
    pub fn new(
        world: &Rc<World>,
        (name, capacity, skills): (&str, u32, BTreeSet<String>),
        (wishes, news): (mpsc::UnboundedSender<Errand>, mpsc::UnboundedSender<News>),
    ) -> Rc<Self> {
        let log = DeskLog { agent: name.to_owned(), capacity, skills, notes: vec![] };
        let standing = Standing { wants_to_work: true, ..Standing::default() };
        Rc::new(Self {
            name: name.to_owned(),
            capacity,
            world: world.clone(),
            log: RefCell::new(log),
            standing: RefCell::new(standing),
            wishes,
            news,
        })
    }

    /// Asks as often as it takes, over any number of connections.
    pub async fn ask(&self, request: Request) -> Answer {
        let (answer, answered) = oneshot::channel();
        if self.wishes.send(Errand { request, answer }).is_err() {
            return Answer::Never;
        }
        answered.await.unwrap_or(Answer::Never)
    }

    /// Lets whoever leads him know. He may have gone at the end of the run.
    pub fn tell(&self, news: News) {
        let _ = self.news.send(news);
    }

    /// Whether it was carried out.
    pub async fn does(&self, request: Request) -> bool {
        matches!(self.ask(request).await, Answer::Done(_) | Answer::Shown(_))
    }

    pub fn note(&self, what: Happening) {
        let at = self.world.now();
        self.log.borrow_mut().notes.push(Note { at, what });
    }

    pub fn has(&self, interaction: &str) -> bool {
        self.standing.borrow().has.contains(interaction)
    }

    /// Whether he talks in a chat.
    pub fn is_in(&self, session: &str) -> bool {
        let standing = self.standing.borrow();
        standing.rooms.get(session).is_some_and(|room| room.user_id.is_some() && !room.is_over)
    }

    /// Whether the chat is over, as he was told.
    pub fn knows_the_end_of(&self, session: &str) -> bool {
        self.standing.borrow().rooms.get(session).is_some_and(|room| room.is_over)
    }

    /// Whether he could be asked to take something now, as far as one can know.
    pub fn is_free(&self) -> bool {
        let standing = self.standing.borrow();
        let load = standing.has.len() + standing.invitations.len();
        let is_here = standing.is_online && standing.is_ready && !standing.is_left_in_peace;
        is_here && load < self.capacity as usize
    }

    /// The desktop dies and comes back after so long.
    pub fn crash(&self, pause: Duration) {
        self.standing.borrow_mut().crash = Some(pause);
    }
}
