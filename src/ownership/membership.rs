//! Which nodes live, as far as one of them can see. Pure, and never a proof: who is wrongly held for
//! dead loses nothing but a needless move, for the store fences it.
//!
//! A heartbeat is judged by whether it *changes* within the watcher's own time, so that no two clocks
//! are ever compared; and only while the watcher's own heartbeats succeed, for one who is cut off
//! must not hold everybody else for dead.

use crate::base::{Millis, NodeId, Process};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The form of rows, of logs and of the link that this version writes. One more or less is understood,
/// but for logs: what has a higher one is handed to nobody with a lower one (decision 0052).
pub const PROTOCOL: i32 = 2;

/// How often a node says that it lives.
pub const BEAT: Duration = Duration::from_secs(1);

/// After so long without a new heartbeat, and without a link, a node is held for dead.
pub const SILENCE: Duration = Duration::from_secs(5);

/// What a node says of itself: one row of `members`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub process: Process,
    /// Where its peer link listens, `host:port`.
    pub address: String,
    pub state: MemberState,
    /// The protocol it speaks.
    pub version: i32,
    /// The version of its program, for people.
    pub program: String,
    /// How many sessions it owns.
    pub n_sessions: u64,
    /// How many of them are still to be moved, while it drains.
    pub n_left: u64,
    /// How many lanes it has opened.
    pub n_lanes: u32,
    /// When it said so, by its own clock. Only its change counts.
    pub seen: Millis,
}

/// Where a node stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MemberState {
    Starting,
    /// It takes new sessions.
    Accepting,
    /// It serves what it has and takes nothing new.
    Draining,
    /// It owns nothing any more, and forwards until it ends.
    Leaving,
}

impl MemberState {
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Accepting => "accepting",
            Self::Draining => "draining",
            Self::Leaving => "leaving",
        }
    }

    pub fn named(name: &str) -> Option<Self> {
        let all = [Self::Starting, Self::Accepting, Self::Draining, Self::Leaving];
        all.into_iter().find(|state| state.name() == name)
    }
}

/// What others may ask of the membership, at any moment.
pub trait View: Send + Sync {
    /// Whether a process is worth being asked.
    fn is_living(&self, process: &Process) -> bool;

    /// All who can be asked to take something new, this process included if it can.
    fn accepting(&self) -> Vec<Process>;
}

/// The view of a node that is alone.
#[derive(Clone, Debug)]
pub struct Alone(pub Process);

impl View for Alone {
    fn is_living(&self, process: &Process) -> bool {
        self.0 == *process
    }

    fn accepting(&self) -> Vec<Process> {
        vec![self.0.clone()]
    }
}

/// What one node knows of all.
#[derive(Clone, Debug)]
pub struct Membership {
    me: Process,
    known: BTreeMap<Process, Sighting>,
    linked: BTreeSet<NodeId>,
    /// How much of the watcher's time has passed while its own heartbeats succeeded.
    watched: Duration,
    last_look: Option<Millis>,
}

#[derive(Clone, Debug)]
struct Sighting {
    member: Member,
    /// When, in watched time, its heartbeat changed last.
    changed: Duration,
}

impl Membership {
    pub fn new(me: Process) -> Self {
        Self {
            me,
            known: BTreeMap::new(),
            linked: BTreeSet::new(),
            watched: Duration::ZERO,
            last_look: None,
        }
    }

    /// Takes in all rows, read after an own heartbeat was acknowledged. Tells who is gone since the
    /// last look.
    pub fn look(&mut self, rows: Vec<Member>, now: Millis) -> Vec<Process> {
        let before: BTreeSet<_> = self.living().map(|member| member.process.clone()).collect();
        let passed = self.last_look.map_or(Duration::ZERO, |last| now.since(last));
        self.watched += passed.min(2 * BEAT);
        self.last_look = Some(now);
        let listed: BTreeSet<_> = rows.iter().map(|member| member.process.clone()).collect();
        self.known.retain(|process, _| listed.contains(process));
        for member in rows {
            self.sight(member);
        }
        let after: BTreeSet<_> = self.living().map(|member| member.process.clone()).collect();
        before.difference(&after).cloned().collect()
    }

    /// The own heartbeat or the look failed: no time counts until the next one.
    pub fn look_failed(&mut self) {
        self.last_look = None;
    }

    /// Notes whether there is a link to a node.
    pub fn link(&mut self, node: &NodeId, is_up: bool) {
        if is_up {
            self.linked.insert(node.clone());
        } else {
            self.linked.remove(node);
        }
    }

    /// All who live, this process included once its row was read.
    pub fn living(&self) -> impl Iterator<Item = &Member> {
        self.known.values().map(|sighting| &sighting.member).filter(|member| self.lives(member))
    }

    /// All rows that were read last, with whether they count as living.
    pub fn all(&self) -> impl Iterator<Item = (&Member, bool)> {
        self.known.values().map(|sighting| (&sighting.member, self.lives(&sighting.member)))
    }

    pub fn is_living(&self, process: &Process) -> bool {
        *process == self.me
            || self.known.get(process).is_some_and(|sighting| self.lives(&sighting.member))
    }

    /// Rows that nobody needs any more: their process was succeeded by another of the same node, or
    /// has said nothing for very long.
    pub fn forgettable(&self, after: Duration) -> Vec<Process> {
        let old = |sighting: &&Sighting| {
            let is_old = after < self.watched.saturating_sub(sighting.changed);
            !self.lives(&sighting.member) && (is_old || self.is_succeeded(&sighting.member))
        };
        self.known.values().filter(old).map(|sighting| sighting.member.process.clone()).collect()
    }

    fn sight(&mut self, member: Member) {
        let watched = self.watched;
        match self.known.get_mut(&member.process) {
            Some(sighting) => {
                if sighting.member.seen != member.seen {
                    sighting.changed = watched;
                }
                sighting.member = member;
            }
            None => {
                let sighting = Sighting { member: member.clone(), changed: watched };
                self.known.insert(member.process, sighting);
            }
        }
    }

    fn lives(&self, member: &Member) -> bool {
        if member.process == self.me {
            return true;
        }
        let Some(sighting) = self.known.get(&member.process) else { return false };
        let is_silent = SILENCE <= self.watched.saturating_sub(sighting.changed);
        let is_linked = self.linked.contains(&member.process.node);
        !self.is_succeeded(member) && (is_linked || !is_silent)
    }

    /// Whether the same node has started again since. Whose heartbeat changed last is the newer one:
    /// a clock that was set back between two starts says the opposite.
    fn is_succeeded(&self, member: &Member) -> bool {
        let Some(known) = self.known.get(&member.process) else { return false };
        self.known.values().any(|other| {
            other.member.process.node == member.process.node
                && other.member.process.boot != member.process.boot
                && known.changed < other.changed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_says_nothing_for_long_and_has_no_link_is_held_for_dead() {
        let mut view = Membership::new(process("a", "1"));
        look_for(&mut view, 0..=4, 7);
        assert!(view.is_living(&process("b", "1")));

        let gone = look_for(&mut view, 5..=6, 7);

        assert_eq!(gone, [process("b", "1")]);
        assert!(!view.is_living(&process("b", "1")));
        assert!(view.is_living(&process("a", "1")), "oneself always lives");
    }

    #[test]
    fn a_link_keeps_a_silent_node_alive() {
        let mut view = Membership::new(process("a", "1"));
        view.link(&"b".into(), true);
        assert_eq!(look_for(&mut view, 0..=20, 7), []);

        view.link(&"b".into(), false);

        assert_eq!(look_for(&mut view, 21..=21, 7), []);
        assert!(!view.is_living(&process("b", "1")));
    }

    #[test]
    fn a_watcher_who_is_cut_off_holds_nobody_for_dead() {
        let mut view = Membership::new(process("a", "1"));
        look_for(&mut view, 0..=1, 7);
        view.look_failed();

        assert_eq!(look_for(&mut view, 60..=61, 7), []);

        assert!(view.is_living(&process("b", "1")));
    }

    #[test]
    fn a_heartbeat_counts_by_its_change_whatever_its_clock_says() {
        let mut view = Membership::new(process("a", "1"));
        for second in 0..20 {
            let gone = view.look(vec![member("b", "1", 1_000_000 - second)], at(second));
            assert_eq!(gone, []);
        }
    }

    #[test]
    fn a_node_that_started_again_is_another_process() {
        let mut view = Membership::new(process("a", "1"));
        view.look(vec![member("b", "1", 7)], at(0));

        let gone = view.look(vec![member("b", "1", 7), member("b", "2", 8)], at(1));

        assert_eq!(gone, [process("b", "1")]);
        assert_eq!(view.forgettable(Duration::from_secs(3_600)), [process("b", "1")]);
    }

    #[test]
    fn a_node_whose_clock_was_set_back_before_it_started_again_lives() {
        let mut view = Membership::new(process("a", "1"));
        view.look(vec![member("b", "1", 9_000)], at(0));

        let gone = view.look(vec![member("b", "1", 9_000), member("b", "2", 5)], at(1));

        assert_eq!(gone, [process("b", "1")]);
        assert!(view.is_living(&process("b", "2")));
    }

    #[test]
    fn who_took_his_row_away_is_gone_at_once() {
        let mut view = Membership::new(process("a", "1"));
        view.look(vec![member("b", "1", 7)], at(0));

        assert_eq!(view.look(vec![], at(1)), [process("b", "1")]);
    }

    /// One look a second at a node whose heartbeat stands still.
    fn look_for(
        view: &mut Membership,
        seconds: std::ops::RangeInclusive<u64>,
        seen: u64,
    ) -> Vec<Process> {
        seconds.flat_map(|second| view.look(vec![member("b", "1", seen)], at(second))).collect()
    }

    fn at(second: u64) -> Millis {
        Millis(second * 1_000)
    }

    fn process(node: &str, boot: &str) -> Process {
        Process { node: node.into(), boot: boot.into() }
    }

    fn member(node: &str, boot: &str, seen: u64) -> Member {
        Member {
            process: process(node, boot),
            address: "127.0.0.1:1".into(),
            state: MemberState::Accepting,
            version: PROTOCOL,
            program: "0".into(),
            n_sessions: 0,
            n_left: 0,
            n_lanes: 1,
            seen: Millis(seen),
        }
    }
}
