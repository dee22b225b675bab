//! When views look again at what lies in their queues though nothing has happened to it: their
//! conditions look at the time, or they may have no more than so many.

use crate::base::Millis;
use crate::interaction::ids::QueueName;
use crate::interaction::policy::Policy;
use crate::interaction::state::Domain;
use crate::workflow::strategy::Queue;
use crate::workflow::{View, looks_at_time};
use std::collections::BTreeMap;
use std::time::Duration;

/// When each queue is to be looked at next. Kept beside the state: whoever takes it over looks at once.
#[derive(Default)]
pub struct ViewChecks(BTreeMap<QueueName, Millis>);

impl ViewChecks {
    pub fn note(&mut self, domain: &Domain, policy: &Policy, now: Millis) {
        let Some(process) = &policy.workflow else { return self.0.clear() };
        for (name, queue) in &process.queues {
            let Some(every) = check_every(queue) else { continue };
            let name = QueueName::from(name.as_str());
            if domain.left_to_views_of(&name).next().is_none() {
                self.0.remove(&name);
                continue;
            }
            let next = now + every;
            let at = self.0.entry(name).or_insert(next);
            if *at <= now {
                *at = next;
            }
        }
    }

    pub fn due(&self, now: Millis) -> Vec<QueueName> {
        let due = self.0.iter().filter(|(_, at)| **at <= now);
        due.map(|(queue, _)| queue.clone()).collect()
    }

    pub fn next_deadline(&self) -> Option<Millis> {
        self.0.values().min().copied()
    }
}

/// As often as that of its views which looks most often.
fn check_every(queue: &Queue) -> Option<Duration> {
    let timed = queue.views.iter().filter(|view| is_timed(view));
    let every = timed.map(|view| u64::from(view.check_every.max(1))).min()?;
    Some(Duration::from_secs(every))
}

fn is_timed(view: &View) -> bool {
    view.limit.is_some() || view.condition.as_ref().is_some_and(looks_at_time)
}
