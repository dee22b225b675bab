//! The seat of one client: what the protocol knows of it, the bells that ring when that changes, the
//! chats that it attends. Whoever waits looks again when a bell rings; nothing is carried by it.

use crate::base::{Millis, SessionId};
use crate::chat::event::EventId;
use crate::edge::cometd::bayeux::client::Patience;
use crate::edge::cometd::bayeux::{Client, Incoming, Looked, Offered, Terms, Text};
use crate::telemetry::Held;
use actix_web::rt::task::JoinHandle;
use futures_util::future::join_all;
use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

/// How long a client that says good bye waits at most until its chats know.
const PARTING: Duration = Duration::from_secs(1);

/// No socket has this number.
pub const NO_SOCKET: u64 = 0;

pub struct Seat {
    pub id: String,
    pub browser: Option<String>,
    terms: Terms,
    /// What times are counted from.
    since: Instant,
    client: Mutex<Client>,
    /// There may be something to send.
    bell: Notify,
    /// There may be room, or the client may be gone.
    room: Notify,
    /// Wishes of one client are carried out one after the other.
    pub turn: tokio::sync::Mutex<()>,
    chats: Mutex<HashMap<SessionId, Attending>>,
    attended: Arc<()>,
    /// The number of the socket that speaks for the client; 0 while none does.
    socket: AtomicU64,
    farewell: OnceLock<Option<EventId>>,
    _counted: Held,
}

/// The attendance of one chat.
pub struct Attending {
    pub task: JoinHandle<()>,
    /// The number of the connection that the chat tells, of this attendance or of the one whose place it
    /// took; 0 if it never told any.
    pub told: Arc<AtomicU64>,
}

/// The client is not there any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gone;

/// A connect that is held. When it is dropped unanswered, its connection is lost.
pub struct Connect {
    pub seat: Arc<Seat>,
    message: Incoming,
    number: u64,
}

impl Seat {
    pub fn new(client: Client, (terms, since): (Terms, Instant), counted: Held) -> Self {
        Self {
            id: client.id.clone(),
            browser: client.browser.clone(),
            terms,
            since,
            client: Mutex::new(client),
            bell: Notify::new(),
            room: Notify::new(),
            turn: tokio::sync::Mutex::default(),
            chats: Mutex::default(),
            attended: Arc::default(),
            socket: AtomicU64::new(NO_SOCKET),
            farewell: OnceLock::new(),
            _counted: counted,
        }
    }

    /// The answer to its handshake.
    pub fn welcome(&self, handshake: &Incoming, types: &[&'static str]) -> Text {
        self.lock().welcome(handshake, types, &self.terms)
    }

    /// Takes a connect of the client. The one that is held is answered.
    pub fn connect(self: Arc<Self>, message: Incoming, patience: Patience) -> Connect {
        let mut client = self.lock();
        // What a socket has written may still be on its way; there pongs tell.
        if self.socket.load(Ordering::Acquire) == NO_SOCKET {
            client.heard(u64::MAX);
        }
        let number = client.connect(&message, patience, (&self.terms, self.now()));
        drop(client);
        self.bell.notify_waiters();
        self.room.notify_waiters();
        Connect { seat: self, message, number }
    }

    /// Lets a message wait for the client, as soon as there is room for it, and numbers it.
    pub async fn deliver(&self, message: &Text) -> Result<u64, Gone> {
        loop {
            let mut room = pin!(self.room.notified());
            room.as_mut().enable();
            let offered = self.lock().offer(message, &self.terms);
            match offered {
                Offered::Taken(number) => {
                    self.bell.notify_waiters();
                    return Ok(number);
                }
                Offered::Full => room.await,
                Offered::Gone => return Err(Gone),
            }
        }
    }

    /// Lets what a wish of the client led to wait for it, never waits for room, and numbers it.
    pub fn deliver_own(&self, message: &Text) -> Result<u64, Gone> {
        let Offered::Taken(number) = self.lock().offer_own(message) else { return Err(Gone) };
        self.bell.notify_waiters();
        Ok(number)
    }

    /// Whether the client is to take what waits for it before it wishes for more.
    pub fn is_choked(&self) -> bool {
        self.lock().is_choked(&self.terms)
    }

    /// The number of the last message that the client has heard, as far as one can know.
    pub fn n_heard(&self) -> u64 {
        self.lock().n_heard()
    }

    /// Waits until the client has heard the message of this number.
    pub async fn has_heard(&self, number: u64) -> Result<(), Gone> {
        loop {
            let mut room = pin!(self.room.notified());
            room.as_mut().enable();
            if number <= self.n_heard() {
                return Ok(());
            }
            if !self.is_here() {
                return Err(Gone);
            }
            room.await;
        }
    }

    /// What goes with a ping over a socket, for the pong to bring back.
    pub fn ping(&self) -> [u8; 8] {
        self.lock().n_delivered().to_be_bytes()
    }

    /// A pong came back: what was written before its ping is heard.
    pub fn ponged(&self, payload: &[u8]) {
        if let Ok(bytes) = payload.try_into() {
            self.lock().heard(u64::from_be_bytes(bytes));
            self.room.notify_waiters();
        }
    }

    /// Whether one knows what the client has got: it says so, always or in going. A good bye alone says
    /// nothing of what was on its way.
    pub fn is_sure(&self) -> bool {
        self.lock().acknowledges() || self.seen_at_last().is_some()
    }

    /// What the client said, in going, that it had seen.
    pub fn seen_at_last(&self) -> Option<EventId> {
        *self.farewell.get()?
    }

    /// The client says good bye, and perhaps what it has seen. Of several chats nobody knows which one it
    /// means.
    pub fn say_farewell(&self, seen: Option<EventId>) {
        let is_clear = Arc::strong_count(&self.attended) <= 2;
        // The first word holds.
        let _ = self.farewell.set(seen.filter(|_| is_clear));
    }

    /// Held for as long as a chat is attended, and until its last words have arrived.
    pub fn attended(&self) -> Arc<()> {
        self.attended.clone()
    }

    /// Ends when the client is gone.
    pub async fn gone(&self) {
        loop {
            let mut room = pin!(self.room.notified());
            room.as_mut().enable();
            if !self.lock().is_here() {
                return;
            }
            room.await;
        }
    }

    /// Ends when the client is to go on elsewhere.
    pub async fn sent_on(&self) {
        self.gone().await;
        if !self.is_sent_on() {
            std::future::pending().await
        }
    }

    /// From here on this socket speaks for the client, or none.
    pub fn speaks_over(&self, socket: u64) {
        let former = self.socket.swap(socket, Ordering::AcqRel);
        if former != NO_SOCKET && former != socket {
            self.lock().came_another_way();
        }
    }

    /// Ends when there may be something to send. To be asked for before one looks.
    pub fn bell(&self) -> tokio::sync::futures::Notified<'_> {
        self.bell.notified()
    }

    /// What waits for a client that needs no connect to be reached, if this socket speaks for it.
    pub fn take(&self, socket: u64) -> Vec<Text> {
        if self.socket.load(Ordering::Acquire) != socket {
            return Vec::new();
        }
        self.took(self.lock().take())
    }

    /// What waits for a client that will not ask again.
    pub fn take_last(&self) -> Vec<Text> {
        self.took(self.lock().take_last())
    }

    pub fn is_here(&self) -> bool {
        self.lock().is_here()
    }

    /// Whether it has done nothing but shake hands.
    pub fn is_idle(&self) -> bool {
        let client = self.lock();
        client.is_here() && !client.has_connected()
    }

    pub fn is_sent_on(&self) -> bool {
        self.lock().is_sent_on()
    }

    pub fn is_expired(&self) -> bool {
        self.lock().is_expired(self.now())
    }

    /// The client said good bye, or is forgotten.
    pub fn leave(&self) {
        self.lock().leave();
        self.ring();
    }

    /// The client is to shake hands elsewhere, after a while.
    pub fn send_on(&self, after: Duration) {
        self.lock().send_on(after);
        self.ring();
    }

    /// The attendance of each chat.
    pub fn chats(&self) -> MutexGuard<'_, HashMap<SessionId, Attending>> {
        self.chats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends when the chats of a client that is gone know of it, or after a while.
    pub async fn has_left(&self) {
        let chats: Vec<_> = self.chats().drain().map(|(_, chat)| chat.task).collect();
        // Whichever has no answer tells its chat later.
        let _ = timeout(PARTING, join_all(chats)).await;
    }

    fn took(&self, messages: Vec<Text>) -> Vec<Text> {
        if !messages.is_empty() {
            self.room.notify_waiters();
        }
        messages
    }

    fn ring(&self) {
        self.bell.notify_waiters();
        self.room.notify_waiters();
    }

    fn now(&self) -> Millis {
        Millis::default() + self.since.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Client> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connect {
    /// The answer, if it is time for it.
    pub fn look(&self) -> Looked {
        let asked = (self.number, &self.message);
        let looked = self.seat.lock().look(asked, (&self.seat.terms, self.seat.now()));
        if matches!(looked, Looked::Answer(_)) {
            self.seat.room.notify_waiters();
        }
        looked
    }

    /// Waits until it is time for the answer.
    pub async fn answer(&self) -> Vec<Text> {
        loop {
            let mut bell = pin!(self.seat.bell());
            bell.as_mut().enable();
            match self.look() {
                Looked::Answer(messages) => return messages,
                // Either way one looks again.
                Looked::Wait(span) => drop(timeout(span, bell).await),
            }
        }
    }
}

impl Drop for Connect {
    fn drop(&mut self) {
        self.seat.lock().abandon(self.number, (&self.seat.terms, self.seat.now()));
    }
}
