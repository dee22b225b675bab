//! Pushes that could not be taken yet. Those of one chat keep their order behind the first of them; others
//! go on meanwhile.

use crate::base::SessionId;
use std::collections::{BTreeMap, VecDeque};
use tokio::time::Instant;

/// Pushes by chat, with when the first of them is tried again.
pub struct PutOff<P>(BTreeMap<SessionId, (Instant, VecDeque<P>)>);

impl<P> Default for PutOff<P> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<P> PutOff<P> {
    /// Gives a push back, unless it has to wait behind another one of its chat.
    pub fn behind(&mut self, session: &SessionId, push: P) -> Option<P> {
        let Some((_, waiting)) = self.0.get_mut(session) else { return Some(push) };
        waiting.push_back(push);
        None
    }

    /// Puts a push off that was to be the next one of its chat.
    pub fn until(&mut self, at: Instant, session: SessionId, push: P) {
        let (until, waiting) = self.0.entry(session).or_insert_with(|| (at, VecDeque::new()));
        *until = at;
        waiting.push_front(push);
    }

    /// Those of one chat, in their order.
    pub fn of(&mut self, session: &SessionId) -> impl Iterator<Item = &mut P> {
        self.0.get_mut(session).into_iter().flat_map(|(_, waiting)| waiting)
    }

    /// Drops those of a chat that are not to be kept; how many that were.
    pub fn retain(&mut self, session: &SessionId, is_kept: impl Fn(&P) -> bool) -> u64 {
        let Some((_, waiting)) = self.0.get_mut(session) else { return 0 };
        let n_before = waiting.len();
        waiting.retain(is_kept);
        let n_dropped = n_before - waiting.len();
        self.drop_empty(session);
        u64::try_from(n_dropped).unwrap_or(u64::MAX)
    }

    /// When the next one is due.
    pub fn next_at(&self) -> Option<Instant> {
        self.0.values().map(|(at, _)| *at).min()
    }

    /// The first of those that are due.
    pub fn due(&mut self, now: Instant) -> Option<P> {
        let first = self.0.iter().min_by_key(|(_, (at, _))| *at);
        let session = first.filter(|(_, (at, _))| *at <= now)?.0.clone();
        let push = self.0.get_mut(&session)?.1.pop_front();
        self.drop_empty(&session);
        push
    }

    fn drop_empty(&mut self, session: &SessionId) {
        if self.0.get(session).is_some_and(|(_, waiting)| waiting.is_empty()) {
            self.0.remove(session);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn pushes_of_a_chat_wait_behind_the_first_and_come_out_in_their_order() {
        let mut put_off = PutOff::default();
        let (ann, bob): (SessionId, SessionId) = ("ann".into(), "bob".into());
        let (now, second) = (Instant::now(), Duration::from_secs(1));
        put_off.until(now + 2 * second, ann.clone(), 1);
        assert_eq!(put_off.behind(&ann, 2), None);
        assert_eq!(put_off.behind(&bob, 7), Some(7), "nobody waits for others");
        put_off.until(now + second, bob, 7);

        assert_eq!((put_off.due(now), put_off.next_at()), (None, Some(now + second)));
        let later = now + 2 * second;
        assert_eq!(put_off.due(later), Some(7));
        assert_eq!(put_off.due(later), Some(1));
        put_off.until(later + second, ann.clone(), 1);
        assert_eq!(put_off.behind(&ann, 3), None);
        assert_eq!(put_off.due(later), None);

        let order = [(); 3].map(|()| put_off.due(later + second));
        assert_eq!(order, [Some(1), Some(2), Some(3)]);
        assert_eq!((put_off.behind(&ann, 4), put_off.next_at()), (Some(4), None));
    }
}
