//! The store of the model: rows, what a reader may count on, and everything that a read may return.
//!
//! A row is *issued* (any read may or may not see it, for ever) or *committed* (every read that starts
//! later sees it). A read is two steps: at its start it remembers what is committed, at its end it
//! returns that and any part of the rest. This allows all that three replicas can do, and more. A row
//! becomes committed at the moment when its writer is told so: earlier would only forbid something.

use super::log::{Log, Word};
use holdfast::base::Epoch;
use std::collections::BTreeSet;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Row {
    /// A claim of the process that owns this lane.
    Claim(Epoch, u8),
    /// The owner's word that it has stopped for ever under this claim.
    Released(Epoch),
    Fence {
        lane: u8,
        below: Epoch,
    },
    Header {
        epoch: Epoch,
        past: Log,
    },
    Event {
        epoch: Epoch,
        position: u8,
        word: Word,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    Issued,
    Committed,
    /// Deleted: some read may still see it, none must.
    Deleted,
}

/// All rows of one thing, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rows(Vec<(Row, Standing)>);

impl Rows {
    pub fn iter(&self) -> impl Iterator<Item = (Row, Standing)> {
        self.0.iter().copied()
    }

    pub fn holds(&self, row: Row) -> bool {
        self.place(row).is_ok()
    }

    /// The row is on its way; if it was before, nothing changes.
    pub fn issue(&mut self, row: Row) {
        if let Err(at) = self.place(row) {
            self.0.insert(at, (row, Standing::Issued));
        }
    }

    /// The writer is told that the row is written; it may have been deleted since.
    pub fn commit(&mut self, row: Row) {
        self.issue(row);
        if let Ok(at) = self.place(row)
            && self.0[at].1 == Standing::Issued
        {
            self.0[at].1 = Standing::Committed;
        }
    }

    pub fn delete(&mut self, row: Row) {
        if let Ok(at) = self.place(row) {
            self.0[at].1 = Standing::Deleted;
        }
    }

    fn place(&self, row: Row) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.cmp(&row))
    }

    pub fn committed(&self) -> impl Iterator<Item = Row> {
        self.iter().filter(|(_, standing)| *standing == Standing::Committed).map(|(row, _)| row)
    }

    pub fn claims(&self) -> impl Iterator<Item = (Epoch, u8, Standing)> {
        self.iter().filter_map(|(row, standing)| match row {
            Row::Claim(epoch, lane) => Some((epoch, lane, standing)),
            Row::Released(_) | Row::Fence { .. } | Row::Header { .. } | Row::Event { .. } => None,
        })
    }

    pub fn committed_claims(&self) -> Vec<Row> {
        self.committed().filter(|row| matches!(row, Row::Claim(..))).collect()
    }

    /// The rows that tell of these epochs and that a read must see which starts now.
    pub fn committed_history(&self, epochs: &[Epoch]) -> Vec<Row> {
        self.committed()
            .filter(|row| row.tells_of().is_some_and(|epoch| epochs.contains(&epoch)))
            .collect()
    }

    /// Whether a read that starts now must see a fence above this claim.
    pub fn is_surely_fenced(&self, lane: u8, epoch: Epoch) -> bool {
        self.committed().any(|row| row.fences(lane, epoch))
    }

    /// Whether a read that ends now may see a fence above this claim.
    pub fn is_perhaps_fenced(&self, lane: u8, epoch: Epoch) -> bool {
        self.iter().any(|(row, _)| row.fences(lane, epoch))
    }

    /// Every history that a restoration may come to which looks only at the headers of `epochs` and
    /// must see the rows of `must`: the newest header, and the run of events behind it. `None` is no
    /// header at all.
    pub fn restorations(
        &self,
        epochs: &[Epoch],
        must: &impl Fn(Row) -> bool,
        end: RunEnd,
    ) -> BTreeSet<Option<Log>> {
        let mut found = BTreeSet::new();
        let mut headers: Vec<(Epoch, Log)> = self.headers(epochs).collect();
        headers.sort_unstable_by(|one, other| other.cmp(one));
        for (epoch, past) in headers {
            let mut ends = Vec::new();
            self.run_ends(epoch, past, must, &mut ends);
            found.extend(ends.into_iter().map(|log| match end {
                RunEnd::AtWholeWish => Some(log.cut_to_whole_wishes()),
                RunEnd::Anywhere => Some(log),
            }));
            if must(Row::Header { epoch, past }) {
                return found;
            }
        }
        found.insert(None);
        found
    }

    fn headers(&self, epochs: &[Epoch]) -> impl Iterator<Item = (Epoch, Log)> {
        self.iter().filter_map(move |(row, _)| match row {
            Row::Header { epoch, past } if epochs.contains(&epoch) => Some((epoch, past)),
            Row::Header { .. }
            | Row::Claim(..)
            | Row::Released(_)
            | Row::Fence { .. }
            | Row::Event { .. } => None,
        })
    }

    /// The histories in which the contiguous run of an epoch's events may end.
    fn run_ends(&self, epoch: Epoch, log: Log, must: &impl Fn(Row) -> bool, ends: &mut Vec<Log>) {
        let mut may_end = true;
        for (row, _) in self.iter() {
            if let Row::Event { epoch: of, position, word } = row
                && of == epoch
                && position == log.len()
            {
                may_end &= !must(row);
                self.run_ends(epoch, log.with(word), must, ends);
            }
        }
        if may_end {
            ends.push(log);
        }
    }
}

/// Where a restored run may end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RunEnd {
    AtWholeWish,
    Anywhere,
}

impl Row {
    /// The epoch whose history this row is part of.
    pub fn tells_of(self) -> Option<Epoch> {
        match self {
            Self::Header { epoch, .. } | Self::Event { epoch, .. } => Some(epoch),
            Self::Claim(..) | Self::Released(_) | Self::Fence { .. } => None,
        }
    }

    fn fences(self, its_lane: u8, epoch: Epoch) -> bool {
        matches!(self, Self::Fence { lane, below } if lane == its_lane && epoch < below)
    }
}

/// Every part of some things, the empty one and the whole too.
pub fn parts<T: Copy>(whole: &[T]) -> impl Iterator<Item = Vec<T>> {
    (0..1_u32 << whole.len()).map(|mask| {
        whole
            .iter()
            .enumerate()
            .filter(|(at, _)| mask >> at & 1 == 1)
            .map(|(_, one)| *one)
            .collect()
    })
}
