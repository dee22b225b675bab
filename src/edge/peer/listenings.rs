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
        let when_broken = Mutex::default();
        let teller = Arc::new(Teller { id, outbox, listenings, is_open, when_broken });
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

    /// The connection is over: nobody hears any more, and who wanted to know of it does.
    pub fn break_off(&self) {
        let open = std::mem::take(&mut *self.lock());
        open.values().filter_map(Weak::upgrade).for_each(|teller| teller.broke());
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
    /// What is to be done when the connection is over.
    when_broken: Mutex<Option<Box<dyn FnOnce() + Send>>>,
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

    fn is_open(&self) -> bool {
        self.is_open.load(Ordering::Acquire)
    }

    fn when_broken(&self, then: Box<dyn FnOnce() + Send>) {
        let mut slot = self.when_broken.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_open() {
            *slot = Some(then);
        } else {
            drop(slot);
            then();
        }
    }
}

impl Teller {
    fn broke(&self) {
        let mut slot = self.when_broken.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_open.store(false, Ordering::Release);
        let then = slot.take();
        drop(slot);
        if let Some(then) = then {
            then();
        }
    }

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
