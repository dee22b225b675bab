//! Which connection speaks for an agent now. A newer one takes the seat, and from that moment an
//! older one can attach itself to nothing any more, wherever it is in its work.

use super::goodbye::Goodbye;
use crate::base::chance::{from_hex, to_hex};
use crate::edge::handles::ClusterKey;
use aws_lc_rs::hmac;
use dashmap::DashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

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
    pub fn is_current(&self) -> bool {
        self.seat.current.load(Ordering::Acquire) == self.connection
    }
}

/// A token that proves, on any node and after any restart, an earlier registration of an agent.
pub fn resume_token(key: &ClusterKey, agent: &str, nonce: &str) -> String {
    let tag = hmac::sign(&resume_key(key), &resume_words(agent, nonce));
    format!("{nonce}.{}", to_hex(tag.as_ref()))
}

/// Whether a token is one of this agent's.
pub fn is_resume_token(key: &ClusterKey, agent: &str, token: &str) -> bool {
    let Some((nonce, tag)) = token.split_once('.') else { return false };
    let Some(tag) = from_hex(tag) else { return false };
    hmac::verify(&resume_key(key), &resume_words(agent, nonce), &tag).is_ok()
}

fn resume_key(key: &ClusterKey) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &key.0[..])
}

fn resume_words(agent: &str, nonce: &str) -> Vec<u8> {
    format!("agent-resume\0{nonce}\0{agent}").into_bytes()
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
        let token = resume_token(&key, "ada", "n1");

        assert!(is_resume_token(&key, "ada", &token));
        assert!(!is_resume_token(&key, "bob", &token));
        assert!(!is_resume_token(&ClusterKey(Arc::new([8; 32])), "ada", &token));
        assert!(!is_resume_token(&key, "ada", "n1.00"));
        assert!(!is_resume_token(&key, "ada", ""));
    }
}
