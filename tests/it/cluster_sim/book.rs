//! What clients sent, were told and were shown, and what must be true of it: while the run goes on,
//! and at its end. It also keeps the trace of the run, from which two runs can be told apart.

use holdfast::base::{Position, ThingId};
use holdfast::chat::{Event, Fact};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::fmt::Display;
use std::time::Duration;
use tokio::time::Instant;

/// How much of the trace a failure shows.
const SHOWN_TRACE: usize = 60;

pub struct Book {
    begun: Instant,
    pages: RefCell<Pages>,
}

#[derive(Default)]
struct Pages {
    sent: Vec<Sent>,
    /// What was seen at each position of each chat, by whomever.
    shown: BTreeMap<(ThingId, Position), String>,
    complaints: Vec<String>,
    hash: u64,
    trace: VecDeque<String>,
    n_shown: usize,
}

/// One word of one author, under one key.
#[derive(Clone)]
struct Sent {
    chat: ThingId,
    word: String,
    at: Duration,
    acknowledged: Option<(Duration, Position)>,
}

/// How a run went.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    pub complaints: Vec<String>,
    pub hash: u64,
    pub trace: Vec<String>,
    pub n_acknowledged: usize,
    pub n_given_up: usize,
    pub n_shown: usize,
}

impl Book {
    pub fn new() -> Self {
        Self { begun: Instant::now(), pages: RefCell::default() }
    }

    /// Notes what happened, for the trace.
    pub fn note(&self, what: impl Display) {
        let at = self.begun.elapsed();
        let line = format!("{:>9.3} {what}", at.as_secs_f64());
        let mut pages = self.pages.borrow_mut();
        let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        pages.hash = line.bytes().fold(pages.hash ^ 0xcbf2_9ce4_8422_2325, mix);
        pages.trace.push_back(line);
        if SHOWN_TRACE < pages.trace.len() {
            pages.trace.pop_front();
        }
    }

    pub fn complain(&self, what: impl Display) {
        self.note(format_args!("WRONG {what}"));
        self.pages.borrow_mut().complaints.push(what.to_string());
    }

    pub fn sent(&self, chat: &ThingId, author: u32, word: &str) -> usize {
        self.note(format_args!("{chat} {author} says {word}"));
        let mut pages = self.pages.borrow_mut();
        let (chat, word, at) = (chat.clone(), word.to_owned(), self.begun.elapsed());
        pages.sent.push(Sent { chat, word, at, acknowledged: None });
        pages.sent.len() - 1
    }

    pub fn acknowledged(&self, sent: usize, position: Position) {
        let known = {
            let mut pages = self.pages.borrow_mut();
            let one = &mut pages.sent[sent];
            one.acknowledged = Some((self.begun.elapsed(), position));
            one.clone()
        };
        self.note(format_args!("{} {} is told {position}", known.chat, known.word));
        self.shown(&known.chat, position, &known.word);
    }

    /// Whatever was seen once at a position is there for ever.
    pub fn shown(&self, chat: &ThingId, position: Position, what: &str) {
        let place = (chat.clone(), position);
        let before = {
            let mut pages = self.pages.borrow_mut();
            pages.n_shown += 1;
            pages.shown.entry(place).or_insert_with(|| what.to_owned()).clone()
        };
        if before != what {
            self.complain(format_args!("{chat} showed '{before}' and '{what}' at {position}"));
        }
    }

    /// A history from its beginning.
    pub fn shown_whole(&self, chat: &ThingId, events: &[impl AsRef<Event>]) {
        for (event, expected) in events.iter().map(AsRef::as_ref).zip(1..) {
            if event.position.0 != expected {
                self.complain(format_args!("{chat} has {} where {expected} was", event.position));
            }
            self.shown(chat, event.position, &gist(event));
        }
    }

    /// What must hold of the history that is there in the end.
    pub fn close(&self, chat: &ThingId, events: &[impl AsRef<Event>]) {
        self.shown_whole(chat, events);
        let end: Vec<_> = events.iter().map(|event| gist(event.as_ref())).collect();
        let (sent, shown) = {
            let pages = self.pages.borrow();
            let sent: Vec<_> = pages.sent.iter().filter(|one| one.chat == *chat).cloned().collect();
            let last = pages.shown.range(..=(chat.clone(), Position(u64::MAX))).next_back();
            (sent, last.map_or(0, |((_, position), _)| position.0))
        };
        if (end.len() as u64) < shown {
            self.complain(format_args!("{chat} ends at {}, {shown} was shown", end.len()));
        }
        for one in &sent {
            let n_there = end.iter().filter(|word| **word == one.word).count();
            let is_told = one.acknowledged.is_some();
            if 1 < n_there || is_told && n_there == 0 {
                let told = if is_told { "told" } else { "not told" };
                self.complain(format_args!("{} ({told}) is there {n_there} times", one.word));
            }
        }
        self.check_order(&sent);
    }

    /// What was told before another was sent stands before it.
    fn check_order(&self, sent: &[Sent]) {
        for later in sent {
            let Some((_, after)) = later.acknowledged else { continue };
            for earlier in sent {
                let Some((told, before)) = earlier.acknowledged else { continue };
                if told < later.at && after <= before {
                    let (one, other) = (&earlier.word, &later.word);
                    self.complain(format_args!(
                        "{one} was told {before} before {other} was sent, which is at {after}"
                    ));
                }
            }
        }
    }

    pub fn verdict(&self) -> Verdict {
        let pages = self.pages.borrow();
        let n_acknowledged = pages.sent.iter().filter(|one| one.acknowledged.is_some()).count();
        Verdict {
            complaints: pages.complaints.clone(),
            hash: pages.hash,
            trace: pages.trace.iter().cloned().collect(),
            n_acknowledged,
            n_given_up: pages.sent.len() - n_acknowledged,
            n_shown: pages.n_shown,
        }
    }
}

/// What an event is to everybody who sees it.
pub fn gist(event: &Event) -> String {
    let (author, at) = (event.fact.author().unwrap_or_default(), event.at.0);
    match &event.fact {
        Fact::Said { words, .. } => words.text.clone(),
        Fact::Joined { .. } => format!("{author} joined at {at}"),
        Fact::Left { .. } => format!("{author} left at {at}"),
        Fact::Noticed { .. }
        | Fact::DataChanged { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => format!("something of {author} at {at}"),
    }
}
