//! A process that can stand still or vanish. All its tasks live in one set of their own: while it is
//! paused nobody polls them and time goes on; when it vanishes they are dropped where they are.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{LocalSet, spawn_local};

type Job = Box<dyn FnOnce() + Send>;

/// What comes of something that was begun in a process; nothing if the process vanished.
pub type Told<R> = Pin<Box<dyn Future<Output = Option<R>> + Send>>;

/// Clones are the same process.
#[derive(Clone)]
pub struct Host {
    jobs: mpsc::UnboundedSender<Job>,
    pub gate: Gate,
}

/// What goes out of a process and comes into it passes here.
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    state: State,
    process: Option<Waker>,
    waiting: Vec<Waker>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    #[default]
    Runs,
    Paused,
    Gone,
}

impl Host {
    pub fn start() -> Self {
        let (jobs, mut waiting) = mpsc::unbounded_channel::<Job>();
        let (gate, tasks) = (Gate::default(), LocalSet::new());
        tasks.spawn_local(async move {
            while let Some(job) = waiting.recv().await {
                job();
            }
        });
        spawn_local(Process { gate: gate.clone(), tasks });
        Self { jobs, gate }
    }

    /// Begins something in the process. Nothing comes of it if the process vanishes.
    pub fn ask<F>(&self, make: impl FnOnce() -> F + Send + 'static) -> Told<F::Output>
    where
        F: Future + 'static,
        F::Output: Send + 'static,
    {
        let (answer, told) = oneshot::channel();
        let job = Box::new(move || {
            let asked = make();
            // Whoever asked may have gone.
            spawn_local(async move { drop(answer.send(asked.await)) });
        });
        // A process that is gone hears nothing.
        drop(self.jobs.send(job));
        Box::pin(async { told.await.ok() })
    }

    pub fn set(&self, state: State) {
        self.gate.set(state);
    }

    pub fn state(&self) -> State {
        self.gate.0.lock().unwrap().state
    }
}

impl Gate {
    /// Waits while the process is paused; for ever if it is gone.
    pub async fn pass(&self) {
        poll_fn(|ctx| {
            let mut inner = self.0.lock().unwrap();
            if inner.state == State::Runs {
                return Poll::Ready(());
            }
            inner.waiting.push(ctx.waker().clone());
            Poll::Pending
        })
        .await;
    }

    fn set(&self, state: State) {
        let mut inner = self.0.lock().unwrap();
        if inner.state == State::Gone {
            return;
        }
        inner.state = state;
        inner.process.take().into_iter().for_each(Waker::wake);
        if state == State::Runs {
            inner.waiting.drain(..).for_each(Waker::wake);
        }
    }
}

struct Process {
    gate: Gate,
    tasks: LocalSet,
}

impl Future for Process {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<()> {
        let state = {
            let mut inner = self.gate.0.lock().unwrap();
            inner.process = Some(ctx.waker().clone());
            inner.state
        };
        match state {
            State::Runs => Pin::new(&mut self.tasks).poll(ctx),
            State::Paused => Poll::Pending,
            State::Gone => Poll::Ready(()),
        }
    }
}
