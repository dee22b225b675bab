//! Who may ask: accounts of the configuration, by name and password with each request. A password is
//! checked in full once; what was proved is known again by a print under a key of this process.

use crate::base::{Chance, Clock, Millis};
use crate::chat::rate::{Bucket, Rate};
use crate::config::Config;
use crate::edge::handles::Handles;
use crate::edge::passwords::{Denial, Passwords};
use aws_lc_rs::hmac;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

pub struct Clients {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    passwords: Passwords,
    key: hmac::Key,
    /// The prints of right passwords, by name.
    proven: Mutex<BTreeMap<String, hmac::Tag>>,
    /// What each client has used up; only those of the configuration are ever in it.
    paces: Mutex<HashMap<String, Bucket>>,
}

/// Too much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooFast;

impl Clients {
    pub fn new(handles: &Handles) -> Self {
        let (clock, config) = (handles.clock.clone(), handles.config.clone());
        let mut known = config.esp_clients.values().map(|client| client.password_hash.expose());
        let passwords = Passwords::new(clock.clone(), &*handles.chance, known.next());
        drop(known);
        let key = key(&*handles.chance);
        let (proven, paces) = (Mutex::default(), Mutex::default());
        Self { config, clock, passwords, key, proven, paces }
    }

    /// Lets a client in whose password is right.
    pub async fn admit(&self, name: &str, password: String) -> Result<(), Denial> {
        if self.is_proven(name, &password) {
            return Ok(());
        }
        let print = hmac::sign(&self.key, password.as_bytes());
        let known = self.config.esp_clients.get(name);
        let hash = known.map(|client| client.password_hash.expose());
        self.passwords.check(name, password, hash).await?;
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        proven.insert(name.to_owned(), print);
        Ok(())
    }

    /// Counts one request of a client that was let in.
    pub fn pace(&self, name: &str) -> Result<(), TooFast> {
        let (now, rate) = (self.clock.now(), self.rate());
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = paces.entry(name.to_owned()).or_default();
        take(bucket, now, rate)
    }

    fn is_proven(&self, name: &str, password: &str) -> bool {
        let proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        let is_right = |print: &hmac::Tag| {
            hmac::verify(&self.key, password.as_bytes(), print.as_ref()).is_ok()
        };
        proven.get(name).is_some_and(is_right)
    }

    fn rate(&self) -> Rate {
        let per_second = u32::try_from(self.config.limits.esp_rate).unwrap_or(u32::MAX);
        Rate { per_second, burst: per_second.saturating_mul(2) }
    }
}

fn take(bucket: &mut Bucket, now: Millis, rate: Rate) -> Result<(), TooFast> {
    if bucket.room(now, rate) == 0 {
        return Err(TooFast);
    }
    bucket.take(now, rate);
    Ok(())
}

/// A key that nobody has after this process.
fn key(chance: &dyn Chance) -> hmac::Key {
    let mut key = [0; 32];
    chance.fill(&mut key);
    hmac::Key::new(hmac::HMAC_SHA256, &key)
}
