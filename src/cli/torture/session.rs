//! One place for sessions: begins one, speaks in it as planned, ends it and begins the next, until
//! the run ends.

use crate::cli::talk::http::Trouble;
use crate::cli::torture::check::{Author, View, ViewKind, Viewer};
use crate::cli::torture::customer::Customer;
use crate::cli::torture::plan::{Plan, Planned};
use crate::cli::torture::settings::Account;
use crate::cli::torture::world::{Wish, World};
use futures_util::future::join_all;
use std::cell::{Cell, OnceCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::task::spawn_local;
use tokio::time::{Instant, sleep, sleep_until};

/// How often is looked whether the run ends while nothing is to be said.
const GLANCE: Duration = Duration::from_millis(100);

/// Between two tries to fetch something that is not complete yet.
const AGAIN: Duration = Duration::from_millis(500);

/// How long somebody may at least take to go.
const PARTING: Duration = Duration::from_secs(10);

/// Keeps a session alive, and another one after it.
pub async fn keep(world: Rc<World>, slot: u32, account: Account) {
    let mut round = 0;
    while !world.is_stopping.get() {
        round += 1;
        let Some(customer) = Customer::begin(&world, slot, round).await else { continue };
        let listening = spawn_local(customer.clone().listen());
        let session = Session { world: world.clone(), customer, slot, round };
        session.converse().await;
        session.end(&account).await;
        // It ends by itself as nobody wants more; what it does at most is wait for an answer.
        listening.abort();
    }
}

/// Fetches the documents anew that lack something by now: an agent may have gone after he was waited
/// for, and his going was shown to him.
/// As long as others come, those behind them are waited for, however many there are.
pub async fn complete_documents(world: &World, account: &Account) {
    let lacking: Vec<_> = {
        let ledger = world.ledger.borrow();
        let known = ledger.sessions.iter().filter(|(_, record)| record.is_known);
        let lacking = known.filter(|(_, record)| !record.has_all(Viewer::Record, ViewKind::Whole));
        lacking.map(|(session, _)| session.clone()).collect()
    };
    let came_last = Cell::new(Instant::now());
    let fetch = async |session: &String| {
        let deadline = || came_last.get() + world.arguments.settle();
        if fetch_document(world, session, account, deadline).await {
            came_last.set(Instant::now());
        }
    };
    join_all(lacking.iter().map(fetch)).await;
}

struct Session {
    world: Rc<World>,
    customer: Rc<Customer>,
    slot: u32,
    round: u32,
}

impl Session {
    async fn converse(&self) {
        if !self.wait_for_agent().await {
            return;
        }
        let world = &self.world;
        if self.round == 1 {
            world.n_begun.set(world.n_begun.get() + 1);
        }
        let number = u64::from(self.slot) << 32 | u64::from(self.round);
        let end = self.end_of_life();
        let rate = world.arguments.rate_of_one();
        for planned in Plan::new(world.arguments.seed, number, rate, world.now()) {
            let at = world.instant(planned.at);
            while Instant::now() < at {
                if self.is_over(end) {
                    return;
                }
                sleep_until(at.min(Instant::now() + GLANCE)).await;
            }
            if self.is_over(end) {
                return;
            }
            self.speak(planned);
        }
    }

    /// Whether there is one before the run ends.
    async fn wait_for_agent(&self) -> bool {
        let world = &self.world;
        while !world.note(&self.customer.session, |record| record.has_agent) {
            if self.is_over(None) {
                return false;
            }
            sleep(GLANCE).await;
        }
        true
    }

    fn end_of_life(&self) -> Option<Instant> {
        let mean = self.world.arguments.churn?;
        let life = -(1.0 - self.world.chance()).ln() * mean;
        Some(Instant::now() + Duration::from_secs_f64(life.min(1e6)))
    }

    fn is_over(&self, end: Option<Instant>) -> bool {
        let is_late = end.is_some_and(|end| end <= Instant::now());
        self.world.is_stopping.get() || self.customer.is_out.get() || is_late
    }

    fn speak(&self, planned: Planned) {
        let (world, session) = (&self.world, &self.customer.session);
        match planned.author {
            Author::Customer => {
                let cseq = self.customer.plan(planned.at);
                spawn_local(self.customer.clone().say(cseq));
            }
            Author::Agent => {
                let cseq = world
                    .note(session, |record| record.plan(Author::Agent, planned.sight, planned.at));
                if !self.wish(Wish::Say { session: session.clone(), cseq }) {
                    world.note(session, |record| record.give_up());
                }
            }
        }
    }

    /// Whether there is an agent to be asked.
    fn wish(&self, wish: Wish) -> bool {
        let desks = self.world.desks.borrow();
        desks.get(&self.customer.session).is_some_and(|desk| desk.send(wish).is_ok())
    }

    /// Waits until everything has arrived, fetches the transcript in every way, and closes.
    async fn end(&self, account: &Account) {
        let (world, customer) = (&self.world, &self.customer);
        let session = &customer.session;
        let deadline = Instant::now() + world.arguments.settle();
        world.wait_until(deadline, || world.note(session, |record| record.n_open == 0)).await;
        self.fetch_as_agent(deadline).await;
        if !world.desks.borrow().contains_key(session) {
            world.note(session, |record| record.history.absent.insert(Viewer::Agent));
        }
        self.wait_for_streams(deadline).await;
        // Whatever was waited for in vain, there is time left to go and to see everything once.
        let deadline = deadline.max(Instant::now() + PARTING);
        let _ = tokio::time::timeout_at(deadline, customer.leave()).await;
        let _ = tokio::time::timeout_at(deadline, customer.fetch_all(deadline)).await;
        if self.wish(Wish::Release { session: session.clone() }) {
            world.wait_until(deadline, || world.note(session, |record| record.is_released)).await;
        }
        customer.is_done.set(true);
        let begun = OnceCell::new();
        let deadline = || *begun.get_or_init(Instant::now) + world.arguments.settle();
        fetch_document(world, session, account, deadline).await;
        world.desks.borrow_mut().remove(session);
    }

    async fn fetch_as_agent(&self, deadline: Instant) {
        let session = &self.customer.session;
        let has_all =
            || self.world.note(session, |record| record.has_all(Viewer::Agent, ViewKind::Whole));
        while Instant::now() < deadline && self.wish(Wish::Transcript { session: session.clone() })
        {
            let patience = deadline.min(Instant::now() + 4 * AGAIN);
            if self.world.wait_until(patience, has_all).await {
                return;
            }
        }
    }

    async fn wait_for_streams(&self, deadline: Instant) {
        let session = &self.customer.session;
        let have_all = || {
            self.world.note(session, |record| {
                let mut present = [Viewer::Customer, Viewer::Agent].into_iter();
                let has_all = |viewer| record.has_all(viewer, ViewKind::Stream);
                present.all(|viewer| record.history.absent.contains(&viewer) || has_all(viewer))
            })
        };
        self.world.wait_until(deadline, have_all).await;
    }
}

/// Fetches the transcript as a document, until it is complete or a deadline has passed. Whether it is.
async fn fetch_document(
    world: &World,
    session: &str,
    account: &Account,
    deadline: impl Fn() -> Instant,
) -> bool {
    // The semaphore is never closed.
    let _turn = world.documents.acquire().await;
    for server in world.shuffled(&world.agents).iter().cycle() {
        let who = (account.name.as_str(), account.password.as_str());
        match server.transcript_for(session, "json", who).await {
            Ok(document) => {
                document.as_deref().and_then(|document| keep_document(world, session, document));
                if world.note(session, |record| record.has_all(Viewer::Record, ViewKind::Whole)) {
                    return true;
                }
            }
            Err(Trouble::Refused(_) | Trouble::Ended(_)) => world.failed("document refused"),
            Err(Trouble::Unreachable(_) | Trouble::NotNow(_)) => world.failed("no document"),
        }
        if deadline() <= Instant::now() {
            return false;
        }
        sleep(AGAIN).await;
    }
    false
}

fn keep_document(world: &World, session: &str, document: &[u8]) -> Option<()> {
    let document = serde_json::from_slice(document).ok()?;
    let lines = world.scene(session).of_document(&document)?;
    let view = View { viewer: Viewer::Record, kind: ViewKind::Whole, stream: 0, from: 1, lines };
    world.show(session, view);
    Some(())
}
