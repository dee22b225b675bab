//! Which events become rows of the document, and for whom. All that a viewer may not see ends here.

use super::entry::{Document, Entry, Receiver, UserInfo, What};
use crate::base::{Millis, SessionId, UserData, UserId};
use crate::chat::event::{Event, Fact, Notice};
use crate::chat::line::Line;
use crate::chat::participant::{Joined, Participant, Role};
use crate::chat::state::Session;
use std::sync::Arc;

/// Which notices a document holds (`transcript-save-notices`). Typing is never stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SavedNotices {
    None,
    /// All but read confirmations.
    #[default]
    Major,
    All,
}

/// A session with its events, from the first to the last.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub id: &'a SessionId,
    pub session: &'a Session,
    pub events: &'a [Arc<Event>],
}

/// What about other people a customer may read in their user data.
const SHOWN_TO_CUSTOMER: &[&str] = &["GCTI_Chat_PartyStyle", "GCTI_Original_Nickname"];

/// Through whose eyes a document is made.
#[derive(Clone, Copy)]
enum Viewer<'a> {
    /// Sees everything.
    Record,
    Customer(&'a Participant),
}

impl Document {
    /// The whole transcript, for the record: with visibility of each event.
    pub fn of_record(source: Source<'_>, saved: SavedNotices) -> Self {
        Self::gather(source, saved, Viewer::Record)
    }

    /// What the customer may read: what he saw, without the accounts and data of others. Empty if
    /// the session has no customer.
    pub fn of_customer(source: Source<'_>, saved: SavedNotices) -> Self {
        let Some(customer) = source.session.customer() else {
            let (session, start_at) = (source.id.clone(), source.session.started_at);
            return Self { session, start_at, entries: vec![] };
        };
        Self::gather(source, saved, Viewer::Customer(customer))
    }

    fn gather(source: Source<'_>, saved: SavedNotices, viewer: Viewer<'_>) -> Self {
        let start_at = source.session.started_at;
        let saved = source.events.iter().filter(|event| is_saved(source.session, event, saved));
        let lines = saved.filter_map(|event| viewer.line(source.session, event));
        let mut entries: Vec<_> =
            lines.filter_map(|line| viewer.entry(source.session, line)).collect();
        let mut latest = 0;
        for entry in &mut entries {
            // The clock of another node may have been behind.
            latest = latest.max(entry.time_shift);
            entry.time_shift = latest;
        }
        Self { session: source.id.clone(), start_at, entries }
    }
}

impl Viewer<'_> {
    fn line(self, session: &Session, event: &Arc<Event>) -> Option<Line> {
        match self {
            Self::Record => Line::for_record(session, event),
            Self::Customer(customer) => Line::for_viewer(session, event, customer),
        }
    }

    fn entry(self, session: &Session, line: Line) -> Option<Entry> {
        let Line { event, author, attributes } = line;
        let receiver = event.receiver.and_then(|receiver| session.participant(receiver));
        Some(Entry {
            event: event.id(),
            user: author.joined.user_id.clone(),
            nickname: author.nickname.clone(),
            time_shift: time_shift(session.started_at, event.at),
            visibility: event.visibility,
            receiver: receiver.map(|receiver| Receiver {
                user: receiver.joined.user_id.clone(),
                nickname: receiver.nickname.clone(),
            }),
            what: self.what(session, &event.fact, &author)?,
            attributes,
        })
    }

    fn what(self, session: &Session, fact: &Fact, author: &Participant) -> Option<What> {
        match fact {
            Fact::Joined { joined, .. } => Some(What::NewParty {
                info: self.user_info(joined, author),
                text: joined.text.clone(),
                user_data: self.user_data(author),
            }),
            Fact::Said { words, .. } => Some(What::Message {
                text: words.text.clone(),
                kind: words.message_type.clone(),
                treat_as: words.treat_as,
            }),
            Fact::Noticed { notice, .. } => Some(self.notice(notice)),
            Fact::Left { asker, reason, text, .. } => {
                let asker = asker.and_then(|asker| session.participant(asker));
                Some(What::PartyLeft {
                    asker: self.asker(asker, author),
                    reason: *reason,
                    text: text.clone(),
                })
            }
            Fact::DataChanged { .. } | Fact::ContactFound { .. } | Fact::Closed { .. } => None,
        }
    }

    fn user_info(self, joined: &Joined, author: &Participant) -> UserInfo {
        let is_named = matches!(joined.role, Role::Agent | Role::Supervisor) && !author.is_bot();
        let is_own = self.is_own(author);
        UserInfo {
            person: joined.person.clone().filter(|_| is_named && is_own),
            nickname: author.nickname.clone(),
            role: joined.role,
            protocol: joined.protocol,
            time_zone_offset: if is_own { joined.time_zone_offset } else { 0 },
            client_version: joined.client_version,
        }
    }

    fn user_data(self, author: &Participant) -> UserData {
        let mut shown = author.shown_user_data();
        if !self.is_own(author) {
            shown.0.retain(|key, _| SHOWN_TO_CUSTOMER.contains(&key.as_str()));
        }
        shown
    }

    /// Whether this viewer may know all of somebody.
    fn is_own(self, author: &Participant) -> bool {
        match self {
            Self::Record => true,
            Self::Customer(customer) => customer.joined.id == author.joined.id,
        }
    }

    /// Who asked for a leaving; who is unseen is not named, and then it is who left.
    fn asker(self, asker: Option<&Arc<Participant>>, author: &Participant) -> UserId {
        let seen = asker.filter(|asker| match self {
            Self::Record => true,
            Self::Customer(customer) => asker.joined.visibility.reaches(customer.joined.role),
        });
        seen.map_or(&author.joined.user_id, |asker| &asker.joined.user_id).clone()
    }

    fn notice(self, notice: &Notice) -> What {
        let none = UserData::default;
        let (kind, text, user_data) = match notice {
            Notice::PushUrl { url } => ("USER_PUSHED_URL", url.clone(), none()),
            Notice::Custom { text, data, .. } => {
                ("USER_CUSTOM", text.clone().unwrap_or_default(), data.clone())
            }
            Notice::Nickname { nickname } => ("USER_UPDATE_NICK", nickname.clone(), none()),
            Notice::ReadConfirm { upto } => {
                let data = none().with("last-event-id", upto.0.to_string());
                ("SYS_COMMAND", "read-confirm".into(), data)
            }
            Notice::System { command, data } => ("SYS_COMMAND", command.clone(), data.clone()),
            Notice::IdleAlert { text, data, .. } => {
                ("IDLE_CONTROL_ALERT", text.clone(), data.clone())
            }
            Notice::IdleClose { text } => ("IDLE_CONTROL_CLOSE", text.clone(), none()),
            Notice::IdleSet { overrides, .. } => {
                ("IDLE_CONTROL_SET", String::new(), overrides.clone())
            }
        };
        What::Notice { kind, text, user_data }
    }
}

fn is_saved(session: &Session, event: &Event, saved: SavedNotices) -> bool {
    match &event.fact {
        Fact::Noticed { notice: Notice::ReadConfirm { .. }, .. } => {
            SavedNotices::All <= saved && !session.has_vanished(event)
        }
        Fact::Noticed { .. } => SavedNotices::Major <= saved,
        Fact::Joined { .. } | Fact::Said { .. } | Fact::Left { .. } => true,
        Fact::DataChanged { .. } | Fact::ContactFound { .. } | Fact::Closed { .. } => false,
    }
}

/// Counted between whole seconds, so that the start and the shift add up to the second it was.
fn time_shift(start: Millis, at: Millis) -> u64 {
    at.seconds().saturating_sub(start.seconds())
}
