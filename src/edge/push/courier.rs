//! Carries pushes to their receivers. A receiver has lanes; those of one session use the same, so that
//! the next one goes when the one before it was answered.

use crate::base::{Clock, SessionId};
use crate::chat::push::{PushNote, Told};
use crate::edge::push::form::Writer;
use crate::telemetry::{Held, meters};
use crate::webhook::actor::Address;
use crate::webhook::{Messenger, Reaction};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// The receivers of this node, by provider and whether it is the one for debugging.
pub struct Courier {
    receivers: BTreeMap<(String, bool), Lanes>,
}

/// One receiver, as its operator wants it used.
#[derive(Clone)]
pub struct Route {
    pub provider: String,
    pub is_debug: bool,
    pub address: Address,
    /// How many pushes are under way at a time.
    pub n_lanes: usize,
    /// How many may wait, in all.
    pub most_waiting: usize,
    pub includes_payload: bool,
}

struct Lanes {
    senders: Vec<mpsc::Sender<Parcel>>,
    includes_payload: bool,
}

/// A push that waits for its turn.
struct Parcel {
    session: SessionId,
    note: PushNote,
    _waiting: Held,
}

struct Teller {
    provider: String,
    messenger: Messenger,
    writer: Arc<Writer>,
    clock: Arc<dyn Clock>,
}

impl Courier {
    /// Opens the ways to all receivers. Must be called within a runtime.
    pub fn start(routes: Vec<Route>, writer: Writer, clock: &Arc<dyn Clock>) -> Self {
        let writer = Arc::new(writer);
        let mut receivers = BTreeMap::new();
        for route in routes {
            let name = (route.provider.clone(), route.is_debug);
            if let Some(lanes) = open(route, &writer, clock) {
                receivers.insert(name, lanes);
            }
        }
        Self { receivers }
    }

    /// Takes a push along. Never waits: what finds no room is dropped, and the session tells again
    /// what it has promised.
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
        note.subscription.has_payload &= lanes.includes_payload;
        let waiting = Held::one_of(meters().pushes_waiting.clone());
        let lane = lanes.of(session);
        if lane.try_send(Parcel { session: session.clone(), note, _waiting: waiting }).is_err() {
            count("dropped");
            tracing::debug!(%session, "a push found no room and was dropped");
        }
    }
}

fn open(route: Route, writer: &Arc<Writer>, clock: &Arc<dyn Clock>) -> Option<Lanes> {
    let Route { provider, address, is_debug, .. } = route;
    if address.url.starts_with("http://") {
        tracing::warn!(provider, is_debug, "what is pushed to this provider goes out unencrypted");
    }
    let messenger = match Messenger::new(address, clock.clone()) {
        Ok(messenger) => messenger,
        // Chats are worth more than one receiver: it is as if it were not configured.
        Err(error) => {
            tracing::error!(provider, %error, "nothing can be pushed to this provider");
            return None;
        }
    };
    let (writer, clock) = (writer.clone(), clock.clone());
    let teller = Arc::new(Teller { provider, messenger, writer, clock });
    let room = route.most_waiting.div_ceil(route.n_lanes.max(1)).max(1);
    let lanes = (0..route.n_lanes.max(1)).map(|_| {
        let (lane, parcels) = mpsc::channel(room);
        tokio::spawn(teller.clone().run(parcels));
        lane
    });
    Some(Lanes { senders: lanes.collect(), includes_payload: route.includes_payload })
}

impl Lanes {
    fn of(&self, session: &SessionId) -> &mpsc::Sender<Parcel> {
        let mixed = session
            .0
            .bytes()
            .fold(7_usize, |mixed, byte| mixed.wrapping_mul(31).wrapping_add(usize::from(byte)));
        &self.senders[mixed % self.senders.len()]
    }
}

impl Teller {
    /// Tells one after the other, until nobody sends any more.
    async fn run(self: Arc<Self>, mut parcels: mpsc::Receiver<Parcel>) {
        let mut is_silent = false;
        while let Some(parcel) = parcels.recv().await {
            let result = self.tell(&parcel).await;
            count(result);
            let was_silent = std::mem::replace(&mut is_silent, result != "delivered");
            match (was_silent, is_silent) {
                (false, true) => {
                    tracing::warn!(provider = self.provider, result, "pushes do not arrive");
                }
                (true, false) => tracing::info!(provider = self.provider, "pushes arrive again"),
                (true, true) | (false, false) => {}
            }
        }
    }

    async fn tell(&self, Parcel { session, note, .. }: &Parcel) -> &'static str {
        let begun = self.clock.now();
        let (name, attempt) = (note.name(&session.0), attempt(note));
        let body = match self.writer.write(session, note, begun) {
            Ok(body) => body,
            Err(error) => {
                tracing::error!(push = name, %error, "a push cannot be written");
                return "failed";
            }
        };
        let reaction = self.messenger.tell(&name, attempt, body).await;
        meters().push_duration.record(self.clock.now().since(begun).as_secs_f64());
        match reaction {
            Reaction::Answered(_) => "delivered",
            Reaction::Failed(why) => {
                tracing::debug!(push = name, attempt, why, "a push did not arrive");
                "failed"
            }
            Reaction::Refused(status) => {
                tracing::debug!(push = name, attempt, status, "a push was refused");
                "refused"
            }
        }
    }
}

fn attempt(note: &PushNote) -> u32 {
    match note.told {
        Told::Event(_) => 1,
        Told::Reminder { attempt, .. } => attempt.saturating_add(1),
    }
}

fn count(result: &'static str) {
    meters().pushes.of(result).increment(1);
}
