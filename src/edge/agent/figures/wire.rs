//! Figures as they stand on the wire. Times in a state come as what is over and since when the state
//! lasts, so that they do not change by the mere flow of time.

use crate::edge::agent::wire::time;
use crate::interaction::MediaType;
use crate::interaction::statistics::{
    AgentRow, GroupMedia, GroupRow, MediaRow, PlaceRow, QueueRow, RealTime, Spell, ViewRow,
    WITHIN_SECONDS,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Figures {
    time: String,
    /// When the day began for which is counted.
    since: String,
    queues: Vec<Queue>,
    agents: Vec<Agent>,
    groups: Vec<Group>,
    places: Vec<Place>,
    views: Vec<View>,
}

/// Rows that are new or other than they were, and the names of those that are gone.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changes {
    time: String,
    queues: Vec<Queue>,
    agents: Vec<Agent>,
    gone_queues: Vec<QueueKey>,
    gone_agents: Vec<String>,
    groups: Vec<Group>,
    gone_groups: Vec<String>,
    places: Vec<Place>,
    gone_places: Vec<String>,
    views: Vec<View>,
    gone_views: Vec<ViewKey>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ViewKey {
    queue: String,
    view: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QueueKey {
    queue: String,
    media: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Queue {
    #[serde(flatten)]
    key: QueueKey,
    waiting: u64,
    offered: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_since: Option<String>,
    entered: u64,
    answered: u64,
    abandoned: u64,
    stopped: u64,
    moved: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_answer_ms: Option<u64>,
    longest_answer_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_abandon_ms: Option<u64>,
    longest_abandon_ms: u64,
    /// Within so many seconds: the share of those who were answered or gave up.
    service_level: BTreeMap<u64, f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Agent {
    agent: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    is_logged_in: bool,
    logged_in: State,
    busy: State,
    /// The share of his time in which he was busy.
    #[serde(skip_serializing_if = "Option::is_none")]
    occupancy: Option<f64>,
    media: Vec<Media>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Media {
    media: String,
    ready: State,
    not_ready: BTreeMap<String, State>,
    delivering: State,
    handling: State,
    open: u64,
    offered: u64,
    accepted: u64,
    rejected: u64,
    missed: u64,
    withdrawn: u64,
    handled: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_handle_ms: Option<u64>,
    longest_handle_ms: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    group: String,
    logged_in: u64,
    busy: u64,
    media: Vec<GroupOfMedia>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct GroupOfMedia {
    media: String,
    ready: u64,
    not_ready: u64,
    open: u64,
    offered: u64,
    accepted: u64,
    rejected: u64,
    missed: u64,
    withdrawn: u64,
    handled: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_handle_ms: Option<u64>,
    longest_handle_ms: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    place: String,
    agents: Vec<String>,
    occupied: State,
    busy: State,
    media: Vec<GroupOfMedia>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct View {
    #[serde(flatten)]
    key: ViewKey,
    waiting: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    waiting_since: Option<String>,
    /// There is more than was looked at.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    at_least: bool,
    in_hand: u64,
    taken: u64,
    routed: u64,
    moved: u64,
    stopped: u64,
    returned: u64,
    abandoned: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    average_take_ms: Option<u64>,
    longest_take_ms: u64,
}

#[derive(Serialize)]
struct State {
    ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
}

pub fn figures(seen: &RealTime) -> Figures {
    Figures {
        time: time(seen.now),
        since: time(seen.since),
        queues: seen.queues.iter().map(queue).collect(),
        agents: seen.agents.iter().map(|row| agent(row, seen)).collect(),
        groups: seen.groups.iter().map(group).collect(),
        places: seen.places.iter().map(place).collect(),
        views: seen.views.iter().map(view).collect(),
    }
}

pub fn changes(before: &RealTime, seen: &RealTime) -> Changes {
    let old_queues: BTreeMap<_, _> = before.queues.iter().map(|row| (row_key(row), row)).collect();
    let old_agents: BTreeMap<_, _> = before.agents.iter().map(|row| (&row.agent, row)).collect();
    let queues: BTreeMap<_, _> = seen.queues.iter().map(|row| (row_key(row), row)).collect();
    let agents: BTreeMap<_, _> = seen.agents.iter().map(|row| (&row.agent, row)).collect();
    let (groups, gone_groups) = differing(&before.groups, &seen.groups, |row| &row.group);
    let (places, gone_places) = differing(&before.places, &seen.places, |row| &row.place);
    let (views, gone_views) = differing(&before.views, &seen.views, |row| (&row.queue, &row.view));
    let gone_queues = old_queues.values().filter(|row| !queues.contains_key(&row_key(row)));
    let gone_agents = old_agents.keys().filter(|name| !agents.contains_key(*name));
    Changes {
        time: time(seen.now),
        gone_queues: gone_queues.map(|row| queue(row).key).collect(),
        gone_agents: gone_agents.map(|name| name.0.clone()).collect(),
        queues: queues
            .iter()
            .filter(|(key, row)| old_queues.get(*key) != Some(*row))
            .map(|(_, row)| queue(row))
            .collect(),
        agents: agents
            .iter()
            .filter(|(name, row)| old_agents.get(*name) != Some(*row))
            .map(|(_, row)| agent(row, seen))
            .collect(),
        groups: groups.into_iter().map(group).collect(),
        gone_groups: gone_groups.iter().map(|row| row.group.0.clone()).collect(),
        places: places.into_iter().map(place).collect(),
        gone_places: gone_places.iter().map(|row| row.place.clone()).collect(),
        views: views.into_iter().map(view).collect(),
        gone_views: gone_views.iter().map(|row| view(row).key).collect(),
    }
}

/// Rows that are other than before, and those that are gone.
fn differing<'a, R: PartialEq, K: Ord>(
    before: &'a [R],
    seen: &'a [R],
    key: impl Fn(&'a R) -> K,
) -> (Vec<&'a R>, Vec<&'a R>) {
    let old: BTreeMap<K, &R> = before.iter().map(|row| (key(row), row)).collect();
    let new: BTreeSet<K> = seen.iter().map(&key).collect();
    let differ = seen.iter().filter(|row| old.get(&key(row)) != Some(row));
    let gone = before.iter().filter(|row| !new.contains(&key(row)));
    (differ.collect(), gone.collect())
}

impl Changes {
    pub fn is_empty(&self) -> bool {
        let rows = self.queues.len() + self.agents.len() + self.groups.len();
        let n_gone = self.gone_queues.len() + self.gone_agents.len() + self.gone_groups.len();
        let of_places = self.places.len() + self.gone_places.len();
        rows + n_gone + of_places + self.views.len() + self.gone_views.len() == 0
    }
}

fn row_key(row: &QueueRow) -> (&str, &str) {
    (&row.queue.0, &row.media.0)
}

fn queue(row: &QueueRow) -> Queue {
    let today = &row.today;
    let levels = WITHIN_SECONDS.iter().filter_map(|seconds| {
        let thousandths = today.service_level(*seconds)?;
        Some((*seconds, share(thousandths, 1_000)?))
    });
    Queue {
        key: QueueKey { queue: row.queue.0.clone(), media: row.media.0.clone() },
        waiting: row.n_waiting,
        offered: row.n_offered,
        waiting_since: row.waiting_since.map(time),
        entered: today.n_entered,
        answered: today.n_answered,
        abandoned: today.n_abandoned,
        stopped: today.n_stopped,
        moved: today.n_moved,
        average_answer_ms: today.answered_wait_ms.checked_div(today.n_answered),
        longest_answer_ms: today.longest_answered_wait_ms,
        average_abandon_ms: today.abandoned_wait_ms.checked_div(today.n_abandoned),
        longest_abandon_ms: today.longest_abandoned_wait_ms,
        service_level: levels.collect(),
    }
}

fn agent(row: &AgentRow, seen: &RealTime) -> Agent {
    let (busy, logged_in) = (row.busy.upto(seen.now), row.logged_in.upto(seen.now));
    Agent {
        agent: row.agent.0.clone(),
        place: row.place.clone(),
        is_logged_in: row.is_logged_in,
        logged_in: state(&row.logged_in),
        busy: state(&row.busy),
        occupancy: share(millis(busy), millis(logged_in)),
        media: row.media.iter().map(media).collect(),
    }
}

fn media(row: &MediaRow) -> Media {
    let not_ready = row.not_ready.iter();
    Media {
        media: row.media.0.clone(),
        ready: state(&row.ready),
        not_ready: not_ready.map(|(reason, spell)| (reason.clone(), state(spell))).collect(),
        delivering: state(&row.delivering),
        handling: state(&row.handling),
        open: row.n_open,
        offered: row.n_offered,
        accepted: row.n_accepted,
        rejected: row.n_rejected,
        missed: row.n_missed,
        withdrawn: row.n_withdrawn,
        handled: row.n_handled,
        average_handle_ms: millis(row.handled).checked_div(row.n_handled),
        longest_handle_ms: millis(row.longest_handled),
    }
}

fn group(row: &GroupRow) -> Group {
    let (logged_in, busy) = (row.n_logged_in, row.n_busy);
    Group { group: row.group.0.clone(), logged_in, busy, media: sums_of_media(&row.media) }
}

fn sums_of_media(media: &BTreeMap<MediaType, GroupMedia>) -> Vec<GroupOfMedia> {
    let media = media.iter().map(|(media, sums)| GroupOfMedia {
        media: media.0.clone(),
        ready: sums.n_ready,
        not_ready: sums.n_not_ready,
        open: sums.n_open,
        offered: sums.n_offered,
        accepted: sums.n_accepted,
        rejected: sums.n_rejected,
        missed: sums.n_missed,
        withdrawn: sums.n_withdrawn,
        handled: sums.n_handled,
        average_handle_ms: millis(sums.handled).checked_div(sums.n_handled),
        longest_handle_ms: millis(sums.longest_handled),
    });
    media.collect()
}

fn place(row: &PlaceRow) -> Place {
    Place {
        place: row.place.clone(),
        agents: row.agents.iter().map(|agent| agent.0.clone()).collect(),
        occupied: state(&row.occupied),
        busy: state(&row.busy),
        media: sums_of_media(&row.media),
    }
}

fn view(row: &ViewRow) -> View {
    let today = &row.today;
    View {
        key: ViewKey { queue: row.queue.0.clone(), view: row.view.clone() },
        waiting: row.n_waiting,
        waiting_since: row.waiting_since.map(time),
        at_least: !row.is_whole,
        in_hand: row.n_in_hand,
        taken: today.n_taken,
        routed: today.n_routed,
        moved: today.n_moved,
        stopped: today.n_stopped,
        returned: today.n_returned,
        abandoned: today.n_abandoned,
        average_take_ms: today.taken_wait_ms.checked_div(today.n_taken),
        longest_take_ms: today.longest_taken_wait_ms,
    }
}

fn state(spell: &Spell) -> State {
    State { ms: millis(spell.past()), since: spell.since().map(time) }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// In thousandths, which is as exact as anybody needs it.
fn share(part: u64, whole: u64) -> Option<f64> {
    let thousandths = u32::try_from((part.saturating_mul(1_000)).checked_div(whole)?).ok()?;
    Some(f64::from(thousandths) / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Millis;
    use crate::interaction::statistics::PlaceTally;
    use crate::interaction::statistics::view::view_row;
    use std::sync::Arc;

    #[test]
    fn only_rows_that_are_other_than_before_are_told_and_the_flow_of_time_changes_none() {
        let before = RealTime {
            now: Millis(1_000),
            since: Millis(0),
            queues: vec![row("sales", 1), row("support", 2), row("gone", 0)],
            agents: vec![ada()],
            groups: vec![group_of("sales", 1), group_of("vip", 1)],
            places: vec![place_of("desk-1", &["ada"]), place_of("desk-2", &[])],
            views: vec![view_of("all", 1), view_of("rest", 1)],
        };
        let later = RealTime { now: Millis(9_000), ..before.clone() };
        assert!(changes(&before, &later).is_empty());

        let queues = vec![row("new", 1), row("sales", 1), row("support", 3)];
        let places = vec![place_of("desk-1", &["ada", "bob"])];
        let (groups, views) = (vec![group_of("sales", 2)], vec![view_of("rest", 2)]);
        let now = RealTime { queues, agents: vec![], groups, places, views, ..later };
        let seen = changes(&before, &now);

        let told: Vec<_> = seen.queues.iter().map(|row| row.key.queue.as_str()).collect();
        assert_eq!(told, ["new", "support"]);
        assert_eq!(seen.gone_queues[0].queue, "gone");
        assert_eq!(seen.gone_agents, ["ada"]);
        assert_eq!((seen.groups[0].group.as_str(), seen.groups[0].logged_in), ("sales", 2));
        assert_eq!(seen.gone_groups, ["vip"]);
        assert_eq!((&seen.places[0].agents[1], seen.places.len()), (&"bob".to_owned(), 1));
        assert_eq!(seen.gone_places, ["desk-2"]);
        assert_eq!((seen.views[0].key.view.as_str(), seen.views[0].waiting), ("rest", 2));
        assert_eq!(seen.gone_views[0].view, "all");
    }

    #[test]
    fn shares_of_nothing_are_not_told() {
        assert_eq!(share(1, 3), Some(0.333));
        assert_eq!(share(0, 0), None);
    }

    fn row(queue: &str, n_waiting: u64) -> QueueRow {
        QueueRow {
            queue: queue.into(),
            media: "chat".into(),
            n_waiting,
            n_offered: 0,
            waiting_since: None,
            today: Arc::default(),
        }
    }

    fn group_of(name: &str, n_logged_in: u64) -> GroupRow {
        GroupRow { n_logged_in, ..GroupRow::new(name.into()) }
    }

    fn place_of(name: &str, agents: &[&str]) -> PlaceRow {
        let agents = agents.iter().map(|agent| (*agent).into()).collect();
        PlaceRow { agents, ..PlaceTally::default().row(name) }
    }

    fn view_of(name: &str, n_waiting: u64) -> ViewRow {
        ViewRow { n_waiting, ..view_row(&("support".into(), name.to_owned())) }
    }

    fn ada() -> AgentRow {
        let mut logged_in = Spell::default();
        logged_in.begin(Millis(500));
        AgentRow {
            agent: "ada".into(),
            place: None,
            is_logged_in: true,
            groups: vec![],
            logged_in,
            busy: Spell::default(),
            media: vec![],
        }
    }
}
