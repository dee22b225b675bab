//! One event as one viewer sees it. The last line of every view: what he may not see, or his client
//! would not understand, ends here.

use crate::base::{ParticipantId, UserData};
use crate::chat::attributes::{add_system, shown_attributes};
use crate::chat::event::{Event, Fact, LeaveReason, Notice};
use crate::chat::participant::{ClientVersion, Participant, Protocol, Role};
use crate::chat::state::Session;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};
use std::sync::Arc;

/// One event as a viewer sees it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Line {
    pub event: Arc<Event>,
    /// Whose event it is, as he is known now.
    pub author: Arc<Participant>,
    /// What stands in its attributes, with the server's own.
    pub attributes: UserData,
}

impl Line {
    /// The line, if this viewer may see it and his client understands it.
    pub fn for_viewer(session: &Session, event: &Arc<Event>, viewer: &Participant) -> Option<Self> {
        let author = session.participant(event.fact.author()?)?;
        let version = viewer.joined.client_version;
        let is_fit = may_see(viewer, event)
            && understands(version, &event.fact)
            && author_is_known_to(version, author)
            && !session.has_vanished(event)
            && !matches!(event.fact, Fact::DataChanged { .. });
        is_fit.then(|| Self::new(cut_down(session, event, viewer), author, viewer))
    }

    /// The line as the record of the session keeps it: with everything.
    pub fn for_record(session: &Session, event: &Arc<Event>) -> Option<Self> {
        let author = session.participant(event.fact.author()?)?;
        let attributes = attributes(event, author);
        Some(Self { event: event.clone(), author: author.clone(), attributes })
    }

    fn new(event: Arc<Event>, author: &Arc<Participant>, viewer: &Participant) -> Self {
        let mut shown = UserData::default();
        if ClientVersion::ATTRIBUTES <= viewer.joined.client_version {
            shown = attributes(&event, author);
            if let Fact::Left { who, reason, .. } = &event.fact
                && *who == viewer.joined.id
                && viewer.joined.role == Role::Client
                && is_told_to_customer(*reason)
            {
                let code = reason.code().to_string();
                add_system(&mut shown, "quit-reason-code", code);
            }
        }
        Self { event, author: author.clone(), attributes: shown }
    }
}

/// On its way to another node, only the line of his joining carries what an author brought along:
/// repeated with each of his words, it would soon be more than an answer may hold.
impl Serialize for Line {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let is_joining = matches!(self.event.fact, Fact::Joined { .. });
        let mut line = serializer.serialize_struct("Line", 3)?;
        line.serialize_field("event", &self.event)?;
        if is_joining {
            line.serialize_field("author", &self.author)?;
        } else {
            line.serialize_field("author", &self.author.without_luggage())?;
        }
        line.serialize_field("attributes", &self.attributes)?;
        line.end()
    }
}

/// Whether an event may reach a viewer at all.
fn may_see(viewer: &Participant, event: &Event) -> bool {
    if viewer.left.is_some_and(|left| left < event.position) {
        return false;
    }
    let author = event.fact.author();
    if author == Some(viewer.joined.id) {
        return true;
    }
    let is_addressed = event.receiver.is_none_or(|receiver| receiver == viewer.joined.id);
    is_addressed && event.visibility.reaches(viewer.joined.role)
}

/// The event without what stands in it and is not for this viewer.
fn cut_down(session: &Session, event: &Arc<Event>, viewer: &Participant) -> Arc<Event> {
    let known_to =
        |asker: ParticipantId| session.participant(asker).is_some_and(|asker| viewer.knows(asker));
    let fact = match &event.fact {
        // Salt and password of the session.
        Fact::Joined { joined, started: Some(_) } => {
            Fact::Joined { joined: joined.clone(), started: None }
        }
        // Whoever is unseen stays so when he removes somebody.
        Fact::Left { who, asker: Some(asker), reason, text } if !known_to(*asker) => {
            Fact::Left { who: *who, asker: None, reason: *reason, text: text.clone() }
        }
        Fact::Noticed { who, notice: Notice::Custom { text, message_type, data }, attributes }
            if !data.is_empty() && lacks_data_of_notices(viewer) =>
        {
            let (text, message_type) = (text.clone(), message_type.clone());
            let notice = Notice::Custom { text, message_type, data: UserData::default() };
            Fact::Noticed { who: *who, notice, attributes: attributes.clone() }
        }
        Fact::Joined { .. }
        | Fact::Said { .. }
        | Fact::Noticed { .. }
        | Fact::DataChanged { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => return event.clone(),
    };
    let Event { position, at, visibility, receiver, .. } = **event;
    Arc::new(Event { position, at, visibility, receiver, key: event.key.clone(), fact })
}

/// Logging out and silence reach only pushes, not answers (the guide's table of reason codes).
fn is_told_to_customer(reason: LeaveReason) -> bool {
    use LeaveReason as Reason;
    match reason {
        Reason::RemovedByOther
        | Reason::RemovedByServer
        | Reason::BadKey
        | Reason::Inactivity
        | Reason::Restoration => true,
        Reason::Normal | Reason::CloseIfNoAgents | Reason::ForceClose | Reason::Disconnect => false,
    }
}

fn attributes(event: &Event, author: &Participant) -> UserData {
    match &event.fact {
        Fact::Said { attributes, .. } | Fact::Noticed { attributes, .. } => {
            shown_attributes(author, attributes)
        }
        Fact::Joined { .. }
        | Fact::DataChanged { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => shown_attributes(author, &UserData::default()),
    }
}

/// Web clients got user data with notices when they got system commands.
fn lacks_data_of_notices(viewer: &Participant) -> bool {
    viewer.joined.protocol == Protocol::Flex
        && viewer.joined.client_version < ClientVersion::SYSTEM_COMMAND
}

/// Newer kinds of notices are hidden from older clients (the guide's table of client versions).
fn understands(version: ClientVersion, fact: &Fact) -> bool {
    match fact {
        Fact::Noticed { notice, .. } => match notice {
            Notice::Nickname { .. } => ClientVersion::NICKNAME <= version,
            Notice::ReadConfirm { .. } | Notice::System { .. } => {
                ClientVersion::SYSTEM_COMMAND <= version
            }
            Notice::IdleAlert { .. } | Notice::IdleClose { .. } | Notice::IdleSet { .. } => {
                ClientVersion::SYSTEM_USER <= version
            }
            Notice::PushUrl { .. } | Notice::Custom { .. } => true,
        },
        Fact::Joined { .. }
        | Fact::Said { .. }
        | Fact::DataChanged { .. }
        | Fact::Left { .. }
        | Fact::ContactFound { .. }
        | Fact::Closed { .. } => true,
    }
}

fn author_is_known_to(version: ClientVersion, author: &Participant) -> bool {
    author.joined.role != Role::System || ClientVersion::SYSTEM_USER <= version
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::command::Join;
    use crate::chat::testing::{Stage, agent, customer};
    use crate::chat::transcript::{From, View, view};

    #[test]
    fn what_an_author_brought_along_goes_to_another_node_once() {
        let long = "x".repeat(8_000);
        let user_data = UserData::default().with("long", long.as_str());
        let mut stage = Stage::with(&[Join { user_data, ..customer("ann") }, agent("bob")]);
        for _ in 0..5 {
            stage.say("ann", "hello").unwrap();
        }

        let from = From::Id(crate::chat::EventId(0));
        let shown = view(&stage.session, &stage.room, stage.who("ann"), from).unwrap();
        let text = serde_json::to_string(&shown).unwrap();
        let arrived: View = serde_json::from_str(&text).unwrap();

        assert!(text.len() < 4 * long.len(), "{} bytes", text.len());
        assert_eq!(arrived.lines.len(), 7);
        assert_eq!(arrived.lines[0], shown.lines[0]);
        assert_eq!(arrived.lines[2].author.joined.user_id, shown.lines[2].author.joined.user_id);
        assert_eq!(arrived.lines[2].event, shown.lines[2].event);
    }
}
