//! The figures of a domain at a moment.

use crate::base::Millis;
use crate::interaction::ids::{MediaType, QueueName};
use crate::interaction::state::Domain;
use crate::interaction::statistics::group::group_rows;
use crate::interaction::statistics::is_waiting;
use crate::interaction::statistics::rows::{QueueRow, RealTime, agent_row, queue_row};
use std::collections::BTreeMap;

impl Domain {
    /// The figures at a moment.
    pub fn real_time(&self, now: Millis) -> RealTime {
        let mut statistics = self.statistics.clone();
        statistics.begin_day_of(now);
        let agents = statistics.agents.iter().map(|(agent, tally)| {
            let logged_in = self.agent(agent).map(|one| &**one);
            agent_row(agent, logged_in, tally)
        });
        let agents: Vec<_> = agents.collect();
        let groups = group_rows(&agents);
        let since = statistics.day;
        let mut queues: BTreeMap<(QueueName, MediaType), QueueRow> = BTreeMap::new();
        for (key, tally) in &statistics.queues {
            queues.insert(key.clone(), QueueRow { today: tally.clone(), ..queue_row(key) });
        }
        self.count_waiting(&mut queues);
        RealTime { now, since, queues: queues.into_values().collect(), agents, groups }
    }

    fn count_waiting(&self, queues: &mut BTreeMap<(QueueName, MediaType), QueueRow>) {
        let invited = self.calendar().invitations.values();
        let waiting = self.waiting().all().chain(invited).filter_map(|id| self.interaction(id));
        for one in waiting.filter(|one| is_waiting(one)) {
            let key = (one.queue.clone(), one.attributes.media.clone());
            let row = queues.entry(key.clone()).or_insert_with(|| queue_row(&key));
            row.n_waiting += 1;
            row.n_offered += u64::from(one.invited().is_some());
            let earlier = row.waiting_since.map_or(one.placed_at, |since| since.min(one.placed_at));
            row.waiting_since = Some(earlier);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::UserData;
    use crate::interaction::command::{Command, SessionNote, Wanted};
    use crate::interaction::support::{Life, connection};
    use crate::owned::Thing;
    use std::time::Duration;

    #[test]
    fn a_morning_in_figures() {
        let mut life = Life::new();
        life.chat("1");
        life.wait_seconds(5);
        life.ready_agent("ada");
        life.wait_seconds(3);
        life.accept("1");
        life.chat("2");
        life.wait_seconds(10);
        life.tell("2", [SessionNote::Ended { attached: UserData::default() }]);
        life.wait_seconds(30);
        life.wish(Command::Leave { agent: "ada".into(), interaction: "1".into() });
        life.wait_seconds(7);

        let figures = life.domain.real_time(life.now);

        let queue = &figures.queues[0];
        assert_eq!((queue.queue.0.as_str(), queue.media.0.as_str()), ("support", "chat"));
        assert_eq!(queue.n_waiting, 1, "it went back into its queue");
        assert_eq!((queue.today.n_entered, queue.today.n_answered), (3, 1));
        assert_eq!((queue.today.n_abandoned, queue.today.abandoned_wait_ms), (1, 10_000));
        assert_eq!(queue.today.answered_wait_ms, 8_000);
        assert_eq!(queue.today.service_level(10), Some(500));
        let [ada] = &figures.agents[..] else { panic!("{figures:?}") };
        assert!(ada.is_logged_in);
        assert_eq!(ada.logged_in.upto(life.now), Duration::from_secs(50));
        assert_eq!(ada.busy.upto(life.now), Duration::from_secs(40));
        let chats = &ada.media[0];
        assert_eq!((chats.n_accepted, chats.n_handled), (1, 1));
        assert_eq!(chats.handled, Duration::from_secs(40));
        assert_eq!(chats.longest_handled, Duration::from_secs(40));
    }

    #[test]
    fn reasons_of_not_being_ready_are_told_apart() {
        let mut life = Life::new();
        life.login("ada", Wanted::NotReady { reason: "lunch".into() });
        life.wait_seconds(20);
        life.wish(Command::Ready { agent: "ada".into(), media: "chat".into() });
        life.wait_seconds(5);
        let (agent, media, reason) = ("ada".into(), "chat".into(), "mail".to_owned());
        life.wish(Command::NotReady { agent, media, reason });
        life.wait_seconds(1);

        let figures = life.domain.real_time(life.now);

        let chats = &figures.agents[0].media[0];
        assert_eq!(chats.ready.upto(life.now), Duration::from_secs(5));
        assert_eq!(chats.not_ready["lunch"].upto(life.now), Duration::from_secs(20));
        assert_eq!(chats.not_ready["mail"].upto(life.now), Duration::from_secs(1));
    }

    #[test]
    fn agents_who_stay_logged_in_while_a_version_without_figures_is_upgraded_are_counted() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        life.login("bob", Wanted::NotReady { reason: "lunch".into() });
        let snapshot = life.domain.snapshot(&life.desks);
        let mut snapshot = serde_json::to_value(snapshot).unwrap();
        snapshot.as_object_mut().unwrap().remove("statistics").unwrap();

        life.begin_from_snapshot(&snapshot.to_string());
        for agent in ["ada", "bob"] {
            let connection = connection(agent);
            life.wish(Command::Resume {
                agent: agent.into(),
                connection,
                begun: None,
                profile: None,
            });
        }
        life.wait_seconds(10);

        let figures = life.domain.real_time(life.now);
        let [ada, bob] = &figures.agents[..] else { panic!("{figures:?}") };
        let ten = Duration::from_secs(10);
        for one in [ada, bob] {
            assert_eq!(one.logged_in.upto(life.now), ten, "{}", one.agent);
        }
        assert_eq!((ada.busy.upto(life.now), ada.media[0].ready.upto(life.now)), (ten, ten));
        assert_eq!(bob.media[0].not_ready["lunch"].upto(life.now), ten);
        let tomorrow = life.domain.real_time(Millis(24 * 60 * 60 * 1_000 + 5_000));
        assert_eq!(tomorrow.agents.len(), 2, "who is logged in is there the day after");
        let handled = &ada.media[0];
        assert_eq!((handled.n_accepted, handled.n_handled), (0, 0), "nobody knows what was before");
    }

    #[test]
    fn the_figures_outlive_the_process_and_begin_anew_at_midnight() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        life.wait_seconds(10);

        life.restart_from_snapshot();
        let before = life.domain.real_time(life.now);
        assert_eq!(before.agents[0].media[0].n_accepted, 1);
        let tomorrow = Millis(24 * 60 * 60 * 1_000 + 5_000);
        let after = life.domain.real_time(tomorrow);

        assert_eq!(after.since, Millis(24 * 60 * 60 * 1_000));
        assert_eq!(after.agents[0].media[0].n_accepted, 0);
        let busy = after.agents[0].busy.upto(tomorrow);
        assert_eq!(busy, Duration::from_secs(5), "he still has it");
        assert!(after.queues.is_empty());
    }
}
