//! What happened lately in a domain, for those who follow it from a position on. It stands beside the
//! state and goes along in each snapshot: a log is cut short at every renewal and take-over, and
//! whoever was away meanwhile finds here what he has missed.
//!
//! Only what is stored and acknowledged comes in here, so that what was told at a position is there for ever.

use crate::base::Position;
use crate::interaction::event::Event;
use crate::interaction::policy::USUAL_JOURNAL;
use crate::owned::Recorded;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::sync::Arc;

/// Bytes of everything that is kept, as it is stored.
const MOST_BYTES: usize = 16 * 1_024 * 1_024;

/// The same of one page. A page has one event at least.
const PAGE_BYTES: usize = 256 * 1_024;

/// Events of one page.
pub const PAGE_EVENTS: usize = 1_000;

pub struct Journal {
    /// Everything after this position is here.
    after: Position,
    kept: VecDeque<Kept>,
    n_bytes: usize,
    most: usize,
}

struct Kept {
    event: Arc<Event>,
    n_bytes: usize,
}

/// The same as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalSnapshot {
    /// How many are kept.
    most: usize,
    events: Vec<Arc<Event>>,
}

impl JournalSnapshot {
    pub fn n_kept(&self) -> usize {
        self.events.len()
    }
}

/// Some of what happened after a position, in order and without a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub events: Vec<Arc<Event>>,
    /// From where what is kept can be had whole.
    pub oldest: Position,
    /// The newest there is.
    pub last: Position,
}

/// Why nothing can be told from a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NoPage {
    /// What came next is not kept any more. From here one may go on.
    Gone { oldest: Position },
    /// Nothing has come so far yet.
    Ahead { last: Position },
}

impl Default for Journal {
    fn default() -> Self {
        let kept = VecDeque::new();
        Self { after: Position::NONE, kept, n_bytes: 0, most: USUAL_JOURNAL }
    }
}

impl Journal {
    /// A domain up to this position, of which a snapshot may have kept something.
    pub fn of(upto: Position, snapshot: Option<JournalSnapshot>) -> Self {
        let mut journal = Self { after: upto, ..Self::default() };
        let Some(JournalSnapshot { most, events }) = snapshot else { return journal };
        journal.most = most;
        if let Some(first) = events.first() {
            journal.after = Position(first.position().0.saturating_sub(1));
        }
        events.iter().for_each(|event| journal.push(event));
        journal
    }

    pub fn to_snapshot(&self) -> JournalSnapshot {
        let events = self.kept.iter().map(|kept| kept.event.clone());
        JournalSnapshot { most: self.most, events: events.collect() }
    }

    /// Takes an event in, and lets the oldest go that are too much.
    pub fn push(&mut self, event: &Arc<Event>) {
        debug_assert!(event.position() == self.last().next(), "gap before {}", event.position());
        let n_bytes = serde_json::to_vec(&**event).map_or(PAGE_BYTES, |stored| stored.len());
        self.n_bytes += n_bytes;
        self.kept.push_back(Kept { event: event.clone(), n_bytes });
        self.let_go();
    }

    /// How many to keep from now on.
    pub fn keep(&mut self, most: usize) {
        self.most = most;
        self.let_go();
    }

    pub fn n_kept(&self) -> usize {
        self.kept.len()
    }

    /// What happened after a position; without one, from the oldest that is kept.
    pub fn page(&self, after: Option<Position>, most: usize) -> Result<Page, NoPage> {
        let (oldest, last) = (self.after, self.last());
        let after = after.unwrap_or(oldest);
        if after < oldest {
            return Err(NoPage::Gone { oldest });
        }
        if last < after {
            return Err(NoPage::Ahead { last });
        }
        let n_before = usize::try_from(after.0 - oldest.0).unwrap_or(usize::MAX);
        let mut n_bytes = 0;
        let next = self.kept.iter().skip(n_before).take(most.clamp(1, PAGE_EVENTS));
        let fits = next.take_while(|kept| {
            let is_first = n_bytes == 0;
            n_bytes += kept.n_bytes;
            is_first || n_bytes <= PAGE_BYTES
        });
        Ok(Page { events: fits.map(|kept| kept.event.clone()).collect(), oldest, last })
    }

    fn last(&self) -> Position {
        self.kept.back().map_or(self.after, |kept| kept.event.position())
    }

    fn let_go(&mut self) {
        while self.most < self.kept.len() || MOST_BYTES < self.n_bytes {
            let Some(Kept { event, n_bytes }) = self.kept.pop_front() else { return };
            self.after = event.position();
            self.n_bytes -= n_bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::UserData;
    use crate::interaction::command::{By, Command, Submission};
    use crate::interaction::support::{Life, chat};

    #[test]
    fn pages_from_any_position_are_what_happened_in_order_and_whole() {
        let mut life = Life::new();
        day(&mut life, 10);
        let all = life.events();

        for begin in 0..=all.len() {
            let mut told: Vec<Event> = vec![];
            let mut after = Position(begin as u64);
            loop {
                let page = life.desks.journal.page(Some(after), 3).unwrap();
                let Some(last) = page.events.last() else { break };
                assert!(page.events.len() <= 3);
                after = last.position;
                told.extend(page.events.iter().map(|event| Event::clone(event)));
            }
            assert_eq!(told, all[begin..]);
        }
    }

    #[test]
    fn what_was_kept_outlives_process_and_snapshot_and_what_is_too_much_goes() {
        let mut life = Life::new();
        life.policy.journal = 25;
        day(&mut life, 10);
        let all = life.events();
        let last = Position(all.len() as u64);
        let oldest = Position(last.0 - 25);

        for _ in 0..3 {
            life.restart_from_snapshot();
            let journal = &life.desks.journal;
            let page = journal.page(None, PAGE_EVENTS).unwrap();
            assert_eq!((page.oldest, page.last, page.events.len()), (oldest, last, 25));
            assert_eq!(*page.events[24], all[all.len() - 1]);
            let gone = journal.page(Some(Position(oldest.0 - 1)), 1);
            assert_eq!(gone, Err(NoPage::Gone { oldest }));
            let ahead = journal.page(Some(last.next()), 1);
            assert_eq!(ahead, Err(NoPage::Ahead { last }));
            let nothing_new = journal.page(Some(last), 1).unwrap();
            assert!(nothing_new.events.is_empty());
        }
        day(&mut life, 1);
        assert_eq!(life.desks.journal.n_kept(), 25);
    }

    #[test]
    fn a_snapshot_of_a_version_without_a_journal_says_from_where_one_may_go_on() {
        let mut life = Life::new();
        day(&mut life, 2);
        let mut snapshot = serde_json::to_value(snapshot(&life)).unwrap();
        snapshot.as_object_mut().unwrap().remove("journal").unwrap();
        let last = life.domain.last();

        life.begin_from_snapshot(&snapshot.to_string());

        let journal = &life.desks.journal;
        assert_eq!(journal.page(Some(Position(1)), 9), Err(NoPage::Gone { oldest: last }));
        assert!(journal.page(None, 9).unwrap().events.is_empty());
    }

    #[test]
    fn large_events_make_small_pages_and_no_more_than_so_much_is_kept() {
        let mut life = Life::new();
        let keys = ["a", "b", "c", "d", "e", "f", "g"].into_iter();
        let user_data = keys.fold(UserData::default(), |all, key| all.with(key, "x".repeat(8_000)));
        for n in 0..400 {
            let submission = Submission { user_data: user_data.clone(), ..chat(&n.to_string()) };
            life.wish(Command::Submit(submission));
        }

        let journal = &life.desks.journal;
        let page = journal.page(None, PAGE_EVENTS).unwrap();

        assert!(Position::NONE < page.oldest, "400 times 56 KB is too much");
        assert!((2..12).contains(&page.events.len()), "{}", page.events.len());
        let n_bytes: usize = journal.kept.iter().map(|kept| kept.n_bytes).sum();
        assert!(n_bytes == journal.n_bytes && n_bytes <= MOST_BYTES);
    }

    fn snapshot(life: &Life) -> crate::interaction::state::DomainSnapshot {
        use crate::owned::Thing;
        life.domain.snapshot(&life.desks)
    }

    fn day(life: &mut Life, n_chats: usize) {
        for n in 0..n_chats {
            let id = format!("{n} at {}", life.now.0);
            life.chat(&id);
            life.stop(&id, By::Operator);
            life.wait_seconds(1);
        }
    }
}
