//! Carries pushes to their receivers. A receiver has lanes; those of one session use the same, so that
//! the next one goes when the one before it was answered.

use crate::base::error_chain::Chain;
use crate::base::{Clock, Millis, ParticipantId, SessionId};
use crate::chat::push::{PushNote, Told};
use crate::edge::push::carrier::{Carrier, Means};
use crate::edge::push::form::Writer;
use crate::edge::push::lane::{Lane, Parcel};
use crate::edge::push::outcome::Outcome;
use crate::edge::push::rest::Rest;
use crate::telemetry::{Held, meters};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// What an operator has to mend at a provider he is told so often.
const FAULT_TOLD_AGAIN: Duration = Duration::from_secs(10 * 60);

/// The receivers of this node, by provider and whether it is the one for debugging.
pub struct Courier {
    receivers: BTreeMap<(String, bool), Lanes>,
}

/// One receiver, as its operator wants it used.
#[derive(Clone)]
pub struct Route {
    pub provider: String,
    pub is_debug: bool,
    pub means: Means,
    /// How many pushes are under way at a time.
    pub n_lanes: usize,
    /// How many may wait, in all.
    pub most_waiting: usize,
    pub includes_payload: bool,
}

/// A customer whose device nobody has any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreachable {
    pub session: SessionId,
    pub who: ParticipantId,
    pub device: String,
}

struct Lanes {
    lanes: Vec<(Arc<Lane>, JoinHandle<()>)>,
    /// One for each that waits or is under way.
    room: Arc<Semaphore>,
    most: u32,
    includes_payload: bool,
    rest: Arc<Rest>,
}

struct Teller {
    provider: String,
    carrier: Carrier,
    writer: Arc<Writer>,
    clock: Arc<dyn Clock>,
    unreachable: mpsc::Sender<Unreachable>,
    rest: Arc<Rest>,
    /// When the operator was told last of what he has to mend.
    fault_told: Mutex<Option<Millis>>,
}

impl Courier {
    /// Opens the ways to all receivers. What is found out of devices is told. Must be called within a
    /// runtime.
    pub fn start(
        routes: Vec<Route>,
        writer: Writer,
        (clock, unreachable): (&Arc<dyn Clock>, mpsc::Sender<Unreachable>),
    ) -> Self {
        let writer = Arc::new(writer);
        let mut receivers = BTreeMap::new();
        for route in routes {
            let name = (route.provider.clone(), route.is_debug);
            if let Some(lanes) = open(route, &writer, (clock, &unreachable)) {
                receivers.insert(name, lanes);
            }
        }
        Self { receivers }
    }

    /// Takes a push along. Never waits: what finds no room is dropped, and the session tells again
    /// what it has promised. A reminder takes the place of an older one that still waits.
    pub fn push(&self, session: &SessionId, mut note: PushNote) {
        if matches!(note.told, Told::Reminder { attempt: 1.., .. }) {
            meters().push_reminders.increment(1);
        }
        let name = |is_debug| (note.provider.clone(), is_debug);
        let debug = Some(name(true)).filter(|_| note.subscription.is_debug);
        let lanes = debug.and_then(|name| self.receivers.get(&name));
        let Some(lanes) = lanes.or_else(|| self.receivers.get(&name(false))) else {
            return count("unknown");
        };
        let (lane, task) = lanes.of(session);
        if task.is_finished() {
            let provider = &note.provider;
            tracing::error!(provider, "a lane has ended, and what would go over it is dropped");
            return count("dropped");
        }
        note.subscription.has_payload &= lanes.includes_payload;
        let Some(note) = lane.renew(session, note) else { return count("replaced") };
        let Ok(room) = lanes.room.clone().try_acquire_owned() else {
            tracing::debug!(%session, "a push found no room and was dropped");
            return count("dropped");
        };
        let waiting = Held::one_of(meters().pushes_waiting.clone());
        lane.add(Parcel { session: session.clone(), note, n_attempts: 0, room, waiting });
    }

    /// Lets what was taken along go out, but waits no longer than until then. What is left is dropped, told
    /// and counted. From here on nothing more is taken along.
    pub async fn finish(&self, until: Instant) {
        for ((provider, is_debug), lanes) in &self.receivers {
            let n_left = lanes.empty(until).await;
            if 0 < n_left {
                tracing::warn!(provider, is_debug, n_left, "pushes are left behind by the stop");
                let n_left = u64::try_from(n_left).unwrap_or(u64::MAX);
                meters().pushes.of("dropped").increment(n_left);
            }
        }
    }
}

fn open(
    route: Route,
    writer: &Arc<Writer>,
    (clock, unreachable): (&Arc<dyn Clock>, &mpsc::Sender<Unreachable>),
) -> Option<Lanes> {
    let Route { provider, means, is_debug, .. } = route;
    if let Means::Http(address) = &means
        && address.url.starts_with("http://")
    {
        tracing::warn!(provider, is_debug, "what is pushed to this provider goes out unencrypted");
    }
    let carrier = match Carrier::new(means, clock.clone()) {
        Ok(carrier) => carrier,
        // Chats are worth more than one receiver: it is as if it were not configured.
        Err(error) => {
            let error = Chain(&error);
            tracing::error!(provider, %error, "nothing can be pushed to this provider");
            return None;
        }
    };
    let rest = Arc::<Rest>::default();
    let teller = Arc::new(Teller {
        provider,
        carrier,
        writer: writer.clone(),
        clock: clock.clone(),
        unreachable: unreachable.clone(),
        rest: rest.clone(),
        fault_told: Mutex::default(),
    });
    let n_lanes = route.n_lanes.max(1);
    let lanes = (0..n_lanes).map(|_| {
        let lane = Arc::<Lane>::default();
        let task = tokio::spawn(teller.clone().run(lane.clone()));
        (lane, task)
    });
    let lanes = lanes.collect();
    // Those under way beside those that wait.
    let most = route.most_waiting.max(1).saturating_add(n_lanes);
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    let room = Arc::new(Semaphore::new(size(most)));
    Some(Lanes { lanes, room, most, includes_payload: route.includes_payload, rest })
}

impl Lanes {
    /// Waits until nothing is left that can go until then; how many are left.
    async fn empty(&self, until: Instant) -> usize {
        let n_left = || size(self.most).saturating_sub(self.room.available_permits());
        if self.rest.until().is_some_and(|over| until <= over) {
            return n_left();
        }
        if timeout_at(until, self.room.acquire_many(self.most)).await.is_ok() {
            return 0;
        }
        n_left()
    }

    fn of(&self, session: &SessionId) -> &(Arc<Lane>, JoinHandle<()>) {
        let mixed = session
            .0
            .bytes()
            .fold(7_usize, |mixed, byte| mixed.wrapping_mul(31).wrapping_add(usize::from(byte)));
        &self.lanes[mixed % self.lanes.len()]
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.lanes.iter().for_each(|(_, task)| task.abort());
    }
}

impl Teller {
    /// Tells one after the other.
    async fn run(self: Arc<Self>, lane: Arc<Lane>) {
        let mut is_silent = false;
        loop {
            self.rest.over().await;
            let parcel = lane.next().await;
            if self.rest.is_on() {
                lane.put_off(Instant::now(), parcel);
                continue;
            }
            let Some(is_heard) = self.tell(parcel, &lane).await else { continue };
            let was_silent = std::mem::replace(&mut is_silent, !is_heard);
            match (was_silent, is_silent) {
                (false, true) => {
                    tracing::warn!(provider = self.provider, "pushes do not arrive");
                }
                (true, false) => tracing::info!(provider = self.provider, "pushes arrive again"),
                (true, true) | (false, false) => {}
            }
        }
    }

    /// Tells one; whether its provider takes pushes, if that says anything of it. What one device is refused
    /// says nothing of a provider that has many.
    async fn tell(&self, mut parcel: Parcel, lane: &Lane) -> Option<bool> {
        let begun = self.clock.now();
        let Parcel { session, note, .. } = &parcel;
        let name = note.name(&session.0);
        let time_to_live = self.carrier.time_to_live();
        if time_to_live.is_some_and(|time_to_live| note.at + time_to_live <= begun) {
            tracing::debug!(push = name, "a push has become too old");
            count("failed");
            return None;
        }
        let outcome = self.carrier.tell(&self.writer, (session, note), begun).await;
        meters().push_duration.record(self.clock.now().since(begun).as_secs_f64());
        match outcome {
            Outcome::Delivered => {
                self.rest.succeeded();
                count("delivered");
                return Some(true);
            }
            Outcome::Failed(why) => {
                tracing::debug!(push = name, why, "a push did not arrive");
                count("failed");
            }
            Outcome::Refused(why) => {
                tracing::debug!(push = name, why, "a push was refused");
                count("refused");
                return self.carrier.is_one_receiver().then_some(false);
            }
            Outcome::Misconfigured(why) => {
                self.tell_of_fault(&why, begun);
                count("refused");
            }
            Outcome::Unregistered(why) => {
                tracing::info!(push = name, why, "a device is not there any more, and forgotten");
                self.forget_device(&parcel, lane);
                self.rest.succeeded();
                return Some(true);
            }
            Outcome::NoDevice(why) => {
                tracing::info!(push = name, why, "there is no such device, and it is forgotten");
                self.forget_device(&parcel, lane);
                return None;
            }
            Outcome::NotNow(not_now) => {
                parcel.n_attempts += 1;
                let longest = time_to_live.unwrap_or(Duration::MAX);
                let pause = self.rest.put_off(&not_now, parcel.n_attempts, longest);
                tracing::debug!(push = name, why = not_now.why, "a push is put off");
                lane.put_off(pause.until, parcel);
                return pause.is_for_all.then_some(false);
            }
        }
        Some(false)
    }

    /// Nothing more goes to the device of this push, and its session hears of it.
    fn forget_device(&self, Parcel { session, note, .. }: &Parcel, lane: &Lane) {
        let (session, who) = (session.clone(), note.who);
        let device = note.subscription.device.clone();
        let n_dropped = lane.forget(&session, &device);
        // Nobody listens while the node stops. Who finds no room tells it with the next push.
        if let Err(error) = self.unreachable.try_send(Unreachable { session, who, device }) {
            tracing::debug!(%error, "a lost device was not told");
        }
        meters().pushes.of("unregistered").increment(1 + n_dropped);
    }

    /// Tells the operator, but not with each push.
    fn tell_of_fault(&self, why: &str, now: Millis) {
        let mut told = self.fault_told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.is_none_or(|told| told + FAULT_TOLD_AGAIN <= now) {
            *told = Some(now);
            let provider = &self.provider;
            tracing::error!(provider, why, "a push is refused for a fault of configuration");
        }
    }
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn count(result: &'static str) {
    meters().pushes.of(result).increment(1);
}

#[cfg(test)]
mod tests;
