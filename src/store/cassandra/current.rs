//! The connections in use. When somebody is trusted no longer, those that he may hold the other end
//! of are replaced: by new ones, if the ring can be believed without him, and else by nothing.

use crate::base::error_chain::Chain;
use crate::store::cassandra::connect::{Link, Patience, Way};
use arc_swap::ArcSwapOption;
use rand::random_range;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::sleep;

/// The nodes of a cluster read the same files at the same time; they shall not all come at once.
const SPREAD: Duration = Duration::from_secs(5);

/// How long connections that should go stay while there are no new ones.
const GRACE: Duration = Duration::from_secs(5);

/// The link in use. Cheap to clone.
#[derive(Clone)]
pub struct Current(Arc<Slot>);

struct Slot {
    link: ArcSwapOption<Link>,
    way: Way,
}

impl Current {
    pub fn new(link: Link) -> Self {
        let way = link.way().clone();
        let slot = Slot { link: ArcSwapOption::from_pointee(link), way };
        let current = Self(Arc::new(slot));
        if let Some(removals) = current.0.way.removals() {
            let slot = Arc::downgrade(&current.0);
            current.way().thread().spawn(look_after(slot, removals));
        }
        current
    }

    /// Nothing while the ring cannot be believed.
    pub fn link(&self) -> Option<Arc<Link>> {
        self.0.link.load_full()
    }

    /// Makes all connections anew, if that can be done at once. The driver itself tries ever more
    /// seldom while nobody answers, in the end ten seconds apart.
    pub async fn refresh(&self) {
        let before = self.link();
        let Ok(link) = self.0.way.go(Patience::AtMost(Duration::ZERO)).await else { return };
        // Whoever is trusted no longer is not brought back.
        if before.is_some() {
            self.0.link.compare_and_swap(&before, Some(Arc::new(link)));
        }
    }

    pub fn way(&self) -> &Way {
        &self.0.way
    }
}

async fn look_after(slot: Weak<Slot>, mut removals: watch::Receiver<u64>) {
    while removals.changed().await.is_ok() {
        sleep(random_range(Duration::ZERO..=SPREAD)).await;
        while let Some(slot) = slot.upgrade() {
            if slot.renew().await {
                break;
            }
        }
    }
}

impl Slot {
    /// Replaces what is there; says whether by something.
    async fn renew(&self) -> bool {
        match self.way.go(Patience::AtMost(GRACE)).await {
            Ok(link) => {
                self.link.store(Some(Arc::new(link)));
                tracing::warn!("all connections to Cassandra are made anew");
                true
            }
            Err(error) => {
                let error = Chain(&error);
                if self.link.swap(None).is_some() {
                    tracing::error!(
                        %error,
                        "the connections to Cassandra are closed: who is at their end is trusted no longer"
                    );
                }
                false
            }
        }
    }
}
