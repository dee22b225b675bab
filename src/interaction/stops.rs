//! Sessions that must hear that their interaction was stopped: each is told at once, and again until
//! it has reported its end. Kept beside the state, because the state says it all: an interaction that
//! is stopped while its session is online has not been heard of.

use crate::base::{InteractionId, Millis};
use crate::interaction::effect::Effect;
use crate::interaction::event::{Event, Fact};
use crate::interaction::record::{Interaction, SessionPhase, Stage};
use crate::interaction::state::Domain;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// After this long without the session's end a stop is told again.
const TELL_AGAIN: Duration = Duration::from_secs(5);

/// When each is to be told next.
#[derive(Default)]
pub struct Stops(BTreeMap<InteractionId, Millis>);

impl Stops {
    /// Everybody who may not have heard of it from the process before.
    pub fn of(domain: &Domain, now: Millis) -> Self {
        let untold = domain.interactions().filter(|one| one.is_online() && one.is_stopped());
        Self(untold.map(|one| (one.id.clone(), now)).collect())
    }

    pub fn note(&mut self, domain: &Domain, events: &[Arc<Event>], now: Millis) {
        for event in events {
            let Fact::ProcessingStopped { interaction, .. } = &event.fact else { continue };
            let one = domain.interaction(interaction);
            // A session that ended knows; it may even be asleep for good.
            if one.is_some_and(|one| one.session != SessionPhase::Ended) {
                self.0.insert(interaction.clone(), now);
            }
        }
    }

    /// What is to be told now; a session that is online is then told again in its time.
    pub fn due(&mut self, domain: &Domain, now: Millis) -> Vec<Effect> {
        let mut effects = vec![];
        self.0.retain(|id, at| {
            if now < *at {
                return true;
            }
            *at = now + TELL_AGAIN;
            let Some(one) = domain.interaction(id) else { return false };
            effects.extend(stop(one));
            one.is_online()
        });
        effects
    }

    pub fn next_deadline(&self) -> Option<Millis> {
        self.0.values().min().copied()
    }
}

fn stop(one: &Interaction) -> Option<Effect> {
    match &one.stage {
        Stage::Stopped { reason } if one.session != SessionPhase::Ended => {
            Some(Effect::InteractionStopped {
                interaction: one.id.clone(),
                submitted_by: one.attributes.submitted_by.clone(),
                reason: reason.clone(),
            })
        }
        Stage::Stopped { .. }
        | Stage::Queued
        | Stage::Inviting { .. }
        | Stage::Handling
        | Stage::InWorkbin { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::command::{By, SessionNote};
    use crate::interaction::support::Life;

    #[test]
    fn a_session_is_told_of_a_stop_until_it_has_reported_its_end() {
        let mut life = Life::new();
        life.chat("1");
        life.stop("1", By::Operator);
        assert_eq!(n_told(&mut life), 1);

        life.wait_seconds(4);
        assert_eq!(n_told(&mut life), 0);
        life.wait_seconds(6);
        assert_eq!(n_told(&mut life), 2);

        life.tell("1", [SessionNote::Ended { attached: Default::default(), and_stop: false }]);
        life.wait_seconds(20);
        assert_eq!(n_told(&mut life), 0);
    }

    #[test]
    fn a_stop_that_an_earlier_process_told_is_told_again() {
        let mut life = Life::new();
        life.chat("1");
        life.stop("1", By::Operator);
        n_told(&mut life);

        life.restart_from_snapshot();

        assert_eq!(n_told(&mut life), 1);
    }

    fn n_told(life: &mut Life) -> usize {
        let told = std::mem::take(&mut life.effects);
        let is_stop = |effect: &&Effect| matches!(effect, Effect::InteractionStopped { .. });
        told.iter().filter(is_stop).count()
    }
}
