//! The things of a dead node live on here, whether or not anybody asks for them, so that their
//! timers, their silence and their reports go on. Who takes what is settled without a word between
//! the nodes, and being wrong costs a needless claim.

use crate::base::{Chance, Clock, Process, ThingId};
use crate::chat::Session;
use crate::interaction::{Domain, Look, Sight};
use crate::node::orphans::{Fate, settle};
use crate::node::wiring::routing_domain;
use crate::ownership::Absent;
use crate::ownership::actor::{Heart, Things};
use crate::ownership::drain::Pace;
use crate::ownership::membership::View;
use crate::ownership::placement::place;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

/// How often all sessions are looked at although nobody is known to have died.
const ROUND: Duration = Duration::from_secs(15);

/// The longest that a survivor waits before it begins, so that all do not begin at once.
const JITTER: Duration = Duration::from_millis(250);

/// What was found asleep or closed is left in peace for so long. It has an alarm; but whoever wakes it
/// may end before the routing domain hears of it.
const IN_PEACE: Duration = Duration::from_secs(600);

/// How long a beat of the pacing is.
const TICK: Duration = Duration::from_millis(50);

pub struct Survivor {
    pub heart: Arc<Heart>,
    pub sessions: Things<Session>,
    pub routing: Things<Domain>,
    pub gone: Arc<Notify>,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    /// Most take-overs in a second.
    pub rate: u64,
    pub at_peace: AtPeace,
    pub fate: Fate,
}

/// What was found asleep or closed, and when.
pub type AtPeace = Rc<RefCell<BTreeMap<ThingId, Instant>>>;

impl Survivor {
    pub async fn run(self) {
        loop {
            // Woken early when somebody dies, and now and then in any case.
            let _ = timeout(ROUND, self.gone.notified()).await;
            let mut dice = [0];
            self.chance.fill(&mut dice);
            sleep(JITTER * u32::from(dice[0]) / 256).await;
            self.round().await;
        }
    }

    /// Takes over what has no living owner and falls to this node.
    async fn round(&self) {
        let me = self.heart.mine().process;
        if !self.heart.accepting().contains(&me) {
            return;
        }
        // Its owner may be the dead one: whoever asks first has it.
        let seen = self.routing.look(&routing_domain(), Look::OnlineSessions).await;
        let online = match seen {
            Ok(Sight::OnlineSessions(online)) => online,
            Ok(other) => return tracing::error!(?other, "a sight of another form"),
            Err(error) => return tracing::debug!(%error, "the online sessions are not known"),
        };
        let accepting = self.heart.accepting();
        self.at_peace.borrow_mut().retain(|_, seen| seen.elapsed() < IN_PEACE);
        let orphans = online.into_iter().filter(|one| {
            let thing = ThingId(one.interaction.0.clone());
            let lives = one.owner.as_ref().is_some_and(|owner| self.heart.is_living(owner));
            let is_served = lives || self.sessions.is_active(&thing);
            let is_at_peace = self.at_peace.borrow().contains_key(&thing);
            !is_served && !is_at_peace && place(&thing, &accepting) == Some(&me)
        });
        let orphans: Vec<_> = orphans.map(|one| (ThingId(one.interaction.0), one.owner)).collect();
        if !orphans.is_empty() {
            self.adopt(orphans).await;
        }
    }

    async fn adopt(&self, orphans: Vec<(ThingId, Option<Process>)>) {
        let n_orphans = orphans.len();
        let mut pace = Pace::new(self.rate);
        let mut left = orphans.into_iter();
        while left.len() > 0 {
            let n = pace.allow(self.clock.now());
            pace.went(n);
            for (thing, _) in left.by_ref().take(n) {
                let (sessions, at_peace) = (self.sessions.clone(), self.at_peace.clone());
                let fate = self.fate;
                actix::spawn(async move { adopt_one(&sessions, &at_peace, thing, fate).await });
            }
            sleep(TICK).await;
        }
        tracing::info!(n_orphans, "sessions of a dead node are looked after");
    }
}

async fn adopt_one(sessions: &Things<Session>, at_peace: &AtPeace, thing: ThingId, fate: Fate) {
    match settle(sessions, &thing, fate).await {
        Err(Absent::Asleep { .. } | Absent::Closed) => {
            at_peace.borrow_mut().insert(thing, Instant::now());
        }
        // It is looked after: here, or somebody was quicker.
        Ok(()) | Err(Absent::Elsewhere(_) | Absent::NotFound) => {}
        Err(
            absent @ (Absent::InRepair
            | Absent::NotRestored
            | Absent::AwaitsRestoration
            | Absent::Unavailable(_)),
        ) => {
            tracing::warn!(%thing, %absent, "not taken over yet");
        }
    }
}
