//! What an agent has done with his day.

use crate::base::{AgentId, InteractionId, Millis};
use crate::interaction::agent::{Agent, MediaState};
use crate::interaction::ids::{GroupName, MediaType};
use crate::interaction::statistics::limits::OTHERS;
use crate::interaction::statistics::spell::Spell;
use crate::interaction::statistics::work::Work;
use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Reasons that are told apart for one agent and medium. Agents write them as they like.
pub(super) const MOST_REASONS: usize = 20;

pub type Agents = RedBlackTreeMapSync<AgentId, Arc<AgentTally>>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentTally {
    pub logged_in: Spell,
    /// He handles something, whatever it is.
    pub busy: Spell,
    /// To which he belonged when he came last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<GroupName>,
    /// The place at which he is, as it is counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    pub media: BTreeMap<MediaType, MediaTally>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaTally {
    pub ready: Spell,
    /// By the reason that he gave.
    pub not_ready: BTreeMap<String, Spell>,
    /// Something is offered to him.
    pub delivering: Spell,
    /// He handles at least one.
    pub handling: Spell,
    #[serde(flatten)]
    pub work: Work,
    /// What he handles, and since when.
    pub open: BTreeMap<InteractionId, Millis>,
}

impl AgentTally {
    /// Where he is, if he is logged in at a place.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    pub fn begin_day(&mut self, at: Millis) {
        self.logged_in.begin_day(at);
        self.busy.begin_day(at);
        for tally in self.media.values_mut() {
            tally.begin_day(at);
        }
        self.media.retain(|_, tally| *tally != MediaTally::default());
    }

    /// Begins with an agent as he is.
    pub fn find(&mut self, one: &Agent, at: Millis) {
        self.logged_in.begin(at);
        for (media, state) in &one.media {
            let tally = self.media.entry(media.clone()).or_default();
            match state {
                MediaState::Ready { .. } => tally.turn_ready(at),
                MediaState::NotReady { reason, .. } => tally.turn_not_ready(reason, at),
            }
        }
        for taken in one.invited.values() {
            self.media.entry(taken.media.clone()).or_default().delivering.begin(at);
        }
        for (id, media) in &one.handling {
            self.take_up(media, id, at);
        }
    }

    pub fn log_out(&mut self, at: Millis) {
        self.logged_in.end(at);
        self.place = None;
        for tally in self.media.values_mut() {
            tally.ready.end(at);
            tally.end_not_ready(at);
        }
    }

    pub fn take_up(&mut self, media: &MediaType, id: &InteractionId, at: Millis) {
        self.busy.begin(at);
        let tally = self.media.entry(media.clone()).or_default();
        tally.handling.begin(at);
        tally.open.entry(id.clone()).or_insert(at);
    }

    /// Says how long he has handled it, if he has.
    pub fn put_down(
        &mut self,
        media: &MediaType,
        id: &InteractionId,
        at: Millis,
    ) -> Option<Duration> {
        let handled = self.media.entry(media.clone()).or_default().put_down(id, at);
        if self.media.values().all(|tally| tally.open.is_empty()) {
            self.busy.end(at);
        }
        handled
    }
}

impl MediaTally {
    pub fn turn_ready(&mut self, at: Millis) {
        self.end_not_ready(at);
        self.ready.begin(at);
    }

    pub fn turn_not_ready(&mut self, reason: &str, at: Millis) {
        self.ready.end(at);
        self.end_not_ready(at);
        let is_known = self.not_ready.contains_key(reason);
        let is_too_much = !is_known && MOST_REASONS <= self.not_ready.len();
        let reason = if is_too_much { OTHERS } else { reason };
        self.not_ready.entry(reason.to_owned()).or_default().begin(at);
    }

    pub fn end_not_ready(&mut self, at: Millis) {
        self.not_ready.values_mut().for_each(|spell| spell.end(at));
    }

    fn put_down(&mut self, id: &InteractionId, at: Millis) -> Option<Duration> {
        let handled = at.since(self.open.remove(id)?);
        self.work.handle(handled);
        if self.open.is_empty() {
            self.handling.end(at);
        }
        Some(handled)
    }

    /// What he has at hand goes on, and counts as a whole on the day on which it ends.
    fn begin_day(&mut self, at: Millis) {
        let mut next = Self {
            ready: self.ready,
            not_ready: std::mem::take(&mut self.not_ready),
            delivering: self.delivering,
            handling: self.handling,
            open: std::mem::take(&mut self.open),
            ..Self::default()
        };
        for spell in [&mut next.ready, &mut next.delivering, &mut next.handling] {
            spell.begin_day(at);
        }
        next.not_ready.retain(|_, spell| spell.is_on());
        next.not_ready.values_mut().for_each(|spell| spell.begin_day(at));
        *self = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_beyond_a_number_count_together() {
        let mut tally = MediaTally::default();

        for n in 0..MOST_REASONS + 5 {
            tally.turn_not_ready(&format!("reason {n}"), Millis(1_000 * n as u64));
        }

        assert_eq!(tally.not_ready.len(), MOST_REASONS + 1);
        let others = tally.not_ready[OTHERS].upto(Millis(25_000));
        assert_eq!(others, Duration::from_secs(5));
    }

    #[test]
    fn what_is_handled_over_midnight_counts_as_a_whole_when_it_ends() {
        let (mut tally, chat) = (AgentTally::default(), MediaType::from("chat"));
        tally.take_up(&chat, &"1".into(), Millis(10_000));

        tally.begin_day(Millis(20_000));
        tally.put_down(&chat, &"1".into(), Millis(25_000));

        let of_chats = &tally.media[&chat];
        assert_eq!((of_chats.work.n_handled, of_chats.work.handled_ms), (1, 15_000));
        assert_eq!(of_chats.handling.upto(Millis(30_000)), Duration::from_secs(5));
        assert_eq!(tally.busy.upto(Millis(30_000)), Duration::from_secs(5));
    }
}
