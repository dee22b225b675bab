//! The history of a person: records of all contacts that are one, the newest first, in pages.

use crate::base::{InteractionId, Millis};
use crate::contact::state::Record;
use std::cmp::Ordering;

/// Where a record stands in a history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub started_at: Millis,
    pub record: InteractionId,
}

/// A part of a history.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<R> {
    pub entries: Vec<R>,
    /// Where to read on; nothing at the end.
    pub next: Option<Place>,
}

impl Place {
    pub fn of(record: &Record) -> Self {
        Self { started_at: record.content.started_at, record: record.id.clone() }
    }

    /// Whether a record comes later in a history, that is: is older.
    pub fn is_before(&self, record: &Self) -> bool {
        match record.started_at.cmp(&self.started_at) {
            Ordering::Less => true,
            Ordering::Equal => self.record < record.record,
            Ordering::Greater => false,
        }
    }
}

/// One page out of what was found for each contact: each part is sorted, and holds one record more
/// than a page if there is one.
pub fn page(parts: Vec<Vec<Record>>, most: usize) -> Page<Record> {
    let mut entries: Vec<_> = parts.into_iter().flatten().collect();
    entries.sort_by(|one, other| {
        let by_start = other.content.started_at.cmp(&one.content.started_at);
        by_start.then_with(|| one.id.cmp(&other.id))
    });
    let is_last = entries.len() <= most;
    entries.truncate(most);
    let next = if is_last { None } else { entries.last().map(Place::of) };
    Page { entries, next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::testing::draft;

    #[test]
    fn records_of_several_contacts_come_in_one_order() {
        let parts = vec![vec![record("d", 40), record("a", 10)], vec![record("c", 40)]];

        let first = page(parts, 2);

        let ids: Vec<_> = first.entries.iter().map(|record| record.id.as_str()).collect();
        assert_eq!(ids, ["c", "d"]);
        assert_eq!(first.next, Some(Place { started_at: Millis(40), record: "d".into() }));
        assert_eq!(page(vec![vec![record("a", 10)]], 2).next, None);
    }

    #[test]
    fn a_place_comes_before_what_is_older_and_before_the_next_name_of_the_same_time() {
        let place = |started_at, record: &str| Place {
            started_at: Millis(started_at),
            record: record.into(),
        };

        assert!(place(40, "d").is_before(&place(10, "a")));
        assert!(place(40, "c").is_before(&place(40, "d")));
        assert!(!place(40, "d").is_before(&place(40, "d")));
        assert!(!place(10, "a").is_before(&place(40, "d")));
    }

    fn record(id: &str, started_at: u64) -> Record {
        draft(id, started_at).record(None, Millis(99))
    }
}
