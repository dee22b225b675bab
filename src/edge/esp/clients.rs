//! Who may ask: accounts of the configuration, by name and password with each request, and how often.

use crate::base::{Clock, Millis};
use crate::chat::rate::{Bucket, Rate};
use crate::config::Config;
use crate::edge::handles::Handles;
use crate::edge::passwords::{Denial, Passwords};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

pub struct Clients {
    config: Arc<Config>,
    clock: Arc<dyn Clock>,
    passwords: Passwords,
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
        let passwords = passwords.of_machines();
        drop(known);
        Self { config, clock, passwords, paces: Mutex::default() }
    }

    /// Lets a client in whose password is right.
    pub async fn admit(&self, name: &str, password: String) -> Result<(), Denial> {
        let known = self.config.esp_clients.get(name);
        let hash = known.map(|client| client.password_hash.expose());
        self.passwords.check(name, password, hash).await
    }

    /// Counts one request of a client that was let in.
    pub fn pace(&self, name: &str) -> Result<(), TooFast> {
        let (now, rate) = (self.clock.now(), self.rate());
        let mut paces = self.paces.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = paces.entry(name.to_owned()).or_default();
        take(bucket, now, rate)
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
