//! Those on one connection who listen to things of this node.

use super::outbox::{NotSent, Outbox};
use super::wire::Frame;
use crate::ownership::peers::NewsOutlet;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// All of them.
pub struct Listenings {
    most: usize,
    open: Mutex<HashMap<u64, Weak<Teller>>>,
}

impl Listenings {
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, open: Mutex::default() })
    }

    /// A new one, unless there are too many or this one is there.
    pub fn open(self: &Arc<Self>, id: u64, outbox: &Outbox) -> Option<Arc<Teller>> {
        let mut open = self.lock();
        if self.most <= open.len() || open.contains_key(&id) {
            return None;
        }
        let listenings = Arc::downgrade(self);
        let (outbox, is_open) = (outbox.clone(), AtomicBool::new(true));
        let teller = Arc::new(Teller { id, outbox, listenings, is_open });
        open.insert(id, Arc::downgrade(&teller));
        Some(teller)
    }

    /// The listener let go.
    pub fn close(&self, id: u64) {
        let teller = self.lock().remove(&id).and_then(|teller| teller.upgrade());
        if let Some(teller) = teller {
            teller.is_open.store(false, Ordering::Release);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Weak<Teller>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends news to one who listens. Dropped, it says that there will be no more.
pub struct Teller {
    id: u64,
    outbox: Outbox,
    listenings: Weak<Listenings>,
    is_open: AtomicBool,
}

impl NewsOutlet for Teller {
    fn tell(&self, news: Vec<u8>) -> bool {
        if !self.is_open.load(Ordering::Acquire) {
            return false;
        }
        let told = self.outbox.offer_news(&Frame::News { id: self.id, body: news });
        if told == Err(NotSent::TooLong) {
            tracing::error!("news is too long for the link");
        }
        if told.is_err() {
            self.end();
        }
        told.is_ok()
    }
}

impl Teller {
    fn end(&self) {
        if !self.is_open.swap(false, Ordering::AcqRel) {
            return;
        }
        if let Some(listenings) = self.listenings.upgrade() {
            listenings.lock().remove(&self.id);
        }
        self.outbox.insist(&Frame::Close { id: self.id });
    }
}

impl Drop for Teller {
    fn drop(&mut self) {
        self.end();
    }
}
