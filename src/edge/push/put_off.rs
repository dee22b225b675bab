//! Pushes that could not be taken yet. Those of one chat keep their order behind the first of them; others
//! go on meanwhile.

use crate::base::SessionId;
use std::collections::{BTreeMap, VecDeque};
use tokio::time::{Instant, sleep_until};

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

    /// Waits until the time of one has come; for ever if there is none.
    pub async fn next(&mut self) -> P {
        loop {
            let first = self.0.iter().min_by_key(|(_, (at, _))| *at);
            let Some((session, at)) = first.map(|(session, (at, _))| (session.clone(), *at)) else {
                return std::future::pending().await;
            };
            sleep_until(at).await;
            let waiting = self.0.get_mut(&session).map(|(_, waiting)| waiting);
            let push = waiting.and_then(VecDeque::pop_front);
            if self.0.get(&session).is_some_and(|(_, waiting)| waiting.is_empty()) {
                self.0.remove(&session);
            }
            if let Some(push) = push {
                return push;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn pushes_of_a_chat_wait_behind_the_first_and_come_out_in_their_order() {
        let mut put_off = PutOff::default();
        let (ann, bob): (SessionId, SessionId) = ("ann".into(), "bob".into());
        let later = Instant::now() + Duration::from_secs(60);
        put_off.until(later, ann.clone(), 1);
        assert_eq!(put_off.behind(&ann, 2), None);
        assert_eq!(put_off.behind(&bob, 7), Some(7), "nobody waits for others");
        put_off.until(later - Duration::from_secs(1), bob, 7);

        assert_eq!(put_off.next().await, 7);
        assert_eq!(put_off.next().await, 1);
        assert_eq!(Instant::now(), later);
        put_off.until(later + Duration::from_secs(1), ann.clone(), 1);
        assert_eq!(put_off.behind(&ann, 3), None);

        let mut order = Vec::new();
        for _ in 0..3 {
            order.push(put_off.next().await);
        }
        assert_eq!(order, [1, 2, 3]);
        assert_eq!(put_off.behind(&ann, 4), Some(4));
    }
}
