//! C3 and C6: everybody is shown the same, without holes, and nobody what is not for him.

use super::{Book, Check, History, Line, Sight, View, ViewKind, Viewer, What};
use std::collections::BTreeSet;

pub fn check(history: &History, book: &mut Book) {
    // Without it C1 has complained already.
    let Some(record) = history.whole(Viewer::Record) else { return };
    for view in &history.views {
        book.examined(Check::C3, view.lines.len() as u64);
        check_rising(history, view, book);
        check_piece(history, record, view, book);
        if view.viewer == Viewer::Customer {
            check_leaks(history, record, view, book);
        }
    }
    let present = [Viewer::Customer, Viewer::Agent].into_iter();
    for viewer in present.filter(|viewer| !history.absent.contains(viewer)) {
        match history.last_view(viewer, ViewKind::Stream) {
            Some(stream) => check_complete(history, stream, book),
            None => book.broken(Check::C3, || {
                format!("{}: {} was never shown anything", history.session, viewer.name())
            }),
        }
    }
}

fn check_rising(history: &History, view: &View, book: &mut Book) {
    let (session, who) = (&history.session, view.viewer.name());
    for pair in view.lines.windows(2).filter(|pair| pair[1].position <= pair[0].position) {
        let [first, second] = [pair[0].position, pair[1].position];
        book.broken(Check::C3, || format!("{session}: {who} got {second} after {first}"));
    }
}

/// From the first line that was asked for to the last one shown, nothing may be missing or other.
fn check_piece(history: &History, record: &View, view: &View, book: &mut Book) {
    let Some(last) = view.lines.last() else { return };
    let is_here = |line: &&Line| {
        (view.from..=last.position).contains(&line.position) && view.viewer.may_see(line.sight)
    };
    let mut kept = record.lines.iter().filter(is_here);
    // What is not for him is another rule's to find.
    let known = |line: &&Line| !is_leak(record, line) || view.viewer != Viewer::Customer;
    let mut shown = view.lines.iter().filter(known);
    loop {
        let what = match (kept.next(), shown.next()) {
            (None, None) => return,
            (Some(one), Some(other))
                if one.position == other.position && one.content == other.content =>
            {
                continue;
            }
            (Some(one), Some(other)) if one.position == other.position => {
                format!("something else at {}", one.position)
            }
            (Some(one), other) => {
                let instead = other.map_or(0, |line| line.position);
                format!("{instead} instead of {}", one.position)
            }
            (None, Some(other)) => format!("{}, which is not in the transcript", other.position),
        };
        let (session, who) = (&history.session, view.viewer.name());
        return book.broken(Check::C3, || format!("{session}: {who} was shown {what}"));
    }
}

fn is_leak(record: &View, line: &Line) -> bool {
    let kept = record.lines.binary_search_by_key(&line.position, |kept| kept.position);
    let sight = kept.ok().and_then(|at| record.lines.get(at)).map(|kept| kept.sight);
    line.sight != Sight::All || sight.is_some_and(|sight| sight != Sight::All)
}

fn check_leaks(history: &History, record: &View, view: &View, book: &mut Book) {
    book.examined(Check::C6, view.lines.len() as u64);
    for line in view.lines.iter().filter(|line| is_leak(record, line)) {
        let session = &history.session;
        book.broken(Check::C6, || {
            format!("{session}: the customer saw {}, which is for agents", line.position)
        });
    }
}

/// Whoever was there to the end was shown everything that was acknowledged.
fn check_complete(history: &History, stream: &View, book: &mut Book) {
    let shown: BTreeSet<_> = stream.lines.iter().filter_map(said).collect();
    let words = history.words.iter().filter(|word| word.acked.is_some());
    let owed = words.filter(|word| stream.viewer.may_see(word.sight));
    for word in owed.filter(|word| !shown.contains(&(word.author, word.cseq))) {
        let (session, who) = (&history.session, stream.viewer.name());
        book.broken(Check::C3, || format!("{session}: {who} was never shown {}", word.name()));
    }
}

fn said(line: &Line) -> Option<(super::Author, u32)> {
    match line.what {
        What::Said(author, cseq) => Some((author, cseq)),
        What::Joined(_) | What::Left(_) | What::Damaged | What::Strange | What::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::torture::check::testing::{broken, history, view_mut};

    #[test]
    fn views_that_agree_are_fine() {
        assert_eq!(broken(&history(), check), []);
    }

    #[test]
    fn a_hole_in_a_stream_is_found() {
        for viewer in [Viewer::Customer, Viewer::Agent] {
            let mut history = history();
            view_mut(&mut history, viewer, ViewKind::Stream).lines.remove(1);
            assert_eq!(broken(&history, check), [Check::C3]);
        }
    }

    #[test]
    fn a_line_that_comes_twice_or_too_late_is_found() {
        let mut twice = history();
        let stream = view_mut(&mut twice, Viewer::Agent, ViewKind::Stream);
        let line = stream.lines[1].clone();
        stream.lines.insert(2, line);
        assert_eq!(broken(&twice, check), [Check::C3]);

        let mut late = history();
        view_mut(&mut late, Viewer::Customer, ViewKind::Stream).lines.swap(1, 2);
        assert_eq!(broken(&late, check), [Check::C3]);
    }

    #[test]
    fn another_content_at_the_same_position_is_found() {
        let mut other = history();
        view_mut(&mut other, Viewer::Customer, ViewKind::Stream).lines[1].content = 77;

        assert_eq!(broken(&other, check), [Check::C3]);
    }

    #[test]
    fn a_stream_that_ends_too_early_is_found() {
        let mut short = history();
        view_mut(&mut short, Viewer::Customer, ViewKind::Stream).lines.truncate(2);

        assert_eq!(broken(&short, check), [Check::C3]);

        short.absent.insert(Viewer::Customer);
        assert_eq!(broken(&short, check), []);
    }

    #[test]
    fn a_whisper_that_reaches_a_customer_is_found_with_and_without_its_label() {
        for sight in [Sight::Agents, Sight::All] {
            let mut leaked = history();
            let whole = leaked.whole(Viewer::Record).unwrap();
            let whisper = whole.lines.iter().find(|line| line.sight == Sight::Agents).cloned();
            let whisper = Line { sight, ..whisper.unwrap() };
            let stream = view_mut(&mut leaked, Viewer::Customer, ViewKind::Stream);
            stream.lines.push(whisper);
            stream.lines.sort_by_key(|line| line.position);
            assert_eq!(broken(&leaked, check), [Check::C6]);
        }
    }
}
