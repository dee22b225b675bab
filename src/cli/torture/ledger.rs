//! What the clients of a run note while it goes on: one record for each session. Some rules are
//! looked at while notes are taken, so that a long run need not end to tell of a fault. Pure.

use crate::cli::torture::check::{
    Acked, Author, History, Line, Micros, Sight, View, ViewKind, Viewer, What, Word,
};
use std::collections::{BTreeMap, HashMap, HashSet};

#[derive(Default)]
pub struct Ledger {
    pub sessions: BTreeMap<String, Record>,
    /// What was found while the run went on.
    pub alarms: Vec<String>,
}

#[derive(Default)]
pub struct Record {
    pub history: History,
    /// A customer of this run is in it.
    pub is_known: bool,
    /// How many messages are neither acknowledged nor given up.
    pub n_open: u32,
    pub has_agent: bool,
    /// The agent's farewell was carried out.
    pub is_released: bool,
    /// Where each message stands in the history.
    words: BTreeMap<(Author, u32), usize>,
    contents: HashMap<u64, u64>,
    n_streams: u32,
    delivered: HashSet<(Author, u32)>,
    n_said: BTreeMap<Author, u32>,
}

/// A message that the other side has seen for the first time, and when it was planned.
pub type Delivered = Vec<Micros>;

impl Ledger {
    pub fn session(&mut self, id: &str) -> &mut Record {
        self.sessions.entry(id.to_owned()).or_insert_with(|| {
            let history = History { session: id.to_owned(), ..History::default() };
            Record { history, ..Record::default() }
        })
    }

    /// Notes what somebody was shown, and gives back when what he sees for the first time was
    /// planned.
    pub fn show(&mut self, id: &str, view: View) -> Delivered {
        let record = self.session(id);
        let alarms: Vec<_> =
            view.lines.iter().filter_map(|line| record.alarm(view.viewer, line)).collect();
        let delivered = record.deliver(&view);
        record.keep(view);
        self.alarms.extend(alarms);
        delivered
    }

    /// Everything of the sessions whose customers were told that they exist.
    pub fn histories(self) -> Vec<History> {
        let known = self.sessions.into_values().filter(|record| record.is_known);
        known.map(|record| record.history).collect()
    }
}

impl Record {
    /// Notes that somebody is to say something, and says which message of his that is.
    pub fn plan(&mut self, author: Author, sight: Sight, planned: Micros) -> u32 {
        let cseq = self.n_said.entry(author).or_default();
        *cseq += 1;
        let word = Word { author, cseq: *cseq, sight, planned, sent: None, acked: None };
        self.words.insert((author, *cseq), self.history.words.len());
        self.history.words.push(word);
        self.n_open += 1;
        *cseq
    }

    pub fn word_mut(&mut self, author: Author, cseq: u32) -> Option<&mut Word> {
        let at = *self.words.get(&(author, cseq))?;
        self.history.words.get_mut(at)
    }

    pub fn sent(&mut self, author: Author, cseq: u32, at: Micros) {
        if let Some(word) = self.word_mut(author, cseq) {
            word.sent.get_or_insert(at);
        }
    }

    /// Notes an acknowledgement, and gives back when its message was planned.
    pub fn acked(&mut self, author: Author, cseq: u32, acked: Acked) -> Option<Micros> {
        let word = self.word_mut(author, cseq)?;
        if word.acked.is_some() {
            return None;
        }
        word.acked = Some(acked);
        let planned = word.planned;
        self.n_open = self.n_open.saturating_sub(1);
        Some(planned)
    }

    /// Notes that a message will not be sent again.
    pub fn give_up(&mut self) {
        self.n_open = self.n_open.saturating_sub(1);
    }

    /// Begins a stream of its own for somebody, as after coming anew, and says which one it is.
    pub fn begin_stream(&mut self, viewer: Viewer) -> u32 {
        let stream = self.n_streams;
        self.n_streams += 1;
        let kind = ViewKind::Stream;
        self.history.views.push(View { viewer, kind, stream, from: 1, lines: vec![] });
        stream
    }

    /// Whether the last view of a kind has every acknowledged message, and a record everything that
    /// anybody was shown: it follows its session, and after a fault not at once.
    pub fn has_all(&self, viewer: Viewer, kind: ViewKind) -> bool {
        let Some(view) = self.history.last_view(viewer, kind) else { return false };
        let acked = self.history.words.iter().filter(|word| word.acked.is_some());
        let mut owed = acked.filter(|word| viewer.may_see(word.sight));
        let shown = view.places();
        let upto = view.lines.iter().map(|line| line.position).max();
        let has_come = viewer != Viewer::Record || self.history.shown_upto() <= upto;
        has_come && owed.all(|word| shown.contains_key(&(word.author, word.cseq)))
    }

    fn keep(&mut self, view: View) {
        if view.kind != ViewKind::Stream {
            // A later whole replaces an earlier one that came too soon.
            let is_old = |one: &View| {
                view.kind == ViewKind::Whole && one.kind == view.kind && one.viewer == view.viewer
            };
            self.history.views.retain(|one| !is_old(one));
            return self.history.views.push(view);
        }
        let mut streams = self.history.views.iter_mut();
        let stream = streams.find(|one| one.kind == ViewKind::Stream && one.stream == view.stream);
        match stream {
            Some(stream) => stream.lines.extend(view.lines),
            None => self.history.views.push(view),
        }
    }

    fn deliver(&mut self, view: &View) -> Delivered {
        let reader = match view.viewer {
            Viewer::Customer => Author::Customer,
            Viewer::Agent => Author::Agent,
            Viewer::Record => return vec![],
        };
        let mut first = vec![];
        for line in &view.lines {
            let What::Said(author, cseq) = line.what else { continue };
            if author != reader && self.delivered.insert((author, cseq)) {
                first.extend(self.word_mut(author, cseq).map(|word| word.planned));
            }
        }
        first
    }

    fn alarm(&mut self, viewer: Viewer, line: &Line) -> Option<String> {
        let Line { position, content, sight, what } = line;
        let (session, who) = (&self.history.session, viewer.name());
        let known = *self.contents.entry(*position).or_insert(*content);
        if known != *content {
            return Some(format!("C3 {session}: {who} is shown something else at {position}"));
        }
        if !viewer.may_see(*sight) {
            return Some(format!("C6 {session}: {who} sees {position}, which is not for him"));
        }
        (*what == What::Damaged).then(|| format!("C1 {session}: damaged at {position} for {who}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_numbered_by_author_and_open_until_they_are_acknowledged() {
        let mut record = Record::default();
        let first = record.plan(Author::Customer, Sight::All, 5);
        let other = record.plan(Author::Agent, Sight::All, 6);
        let second = record.plan(Author::Customer, Sight::All, 7);

        record.sent(Author::Customer, second, 8);
        record.sent(Author::Customer, second, 9);
        let acked = Acked { at: 10, position: Some(1) };
        let planned = record.acked(Author::Customer, second, acked);
        let again = record.acked(Author::Customer, second, acked);

        assert_eq!((first, other, second), (1, 1, 2));
        assert_eq!((planned, again, record.n_open), (Some(7), None, 2));
        assert_eq!(record.history.word(Author::Customer, 2).unwrap().sent, Some(8));
    }

    #[test]
    fn a_record_has_all_when_it_has_what_anybody_was_shown() {
        let mut record = Record::default();
        record.keep(view(ViewKind::Stream, line(9_001, 1, Sight::All)));
        let of_record = |position| View {
            viewer: Viewer::Record,
            ..view(ViewKind::Whole, line(position, 1, Sight::All))
        };

        record.keep(of_record(8_001));
        assert!(!record.has_all(Viewer::Record, ViewKind::Whole));
        record.keep(of_record(9_001));

        assert!(record.has_all(Viewer::Record, ViewKind::Whole));
    }

    #[test]
    fn streams_grow_and_wholes_are_replaced() {
        let mut ledger = Ledger::default();
        ledger.session("S").plan(Author::Agent, Sight::All, 5);

        let seen = [ViewKind::Stream, ViewKind::Stream, ViewKind::Whole, ViewKind::Whole]
            .map(|kind| ledger.show("S", view(kind, line(1_001, 1, Sight::All))));

        assert_eq!(seen, [vec![5], vec![], vec![], vec![]]);
        let views = &ledger.session("S").history.views;
        assert_eq!(views.iter().map(|view| view.lines.len()).collect::<Vec<_>>(), [2, 1]);
    }

    #[test]
    fn whoever_comes_anew_or_in_the_place_of_another_has_a_stream_of_his_own() {
        let mut record = Record::default();

        assert_eq!([0, 1].map(|_| record.begin_stream(Viewer::Agent)), [0, 1]);
        record.keep(view(ViewKind::Stream, line(9_001, 1, Sight::All)));

        let streams = record.history.views.iter();
        assert_eq!(streams.map(|view| view.lines.len()).collect::<Vec<_>>(), [1, 0]);
    }

    #[test]
    fn some_faults_are_told_at_once() {
        let mut ledger = Ledger::default();

        ledger.show("S", view(ViewKind::Stream, line(1_001, 1, Sight::All)));
        assert_eq!(ledger.alarms, [""; 0]);
        ledger.show("S", view(ViewKind::Answer, line(1_001, 2, Sight::All)));
        ledger.show("S", view(ViewKind::Stream, line(2_001, 3, Sight::Agents)));

        assert_eq!(ledger.alarms.len(), 2);
        assert!(ledger.alarms[0].starts_with("C3") && ledger.alarms[1].starts_with("C6"));
    }

    fn view(kind: ViewKind, line: Line) -> View {
        View { viewer: Viewer::Customer, kind, stream: 0, from: 1, lines: vec![line] }
    }

    fn line(position: u64, content: u64, sight: Sight) -> Line {
        Line { position, content, sight, what: What::Said(Author::Agent, 1) }
    }
}
