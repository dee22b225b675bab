//! C1, C2 and C5: what was promised is there once, and where it was said to be.

use super::{Book, Check, History, View, Viewer, What, Word};

pub fn check(history: &History, book: &mut Book) {
    let session = &history.session;
    for viewer in Viewer::ALL {
        match history.whole(viewer) {
            Some(whole) => check_whole(history, whole, book),
            None if history.absent.contains(&viewer) => {}
            None => book.broken(Check::C1, || {
                format!("{session}: the transcript of {} could not be fetched", viewer.name())
            }),
        }
    }
}

fn check_whole(history: &History, whole: &View, book: &mut Book) {
    let (session, viewer) = (&history.session, whole.viewer);
    let mut places = whole.places();
    for word in history.words.iter().filter(|word| viewer.may_see(word.sight)) {
        let found = places.remove(&(word.author, word.cseq)).unwrap_or_default();
        let where_ = || format!("{session}: {} is in what {} gets", word.name(), viewer.name());
        let check = if word.acked.is_some() { Check::C1 } else { Check::C2 };
        book.examined(check, 1);
        match (word.acked.is_some(), found.len()) {
            (true, 0) => book.broken(check, || {
                format!("{session}: {} is lost for {}", word.name(), viewer.name())
            }),
            (_, 0 | 1) => {}
            (_, n) => book.broken(check, || format!("{} {n} times: {found:?}", where_())),
        }
        if let [place] = found[..] {
            check_place(session, word, place, book);
        }
    }
    for ((author, cseq), found) in places {
        let is_hidden = history.word(author, cseq).is_some();
        // What may not be seen here is somebody else's to find.
        if !is_hidden {
            let author = author.name();
            let what =
                || format!("{session}: nobody sent message {cseq} of the {author}: {found:?}");
            book.broken(Check::C2, what);
        }
    }
    for line in &whole.lines {
        let (check, what) = match line.what {
            What::Damaged => (Check::C1, "is damaged"),
            What::Strange => (Check::C2, "was not sent here"),
            What::Joined(_) | What::Left(_) | What::Said(..) | What::Other => continue,
        };
        book.broken(check, || format!("{session}: the message at {} {what}", line.position));
    }
}

fn check_place(session: &str, word: &Word, place: u64, book: &mut Book) {
    let Some(acked) = word.acked else { return };
    book.examined(Check::C5, 1);
    match acked.position {
        Some(position) if position == place => {}
        Some(position) => book.broken(Check::C5, || {
            format!("{session}: {} was to be at {position} and is at {place}", word.name())
        }),
        None => book.broken(Check::C5, || {
            format!("{session}: the answer to {} did not show it; it is at {place}", word.name())
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::torture::check::testing::{broken, history, said};
    use crate::cli::torture::check::{Acked, Author, ViewKind};

    #[test]
    fn what_was_promised_and_is_there_is_fine() {
        assert_eq!(broken(&history(), check), []);
    }

    #[test]
    fn an_acknowledged_message_that_is_missing_or_there_twice_is_found() {
        let mut lost = history();
        lost.views.iter_mut().for_each(|view| view.lines.retain(|line| line.position != 1_001));
        assert_eq!(broken(&lost, check), [Check::C1]);

        let mut doubled = history();
        for view in doubled.views.iter_mut().filter(|view| view.kind == ViewKind::Whole) {
            view.lines.push(said(90_001, Author::Customer, 1));
        }
        assert_eq!(broken(&doubled, check), [Check::C1]);
    }

    #[test]
    fn a_message_without_acknowledgement_may_be_there_once() {
        let mut unknown = history();
        unknown.words[0].acked = None;
        assert_eq!(broken(&unknown, check), []);

        let record = unknown.views.iter_mut().find(|view| view.viewer == Viewer::Record);
        record.unwrap().lines.push(said(90_001, Author::Customer, 1));
        assert_eq!(broken(&unknown, check), [Check::C2]);
    }

    #[test]
    fn what_nobody_sent_and_what_was_changed_is_found() {
        let mut invented = history();
        invented.views[0].lines.push(said(90_001, Author::Agent, 99));
        assert_eq!(broken(&invented, check), [Check::C2]);

        let mut damaged = history();
        damaged.views[0].lines[0].what = What::Damaged;
        assert_eq!(broken(&damaged, check), [Check::C1]);

        let mut strange = history();
        strange.views[0].lines[0].what = What::Strange;
        assert_eq!(broken(&strange, check), [Check::C2]);
    }

    #[test]
    fn a_message_at_another_place_than_promised_is_found() {
        let mut moved = history();
        moved.words[0].acked = Some(Acked { at: 20, position: Some(5_001) });
        assert_eq!(broken(&moved, check), [Check::C5]);

        let mut unsaid = history();
        unsaid.words[0].acked = Some(Acked { at: 20, position: None });
        assert_eq!(broken(&unsaid, check), [Check::C5]);
    }

    #[test]
    fn a_transcript_that_cannot_be_fetched_proves_nothing() {
        let mut gone = history();
        gone.views.retain(|view| view.viewer != Viewer::Agent);
        assert_eq!(broken(&gone, check), [Check::C1]);

        gone.absent.insert(Viewer::Agent);
        assert_eq!(broken(&gone, check), []);
    }
}
