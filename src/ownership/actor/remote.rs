//! What goes to a thing on another node, and what comes back: the caller's end. The link carries it
//! as JSON and understands nothing of it. Nothing here decides who owns a thing: a node that cannot
//! be reached counts as dead for one request, and being wrong about it costs a needless take-over.

use crate::base::{Position, Process, ThingId};
use crate::owned::{Ear, Hearing, Repeat, Thing};
use crate::ownership::actor::open::Rouse;
use crate::ownership::actor::take_over::Origin;
use crate::ownership::error::{Absent, Unanswered};
use crate::ownership::peers::{Call, CallError, NewsOutlet, Peers};
use crate::telemetry::meters;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::time::Instant;

/// What is asked of a thing, wherever it lives.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", rename_all = "snake_case")]
pub(super) enum Ask<T: Thing> {
    Perform {
        command: T::Command,
        origin: Origin,
    },
    Look(T::Look),
    PerformAndLook {
        command: T::Command,
        look: T::Look,
    },
    /// A look that attaches a listener.
    Listen(T::Look),
}

/// What it answers, in the form of what was asked.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", rename_all = "snake_case")]
pub(super) enum Told<T: Thing> {
    Answer(T::Answer),
    Sight(T::Sight),
    Both(T::Answer, T::Sight),
}

/// What another node says to a call.
#[derive(Serialize, Deserialize)]
#[serde(bound = "", rename_all = "snake_case")]
pub(super) enum Reply<T: Thing> {
    Told(Told<T>),
    Rejected(T::Rejection),
    Absent(Absent),
    Busy,
    /// The owner has not come to an end in time: it may be carried out or not.
    Slow,
    /// Somebody else owns it: the owner table knows who.
    NotMine,
    /// It is ours, and we cannot acknowledge anything.
    TakeIt,
    /// The process that was meant is no more.
    AnotherProcess,
    /// Words of another version, or of a kind that is not known here.
    NotUnderstood,
}

/// Whoever may hear what follows a look; made anew for each try.
pub(super) type Ears<'a, T> = Option<&'a (dyn Fn() -> Ear<T> + Send + Sync)>;

/// How a request came here and how long it may still take.
#[derive(Clone, Copy)]
pub(super) struct Road {
    pub until: Instant,
    /// How often it was handed on before it came here.
    pub n_hops: u8,
    pub forwarding: Forwarding,
}

/// Whether a request may go to another node from here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Forwarding {
    Allowed,
    /// It was forwarded already, and this node has not handed the thing on: whoever asks looks for
    /// the owner himself, so that no two nodes send it to and fro.
    Refused,
}

/// What follows from a call to an owner.
pub(super) enum Outcome<T: Thing> {
    Answered(Result<Told<T>, Unanswered<T::Rejection>>),
    /// For this request, the owner is dead.
    OwnerIsDead(Touched),
    /// Nobody knows whether it was carried out. The owner is asked again, with the same words, or who
    /// it is found out again.
    Again,
    /// He says that it is not his. Who says it twice has let go of it, and nobody has taken it yet.
    NotHis,
}

/// What has become of a wish to which nobody gave an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Touched {
    /// It never got to the owner.
    Never,
    /// It may be carried out.
    Perhaps,
}

impl<T: Thing> Ask<T> {
    pub fn origin(&self) -> Origin {
        match self {
            Self::Perform { origin, .. } => *origin,
            Self::Look(_) | Self::PerformAndLook { .. } | Self::Listen(_) => Origin::Existing,
        }
    }

    /// Whether it wakes what sleeps: a wish does, and whoever is to hear something. A look may do
    /// without.
    pub fn rouse(&self) -> Rouse {
        match self {
            Self::Look(_) => Rouse::Never,
            Self::Perform { .. } | Self::PerformAndLook { .. } | Self::Listen(_) => {
                Rouse::ForRequest
            }
        }
    }

    /// What is answered for a thing that sleeps, if it need not be woken.
    pub fn look_asleep(&self, upto: Position) -> Option<T::Sight> {
        match self {
            Self::Look(look) => T::look_asleep(look, upto),
            Self::Perform { .. } | Self::PerformAndLook { .. } | Self::Listen(_) => None,
        }
    }

    /// The wish in it, if there is one.
    pub fn command(&self) -> Option<&T::Command> {
        match self {
            Self::Perform { command, .. } | Self::PerformAndLook { command, .. } => Some(command),
            Self::Look(_) | Self::Listen(_) => None,
        }
    }

    /// Once a thing was opened, its claim is no longer the first one.
    pub fn as_opened(&mut self) {
        if let Self::Perform { origin: origin @ Origin::New, .. } = self {
            *origin = Origin::Named;
        }
    }

    /// It is carried out only if the thing is there.
    pub fn as_existing(&mut self) {
        if let Self::Perform { origin, .. } = self {
            *origin = Origin::Existing;
        }
    }

    /// What comes of it if it was carried out and is asked again.
    pub fn repeat(&self) -> Repeat {
        self.command().map_or(Repeat::AnsweredAlike, T::repeat)
    }
}

impl<T: Thing> Clone for Ask<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Perform { command, origin } => {
                Self::Perform { command: command.clone(), origin: *origin }
            }
            Self::Look(look) => Self::Look(look.clone()),
            Self::PerformAndLook { command, look } => {
                Self::PerformAndLook { command: command.clone(), look: look.clone() }
            }
            Self::Listen(look) => Self::Listen(look.clone()),
        }
    }
}

/// A request as it goes over a link.
pub(super) struct Letter(serde_json::Result<Vec<u8>>);

impl Letter {
    pub fn of<T: Thing>(ask: &Ask<T>) -> Self {
        Self(serde_json::to_vec(ask))
    }
}

/// Asks the process that owns a thing.
pub(super) async fn forward<T: Thing>(
    peers: &Arc<dyn Peers>,
    (owner, thing): (&Process, &ThingId),
    (Letter(body), ears): (Letter, Ears<'_, T>),
    road: Road,
) -> Outcome<T> {
    let body = match body {
        Ok(body) => body,
        Err(error) => return Outcome::Answered(Err(unavailable(&error))),
    };
    let call = Call {
        kind: T::kind().to_owned(),
        thing: thing.clone(),
        boot: Some(owner.boot.clone()),
        n_hops: road.n_hops,
        within: road.until.saturating_duration_since(Instant::now()),
        body,
    };
    let calling = match ears {
        Some(ears) => peers.listen(&owner.node, call, Arc::new(Hearer::<T>::new(ears()))),
        None => peers.call(&owner.node, call),
    };
    let (outcome, result) = judge(calling.await);
    meters().forwarded.of(result).increment(1);
    tracing::debug!(%thing, %owner, result, "forwarded");
    outcome
}

/// What follows, and its name in the figures.
fn judge<T: Thing>(called: Result<Vec<u8>, CallError>) -> (Outcome<T>, &'static str) {
    let reply = match called {
        Ok(body) => serde_json::from_slice::<Reply<T>>(&body),
        Err(CallError::Broken(_)) => return (Outcome::OwnerIsDead(Touched::Never), "broken"),
        Err(CallError::Lost(_)) => return (Outcome::OwnerIsDead(Touched::Perhaps), "broken"),
        Err(CallError::TimedOut(_)) => return (Outcome::Again, "timed_out"),
        Err(CallError::Busy(_)) => return (Outcome::Answered(Err(Unanswered::Busy)), "busy"),
    };
    let answered = match reply {
        Ok(Reply::Told(told)) => (Ok(told), "done"),
        Ok(Reply::Rejected(rejection)) => (Err(Unanswered::Rejected(rejection)), "rejected"),
        Ok(Reply::Absent(absent)) => (Err(Unanswered::Absent(absent)), "absent"),
        Ok(Reply::Busy) => (Err(Unanswered::Busy), "busy"),
        // It lives and has the wish: to take it over would only make it slower.
        Ok(Reply::Slow) => (Err(Unanswered::TimedOut), "slow"),
        Ok(Reply::NotMine) => return (Outcome::NotHis, "not_mine"),
        Ok(Reply::TakeIt) => return (Outcome::OwnerIsDead(Touched::Never), "take_it"),
        Ok(Reply::AnotherProcess) => {
            return (Outcome::OwnerIsDead(Touched::Never), "another_process");
        }
        Ok(Reply::NotUnderstood) => (Err(unavailable(&"words unknown to it")), "not_understood"),
        // It may be carried out, and what came of it is told in words unknown here.
        Err(error) => {
            tracing::warn!(%error, kind = T::kind(), "an answer that is not understood");
            (Err(Unanswered::TimedOut), "not_understood")
        }
    };
    (Outcome::Answered(answered.0), answered.1)
}

fn unavailable<R>(what: &dyn std::fmt::Display) -> Unanswered<R> {
    let text = format!("a node of another version, perhaps: {what}");
    Unanswered::Absent(Absent::Unavailable(text))
}

/// Hears from another node what a listener here is told. With the link goes the hearer, and with it
/// the listener: whoever is behind it listens again, by position.
struct Hearer<T: Thing>(Mutex<Option<Ear<T>>>);

impl<T: Thing> Hearer<T> {
    fn new(ear: Ear<T>) -> Self {
        Self(Mutex::new(Some(ear)))
    }
}

impl<T: Thing> NewsOutlet for Hearer<T> {
    fn tell(&self, news: Vec<u8>) -> bool {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(ear) = slot.as_mut() else { return false };
        let hearing = match serde_json::from_slice::<T::News>(&news) {
            Ok(news) => ear.hear(news),
            Err(error) => {
                tracing::warn!(%error, kind = T::kind(), "news that is not understood");
                Hearing::Gone
            }
        };
        match hearing {
            Hearing::Goes => true,
            Hearing::Gone => {
                *slot = None;
                false
            }
        }
    }
}
