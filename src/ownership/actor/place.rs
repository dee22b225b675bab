//! Where a process stands among the others: what its claims are called, who lives, and how to ask
//! another one to take something.

use crate::base::{Lane, Process, ThingId};
use crate::ownership::contest::Contests;
use crate::ownership::membership::{Alone, View};
use crate::ownership::restoration::Restoration;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

/// Cheap to clone; every registry of a process has the same.
#[derive(Clone)]
pub struct Place {
    pub me: Process,
    /// The lane that new claims go to.
    pub lane: Arc<dyn Fn() -> Lane + Send + Sync>,
    pub view: Arc<dyn View>,
    pub takers: Arc<dyn Takers>,
    /// Things that living owners were deprived of.
    pub contests: Arc<Mutex<Contests>>,
    /// For whom it brings back what the dead owned.
    pub restoration: Restoration,
}

pub type Taken = Pin<Box<dyn Future<Output = Result<(), NotTaken>> + Send>>;

/// Other processes, as those who may take a thing over.
pub trait Takers: Send + Sync {
    /// Asks a process to take a thing over at once, and waits a moment for its word.
    fn take(&self, to: &Process, kind: &'static str, thing: &ThingId) -> Taken;

    /// Tells a process that somebody has claimed a thing of his. Need not arrive.
    fn tell_claimed(&self, owner: &Process, thing: &ThingId);
}

/// Whoever was asked did not say that he has it. He may have it all the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NotTaken(pub String);

struct Nobody;

impl Takers for Nobody {
    fn take(&self, to: &Process, _: &'static str, _: &ThingId) -> Taken {
        let text = format!("there is no way to {to}");
        Box::pin(std::future::ready(Err(NotTaken(text))))
    }

    fn tell_claimed(&self, _: &Process, _: &ThingId) {}
}

impl Place {
    /// The place of a process that is alone.
    pub fn alone(lane: Lane) -> Self {
        let me = lane.process();
        Self {
            view: Arc::new(Alone(me.clone())),
            me,
            lane: Arc::new(move || lane.clone()),
            takers: Arc::new(Nobody),
            contests: Arc::default(),
            restoration: Restoration::default(),
        }
    }
}
