//! Which connection speaks for an agent now. A newer one takes the seat, and from that moment an
//! older one can attach itself to nothing any more, wherever it is in its work.

use super::goodbye::Goodbye;
use crate::base::Millis;
use crate::base::chance::{from_hex, to_hex};
use crate::edge::handles::ClusterKey;
use aws_lc_rs::hmac;
use dashmap::DashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// No connection has this number.
const NOBODY: u64 = 0;

/// One seat per account, so it is bounded by the configuration.
#[derive(Default)]
pub struct Seats {
    seats: DashMap<String, Arc<Seat>>,
    last: AtomicU64,
}

#[derive(Default)]
pub struct Seat {
    current: AtomicU64,
    end: Mutex<Option<oneshot::Sender<Goodbye>>>,
}

/// A connection's hold on its seat.
#[derive(Clone)]
pub struct Hold {
    seat: Arc<Seat>,
    pub connection: u64,
}

impl Seats {
    /// Takes a seat; whoever had it is told to go. The receiver hears when that happens to this one.
    pub fn take(&self, name: &str) -> (Hold, oneshot::Receiver<Goodbye>) {
        let connection = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let seat = self.seats.entry(name.to_owned()).or_default().clone();
        let (end, ended) = oneshot::channel();
        let before = {
            let mut slot = seat.end.lock().unwrap_or_else(PoisonError::into_inner);
            seat.current.store(connection, Ordering::Release);
            slot.replace(end)
        };
        if let Some(before) = before {
            // Who is gone already need not be told.
            let _ = before.send(Goodbye::Replaced);
        }
        (Hold { seat, connection }, ended)
    }
}

impl Hold {
    /// Lets go, because the agent's newest connection is another one, at another node perhaps. Who
    /// holds the seat now, if it is somebody else, is not touched.
    pub fn give_up(&self) {
        let mut slot = self.seat.end.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_current() {
            return;
        }
        self.seat.current.store(NOBODY, Ordering::Release);
        if let Some(end) = slot.take() {
            // Who is gone already need not be told.
            let _ = end.send(Goodbye::Replaced);
        }
    }

    pub fn is_current(&self) -> bool {
        self.seat.current.load(Ordering::Acquire) == self.connection
    }
}

/// A token that proves, on any node and after any restart, an earlier registration of an agent, and
/// when it was.
pub fn resume_token(key: &ClusterKey, agent: &str, (begun, nonce): (Millis, &str)) -> String {
    let said = format!("{:X}-{nonce}", begun.0);
    let tag = hmac::sign(&resume_key(key), &resume_words(agent, &said));
    format!("{said}.{}", to_hex(tag.as_ref()))
}

/// When the registration was that a token proves; nothing if it is no token of this agent's.
pub fn resumed(key: &ClusterKey, agent: &str, token: &str) -> Option<Millis> {
    let (said, tag) = token.split_once('.')?;
    let tag = from_hex(tag)?;
    hmac::verify(&resume_key(key), &resume_words(agent, said), &tag).ok()?;
    let (begun, _) = said.split_once('-')?;
    u64::from_str_radix(begun, 16).ok().map(Millis)
}

fn resume_key(key: &ClusterKey) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &key.0[..])
}

fn resume_words(agent: &str, said: &str) -> Vec<u8> {
    format!("agent-resume\0{said}\0{agent}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_connection_takes_the_seat_and_the_older_one_is_told() {
        let seats = Seats::default();
        let (old, mut ended) = seats.take("ada");
        assert!(old.is_current());

        let (new, _still_there) = seats.take("ada");

        assert!(!old.is_current() && new.is_current());
        assert_eq!(ended.try_recv(), Ok(Goodbye::Replaced));
    }

    #[test]
    fn a_resume_token_counts_for_its_agent_and_key_alone() {
        let key = ClusterKey(Arc::new([7; 32]));
        let token = resume_token(&key, "ada", (Millis(0xF1), "n1"));
        let later = token.replacen("F1", "F2", 1);

        assert_eq!(resumed(&key, "ada", &token), Some(Millis(0xF1)));
        assert_eq!(resumed(&key, "bob", &token), None);
        assert_eq!(resumed(&ClusterKey(Arc::new([8; 32])), "ada", &token), None);
        for forged in [later.as_str(), "F1-n1.00", ""] {
            assert_eq!(resumed(&key, "ada", forged), None, "{forged}");
        }
    }

    #[test]
    fn who_gives_up_is_told_to_go_and_takes_nobody_along() {
        let seats = Seats::default();
        let (old, mut old_ended) = seats.take("ada");

        old.give_up();
        assert!(!old.is_current());
        assert_eq!(old_ended.try_recv(), Ok(Goodbye::Replaced));
        let (new, mut new_ended) = seats.take("ada");
        old.give_up();

        assert!(new.is_current());
        assert!(new_ended.try_recv().is_err());
    }
}
