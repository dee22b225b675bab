//! A small history in which everything is as it should be, and what tests ask of the rules.

use super::{
    Acked, Author, Book, Check, History, Line, Party, Sight, View, ViewKind, Viewer, What, Word,
};

/// Two come; the customer speaks twice, the agent once aloud and once to agents alone.
pub fn history() -> History {
    let lines = [
        Line { what: What::Joined(party(Author::Customer)), ..line(1, Sight::All) },
        said(1_001, Author::Customer, 1),
        said(2_001, Author::Agent, 1),
        said(3_001, Author::Customer, 2),
        Line { sight: Sight::Agents, ..said(4_001, Author::Agent, 2) },
        said(5_001, Author::Customer, 3),
    ];
    let view = |viewer: Viewer, kind| {
        let lines = lines.iter().filter(|line| viewer.may_see(line.sight)).cloned().collect();
        View { viewer, kind, stream: 0, from: 1, lines }
    };
    let words = [
        (Author::Customer, 1, Sight::All),
        (Author::Agent, 1, Sight::All),
        (Author::Customer, 2, Sight::All),
        (Author::Agent, 2, Sight::Agents),
        (Author::Customer, 3, Sight::All),
    ];
    let words = (1_u64..).zip(words).map(|(n, (author, cseq, sight))| Word {
        author,
        cseq,
        sight,
        planned: n * 10,
        sent: Some(n * 10),
        acked: Some(Acked { at: n * 10 + 5, position: Some(n * 1_000 + 1) }),
    });
    History {
        session: "S".to_owned(),
        words: words.collect(),
        views: vec![
            view(Viewer::Record, ViewKind::Whole),
            view(Viewer::Customer, ViewKind::Whole),
            view(Viewer::Agent, ViewKind::Whole),
            view(Viewer::Customer, ViewKind::Stream),
            view(Viewer::Agent, ViewKind::Stream),
        ],
        ..History::default()
    }
}

pub fn said(position: u64, author: Author, cseq: u32) -> Line {
    Line { what: What::Said(author, cseq), ..line(position, Sight::All) }
}

pub fn view_mut(history: &mut History, viewer: Viewer, kind: ViewKind) -> &mut View {
    let found = history.views.iter_mut().find(|view| view.viewer == viewer && view.kind == kind);
    found.unwrap()
}

/// Which rules are broken.
pub fn broken(history: &History, check: impl Fn(&History, &mut Book)) -> Vec<Check> {
    let mut book = Book::default();
    check(history, &mut book);
    Check::ALL.into_iter().filter(|check| book.has_broken(*check)).collect()
}

fn line(position: u64, sight: Sight) -> Line {
    Line { position, content: position * 7, sight, what: What::Other }
}

fn party(who: Author) -> Party {
    Party { who, at: 0 }
}
