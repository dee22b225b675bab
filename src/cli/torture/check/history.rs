//! What was done and what was seen in one session, as its clients noted it.

use std::collections::{BTreeMap, BTreeSet};

/// Since the run began.
pub type Micros = u64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Author {
    Customer,
    Agent,
}

/// Who may see a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    All,
    Agents,
    Supervisors,
}

/// Through whose eyes something was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Viewer {
    /// The transcript as a document.
    Record,
    Customer,
    Agent,
}

/// A message that somebody was to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub author: Author,
    pub cseq: u32,
    pub sight: Sight,
    pub planned: Micros,
    /// When it first left; nothing if it never did.
    pub sent: Option<Micros>,
    pub acked: Option<Acked>,
}

/// What the server has promised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Acked {
    pub at: Micros,
    /// Which event the message became, as far as the answer shows it.
    pub position: Option<u64>,
}

/// One event as somebody was shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub position: u64,
    /// A number that stands for the kind, the author's name and the text.
    pub content: u64,
    pub sight: Sight,
    pub what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Joined(Party),
    Left(Party),
    /// A message of this run, in its session.
    Said(Author, u32),
    /// A message of this run that is not what it was.
    Damaged,
    /// A message of another session or of somebody else.
    Strange,
    Other,
}

/// Who came or went, and when by the server's clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    pub who: Author,
    pub at: Micros,
}

/// Something that was shown in one piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    pub viewer: Viewer,
    pub kind: ViewKind,
    /// Which of a session's streams it is: an agent who comes anew begins another one.
    pub stream: u32,
    /// The lowest position that was asked for.
    pub from: u64,
    pub lines: Vec<Line>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewKind {
    /// Everything that came bit by bit: polls one after the other, or pushes.
    Stream,
    /// What the answer to a message showed.
    Answer,
    /// The transcript from its beginning, fetched at the end.
    Whole,
}

/// All of one session.
#[derive(Clone, Debug, Default)]
pub struct History {
    pub session: String,
    pub words: Vec<Word>,
    pub views: Vec<View>,
    /// Who said when that he goes.
    pub goodbyes: BTreeMap<Author, Micros>,
    /// At the end nobody of them was there any more: who was away for too long is out.
    pub absent: BTreeSet<Viewer>,
    /// Whom the interaction names as the owner: `host:port`.
    pub owner: Option<String>,
}

impl Author {
    pub const ALL: [Self; 2] = [Self::Customer, Self::Agent];

    pub fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Agent => "agent",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|author| author.name() == name)
    }
}

impl Sight {
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::Agents => "INT",
            Self::Supervisors => "VIP",
        }
    }

    pub fn of_name(name: &str) -> Option<Self> {
        [Self::All, Self::Agents, Self::Supervisors].into_iter().find(|sight| sight.name() == name)
    }
}

impl Viewer {
    pub const ALL: [Self; 3] = [Self::Record, Self::Customer, Self::Agent];

    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "the document",
            Self::Customer => "the customer",
            Self::Agent => "the agent",
        }
    }

    pub fn may_see(self, sight: Sight) -> bool {
        match (self, sight) {
            (_, Sight::All) | (Self::Record | Self::Agent, Sight::Agents) => true,
            (Self::Customer, Sight::Agents | Sight::Supervisors)
            | (Self::Record | Self::Agent, Sight::Supervisors) => false,
        }
    }
}

impl History {
    /// The last transcript that somebody fetched from its beginning.
    pub fn whole(&self, viewer: Viewer) -> Option<&View> {
        self.last_view(viewer, ViewKind::Whole)
    }

    pub fn last_view(&self, viewer: Viewer, kind: ViewKind) -> Option<&View> {
        self.views.iter().rev().find(|view| view.viewer == viewer && view.kind == kind)
    }

    /// The last position that anybody was shown.
    pub fn shown_upto(&self) -> Option<u64> {
        let views = self.views.iter().filter(|view| view.viewer != Viewer::Record);
        views.flat_map(|view| &view.lines).map(|line| line.position).max()
    }

    pub fn word(&self, author: Author, cseq: u32) -> Option<&Word> {
        self.words.iter().find(|word| word.author == author && word.cseq == cseq)
    }
}

impl View {
    /// At which positions each message stands.
    pub fn places(&self) -> BTreeMap<(Author, u32), Vec<u64>> {
        let mut places = BTreeMap::<_, Vec<u64>>::new();
        for line in &self.lines {
            if let What::Said(author, cseq) = line.what {
                places.entry((author, cseq)).or_default().push(line.position);
            }
        }
        places
    }
}

impl Word {
    pub fn name(&self) -> String {
        format!("message {} of the {}", self.cseq, self.author.name())
    }
}
