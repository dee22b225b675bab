//! All clients of a node, and what they share. Who is silent for too long is forgotten here; when the
//! node is left, its clients are sent on from here.

use crate::base::Millis;
use crate::base::chance::token;
use crate::config::CometdSection;
use crate::edge::agent::moving::Moving;
use crate::edge::cometd::bayeux::{Browsers, Client, Incoming, Terms};
use crate::edge::cometd::seat::Seat;
use crate::edge::rest_v2::limiter::Limiter;
use crate::edge::rest_v2::reception::Reception;
use crate::telemetry::{Held, meters};
use actix_web::rt;
use actix_web::web::Data;
use dashmap::DashMap;
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

/// Letters and digits of a client id, behind the second of its handshake: 142 bits, which nobody guesses.
const CLIENT_ID: usize = 24;

/// For how long after its handshake a client is new.
const NEW: Duration = Duration::from_secs(5);

/// How often it is looked for clients that are silent.
const SWEEP: Duration = Duration::from_secs(1);

/// Clients that are sent on one after the other, so many a second at most …
const MOST_A_SECOND: f64 = 1_000.0;
/// … shake hands again within this time …
const SOON: Duration = Duration::from_millis(500);
/// … and those that are sent on all at once, within this one.
const SPREAD: Duration = Duration::from_secs(2);

pub struct Hub {
    pub reception: Data<Reception>,
    pub terms: Terms,
    since: Instant,
    seats: DashMap<String, Arc<Seat>>,
    /// Who has shaken hands and perhaps not connected yet, the oldest first.
    newcomers: Mutex<VecDeque<Weak<Seat>>>,
    handshakes: Limiter,
    browsers: Mutex<Browsers>,
    n_sockets: AtomicU64,
}

/// One more connect of a browser, for as long as it is held.
pub struct BrowserHold {
    hub: Arc<Hub>,
    browser: String,
    client: String,
}

impl Hub {
    pub fn new(reception: Data<Reception>) -> Arc<Self> {
        let terms = terms(reception.section());
        Arc::new(Self {
            terms,
            since: Instant::now(),
            seats: DashMap::new(),
            newcomers: Mutex::default(),
            handshakes: Limiter::per_minute(reception.section().handshake_rate),
            browsers: Mutex::default(),
            n_sockets: AtomicU64::new(0),
            reception,
        })
    }

    /// Begins to forget who is silent. It ends with the hub.
    pub fn keep(self: &Arc<Self>) {
        let hub = Arc::downgrade(self);
        rt::spawn(async move {
            let mut ticks = interval(SWEEP);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let Some(hub) = Weak::upgrade(&hub) else { return };
                hub.sweep();
            }
        });
    }

    /// Sends clients on whenever the node lets its clients go, and all at once when it stops.
    pub fn follow(
        self: &Arc<Self>,
        moving: watch::Sender<Moving>,
        stopping: watch::Receiver<bool>,
    ) {
        let hub = Arc::downgrade(self);
        rt::spawn(send_on_when_left(hub, moving));
        let hub = Arc::downgrade(self);
        rt::spawn(send_on_when_stopped(hub, stopping));
    }

    /// A number for a socket, which no other one has.
    pub fn number_socket(&self) -> u64 {
        self.n_sockets.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts a handshake of an address, or says how long to wait.
    pub fn admit(&self, address: Option<IpAddr>) -> Result<(), Duration> {
        let taken = address.map(|address| self.handshakes.take(address, self.reception.now()));
        taken.unwrap_or(Ok(()))
    }

    /// A seat for a client that shakes hands; nothing if there are too many who have connected.
    pub fn seat(&self, handshake: &Incoming, browser: Option<String>) -> Option<Arc<Seat>> {
        let most = usize::try_from(self.reception.section().max_clients).unwrap_or(usize::MAX);
        if most <= self.seats.len() && !self.make_room() {
            return None;
        }
        let (second, chance) = (self.second(), token(&*self.reception.handles.chance, CLIENT_ID));
        let id = format!("{second:08x}{chance}");
        let now = Millis::default() + self.since.elapsed();
        let client = Client::new(id.clone(), browser, handshake, (&self.terms, now));
        let counted = Held::one_of(meters().cometd_clients.clone());
        let seat = Arc::new(Seat::new(client, (self.terms, self.since), counted));
        self.seats.insert(id, seat.clone());
        self.newcomers().push_back(Arc::downgrade(&seat));
        Some(seat)
    }

    /// Forgets the oldest of those who have only shaken hands, if there is one.
    fn make_room(&self) -> bool {
        let mut oldest = std::iter::from_fn(|| self.newcomers().pop_front());
        let idle = oldest.find_map(|seat| seat.upgrade().filter(|seat| seat.is_idle()));
        if let Some(idle) = &idle {
            self.forget(idle);
        }
        idle.is_some()
    }

    fn newcomers(&self) -> MutexGuard<'_, VecDeque<Weak<Seat>>> {
        self.newcomers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn find(&self, id: &str) -> Option<Arc<Seat>> {
        let seat = self.seats.get(id)?.clone();
        if seat.is_expired() {
            self.forget(&seat);
            return None;
        }
        seat.is_here().then_some(seat)
    }

    /// Whether the handshake that gave this id was a moment ago, at whichever node.
    pub fn is_new(&self, id: &str) -> bool {
        let second = id.get(..8).and_then(|digits| u64::from_str_radix(digits, 16).ok());
        second.is_some_and(|second| self.second().abs_diff(second) < NEW.as_secs())
    }

    fn second(&self) -> u64 {
        self.reception.handles.now().0 / 1_000
    }

    pub fn has_service(&self, service: &str) -> bool {
        self.reception.handles.config.endpoint_of(service).is_some()
    }

    /// Forgets a client.
    pub fn forget(&self, seat: &Seat) {
        self.seats.remove(&seat.id);
        seat.leave();
    }

    /// Counts a connect of a client, if its browser may hold one more.
    pub fn hold(self: &Arc<Self>, browser: &str, client: &str) -> Option<BrowserHold> {
        let most = self.terms.max_sessions_per_browser;
        let mut browsers = self.browsers.lock().unwrap_or_else(PoisonError::into_inner);
        browsers.hold(browser, client, most).then(|| BrowserHold {
            hub: self.clone(),
            browser: browser.to_owned(),
            client: client.to_owned(),
        })
    }

    fn sweep(&self) {
        self.seats.retain(|_, seat| {
            let is_expired = seat.is_expired();
            if is_expired {
                seat.leave();
            }
            !is_expired
        });
        self.newcomers().retain(|seat| seat.upgrade().is_some_and(|seat| seat.is_idle()));
    }

    /// Sends everybody on, one after the other within a time, or longer if they are many; no more of them
    /// once the node is not left any more, or is left anew.
    async fn send_on_in_turn(&self, within: Duration, is_left: impl Fn() -> bool) {
        let seats = self.all_seats();
        let n_seats = u32::try_from(seats.len()).unwrap_or(u32::MAX).max(1);
        let within = within.max(Duration::from_secs_f64(f64::from(n_seats) / MOST_A_SECOND));
        let begun = Instant::now();
        for (n, seat) in (0_u32..).zip(seats) {
            tokio::time::sleep_until(begun + within.mul_f64(f64::from(n) / f64::from(n_seats)))
                .await;
            if !is_left() {
                return;
            }
            self.send_on(&seat, SOON);
        }
    }

    fn send_on_at_once(&self) {
        self.all_seats().iter().for_each(|seat| self.send_on(seat, SPREAD));
    }

    fn all_seats(&self) -> Vec<Arc<Seat>> {
        self.seats.iter().map(|seat| seat.value().clone()).collect()
    }

    fn send_on(&self, seat: &Seat, spread: Duration) {
        self.seats.remove(&seat.id);
        let mut bytes = [0; 2];
        self.reception.handles.chance.fill(&mut bytes);
        seat.send_on(spread.mul_f64(f64::from(u16::from_le_bytes(bytes)) / 65_536.0));
    }
}

impl Drop for BrowserHold {
    fn drop(&mut self) {
        let mut browsers = self.hub.browsers.lock().unwrap_or_else(PoisonError::into_inner);
        browsers.release(&self.browser, &self.client);
    }
}

/// While somebody follows, the node waits for him before it goes on.
async fn send_on_when_left(hub: Weak<Hub>, moving: watch::Sender<Moving>) {
    loop {
        let mut changes = moving.subscribe();
        let Ok(state) = changes.wait_for(|moving| *moving != Moving::No).await.map(|state| *state)
        else {
            return;
        };
        let Some(hub) = hub.upgrade() else { return };
        if let Moving::Until(until) = state {
            let within = until.saturating_duration_since(Instant::now());
            hub.send_on_in_turn(within, || *changes.borrow() == state).await;
        }
        drop((changes, hub));
        while *moving.borrow() == state {
            sleep(SWEEP).await;
        }
    }
}

async fn send_on_when_stopped(hub: Weak<Hub>, mut stopping: watch::Receiver<bool>) {
    if stopping.wait_for(|is_stopping| *is_stopping).await.is_ok()
        && let Some(hub) = hub.upgrade()
    {
        hub.send_on_at_once();
    }
}

fn terms(section: &CometdSection) -> Terms {
    Terms {
        timeout: Duration::from_millis(section.timeout),
        interval: Duration::from_millis(section.interval),
        max_interval: Duration::from_millis(section.max_interval),
        multi_session_interval: Duration::from_millis(section.multi_session_interval),
        max_sessions_per_browser: usize::try_from(section.max_sessions_per_browser)
            .unwrap_or(usize::MAX),
        max_queue: usize::try_from(section.max_queue).unwrap_or(usize::MAX),
        ..Terms::default()
    }
}
