//! One standing connection to a node that was dialled, as those who ask see it: many questions at
//! once, each with its answer; and news for those who listen.

use super::connection::Ending;
use super::outbox::{NotSent, Outbox};
use super::terms::Limits;
use super::wire::{Asked, Frame, Hello, Refusal};
use crate::base::{BootId, NodeId};
use crate::ownership::peers::{Call, CallError, Outlet};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

/// A connection that both ends have greeted on.
pub struct Line {
    node: NodeId,
    /// Which process it is.
    boot: BootId,
    outbox: Outbox,
    most_outstanding: usize,
    most_listenings: usize,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    last_id: u64,
    questions: HashMap<u64, oneshot::Sender<Result<Vec<u8>, Refusal>>>,
    listenings: HashMap<u64, Outlet>,
    is_over: bool,
}

impl Line {
    pub fn new(hello: &Hello, outbox: Outbox, limits: &Limits) -> Self {
        let process = hello.process.clone();
        Self {
            node: process.node,
            boot: process.boot,
            outbox,
            most_outstanding: limits.most_outstanding,
            most_listenings: limits.most_listenings,
            open: Mutex::default(),
        }
    }

    pub fn boot(&self) -> &BootId {
        &self.boot
    }

    /// Asks, and waits for the answer until the deadline. With an outlet it also listens.
    pub async fn ask(
        &self,
        mut call: Call,
        news: Option<Outlet>,
        deadline: Instant,
    ) -> Result<Vec<u8>, CallError> {
        if call.boot.as_ref().is_some_and(|boot| *boot != self.boot) {
            return Err(self.broken());
        }
        let is_listening = news.is_some();
        let (question, answer) = self.enter(news)?;
        let id = question.id;
        call.within = deadline.saturating_duration_since(Instant::now());
        let asked = Asked { id, call };
        let frame = if is_listening { Frame::Listen(asked) } else { Frame::Call(asked) };
        self.outbox.offer(&frame).map_err(|why| self.not_sent(why))?;
        // The bytes have been copied; they are not to stay here as long as the answer takes.
        drop(frame);
        match timeout_at(deadline, answer).await {
            Err(_) => Err(CallError::TimedOut(self.node.clone())),
            Ok(Err(_)) => Err(CallError::Lost(self.node.clone())),
            Ok(Ok(Err(why))) => Err(self.refused(why)),
            Ok(Ok(Ok(body))) => {
                question.answered();
                Ok(body)
            }
        }
    }

    /// Takes what the other end says.
    pub fn hear(&self, frame: Frame) -> Result<(), Ending> {
        match frame {
            Frame::Answer { id, body } => self.answered(id, Ok(body)),
            Frame::Refused { id, why } => self.answered(id, Err(why)),
            Frame::News { id, body } => self.told(id, body),
            Frame::Close { id } => drop(self.forget_listening(id)),
            Frame::Hello(_)
            | Frame::Call(_)
            | Frame::Listen(_)
            | Frame::Ping(_)
            | Frame::Pong(_)
            | Frame::Unknown(_) => return Err(Ending::OutOfTurn),
        }
        Ok(())
    }

    /// The connection is over: nobody waits any longer, and nobody listens.
    pub fn end(&self) {
        let mut open = self.open();
        open.is_over = true;
        let questions = std::mem::take(&mut open.questions);
        let listenings = std::mem::take(&mut open.listenings);
        // What is dropped here may come back and ask again.
        drop(open);
        drop(questions);
        drop(listenings);
    }

    fn enter(&self, news: Option<Outlet>) -> Result<(Question<'_>, Answer), CallError> {
        let mut open = self.open();
        if open.is_over {
            return Err(self.broken());
        }
        let is_full = self.most_outstanding <= open.questions.len()
            || news.is_some() && self.most_listenings <= open.listenings.len();
        if is_full {
            return Err(CallError::Busy(self.node.clone()));
        }
        open.last_id += 1;
        let id = open.last_id;
        let (answer, answered) = oneshot::channel();
        open.questions.insert(id, answer);
        if let Some(news) = news {
            open.listenings.insert(id, news);
        }
        Ok((Question { line: self, id, is_answered: false }, answered))
    }

    fn answered(&self, id: u64, answer: Result<Vec<u8>, Refusal>) {
        let question = self.open().questions.remove(&id);
        // Who asked may have let go; then nobody wants to know.
        let is_wanted = question.is_some_and(|question| question.send(answer).is_ok());
        if !is_wanted {
            tracing::debug!(node = %self.node, id, "an answer came too late");
        }
    }

    fn told(&self, id: u64, news: Vec<u8>) {
        let outlet = self.open().listenings.get(&id).cloned();
        let Some(outlet) = outlet else { return };
        if !outlet.tell(news) && self.forget_listening(id).is_some() {
            self.outbox.insist(&Frame::Close { id });
        }
    }

    /// Whoever gets the outlet drops it outside of the lock.
    fn forget_listening(&self, id: u64) -> Option<Outlet> {
        self.open().listenings.remove(&id)
    }

    fn not_sent(&self, why: NotSent) -> CallError {
        match why {
            NotSent::Gone => self.broken(),
            NotSent::NoRoom => CallError::Busy(self.node.clone()),
            NotSent::TooLong => {
                tracing::error!(node = %self.node, "a call is too long for the link");
                CallError::Busy(self.node.clone())
            }
        }
    }

    fn refused(&self, why: Refusal) -> CallError {
        let node = self.node.clone();
        match why {
            Refusal::WrongBoot | Refusal::Version | Refusal::Stranger => CallError::Broken(node),
            Refusal::Busy | Refusal::Unknown(_) => CallError::Busy(node),
            // It was carried out, and what came of it did not get through.
            Refusal::TooLong => CallError::TimedOut(node),
        }
    }

    fn broken(&self) -> CallError {
        CallError::Broken(self.node.clone())
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Answer = oneshot::Receiver<Result<Vec<u8>, Refusal>>;

/// A question on its way. Dropped without an answer, it takes its listening with it, whatever the
/// reason.
struct Question<'a> {
    line: &'a Line,
    id: u64,
    is_answered: bool,
}

impl Question<'_> {
    fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for Question<'_> {
    fn drop(&mut self) {
        if self.is_answered {
            return;
        }
        let question = self.line.open().questions.remove(&self.id);
        drop(question);
        if self.line.forget_listening(self.id).is_some() {
            self.line.outbox.insist(&Frame::Close { id: self.id });
        }
    }
}
