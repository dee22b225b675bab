//! The figures of a domain at a moment.

use crate::base::Millis;
use crate::interaction::ids::{MediaType, QueueName};
use crate::interaction::state::Domain;
use crate::interaction::statistics::RealTime;
use crate::interaction::statistics::group::group_rows;
use crate::interaction::statistics::place::seat;
use crate::interaction::statistics::rows::{QueueRow, agent_row, queue_row};
use crate::interaction::statistics::view::{ViewKey, ViewRow, view_row};
use crate::interaction::statistics::{Statistics, is_waiting};
use crate::workflow::{Process, view_for};
use std::collections::BTreeMap;

/// How many interactions are compared with the conditions of views for one look. It is made within the
/// domain, for which everybody waits.
const MOST_LOOKED_AT: usize = 1_000;

impl Domain {
    /// The figures at a moment, with the workflow whose views are looked at.
    pub fn real_time(&self, workflow: Option<&Process>, now: Millis) -> RealTime {
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
        let places = statistics.places.iter().map(|(place, tally)| tally.row(place));
        let places = seat(places.collect(), &agents, &statistics.agents);
        let views = self.views(&statistics, workflow, now);
        let queues = queues.into_values().collect();
        RealTime { now, since, queues, agents, groups, places, views }
    }

    fn views(
        &self,
        statistics: &Statistics,
        workflow: Option<&Process>,
        now: Millis,
    ) -> Vec<ViewRow> {
        let mut rows: BTreeMap<ViewKey, ViewRow> = BTreeMap::new();
        for (key, tally) in &statistics.views {
            rows.insert(key.clone(), ViewRow { today: tally.clone(), ..view_row(key) });
        }
        for (key, n_in_hand) in self.in_hand() {
            let row = rows.entry(key.clone()).or_insert_with(|| view_row(key));
            row.n_in_hand = u64::from(*n_in_hand);
        }
        if let Some(process) = workflow {
            self.count_in_views(process, &mut rows, now);
        }
        rows.into_values().collect()
    }

    /// Whether a condition holds may depend on the moment, so it is asked at the moment.
    fn count_in_views(
        &self,
        process: &Process,
        rows: &mut BTreeMap<ViewKey, ViewRow>,
        now: Millis,
    ) {
        let mut n_left = MOST_LOOKED_AT;
        for (name, of_process) in &process.queues {
            let queue = QueueName::from(name.as_str());
            let mut lying = self.left_to_views_of(&queue).filter_map(|id| self.interaction(id));
            for one in lying.by_ref().take(n_left) {
                n_left -= 1;
                let Some(view) = view_for(process, &one.brief(), now).view else { continue };
                let key = (queue.clone(), view.name.clone());
                let row = rows.entry(key.clone()).or_insert_with(|| view_row(&key));
                row.n_waiting += 1;
                let since = row.waiting_since.map_or(one.placed_at, |at| at.min(one.placed_at));
                row.waiting_since = Some(since);
            }
            if lying.next().is_some() {
                for view in &of_process.views {
                    let key = (queue.clone(), view.name.clone());
                    rows.entry(key.clone()).or_insert_with(|| view_row(&key)).is_whole = false;
                }
            }
        }
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
    use crate::interaction::command::{Command, Destination, SessionNote, Submission, Wanted};
    use crate::interaction::support::{Life, chat, connection};
    use crate::owned::Thing;
    use std::sync::Arc;
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
        life.tell("2", [SessionNote::Ended { attached: UserData::default(), and_stop: false }]);
        life.wait_seconds(30);
        life.wish(Command::Leave { agent: "ada".into(), interaction: "1".into() });
        life.wait_seconds(7);

        let figures = life.real_time();

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
    fn views_show_what_waits_for_them_at_the_moment_and_what_they_have_taken() {
        let mut life = Life::new();
        life.policy.workflow = Some(Arc::new(two_views()));
        for id in ["1", "2", "3"] {
            let to = Destination::Queue("q".into());
            life.wish(Command::Submit(Submission { to, ..chat(id) }));
            life.wait_seconds(10);
        }
        let counts = |life: &Life| {
            let views = life.real_time().views.into_iter();
            let counts = |row: ViewRow| (row.view, row.n_waiting, row.n_in_hand, row.today.n_taken);
            views.map(counts).collect::<Vec<_>>()
        };
        let (late, rest) = (|| "late".to_owned(), || "rest".to_owned());
        assert_eq!(counts(&life), [(rest(), 2, 1, 1)], "the rest may have one at a time");

        // Nothing happens, but one has grown old. The view looks again after 1,000 seconds.
        life.now = life.now + Duration::from_secs(35);
        assert_eq!(counts(&life), [(late(), 1, 0, 0), (rest(), 1, 1, 1)]);
        let since = life.real_time().views.iter().map(|row| row.waiting_since).collect::<Vec<_>>();
        assert_eq!(since, [Some(Millis(1_010_000)), Some(Millis(1_020_000))]);
        life.ready_agent("ada");
        life.accept("1");

        let figures = life.real_time();
        let row = figures.views.iter().find(|row| row.view == "rest").unwrap();
        assert_eq!((row.today.n_routed, row.today.longest_taken_wait_ms), (1, 45_000));
        life.restart_from_snapshot();
        assert_eq!(life.real_time().views, figures.views);
    }

    #[test]
    fn of_very_many_only_some_are_looked_at_and_the_row_says_so() {
        let mut life = Life::new();
        life.policy.workflow = Some(Arc::new(two_views()));
        for n in 0..MOST_LOOKED_AT + 4 {
            let to = Destination::Queue(if n < 2 { "z" } else { "q" }.into());
            life.wish(Command::Submit(Submission { to, ..chat(&n.to_string()) }));
        }

        let views = life.real_time().views;

        let row = |name: &str| views.iter().find(|row| row.view == name).unwrap();
        assert_eq!((row("rest").n_waiting, row("rest").is_whole), (MOST_LOOKED_AT as u64, false));
        assert_eq!((row("behind").n_waiting, row("behind").is_whole), (0, false));
    }

    fn two_views() -> Process {
        let reading = Process::read(
            "[queues.q]\nviews = [\n\
             { name = 'late', condition = '_age_in_queue() > 50', check-every = 1000, strategy = 's' },\n\
             { name = 'rest', strategy = 's', limit = 1, check-every = 1000 }]\n\
             [queues.z]\nviews = [{ name = 'behind', strategy = 's', limit = 1 }]\n\
             [strategies.s]\nstart = 'r'\nfault = 'r'\n[strategies.s.blocks]\n\
             r = { do = 'route', targets = ['any'], timeout = 600, timed-out = 'r', queue = 'q' }\n",
        );
        assert!(reading.is_usable(), "{:?}", reading.findings);
        reading.process
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

        let figures = life.real_time();

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

        let figures = life.real_time();
        let [ada, bob] = &figures.agents[..] else { panic!("{figures:?}") };
        let ten = Duration::from_secs(10);
        for one in [ada, bob] {
            assert_eq!(one.logged_in.upto(life.now), ten, "{}", one.agent);
        }
        assert_eq!((ada.busy.upto(life.now), ada.media[0].ready.upto(life.now)), (ten, ten));
        assert_eq!(bob.media[0].not_ready["lunch"].upto(life.now), ten);
        let tomorrow = life.domain.real_time(None, Millis(24 * 60 * 60 * 1_000 + 5_000));
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
        let before = life.real_time();
        assert_eq!(before.agents[0].media[0].n_accepted, 1);
        let tomorrow = Millis(24 * 60 * 60 * 1_000 + 5_000);
        let after = life.domain.real_time(None, tomorrow);

        assert_eq!(after.since, Millis(24 * 60 * 60 * 1_000));
        assert_eq!(after.agents[0].media[0].n_accepted, 0);
        let busy = after.agents[0].busy.upto(tomorrow);
        assert_eq!(busy, Duration::from_secs(5), "he still has it");
        assert!(after.queues.is_empty());
    }
}
