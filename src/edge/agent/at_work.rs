//! What a connection and those who work for it know of each other: they hear how it ends, and it
//! hears when the last of them has come to an end.

use crate::base::Parting;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::mpsc;

/// Held by whoever works for a connection.
#[derive(Clone)]
pub struct Working {
    is_moving: Arc<AtomicBool>,
    /// Never used to say anything; the last one to let go of it ends the silence.
    _silence: mpsc::Sender<Never>,
}

/// The connection's end.
pub struct AtWork {
    is_moving: Arc<AtomicBool>,
    silence: mpsc::Receiver<Never>,
}

/// What is never said.
enum Never {}

pub fn working() -> (Working, AtWork) {
    let (said, silence) = mpsc::channel(1);
    let is_moving = Arc::<AtomicBool>::default();
    (Working { is_moving: is_moving.clone(), _silence: said }, AtWork { is_moving, silence })
}

impl Working {
    /// How the connection ends, once it ends.
    pub fn parting(&self) -> Parting {
        if self.is_moving.load(Ordering::Acquire) { Parting::Moving } else { Parting::Lost }
    }
}

impl AtWork {
    /// Says that the connection's client is told to go on at another node. To be said before the
    /// work is ended.
    pub fn will_move(&self) {
        self.is_moving.store(true, Ordering::Release);
    }

    /// Ends when nobody works for the connection any more.
    pub async fn ended(&mut self) {
        let _: Option<Never> = self.silence.recv().await;
    }
}
