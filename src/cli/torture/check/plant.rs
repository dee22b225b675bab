//! Faults that are put into what was seen, as if the server had done it. Whoever trusts the rules
//! wants to see them complain.

use super::{Author, Check, History, Line, Sight, View, ViewKind, Viewer, What, examine};
use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub enum Plant {
    /// An acknowledged message is nowhere.
    Drop,
    /// A message is there twice.
    Double,
    /// Somebody is shown two messages in the other order.
    Swap,
    /// A customer is shown what is for agents.
    Leak,
    /// What somebody said later stands before what he said earlier.
    Reorder,
}

impl Plant {
    pub const ALL: [Self; 5] = [Self::Drop, Self::Double, Self::Swap, Self::Leak, Self::Reorder];

    /// The rule that must complain.
    pub fn breaks(self) -> Check {
        match self {
            Self::Drop | Self::Double => Check::C1,
            Self::Swap => Check::C3,
            Self::Leak => Check::C6,
            Self::Reorder => Check::C4,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Drop => "drop",
            Self::Double => "double",
            Self::Swap => "swap",
            Self::Leak => "leak",
            Self::Reorder => "reorder",
        }
    }

    /// Breaks the first history that has what it takes; false if none has.
    pub fn put_into(self, histories: &mut [History]) -> bool {
        histories.iter_mut().any(|history| self.put(history).is_some())
    }

    fn put(self, history: &mut History) -> Option<()> {
        match self {
            Self::Drop => drop_one(history),
            Self::Double => double(history),
            Self::Swap => swap(history),
            Self::Leak => leak(history),
            Self::Reorder => reorder(history),
        }
    }
}

/// Which faults would go unnoticed in these very histories. Those for which there is no place in
/// them are told apart.
pub fn rehearse(histories: &[History]) -> Vec<(Plant, Rehearsal)> {
    let rehearsed = Plant::ALL.into_iter().map(|plant| {
        let mut copies = histories.to_vec();
        if !plant.put_into(&mut copies) {
            return (plant, Rehearsal::NoPlace);
        }
        let is_noticed = examine(&copies).has_broken(plant.breaks());
        (plant, if is_noticed { Rehearsal::Noticed } else { Rehearsal::Unnoticed })
    });
    rehearsed.collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rehearsal {
    Noticed,
    Unnoticed,
    /// Nobody said enough for it.
    NoPlace,
}

fn drop_one(history: &mut History) -> Option<()> {
    let (author, cseq) = first_acked(history, Author::Customer)?;
    for view in &mut history.views {
        view.lines.retain(|line| line.what != What::Said(author, cseq));
    }
    Some(())
}

fn double(history: &mut History) -> Option<()> {
    let (author, cseq) = first_acked(history, Author::Customer)?;
    let last = history.whole(Viewer::Record)?.lines.last()?.position;
    for view in history.views.iter_mut().filter(|view| view.kind == ViewKind::Whole) {
        let line = view.lines.iter().find(|line| line.what == What::Said(author, cseq))?;
        let again = Line { position: last + 1_000, ..line.clone() };
        view.lines.push(again);
    }
    Some(())
}

fn swap(history: &mut History) -> Option<()> {
    let is_stream = |view: &&mut View| {
        view.kind == ViewKind::Stream && view.viewer == Viewer::Agent && 2 < view.lines.len()
    };
    let stream = history.views.iter_mut().find(is_stream)?;
    stream.lines.swap(1, 2);
    Some(())
}

fn leak(history: &mut History) -> Option<()> {
    let record = history.whole(Viewer::Record)?;
    let whisper = record.lines.iter().find(|line| line.sight == Sight::Agents)?.clone();
    let is_stream =
        |view: &&mut View| view.kind == ViewKind::Stream && view.viewer == Viewer::Customer;
    let stream = history.views.iter_mut().find(is_stream)?;
    let at = stream.lines.partition_point(|line| line.position < whisper.position);
    stream.lines.insert(at, whisper);
    Some(())
}

fn reorder(history: &mut History) -> Option<()> {
    let said = |author| history.words.iter().filter(move |word| word.author == author);
    let pair = Author::ALL.into_iter().find_map(|author| {
        let first = said(author).find(|word| word.acked.is_some() && word.sight == Sight::All)?;
        let end = first.acked?.at;
        let later = said(author).find(|word| {
            word.acked.is_some() && word.sight == Sight::All && word.sent.is_some_and(|at| end < at)
        })?;
        Some([(author, first.cseq), (author, later.cseq)])
    });
    let [first, later] = pair?.map(|(author, cseq)| What::Said(author, cseq));
    for view in &mut history.views {
        for line in &mut view.lines {
            if line.what == first {
                line.what = later.clone();
            } else if line.what == later {
                line.what = first.clone();
            }
        }
    }
    Some(())
}

fn first_acked(history: &History, author: Author) -> Option<(Author, u32)> {
    let acked = history.words.iter().find(|word| word.author == author && word.acked.is_some())?;
    Some((acked.author, acked.cseq))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::torture::check::testing::history;

    #[test]
    fn every_planted_fault_is_noticed_by_the_rule_that_it_breaks() {
        let histories = [history()];

        assert!(examine(&histories).is_kept());
        let rehearsed = rehearse(&histories);

        assert_eq!(rehearsed, Plant::ALL.map(|plant| (plant, Rehearsal::Noticed)));
    }

    #[test]
    fn a_history_in_which_nothing_was_said_has_no_place_for_faults() {
        let rehearsed = rehearse(&[History::default()]);

        assert!(rehearsed.iter().all(|(_, how)| *how == Rehearsal::NoPlace), "{rehearsed:?}");
    }
}
