//! Inactivity control: when nobody does anything that everybody sees, while a customer and a human agent
//! are there, they are warned once or twice, and then the session is closed.
//!
//! What counts as activity depends on settings that a workflow may change later, so a session remembers
//! the newest of each kind. Which warning was given stands in its events: it survives a restoration.

use crate::base::{Millis, ParticipantId, UserData};
use crate::chat::event::{Control, Event, Fact, Notice};
use crate::chat::participant::{Participant, Role, Style, Visibility};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Clients read in a warning what comes next.
const NEXT_TYPE: &str = "next-idle-timer-type";
const CLOSE: &str = "CLOSE";

/// Why the close notice and both alerts come when they do: `[inactivity-control]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idleness {
    pub is_enabled: bool,
    /// Which notices count as activity (`include-notices`).
    pub notices: CountedNotices,
    pub until_alert: Duration,
    /// None: there is no second alert.
    pub until_alert2: Option<Duration>,
    pub until_close: Duration,
    /// An empty text is not shown, and the time runs all the same.
    pub alert: String,
    pub alert2: String,
    pub close: String,
}

/// Each level includes those before it; typing is beside the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CountedNotices {
    None,
    /// Addresses and files.
    Major,
    /// Also notices of the client's own kind.
    Major2,
    /// As `Major`, and who begins to type.
    Typing,
    All,
}

/// What a session remembers for it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IdleState {
    /// What a workflow has set, under the names of the options.
    pub overrides: Arc<UserData>,
    /// The newest activity of each kind.
    newest: BTreeMap<Kind, Millis>,
    /// What follows the newest warning, and when that was given.
    warned: Option<(Step, Millis)>,
    /// When the newest warning of an asynchronous chat was given.
    alerted: Option<Millis>,
    /// When a workflow last let the time of an asynchronous chat begin anew.
    begun_anew: Millis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Words, coming, going.
    Always,
    Major,
    Custom,
    Other,
}

/// What comes next if nothing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Alert,
    Alert2,
    Close,
}

/// What is known to this process only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watch {
    /// Nobody could do anything before.
    pub since: Millis,
    /// When somebody last began to type for all to see.
    pub typed: Millis,
}

impl Default for Idleness {
    fn default() -> Self {
        Self {
            is_enabled: false,
            notices: CountedNotices::Major,
            until_alert: Duration::from_secs(255),
            until_alert2: None,
            until_close: Duration::from_secs(45),
            alert: "Are you still there? This chat will soon be closed.".into(),
            alert2: "This chat will be closed very soon.".into(),
            close: "This chat was closed because nobody wrote anything.".into(),
        }
    }
}

impl CountedNotices {
    const WORDS: [(&'static str, Self); 5] = [
        ("none", Self::None),
        ("major", Self::Major),
        ("major2", Self::Major2),
        ("typing", Self::Typing),
        ("all", Self::All),
    ];

    pub fn counts(self, kind: Kind) -> bool {
        match kind {
            Kind::Always => true,
            Kind::Major => Self::Major <= self,
            Kind::Custom => matches!(self, Self::Major2 | Self::All),
            Kind::Other => self == Self::All,
        }
    }
}

impl Idleness {
    /// These settings with those that a workflow has set; says what is wrong with one that does not fit.
    pub fn with(mut self, overrides: &UserData) -> Result<Self, String> {
        for name in overrides.0.keys() {
            let text = overrides.text(name).unwrap_or_default();
            match name.as_str() {
                "enabled" => self.is_enabled = text == "true",
                "include-notices" => self.notices = counted(&text)?,
                "message-alert" => self.alert = text,
                "message-alert2" => self.alert2 = text,
                "message-close" => self.close = text,
                "timeout-alert" => self.until_alert = seconds(name, &text, 1)?,
                "timeout-alert2" => {
                    let span = seconds(name, &text, 0)?;
                    self.until_alert2 = (!span.is_zero()).then_some(span);
                }
                "timeout-close" => self.until_close = seconds(name, &text, 1)?,
                other => return Err(format!("there is no '{other}' in inactivity control")),
            }
        }
        Ok(self)
    }

    fn text(&self, step: Step) -> &str {
        match step {
            Step::Alert => &self.alert,
            Step::Alert2 => &self.alert2,
            Step::Close => &self.close,
        }
    }
}

fn counted(text: &str) -> Result<CountedNotices, String> {
    let mut words = CountedNotices::WORDS.iter();
    let found = words.find(|(word, _)| *word == text).map(|(_, counted)| *counted);
    found.ok_or_else(|| {
        format!("include-notices is none, major, major2, typing or all, not '{text}'")
    })
}

fn seconds(name: &str, text: &str, least: u64) -> Result<Duration, String> {
    let number = text.parse().ok().filter(|number| (least..=86_400).contains(number));
    let number = number.ok_or_else(|| format!("{name} is {least} to 86400 seconds, not '{text}'"));
    number.map(Duration::from_secs)
}

impl IdleState {
    /// Folds one event in; the participants are as they were before it.
    pub fn fold(&mut self, people: &BTreeMap<ParticipantId, Arc<Participant>>, event: &Event) {
        if let Fact::Noticed { notice, .. } = &event.fact {
            self.fold_notice(notice, event.at);
        }
        if event.visibility == Visibility::All
            && event.receiver.is_none()
            && let Some(kind) = kind_of(people, &event.fact)
        {
            self.newest.insert(kind, event.at);
        }
    }

    fn fold_notice(&mut self, notice: &Notice, at: Millis) {
        match notice {
            Notice::IdleAlert { of: Control::Asynchronous, .. } => self.alerted = Some(at),
            Notice::IdleAlert { data, of: Control::Regular, .. } => {
                let is_last = data.text(NEXT_TYPE).as_deref() == Some(CLOSE);
                self.warned = Some((if is_last { Step::Close } else { Step::Alert2 }, at));
            }
            Notice::IdleSet { of: Control::Asynchronous, .. } => self.begun_anew = at,
            Notice::IdleSet { overrides, of: Control::Regular } => {
                self.overrides = Arc::new(overrides.clone());
                self.newest.insert(Kind::Always, at);
            }
            Notice::PushUrl { .. }
            | Notice::Custom { .. }
            | Notice::Nickname { .. }
            | Notice::ReadConfirm { .. }
            | Notice::System { .. }
            | Notice::IdleClose { .. } => {}
        }
    }

    /// When somebody was last active, as far as these notices count.
    pub fn active_at(&self, notices: CountedNotices) -> Millis {
        let counted = self.newest.iter().filter(|(kind, _)| notices.counts(**kind));
        counted.map(|(_, at)| *at).max().unwrap_or_default()
    }

    /// The same, as the time of an asynchronous chat counts it.
    pub fn patient_since(&self, notices: CountedNotices) -> Millis {
        self.active_at(notices).max(self.begun_anew)
    }

    /// When an asynchronous chat was warned after a time.
    pub fn alerted_after(&self, active: Millis) -> Option<Millis> {
        self.alerted.filter(|at| active < *at)
    }

    /// What follows the warning that was given after a time, and when that was.
    pub fn warned_after(&self, active: Millis) -> Option<(Step, Millis)> {
        self.warned.filter(|(_, at)| active < *at)
    }
}

/// What kind of activity something is. Bots, workflows and the server itself are never active.
fn kind_of(people: &BTreeMap<ParticipantId, Arc<Participant>>, fact: &Fact) -> Option<Kind> {
    let counts = |who: &ParticipantId| people.get(who).is_some_and(|known| is_alive(known));
    let kind = match fact {
        Fact::Joined { joined, .. } => {
            let is_person = joined.role != Role::External && joined.role != Role::System;
            return (is_person && joined.style == Style::Human).then_some(Kind::Always);
        }
        Fact::Said { .. } | Fact::Left { .. } => Kind::Always,
        Fact::Noticed { notice, .. } => kind_of_notice(notice)?,
        Fact::DataChanged { .. } | Fact::ContactFound { .. } | Fact::Closed { .. } => return None,
    };
    fact.author().filter(counts).map(|_| kind)
}

pub fn kind_of_notice(notice: &Notice) -> Option<Kind> {
    Some(match notice {
        Notice::PushUrl { .. } => Kind::Major,
        Notice::System { command, .. } if command.starts_with("file-") => Kind::Major,
        Notice::Custom { .. } => Kind::Custom,
        Notice::Nickname { .. } => Kind::Other,
        Notice::System { .. }
        | Notice::ReadConfirm { .. }
        | Notice::IdleAlert { .. }
        | Notice::IdleClose { .. }
        | Notice::IdleSet { .. } => return None,
    })
}

/// Whether somebody's doings count.
pub fn is_alive(who: &Participant) -> bool {
    !who.is_bot() && !matches!(who.joined.role, Role::External | Role::System)
}

/// The notice of a step, with what comes after it.
pub fn notice(settings: &Idleness, step: Step) -> Notice {
    let text = settings.text(step).to_owned();
    let (next, span) = match (step, settings.until_alert2) {
        (Step::Alert, Some(span)) => ("ALERT", span),
        (Step::Alert, None) | (Step::Alert2, _) => (CLOSE, settings.until_close),
        (Step::Close, _) => return Notice::IdleClose { text },
    };
    Notice::IdleAlert { text, data: announced(next, span), of: Control::Regular }
}

/// The notice of a step in an asynchronous chat, with the same texts.
pub fn notice_of_asynchronous(settings: &Idleness, step: Step, until_close: Duration) -> Notice {
    match step {
        Step::Alert | Step::Alert2 => Notice::IdleAlert {
            text: settings.alert.clone(),
            data: announced(CLOSE, until_close),
            of: Control::Asynchronous,
        },
        Step::Close => Notice::IdleClose { text: settings.close.clone() },
    }
}

/// What comes next, and in how many seconds.
fn announced(next: &str, span: Duration) -> UserData {
    UserData::default()
        .with(NEXT_TYPE, next)
        .with("next-idle-timer-secs", span.as_secs().to_string())
}
