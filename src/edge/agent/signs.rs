//! A desk that asks for something shows that its agent works. The domain hears of it, and not of each
//! frame.

use super::visitor::Visitor;
use crate::base::Millis;
use crate::interaction::Command;
use std::time::Duration;
use tokio::task::spawn_local;

/// So long after a sign there is none. The domain's rules allow for it.
const APART: Duration = Duration::from_secs(10);

#[derive(Default)]
pub struct Signs {
    last: Option<Millis>,
}

impl Signs {
    /// Whoever does not hear of it hears the next one.
    pub fn give(&mut self, visitor: &Visitor) {
        let now = visitor.handles.now();
        if self.last.is_some_and(|last| now < last + APART) {
            return;
        }
        self.last = Some(now);
        let (handles, agent) = (visitor.handles.clone(), visitor.identity.agent.clone());
        spawn_local(async move {
            let work = Command::Work { agent };
            if let Err(error) = handles.routing.perform(&handles.routing_domain, work).await {
                tracing::debug!(%error, "the domain did not hear that an agent works");
            }
        });
    }
}
