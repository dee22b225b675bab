//! Messages are held against the torture's rules. But for this: whoever has gone is owed nothing that
//! was said after him, and here agents may still speak when their customer has left.

use super::{Book, Check, Evidence};
use crate::cli::torture::check::{self as chats, Author, History, Sight, Viewer, What, examine};

pub fn check(evidence: &Evidence, book: &mut Book) {
    let histories: Vec<_> = evidence.histories.iter().map(owed).collect();
    let found = examine(&histories);
    for check in chats::Check::ALL {
        let entry = found.entry(check);
        book.examined(Check::Messages, entry.n_examined);
        for example in &entry.examples {
            book.broken(Check::Messages, || example.clone());
        }
    }
    for alarm in &evidence.alarms {
        book.broken(Check::Messages, || alarm.clone());
    }
}

/// The history with what was said after the customer had gone as words among agents.
fn owed(history: &History) -> History {
    let mut owed = history.clone();
    let Some(record) = history.whole(Viewer::Record) else { return owed };
    let is_going = |what: &What| match what {
        What::Left(party) => party.who == Author::Customer,
        What::Joined(_) | What::Said(..) | What::Damaged | What::Strange | What::Other => false,
    };
    let went = record.lines.iter().find(|line| is_going(&line.what));
    let Some(went) = went.map(|line| line.position) else { return owed };
    let places = record.places();
    for word in &mut owed.words {
        let place = places.get(&(word.author, word.cseq)).and_then(|places| places.first());
        if word.sight == Sight::All && place.is_some_and(|place| went < *place) {
            word.sight = Sight::Agents;
        }
    }
    owed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::torture::check::{Acked, Line, Party, View, ViewKind, Word};

    #[test]
    fn what_is_said_after_the_customer_has_gone_is_not_owed_to_him() {
        let gone = What::Left(Party { who: Author::Customer, at: 5 });
        let goes = vec![line(1_001, What::Other), line(2_001, gone)];
        assert_eq!(n_broken(goes, 3_001), 0);

        let stays = vec![line(1_001, What::Other), line(2_001, What::Other)];
        assert_ne!(n_broken(stays, 3_001), 0);
    }

    /// How much is broken if the agent's word at this position is all that the customer lacks.
    fn n_broken(shown: Vec<Line>, place: u64) -> u64 {
        let word = Word {
            author: Author::Agent,
            cseq: 1,
            sight: Sight::All,
            planned: 1,
            sent: Some(1),
            acked: Some(Acked { at: 2, position: Some(place) }),
        };
        let view = |viewer, kind, lines| View { viewer, kind, stream: 0, from: 1, lines };
        let mut record = shown.clone();
        record.push(line(place, What::Said(Author::Agent, 1)));
        let views = vec![
            view(Viewer::Record, ViewKind::Whole, record),
            view(Viewer::Customer, ViewKind::Whole, shown.clone()),
            view(Viewer::Customer, ViewKind::Stream, shown),
        ];
        let absent = [Viewer::Agent].into();
        let history = History { words: vec![word], views, absent, ..History::default() };
        let evidence = Evidence { histories: vec![history], ..Evidence::default() };
        let mut book = Book::default();
        check(&evidence, &mut book);
        book.entry(Check::Messages).n_broken
    }

    fn line(position: u64, what: What) -> Line {
        Line { position, content: position, sight: Sight::All, what }
    }
}
