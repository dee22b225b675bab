//! The heart of a node in a cluster: it says once a second that it lives, looks who else does, and
//! notices when the whole process was stopped for a while. Hints all of it.

use crate::base::{Clock, Millis, NodeId, Process};
use crate::owned::StoreError;
use crate::ownership::door::MemberTable;
use crate::ownership::membership::{Member, MemberState, Membership, PROTOCOL, View};
use crate::telemetry::meters;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How long a row of a process that is gone stays for people to look at.
const FORGET_AFTER: Duration = Duration::from_secs(3_600);

/// How often the pause detector looks at the time.
const TICK: Duration = Duration::from_millis(100);

/// A gap that no busy machine explains: the process was stopped, or as good as.
const PAUSE: Duration = Duration::from_secs(1);

/// What one node says and knows of the cluster.
pub struct Heart {
    table: Arc<dyn MemberTable>,
    clock: Arc<dyn Clock>,
    inner: Mutex<Inner>,
}

struct Inner {
    mine: Member,
    membership: Membership,
}

/// What a node says of itself when it begins.
pub struct Birth {
    pub process: Process,
    /// Where its peer link listens, `host:port`; empty if it has none.
    pub address: String,
    pub program: String,
}

impl Heart {
    pub fn new(table: Arc<dyn MemberTable>, clock: Arc<dyn Clock>, birth: Birth) -> Self {
        let Birth { process, address, program } = birth;
        let mine = Member {
            process: process.clone(),
            address,
            state: MemberState::Starting,
            version: PROTOCOL,
            program,
            n_sessions: 0,
            n_left: 0,
            n_lanes: 1,
            seen: Millis::default(),
        };
        let inner = Mutex::new(Inner { mine, membership: Membership::new(process) });
        Self { table, clock, inner }
    }

    /// Says that this node lives and looks at the others. Tells who is gone since the last beat.
    /// While it fails nobody is held for dead.
    pub async fn beat(&self) -> Result<Vec<Process>, StoreError> {
        let mine = {
            let mut inner = self.lock();
            inner.mine.seen = self.clock.now();
            inner.mine.clone()
        };
        let said = self.table.heartbeat(&mine).await;
        let read = match said {
            Ok(()) => self.table.members().await,
            Err(error) => Err(error),
        };
        let now = self.clock.now();
        let (gone, forgettable) = {
            let mut inner = self.lock();
            match read {
                Ok(rows) => {
                    let gone = inner.membership.look(rows, now);
                    count(&inner.membership);
                    (gone, inner.membership.forgettable(FORGET_AFTER))
                }
                Err(error) => {
                    inner.membership.look_failed();
                    return Err(error);
                }
            }
        };
        for process in forgettable {
            tracing::info!(%process, "forgotten");
            self.table.forget(&process).await?;
        }
        Ok(gone)
    }

    /// Changes what is said at the next beat.
    pub fn say(&self, change: impl FnOnce(&mut Member)) {
        change(&mut self.lock().mine);
    }

    pub fn mine(&self) -> Member {
        self.lock().mine.clone()
    }

    /// All rows that were read last, with whether they count as living.
    pub fn members(&self) -> Vec<(Member, bool)> {
        let inner = self.lock();
        inner.membership.all().map(|(member, lives)| (member.clone(), lives)).collect()
    }

    /// Notes whether there is a link to a node.
    pub fn link(&self, node: &NodeId, is_up: bool) {
        self.lock().membership.link(node, is_up);
    }

    /// Takes the own row away: this process ends.
    pub async fn stop(&self) -> Result<(), StoreError> {
        let process = self.lock().mine.process.clone();
        self.table.forget(&process).await
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl View for Heart {
    fn is_living(&self, process: &Process) -> bool {
        self.lock().membership.is_living(process)
    }

    fn accepting(&self) -> Vec<Process> {
        let inner = self.lock();
        let takes = |member: &&Member| {
            member.state == MemberState::Accepting
                && inner.mine.version <= member.version
                && member.process != inner.mine.process
        };
        let others = inner.membership.living().filter(takes);
        let me = (inner.mine.state == MemberState::Accepting).then(|| inner.mine.process.clone());
        me.into_iter().chain(others.map(|member| member.process.clone())).collect()
    }
}

/// Calls whenever the process stood still for longer than any load explains: other nodes may have
/// taken over what it owns meanwhile.
pub async fn notice_pauses(on_pause: impl Fn(Duration)) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last = Instant::now();
    loop {
        ticks.tick().await;
        let now = Instant::now();
        let gap = now - last;
        last = now;
        if PAUSE < gap {
            meters().pauses.increment(1);
            tracing::warn!(seconds = gap.as_secs_f32(), "this process stood still");
            on_pause(gap);
        }
    }
}

fn count(membership: &Membership) {
    let all = [
        MemberState::Starting,
        MemberState::Accepting,
        MemberState::Draining,
        MemberState::Leaving,
    ];
    for state in all {
        let n_members = membership.living().filter(|member| member.state == state).count();
        meters().members.of(state.name()).set(u32::try_from(n_members).unwrap_or(u32::MAX));
    }
    let n_gone = membership.all().filter(|(_, lives)| !lives).count();
    meters().members.of("gone").set(u32::try_from(n_gone).unwrap_or(u32::MAX));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owned::StoreFuture;
    use std::collections::BTreeMap;
    use std::future::ready;

    #[tokio::test]
    async fn a_node_sees_itself_and_the_others_that_accept() {
        let table = Arc::new(Board::default());
        let (a, b) = (heart(&table, "a"), heart(&table, "b"));
        a.say(|mine| mine.state = MemberState::Accepting);
        b.say(|mine| mine.state = MemberState::Accepting);
        b.beat().await.unwrap();
        a.beat().await.unwrap();
        assert_eq!(a.accepting(), [process("a"), process("b")]);

        b.say(|mine| mine.state = MemberState::Draining);
        b.beat().await.unwrap();
        a.beat().await.unwrap();

        assert_eq!(a.accepting(), [process("a")]);
        assert!(a.is_living(&process("b")), "who drains can still be asked");
    }

    #[tokio::test]
    async fn nothing_is_handed_to_whom_has_a_lower_protocol() {
        let table = Arc::new(Board::default());
        let [old, same, new] = ["b", "c", "d"].map(|name| heart(&table, name));
        let a = heart(&table, "a");
        for (heart, version) in
            [(&a, PROTOCOL), (&old, PROTOCOL - 1), (&same, PROTOCOL), (&new, PROTOCOL + 1)]
        {
            heart.say(|mine| (mine.state, mine.version) = (MemberState::Accepting, version));
            heart.beat().await.unwrap();
        }
        a.beat().await.unwrap();

        assert_eq!(a.accepting(), ["a", "c", "d"].map(process));
    }

    #[tokio::test]
    async fn who_ends_in_order_is_gone_at_the_next_beat() {
        let table = Arc::new(Board::default());
        let (a, b) = (heart(&table, "a"), heart(&table, "b"));
        b.beat().await.unwrap();
        a.beat().await.unwrap();

        b.stop().await.unwrap();

        assert_eq!(a.beat().await, Ok(vec![process("b")]));
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_noticed_once() {
        let n_pauses = Arc::new(Mutex::new(0));
        let counted = n_pauses.clone();
        tokio::spawn(notice_pauses(move |_| *counted.lock().unwrap() += 1));
        tokio::time::sleep(TICK * 3).await;

        tokio::time::advance(PAUSE * 2).await;
        tokio::time::sleep(TICK * 5).await;

        assert_eq!(*n_pauses.lock().unwrap(), 1);
    }

    /// A table of members in memory.
    #[derive(Default)]
    struct Board(Mutex<BTreeMap<Process, Member>>);

    impl MemberTable for Board {
        fn heartbeat(&self, member: &Member) -> StoreFuture<()> {
            self.0.lock().unwrap().insert(member.process.clone(), member.clone());
            Box::pin(ready(Ok(())))
        }

        fn members(&self) -> StoreFuture<Vec<Member>> {
            let members = self.0.lock().unwrap().values().cloned().collect();
            Box::pin(ready(Ok(members)))
        }

        fn forget(&self, process: &Process) -> StoreFuture<()> {
            self.0.lock().unwrap().remove(process);
            Box::pin(ready(Ok(())))
        }
    }

    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> Millis {
            Millis(1)
        }
    }

    fn heart(table: &Arc<Board>, node: &str) -> Heart {
        let birth =
            Birth { process: process(node), address: String::new(), program: "test".into() };
        Heart::new(table.clone(), Arc::new(Standing), birth)
    }

    fn process(node: &str) -> Process {
        Process { node: node.into(), boot: "1".into() }
    }
}
