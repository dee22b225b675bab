//! C4 and C9: the transcript keeps the order in which things happened. A session is a log to which
//! everybody appends; its history is linearizable exactly if whatever was acknowledged before
//! something else was sent also stands before it, since the positions are the order already. So no
//! search is needed: one pass in the order of time.

use super::{Author, Book, Check, History, Micros, Viewer, Word};
use std::collections::BTreeMap;

type Places = BTreeMap<(Author, u32), Vec<u64>>;

pub fn check(history: &History, book: &mut Book) {
    let Some(record) = history.whole(Viewer::Record) else { return };
    let places = record.places();
    for author in Author::ALL {
        let words = history.words.iter().filter(|word| word.author == author);
        check_order(&history.session, &placed(words, &places), Check::C4, book);
    }
    check_order(&history.session, &placed(history.words.iter(), &places), Check::C9, book);
}

/// A message and where it stands.
struct Placed<'a> {
    word: &'a Word,
    sent: Micros,
    place: u64,
}

fn placed<'a>(words: impl Iterator<Item = &'a Word>, places: &Places) -> Vec<Placed<'a>> {
    let placed = words.filter_map(|word| {
        let place = *places.get(&(word.author, word.cseq))?.first()?;
        Some(Placed { word, sent: word.sent?, place })
    });
    placed.collect()
}

fn check_order(session: &str, placed: &[Placed<'_>], check: Check, book: &mut Book) {
    let mut acked: Vec<_> =
        placed.iter().filter_map(|one| Some((one.word.acked?.at, one))).collect();
    acked.sort_by_key(|(at, _)| *at);
    let mut sent: Vec<_> = placed.iter().collect();
    sent.sort_by_key(|one| one.sent);
    let mut acked = acked.into_iter().peekable();
    let mut last: Option<&Placed<'_>> = None;
    for one in sent {
        while let Some((_, earlier)) = acked.next_if(|(at, _)| *at < one.sent) {
            if last.is_none_or(|last| last.place < earlier.place) {
                last = Some(earlier);
            }
        }
        book.examined(check, 1);
        if let Some(last) = last.filter(|last| one.place < last.place) {
            book.broken(check, || {
                let (late, early) = (one.word.name(), last.word.name());
                format!("{session}: {late} stands before {early}, which was acknowledged before")
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::torture::check::Acked;
    use crate::cli::torture::check::testing::{broken, history};

    #[test]
    fn what_happened_at_the_same_time_may_stand_in_any_order() {
        let mut history = history();
        for word in &mut history.words {
            word.sent = Some(10);
        }
        exchange(&mut history, (1_001, 3_001));

        assert_eq!(broken(&history, check), []);
    }

    #[test]
    fn what_one_author_said_later_may_not_stand_before() {
        let mut history = history();
        // Both of the customer, one after the other.
        exchange(&mut history, (1_001, 3_001));

        assert_eq!(broken(&history, check), [Check::C4, Check::C9]);
    }

    #[test]
    fn an_answer_may_not_stand_before_what_it_answers() {
        let mut history = history();
        exchange(&mut history, (1_001, 2_001));

        assert_eq!(broken(&history, check), [Check::C9]);
    }

    #[test]
    fn a_message_without_acknowledgement_stands_after_what_was_there_when_it_was_sent() {
        let mut history = history();
        let last = history.words.iter_mut().rfind(|word| word.author == Author::Customer).unwrap();
        last.acked = None;
        exchange(&mut history, (1_001, 3_001));

        assert_eq!(broken(&history, check), [Check::C4, Check::C9]);
    }

    #[test]
    fn many_messages_are_checked_in_one_pass() {
        let mut history = history();
        let first = history.words[0].clone();
        history.words = (1..20_000)
            .map(|cseq| Word {
                cseq,
                sent: Some(u64::from(cseq) * 10),
                acked: Some(Acked { at: u64::from(cseq) * 10 + 5, position: None }),
                ..first.clone()
            })
            .collect();

        assert_eq!(broken(&history, check), []);
    }

    /// Two messages stand at each other's place.
    fn exchange(history: &mut History, (one, other): (u64, u64)) {
        for view in &mut history.views {
            let at = |position| view.lines.iter().position(|line| line.position == position);
            if let (Some(one), Some(other)) = (at(one), at(other)) {
                let what = view.lines[one].what.clone();
                view.lines[one].what = std::mem::replace(&mut view.lines[other].what, what);
            }
        }
    }
}
