//! What waits to be sent on one connection. It has room for so many bytes; news have less, so that
//! an answer, or the word that there is no more news, finds room when they do not.

use super::terms::Limits;
use super::wire::Frame;
use std::sync::Arc;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

/// A frame takes at least so much room, for it costs memory however short it is.
const LEAST: usize = 256;

/// Pings and answers to pings that may wait. Who does not take so many takes nothing any more.
const MOST_URGENT: usize = 64;

/// The end where frames are put in. Never waits, except where it says so.
#[derive(Clone)]
pub struct Outbox {
    frames: mpsc::UnboundedSender<Outgoing>,
    urgent: mpsc::Sender<Vec<u8>>,
    room: Arc<Semaphore>,
    room_for_news: Arc<Semaphore>,
    overflow: Arc<Notify>,
    longest_frame: usize,
}

/// The end from which they are sent.
pub struct Waiting {
    frames: mpsc::UnboundedReceiver<Outgoing>,
    urgent: mpsc::Receiver<Vec<u8>>,
}

/// An encoded frame. Its room is free again when it is sent.
struct Outgoing {
    encoded: Vec<u8>,
    room: OwnedSemaphorePermit,
}

/// Why a frame will not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    NoRoom,
    /// The connection is over.
    Gone,
    TooLong,
}

impl Outbox {
    pub fn new(limits: &Limits) -> (Self, Waiting) {
        let (frames, waiting) = mpsc::unbounded_channel();
        let (urgent, waiting_urgently) = mpsc::channel(MOST_URGENT);
        // One frame must always fit, or it would wait for ever.
        let room = |n_bytes: usize| Arc::new(Semaphore::new(n_bytes.max(limits.longest_frame + 8)));
        let outbox = Self {
            frames,
            urgent,
            room: room(limits.room),
            room_for_news: room(limits.room_for_news),
            overflow: Arc::default(),
            longest_frame: limits.longest_frame,
        };
        (outbox, Waiting { frames: waiting, urgent: waiting_urgently })
    }

    /// Puts a frame in if there is room.
    pub fn offer(&self, frame: &Frame) -> Result<(), NotSent> {
        self.offer_in(&self.room, frame)
    }

    /// Puts news in if there is room for news.
    pub fn offer_news(&self, frame: &Frame) -> Result<(), NotSent> {
        self.offer_in(&self.room_for_news, frame)
    }

    /// Puts a frame in, and waits for room.
    pub async fn send(&self, frame: &Frame) -> Result<(), NotSent> {
        let encoded = self.encode(frame)?;
        let room = self.room.clone().acquire_many_owned(cost(&encoded)).await;
        let room = room.map_err(|_| NotSent::Gone)?;
        self.put(encoded, room)
    }

    /// Puts in a short frame that must arrive. A connection that has no room for it is given up.
    pub fn insist(&self, frame: &Frame) {
        if self.offer(frame) == Err(NotSent::NoRoom) {
            self.overflow.notify_one();
        }
    }

    /// Puts in a ping or the answer to one, which overtake what waits.
    pub fn urge(&self, frame: &Frame) {
        let Ok(encoded) = self.encode(frame) else { return };
        if let Err(mpsc::error::TrySendError::Full(_)) = self.urgent.try_send(encoded) {
            self.overflow.notify_one();
        }
    }

    /// Waits until the other end takes too little.
    pub async fn overflowed(&self) {
        self.overflow.notified().await;
    }

    fn offer_in(&self, room: &Arc<Semaphore>, frame: &Frame) -> Result<(), NotSent> {
        if self.frames.is_closed() {
            return Err(NotSent::Gone);
        }
        let encoded = self.encode(frame)?;
        let room = room.clone().try_acquire_many_owned(cost(&encoded));
        self.put(encoded, room.map_err(|_| NotSent::NoRoom)?)
    }

    fn encode(&self, frame: &Frame) -> Result<Vec<u8>, NotSent> {
        frame.encode(self.longest_frame).map_err(|_| NotSent::TooLong)
    }

    fn put(&self, encoded: Vec<u8>, room: OwnedSemaphorePermit) -> Result<(), NotSent> {
        self.frames.send(Outgoing { encoded, room }).map_err(|_| NotSent::Gone)
    }
}

impl Waiting {
    /// Waits for what is to be sent next. `None` when nobody can put anything in.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        tokio::select! {
            biased;
            Some(encoded) = self.urgent.recv() => Some(encoded),
            Some(outgoing) = self.frames.recv() => Some(outgoing.sent()),
            else => None,
        }
    }

    /// What is to be sent next, if there is something.
    pub fn next_now(&mut self) -> Option<Vec<u8>> {
        let urgent = self.urgent.try_recv().ok();
        urgent.or_else(|| self.frames.try_recv().ok().map(Outgoing::sent))
    }
}

impl Outgoing {
    /// Taken out to be sent: from here on it is the one frame that the writer holds.
    fn sent(self) -> Vec<u8> {
        drop(self.room);
        self.encoded
    }
}

fn cost(encoded: &[u8]) -> u32 {
    u32::try_from(encoded.len().max(LEAST)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn news_that_finds_no_room_leaves_room_for_the_word_that_it_ended() {
        let (outbox, _waiting) = Outbox::new(&small());

        assert_eq!(outbox.offer_news(&news(900)), Ok(()));
        assert_eq!(outbox.offer_news(&news(900)), Err(NotSent::NoRoom));
        assert_eq!(outbox.offer(&Frame::Close { id: 1 }), Ok(()));
    }

    #[tokio::test]
    async fn pings_overtake_and_room_comes_back() {
        let (outbox, mut waiting) = Outbox::new(&small());
        outbox.offer(&news(900)).unwrap();
        outbox.urge(&Frame::Ping(1));

        let first = waiting.next().await.unwrap();
        let second = waiting.next().await.unwrap();

        assert_eq!(first, Frame::Ping(1).encode(100).unwrap());
        assert_eq!(second, news(900).encode(1_000).unwrap());
        assert_eq!(outbox.offer(&news(900)), Ok(()));
    }

    #[tokio::test]
    async fn what_is_too_long_or_too_late_is_not_taken() {
        let (outbox, waiting) = Outbox::new(&small());

        assert_eq!(outbox.offer(&news(2_000)), Err(NotSent::TooLong));
        drop(waiting);
        assert_eq!(outbox.offer(&news(2)), Err(NotSent::Gone));
    }

    fn small() -> Limits {
        Limits { longest_frame: 1_000, room: 1_000, room_for_news: 1_000, ..Limits::default() }
    }

    fn news(n_bytes: usize) -> Frame {
        Frame::News { id: 1, body: vec![7; n_bytes] }
    }
}
