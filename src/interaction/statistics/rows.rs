//! What is shown of the statistics at a moment: one row for each medium of a queue, one for each
//! agent.

use crate::base::{AgentId, Millis};
use crate::interaction::ids::{MediaType, QueueName};
use crate::interaction::state::Domain;
use crate::interaction::statistics::agent::{AgentTally, MediaTally};
use crate::interaction::statistics::is_waiting;
use crate::interaction::statistics::queue::QueueTally;
use crate::interaction::statistics::spell::Spell;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealTime {
    pub now: Millis,
    /// When the day began for which is counted.
    pub since: Millis,
    pub queues: Vec<QueueRow>,
    pub agents: Vec<AgentRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    pub queue: QueueName,
    pub media: MediaType,
    pub n_waiting: u64,
    /// Of those, how many are offered to an agent.
    pub n_offered: u64,
    /// Since when the first of them waits.
    pub waiting_since: Option<Millis>,
    pub today: Arc<QueueTally>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRow {
    pub agent: AgentId,
    /// The place at which he is logged in; nothing, if he is not, or at none.
    pub place: Option<String>,
    pub is_logged_in: bool,
    pub logged_in: Spell,
    /// With one interaction at least, of whatever medium.
    pub busy: Spell,
    pub media: Vec<MediaRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaRow {
    pub media: MediaType,
    pub ready: Spell,
    /// By reason.
    pub not_ready: BTreeMap<String, Spell>,
    pub delivering: Spell,
    pub handling: Spell,
    /// How many he handles at this moment.
    pub n_open: u64,
    pub n_offered: u64,
    pub n_accepted: u64,
    pub n_rejected: u64,
    pub n_missed: u64,
    pub n_withdrawn: u64,
    pub n_handled: u64,
    pub handled: Duration,
    pub longest_handled: Duration,
}

impl Domain {
    /// The figures at a moment.
    pub fn real_time(&self, now: Millis) -> RealTime {
        let mut statistics = self.statistics.clone();
        statistics.begin_day_of(now);
        let agents = statistics.agents.iter().map(|(agent, tally)| agent_row(self, agent, tally));
        let agents = agents.collect();
        let since = statistics.day;
        let mut queues: BTreeMap<(QueueName, MediaType), QueueRow> = BTreeMap::new();
        for (key, tally) in &statistics.queues {
            queues.insert(key.clone(), QueueRow { today: tally.clone(), ..row_of(key) });
        }
        self.count_waiting(&mut queues);
        RealTime { now, since, queues: queues.into_values().collect(), agents }
    }

    fn count_waiting(&self, queues: &mut BTreeMap<(QueueName, MediaType), QueueRow>) {
        let invited = self.calendar().invitations.values();
        let waiting = self.waiting().all().chain(invited).filter_map(|id| self.interaction(id));
        for one in waiting.filter(|one| is_waiting(one)) {
            let key = (one.queue.clone(), one.attributes.media.clone());
            let row = queues.entry(key.clone()).or_insert_with(|| row_of(&key));
            row.n_waiting += 1;
            row.n_offered += u64::from(one.invited().is_some());
            let earlier = row.waiting_since.map_or(one.placed_at, |since| since.min(one.placed_at));
            row.waiting_since = Some(earlier);
        }
    }
}

fn row_of((queue, media): &(QueueName, MediaType)) -> QueueRow {
    QueueRow {
        queue: queue.clone(),
        media: media.clone(),
        n_waiting: 0,
        n_offered: 0,
        waiting_since: None,
        today: Arc::default(),
    }
}

fn agent_row(domain: &Domain, agent: &AgentId, tally: &AgentTally) -> AgentRow {
    AgentRow {
        agent: agent.clone(),
        place: domain.agent(agent).and_then(|one| one.place.clone()),
        is_logged_in: domain.agent(agent).is_some(),
        logged_in: tally.logged_in,
        busy: tally.busy,
        media: tally.media.iter().map(|(media, tally)| media_row(media, tally)).collect(),
    }
}

pub(super) fn media_row(media: &MediaType, tally: &MediaTally) -> MediaRow {
    MediaRow {
        media: media.clone(),
        ready: tally.ready,
        not_ready: tally.not_ready.clone(),
        delivering: tally.delivering,
        handling: tally.handling,
        n_open: u64::try_from(tally.open.len()).unwrap_or(u64::MAX),
        n_offered: tally.n_offered,
        n_accepted: tally.n_accepted,
        n_rejected: tally.n_rejected,
        n_missed: tally.n_missed,
        n_withdrawn: tally.n_withdrawn,
        n_handled: tally.n_handled,
        handled: Duration::from_millis(tally.handled_ms),
        longest_handled: Duration::from_millis(tally.longest_handled_ms),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::UserData;
    use crate::interaction::command::{Command, SessionNote, Wanted};
    use crate::interaction::support::Life;

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
