//! What one replica keeps: the newest row at each place, and the marks of deletions, each with its
//! stamp. Pure.

use crate::base::{ClaimRow, Epoch, Millis, Position};
use crate::store::ring::rows::{EventRow, HeaderRow};
use std::collections::BTreeMap;
use std::fmt;

/// A table, in the order of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    Owner,
    /// The static column of `owner`.
    Closed,
    Headers,
    Events,
    Parts,
    Fences,
    Alarms,
    Purges,
}

/// The place of a row. What a table does not need is left at its default.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Key {
    pub table: Table,
    pub partition: String,
    pub name: String,
    pub epoch: Epoch,
    pub item: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Row {
    /// And how far the thing had come, if it was released.
    Claim(ClaimRow, Position),
    Header(HeaderRow),
    Event(EventRow),
    Part(String),
    Alarm(Millis),
    /// A row that says all by being there.
    Mark,
}

/// What a deletion covers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    Row(Key),
    Epoch(Table, String, Epoch),
    Partition(Table, String),
}

#[derive(Clone, Debug)]
pub enum Mutation {
    Put(Key, Row, u64),
    Delete(Scope, u64),
}

/// Also a part of one: what a read brings back.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    rows: BTreeMap<Key, (u64, Row)>,
    deleted: BTreeMap<Scope, u64>,
}

impl Key {
    pub fn new(table: Table, partition: &(impl ToString + ?Sized)) -> Self {
        let (partition, name) = (partition.to_string(), String::new());
        Self { table, partition, name, epoch: Epoch::default(), item: 0 }
    }
}

impl Replica {
    /// The highest stamp wins, whatever came first; a row that is written again changes nothing.
    pub fn apply(&mut self, mutation: &Mutation) {
        match mutation {
            Mutation::Put(key, row, stamp) => self.put(key, row, *stamp),
            Mutation::Delete(scope, stamp) => self.delete(scope, *stamp),
        }
    }

    /// What a read of a partition brings back, or of a whole table.
    pub fn part(&self, table: Table, partition: Option<&str>) -> Self {
        let is_wanted = |of: Table, name: &str| {
            of == table && partition.is_none_or(|partition| partition == name)
        };
        let first = Epoch { micros: 0, tie: i64::MIN };
        let first = Key { epoch: first, ..Key::new(table, partition.unwrap_or_default()) };
        let rows = self.rows.range(first..);
        let rows = rows.take_while(|(key, _)| is_wanted(key.table, &key.partition));
        let deleted = self.deleted.iter().filter(|(scope, _)| match scope {
            Scope::Row(key) => is_wanted(key.table, &key.partition),
            Scope::Epoch(table, partition, _) | Scope::Partition(table, partition) => {
                is_wanted(*table, partition)
            }
        });
        let own = |(scope, stamp): (&Scope, &u64)| (scope.clone(), *stamp);
        Self {
            rows: rows.map(|(key, row)| (key.clone(), row.clone())).collect(),
            deleted: deleted.map(own).collect(),
        }
    }

    /// Takes in what another replica answered.
    pub fn merge(&mut self, other: &Self) {
        for (key, (stamp, row)) in &other.rows {
            self.put(key, row, *stamp);
        }
        for (scope, stamp) in &other.deleted {
            self.delete(scope, *stamp);
        }
    }

    /// The rows that are not deleted, in the order of their places. With `seen_again`, some that are
    /// may be shown all the same.
    pub fn visible(self, mut seen_again: impl FnMut() -> bool) -> Vec<(Key, Row)> {
        let deleted = self.deleted;
        let shown = |(key, (stamp, row)): (Key, (u64, Row))| {
            let is_deleted = scopes(&key)
                .iter()
                .any(|scope| deleted.get(scope).is_some_and(|deletion| stamp <= *deletion));
            (!is_deleted || seen_again()).then_some((key, row))
        };
        self.rows.into_iter().filter_map(shown).collect()
    }

    fn put(&mut self, key: &Key, row: &Row, stamp: u64) {
        let kept = self.rows.get(key).map(|(stamp, _)| *stamp);
        if kept.is_none_or(|kept| kept < stamp) {
            self.rows.insert(key.clone(), (stamp, row.clone()));
        }
    }

    fn delete(&mut self, scope: &Scope, stamp: u64) {
        let deletion = self.deleted.entry(scope.clone()).or_default();
        *deletion = stamp.max(*deletion);
    }
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put(Key { table, partition, name, epoch, item }, ..) if name.is_empty() => {
                write!(f, "put {table:?} {partition} {epoch} {item}")
            }
            Self::Put(Key { table, partition, name, epoch, .. }, ..) => {
                write!(f, "put {table:?} {partition} {name} {epoch}")
            }
            Self::Delete(Scope::Row(key), _) => {
                write!(f, "delete {:?} {} {}", key.table, key.partition, key.epoch)
            }
            Self::Delete(Scope::Epoch(table, partition, epoch), _) => {
                write!(f, "delete {table:?} {partition} {epoch}")
            }
            Self::Delete(Scope::Partition(table, partition), _) => {
                write!(f, "delete {table:?} {partition}")
            }
        }
    }
}

/// Everything whose deletion would cover a row.
fn scopes(key: &Key) -> [Scope; 3] {
    [
        Scope::Row(key.clone()),
        Scope::Epoch(key.table, key.partition.clone(), key.epoch),
        Scope::Partition(key.table, key.partition.clone()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_row_stays_deleted_and_a_newer_one_does_not() {
        let mut replica = Replica::default();
        replica.apply(&Mutation::Delete(Scope::Partition(Table::Events, "s".into()), 5));
        replica.apply(&Mutation::Put(Key::new(Table::Events, "s"), Row::Mark, 5));
        assert!(replica.clone().visible(|| false).is_empty());

        replica.apply(&Mutation::Put(Key::new(Table::Events, "s"), Row::Mark, 6));

        assert_eq!(replica.visible(|| false).len(), 1);
    }

    #[test]
    fn two_replicas_together_show_the_newest_of_both() {
        let (mut one, mut other) = (Replica::default(), Replica::default());
        let key = Key::new(Table::Parts, "s");
        one.apply(&Mutation::Put(key.clone(), Row::Part("new".into()), 2));
        other.apply(&Mutation::Put(key.clone(), Row::Part("old".into()), 1));

        other.merge(&one);

        assert_eq!(other.visible(|| false), [(key, Row::Part("new".into()))]);
    }
}
