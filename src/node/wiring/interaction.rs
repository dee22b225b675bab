//! Effects of the routing domain: sessions whose interaction was stopped end, and operators hear
//! warnings.

use crate::base::{Claim, Clock, Millis, SessionId};
use crate::chat::{Command, LeaveReason};
use crate::interaction::{Domain, Effect, Policy};
use crate::node::wiring::chat::Ways;
use crate::owned::{Log, Shell};
use crate::telemetry::Health;
use arc_swap::ArcSwapOption;
use std::sync::Arc;

/// How many wishes may wait for the domain. Everybody of a site speaks to this one: after a node died or
/// was drained all of its sessions tell their new address at once. What waits is decided together.
const MOST_WAITING: usize = 4_096;

/// The shell of the routing domain.
pub struct RoutingShell {
    pub clock: Arc<dyn Clock>,
    pub log: Arc<dyn Log<Domain>>,
    pub health: Arc<Health>,
    pub policy: Arc<Policy>,
    pub ways: Arc<ArcSwapOption<Ways>>,
}

impl Shell<Domain> for RoutingShell {
    fn now(&self) -> Millis {
        self.clock.now()
    }

    fn log(&self) -> &dyn Log<Domain> {
        &*self.log
    }

    fn policy(&self) -> Arc<Policy> {
        self.policy.clone()
    }

    fn served_since(&self) -> Option<Millis> {
        self.health.store_works_since()
    }

    fn most_waiting(&self) -> usize {
        MOST_WAITING
    }

    fn carry_out(&self, _: &Claim, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::InteractionStopped { interaction, submitted_by, reason } => {
                    if submitted_by.0 == "chat" {
                        tracing::debug!(%interaction, reason, "its session is ended");
                        self.end_session(SessionId(interaction.0));
                    }
                }
                Effect::Warn(warning) => tracing::warn!("{warning}"),
            }
        }
    }
}

impl RoutingShell {
    /// Nobody will handle the interaction any more. The domain tells it again until the session has
    /// reported its end.
    fn end_session(&self, session: SessionId) {
        let Some(ways) = self.ways.load_full() else { return };
        actix::spawn(async move {
            let close = Command::Close(LeaveReason::RemovedByServer);
            if let Err(error) = ways.sessions.perform(&(&session).into(), close).await {
                tracing::debug!(%session, %error, "not ended");
            }
        });
    }
}
