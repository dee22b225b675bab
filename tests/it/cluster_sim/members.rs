//! The table of members, over the same way to the store that everything else of a node takes.

use super::host::Gate;
use holdfast::base::Process;
use holdfast::owned::{StoreError, StoreFuture};
use holdfast::ownership::door::MemberTable;
use holdfast::ownership::membership::Member;
use holdfast::store::ring::emulator::Link;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::sleep;

pub type Rows = Arc<Mutex<BTreeMap<Process, Member>>>;

/// The table as one process reaches it.
pub struct Board {
    pub rows: Rows,
    pub link: Link,
    pub gate: Gate,
}

impl Board {
    fn through<R: Send + 'static>(
        &self,
        act: impl FnOnce(&mut BTreeMap<Process, Member>) -> R + Send + 'static,
    ) -> StoreFuture<R> {
        let (rows, link, gate) = (self.rows.clone(), self.link.clone(), self.gate.clone());
        Box::pin(async move {
            gate.pass().await;
            sleep(link.faults().delay).await;
            let told = (!link.faults().is_cut).then(|| act(&mut rows.lock().unwrap()));
            if told.is_none() || link.faults().lost_acks == u8::MAX {
                sleep(Duration::from_millis(500)).await;
                return Err(StoreError::Unavailable("no members".into()));
            }
            gate.pass().await;
            told.ok_or_else(|| StoreError::Unavailable("no members".into()))
        })
    }
}

impl MemberTable for Board {
    fn heartbeat(&self, member: &Member) -> StoreFuture<()> {
        let member = member.clone();
        self.through(move |rows| drop(rows.insert(member.process.clone(), member)))
    }

    fn members(&self) -> StoreFuture<Vec<Member>> {
        self.through(|rows| rows.values().cloned().collect())
    }

    fn forget(&self, process: &Process) -> StoreFuture<()> {
        let process = process.clone();
        self.through(move |rows| drop(rows.remove(&process)))
    }
}
