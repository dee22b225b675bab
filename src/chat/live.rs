//! Notices that live and are never stored: who is typing, and what. Each gets a number between two
//! positions, so that a client that asks by number sees it once, and no stored event ever has it.

use crate::base::{Millis, ParticipantId, Position};
use crate::chat::event::EventId;
use crate::chat::participant::{Participant, Visibility};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// More often than this, one participant's typing is not news.
const PACE: Duration = Duration::from_secs(2);

#[derive(Clone, Debug, Default)]
pub struct LiveNotices {
    newest: BTreeMap<ParticipantId, LiveNotice>,
    last: EventId,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveNotice {
    pub id: EventId,
    pub at: Millis,
    pub who: ParticipantId,
    pub typing: Typing,
    pub visibility: Visibility,
    pub receiver: Option<ParticipantId>,
    /// What he has typed so far, if his client shows it.
    pub preview: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Typing {
    Started,
    Stopped,
}

impl LiveNotices {
    /// Takes a notice; gives it back numbered if it is news.
    pub fn take(&mut self, mut notice: LiveNotice, last: Position) -> Option<LiveNotice> {
        let known = self.newest.get_mut(&notice.who);
        if let Some(known) = known
            && known.typing == notice.typing
            && known.visibility == notice.visibility
            && known.receiver == notice.receiver
        {
            let is_repeated = notice.at.since(known.at) < PACE;
            if is_repeated || notice.typing == Typing::Stopped {
                known.preview = notice.preview;
                return None;
            }
        }
        let id = self.last.max(EventId::of(last)).next();
        if EventId::of(last.next()) <= id {
            return None;
        }
        self.last = id;
        notice.id = id;
        self.newest.insert(notice.who, notice.clone());
        Some(notice)
    }

    /// Whether somebody has typed within a time.
    pub fn is_anybody_typing(&self, now: Millis, within: Duration) -> bool {
        let typing = |notice: &LiveNotice| notice.typing == Typing::Started;
        self.newest.values().any(|notice| typing(notice) && now.since(notice.at) < within)
    }

    /// Who spoke or left no longer types.
    pub fn forget(&mut self, who: ParticipantId) {
        self.newest.remove(&who);
    }

    /// What a viewer has not seen of others' typing.
    pub fn after(&self, from: EventId, viewer: &Participant) -> Vec<LiveNotice> {
        let others = self.newest.values().filter(|notice| notice.who != viewer.joined.id);
        let mut seen: Vec<_> =
            others.filter(|notice| from <= notice.id && notice.is_for(viewer)).cloned().collect();
        seen.sort_by_key(|notice| notice.id);
        seen
    }
}

impl LiveNotice {
    pub fn is_for(&self, viewer: &Participant) -> bool {
        viewer.is_here()
            && self.receiver.is_none_or(|receiver| receiver == viewer.joined.id)
            && self.visibility.reaches(viewer.joined.role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_is_numbered_between_positions_and_told_once_in_two_seconds() {
        let mut live = LiveNotices::default();
        let at = |at, typing| notice(Millis(at), typing);

        let first = live.take(at(0, Typing::Started), Position(2)).unwrap();
        assert_eq!(first.id, EventId(1_002));
        assert_eq!(live.take(at(1_000, Typing::Started), Position(2)), None);
        assert_eq!(live.take(at(1_500, Typing::Stopped), Position(2)).unwrap().id, EventId(1_003));
        assert_eq!(live.take(at(9_000, Typing::Stopped), Position(2)), None);
        assert_eq!(live.take(at(9_500, Typing::Started), Position(3)).unwrap().id, EventId(2_002));
    }

    #[test]
    fn typing_never_takes_the_number_of_a_later_event() {
        let mut live = LiveNotices::default();
        for n in 0..3_000_u64 {
            let typing = if n % 2 == 0 { Typing::Started } else { Typing::Stopped };
            if let Some(notice) = live.take(notice(Millis(n * 5_000), typing), Position(1)) {
                assert!(notice.id < EventId::of(Position(2)));
            }
        }
    }

    fn notice(at: Millis, typing: Typing) -> LiveNotice {
        LiveNotice {
            id: EventId(0),
            at,
            who: ParticipantId(2),
            typing,
            visibility: Visibility::All,
            receiver: None,
            preview: None,
        }
    }
}
