//! Group verify (S2): one read of a lane tells everybody who waits whether their claims still hold.
//!
//! A look counts only if it *began* after the asking, so who asks while a read is on its way waits
//! for the next one. It is judged when the read has ended, on what is held then. A lane has one read
//! on its way at a time, however many ask; a read without an answer is driven again.

use super::holdings::{Busy, Holdings, Work};
use super::redrive::{Redrive, STEP_LIMIT, no_answer_in_time};
use super::rows::{Fence, Rows};
use crate::base::{Claim, Clock, Epoch, Lane, Millis, ThingId};
use crate::owned::StoreError;
use crate::telemetry::meters;
use std::collections::BTreeMap;
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

/// How long a lane may go without being looked at while something is held in it.
const IDLE: Duration = Duration::from_secs(1);

/// The looks of one process. Clones are the same verifier.
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

struct Inner {
    rows: Arc<dyn Rows>,
    clock: Arc<dyn Clock>,
    redrive: Redrive,
    state: Mutex<State>,
}

struct State {
    holdings: Holdings,
    lanes: BTreeMap<Lane, Looks>,
    listeners: Vec<mpsc::UnboundedSender<Claim>>,
}

/// What goes on in one lane.
#[derive(Default)]
struct Looks {
    is_reading: bool,
    /// Who asked after the read on its way began.
    waiting: Vec<Asked>,
    last: Millis,
}

struct Asked {
    /// Whose claim is to be judged; nobody's, if the look itself is what is wanted.
    claim: Option<Claim>,
    since: Instant,
    answer: oneshot::Sender<Result<(), StoreError>>,
}

type Answer = oneshot::Receiver<Result<(), StoreError>>;

impl Verifier {
    pub fn new(rows: Arc<dyn Rows>, lane: &Lane, clock: Arc<dyn Clock>, redrive: Redrive) -> Self {
        let holdings = Holdings::new(lane);
        let state = State { holdings, lanes: BTreeMap::new(), listeners: vec![] };
        Self { inner: Arc::new(Inner { rows, clock, redrive, state: Mutex::new(state) }) }
    }

    /// Says yes when a read of the claim's lane, begun after this call, shows that the claim holds.
    /// Takes as long as the store does.
    pub async fn verify(&self, claim: &Claim) -> Result<(), StoreError> {
        loop {
            let answer = self.ask(claim.lane(), Some(claim.clone()));
            if let Ok(verdict) = answer.await {
                return verdict;
            }
            tracing::debug!(lane = %claim.lane(), "a look ended with the thread that took it");
        }
    }

    /// The same for those who do not wait longer than for one step.
    pub async fn verify_soon(&self, claim: &Claim) -> Result<(), StoreError> {
        let verdict = timeout(STEP_LIMIT, self.verify(claim)).await;
        verdict.unwrap_or_else(|_| Err(StoreError::Unavailable(no_answer_in_time().0)))
    }

    /// Looks at every lane in which something is held, and ends when each was read. To be called when
    /// this process may have been replaced without noticing: it stood still, the store was away, or
    /// somebody says that he claimed a thing.
    pub async fn doubt(&self) {
        let lanes = self.state().holdings.lanes();
        let looks: Vec<_> = lanes.iter().map(|lane| self.ask(lane, None)).collect();
        for look in looks {
            // What a look found was told to the listeners; here it only matters that it is over.
            let _ = look.await;
        }
    }

    /// Begins a look at each lane in which something is held and that nobody has looked at for a
    /// second. To be called every now and then.
    pub fn look_if_idle(&self) {
        let now = self.inner.clock.now();
        let is_idle = |looks: &Looks| !looks.is_reading && IDLE <= now.since(looks.last);
        let mut lanes = self.state().holdings.lanes();
        lanes.retain(|lane| self.state().lanes.get(lane).is_none_or(is_idle));
        for lane in lanes {
            drop(self.ask(&lane, None));
        }
    }

    /// Tells of claims that were found fenced, whoever was looking.
    pub fn listen(&self) -> mpsc::UnboundedReceiver<Claim> {
        let (listener, fenced) = mpsc::unbounded_channel();
        self.state().listeners.push(listener);
        fenced
    }

    /// The lane that new claims must name.
    pub fn current_lane(&self) -> Lane {
        self.state().holdings.current_lane()
    }

    pub fn n_lanes(&self) -> u32 {
        self.state().holdings.n_lanes()
    }

    /// Claims that stand in crowded lanes and are to be renewed, little by little.
    pub fn crowded(&self) -> Vec<Claim> {
        self.state().holdings.crowded()
    }

    pub fn is_own(&self, lane: &Lane) -> bool {
        self.state().holdings.is_own(lane)
    }

    /// Holds a claim that is about to be written, and no older one on the same thing.
    pub fn take(&self, thing: &ThingId, epoch: Epoch, lane: &Lane) {
        self.state().holdings.take(thing, epoch, lane);
    }

    /// Begins a piece of work under a claim, if it is held.
    pub fn enter(&self, claim: &Claim) -> Result<Busy, StoreError> {
        self.state().holdings.enter(claim)
    }

    /// Lets nothing new begin under a claim, and tells what is still outstanding.
    pub fn begin_to_end(&self, claim: &Claim) -> Option<Work> {
        self.state().holdings.begin_to_end(claim)
    }

    /// Holds a claim no longer.
    pub fn forget(&self, claim: &Claim) {
        self.state().holdings.forget(claim);
    }

    /// Lets somebody wait for the next read, and begins it if none is on its way.
    fn ask(&self, lane: &Lane, claim: Option<Claim>) -> Answer {
        let (answer, told) = oneshot::channel();
        let mut state = self.state();
        let looks = state.lanes.entry(lane.clone()).or_default();
        looks.waiting.push(Asked { claim, since: Instant::now(), answer });
        if !looks.is_reading {
            looks.is_reading = true;
            let looker = Looker { verifier: self.clone(), lane: lane.clone(), is_done: false };
            tokio::spawn(looker.run());
        }
        told
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads one lane, again and again while somebody waits.
struct Looker {
    verifier: Verifier,
    lane: Lane,
    is_done: bool,
}

impl Looker {
    async fn run(mut self) {
        let mut group = vec![];
        let mut pauses = self.verifier.inner.redrive.pauses();
        // A read that is driven again begins anew, so it serves those too who came meanwhile.
        while self.gather(&mut group) {
            match self.verifier.inner.rows.fences(&self.lane).await {
                Ok(fences) => {
                    pauses.reset();
                    self.tell(take(&mut group), &fences);
                }
                Err(error) => {
                    tracing::debug!(lane = %self.lane, %error, "the lane cannot be read");
                    pauses.wait().await;
                }
            }
        }
    }

    /// Adds those who wait; says whether anybody wants the next read. Who went away does not.
    fn gather(&mut self, group: &mut Vec<Asked>) -> bool {
        let mut state = self.verifier.state();
        let Some(looks) = state.lanes.get_mut(&self.lane) else { return false };
        group.append(&mut looks.waiting);
        group.retain(|asked| asked.claim.is_none() || !asked.answer.is_closed());
        looks.is_reading = !group.is_empty();
        self.is_done = group.is_empty();
        looks.is_reading
    }

    fn tell(&self, group: Vec<Asked>, fences: &[Fence]) {
        let meters = meters();
        let n_claims = group.iter().filter(|asked| asked.claim.is_some()).count();
        meters.verify_group_size.record(u32::try_from(n_claims).unwrap_or(u32::MAX));
        let mut state = self.verifier.state();
        for Asked { claim, since, answer } in group {
            let verdict = claim.map_or(Ok(()), |claim| state.holdings.judge(&claim, fences));
            meters.verify_duration.record(since.elapsed());
            // Who went away meanwhile needs no answer.
            let _ = answer.send(verdict);
        }
        let ended = state.holdings.clear(&self.lane, fences);
        for claim in &ended {
            state.listeners.retain(|listener| listener.send(claim.clone()).is_ok());
        }
        let now = self.verifier.inner.clock.now();
        if let Some(looks) = state.lanes.get_mut(&self.lane) {
            looks.last = now;
        }
    }
}

impl Drop for Looker {
    /// The thread ends that took the look: whoever waits must ask again, on another one.
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        if let Some(looks) = self.verifier.state().lanes.get_mut(&self.lane) {
            looks.is_reading = false;
            looks.waiting.clear();
        }
    }
}
