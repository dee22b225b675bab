//! The sum of all doors: what a node holds, whichever store stands behind.

use crate::chat::Session;
use crate::contact::door::Archive;
use crate::interaction::Domain;
use crate::owned::Log;
use crate::ownership::door::{AlarmTable, OwnerTable};
use std::sync::Arc;

/// A store as the houses see it. Clones are the same store.
#[derive(Clone)]
pub struct Store {
    pub owners: Arc<dyn OwnerTable>,
    pub alarms: Arc<dyn AlarmTable>,
    pub sessions: Arc<dyn Log<Session>>,
    pub routing: Arc<dyn Log<Domain>>,
    pub contacts: Arc<dyn Archive>,
}

impl Store {
    /// All doors of one store that has them all.
    pub fn of<S>(store: &S) -> Self
    where
        S: OwnerTable + AlarmTable + Log<Session> + Log<Domain> + Archive + Clone + 'static,
    {
        Self {
            owners: Arc::new(store.clone()),
            alarms: Arc::new(store.clone()),
            sessions: Arc::new(store.clone()),
            routing: Arc::new(store.clone()),
            contacts: Arc::new(store.clone()),
        }
    }
}
