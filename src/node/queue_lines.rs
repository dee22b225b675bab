//! What the page of metrics shows of queues: one line for each that the configuration names, whatever
//! its media, and one for all others together.

use crate::base::Millis;
use crate::interaction::Policy;
use crate::interaction::statistics::{OTHERS, QueueRow, QueueTally, RealTime, WITHIN_SECONDS};
use crate::telemetry::QueueLine;
use std::collections::{BTreeMap, BTreeSet};

/// Names of queues that are labels. What people and media servers name beside them is not.
pub struct Named(BTreeSet<String>);

/// The rows of one queue, all media together.
#[derive(Default)]
struct Sum {
    n_waiting: u64,
    n_offered: u64,
    since: Option<Millis>,
    today: QueueTally,
}

impl Named {
    /// Queues of the workflow, those behind endpoints, and those for what is on hold.
    pub fn by(policy: &Policy) -> Self {
        let of_workflow = policy.workflow.iter().flat_map(|all| all.queues.keys().cloned());
        let behind = policy.endpoints.values().flat_map(|endpoints| endpoints.values());
        let on_hold = policy.scopes.on_hold_queues().map(str::to_owned);
        let all = of_workflow.chain(behind.map(|queue| queue.0.clone())).chain(on_hold);
        Self(all.filter(|name| !name.is_empty()).collect())
    }

    pub fn lines(&self, seen: &RealTime) -> Vec<QueueLine> {
        let named = self.0.iter().map(|name| (name.as_str(), Sum::default()));
        let mut sums: BTreeMap<&str, Sum> = named.collect();
        for row in &seen.queues {
            let name = self.0.get(&row.queue.0).map_or(OTHERS, String::as_str);
            sums.entry(name).or_default().add(row);
        }
        sums.into_iter().map(|(name, sum)| sum.line(name, seen.now)).collect()
    }
}

impl Sum {
    fn add(&mut self, row: &QueueRow) {
        self.n_waiting += row.n_waiting;
        self.n_offered += row.n_offered;
        self.since = self.since.into_iter().chain(row.waiting_since).min();
        self.today.add(&row.today);
    }

    fn line(&self, queue: &str, now: Millis) -> QueueLine {
        let today = &self.today;
        let levels = WITHIN_SECONDS.iter().filter_map(|seconds| {
            let thousandths = u32::try_from(today.service_level(*seconds)?).ok()?;
            Some((*seconds, f64::from(thousandths) / 1_000.0))
        });
        QueueLine {
            queue: queue.to_owned(),
            n_waiting: self.n_waiting,
            n_offered: self.n_offered,
            longest_wait: self.since.map(|since| now.since(since)).unwrap_or_default(),
            today: vec![
                ("entered", today.n_entered),
                ("answered", today.n_answered),
                ("abandoned", today.n_abandoned),
                ("stopped", today.n_stopped),
                ("moved", today.n_moved),
            ],
            service_levels: levels.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::statistics::rows::queue_row;
    use crate::interaction::{MediaType, QueueName};
    use std::sync::Arc;
    use std::time::Duration;

    #[test]
    fn queues_have_their_names_if_they_are_configured_and_count_together_if_not() {
        let policy = Policy {
            endpoints: [("Environment".into(), [("default".into(), "sales".into())].into())].into(),
            ..Policy::default()
        };
        let row = |queue: &str, media: &str, n_waiting| {
            let key = (QueueName::from(queue), MediaType::from(media));
            let today = QueueTally { n_entered: 3, n_abandoned: 1, ..QueueTally::default() };
            let waiting_since = Some(Millis(10_000 + n_waiting));
            QueueRow { n_waiting, waiting_since, today: Arc::new(today), ..queue_row(&key) }
        };
        let seen = RealTime {
            now: Millis(20_001),
            since: Millis(0),
            queues: vec![
                row("made up", "chat", 1),
                row("sales", "chat", 1),
                row("sales", "email", 2),
                row("made up too", "chat", 5),
            ],
            agents: vec![],
            groups: vec![],
            places: vec![],
            views: vec![],
        };

        let lines = Named::by(&policy).lines(&seen);

        let shown: Vec<_> = lines.iter().map(|one| (one.queue.as_str(), one.n_waiting)).collect();
        assert_eq!(shown, [(OTHERS, 6), ("sales", 3)]);
        let sales = &lines[1];
        assert_eq!(sales.longest_wait, Duration::from_secs(10));
        assert_eq!(sales.today[0], ("entered", 6));
        assert_eq!(sales.service_levels[0], (10, 0.0), "two gave up, nobody was answered");
        let quiet = RealTime { queues: vec![], ..seen };
        assert_eq!(Named::by(&policy).lines(&quiet)[0].queue, "sales", "an empty queue is shown");
    }
}
