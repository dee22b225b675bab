//! The way from everything that has something to say to the one writer of a socket.

use super::goodbye::Goodbye;
use super::wire::Frame;
use actix_web::web::Bytes;
use tokio::sync::mpsc;

/// How many frames wait for the writer. Whoever has more waits with them, so that a client that
/// reads slowly costs no memory.
const MOST_FRAMES: usize = 8;

pub enum Outgoing {
    Frame(Box<Frame>),
    /// The answer to a ping of the WebSocket itself.
    Pong(Bytes),
    /// The last thing to be said, behind everything that was said before.
    Farewell(Goodbye),
}

#[derive(Clone)]
pub struct Outbox(mpsc::Sender<Outgoing>);

/// The socket's writer is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disconnected;

pub fn outbox() -> (Outbox, mpsc::Receiver<Outgoing>) {
    let (sender, receiver) = mpsc::channel(MOST_FRAMES);
    (Outbox(sender), receiver)
}

impl Outbox {
    pub async fn send(&self, frame: Frame) -> Result<(), Disconnected> {
        self.put(Outgoing::Frame(Box::new(frame))).await
    }

    pub async fn pong(&self, payload: Bytes) -> Result<(), Disconnected> {
        self.put(Outgoing::Pong(payload)).await
    }

    pub async fn farewell(&self, goodbye: Goodbye) -> Result<(), Disconnected> {
        self.put(Outgoing::Farewell(goodbye)).await
    }

    /// Ends when the writer is gone.
    pub async fn closed(&self) {
        self.0.closed().await;
    }

    async fn put(&self, item: Outgoing) -> Result<(), Disconnected> {
        self.0.send(item).await.map_err(|_| Disconnected)
    }
}
