//! What is remembered: contacts with their attributes, and the record of each interaction.

use crate::base::{AgentId, ContactId, InteractionId, Millis, Position, UserData};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Attributes of a contact by their system names (`EmailAddress`, …).
pub type Attributes = BTreeMap<String, String>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: ContactId,
    pub created_at: Millis,
    pub attributes: Attributes,
}

/// A contact about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewContact {
    /// For whose record: however often it is asked, one record leads to one contact.
    pub origin: InteractionId,
    pub contact: Contact,
}

/// What is to become of a contact's attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeChange {
    pub set: Attributes,
    pub removed: BTreeSet<String>,
}

/// The record of an interaction, as whoever handled the interaction knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordDraft {
    pub id: InteractionId,
    /// How much of the interaction's log is in it. A record with a lower cursor never replaces it.
    pub upto: Position,
    pub content: Content,
    /// By which words it is found.
    pub words: Words,
}

/// What can be found of a record by its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// What agents may see.
    pub agents: String,
    /// What is for supervisors alone.
    pub supervisors: String,
}

/// The record of an interaction, as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub id: InteractionId,
    pub upto: Position,
    pub contact: Option<ContactId>,
    pub modified_at: Millis,
    pub content: Content,
}

/// What a record says of its interaction; the names are those of the guide's columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Content {
    pub status: Status,
    pub entity_type: EntityType,
    pub media_type: String,
    /// `Inbound`
    pub type_name: String,
    /// `InboundNew`
    pub subtype_name: String,
    /// The wire name of whoever created the session.
    pub external_id: String,
    /// The last agent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<AgentId>,
    /// Everybody who handled it.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub agents: BTreeSet<AgentId>,
    pub started_at: Millis,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Millis>,
    /// The customer's time zone: minutes from UTC.
    pub time_zone_offset: i32,
    pub subject: String,
    /// The transcript.
    pub structured_text: String,
    /// `text/xml`
    pub structured_text_mime_type: String,
    pub tenant: String,
    pub queue: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// User data that has no column of its own.
    #[serde(default, skip_serializing_if = "UserData::is_empty")]
    pub attributes: UserData,
}

/// The numbers are the guide's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    New = 0,
    Pending = 1,
    InProcess = 2,
    Stopped = 3,
}

/// The numbers are the guide's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntityType {
    EmailIn = 0,
    EmailOut = 1,
    Chat = 2,
    PhoneCall = 3,
    Callback = 4,
    CoBrowse = 5,
}

impl AttributeChange {
    /// The attributes as they are after it.
    pub fn on(&self, attributes: &Attributes) -> Attributes {
        let kept = attributes.iter().filter(|(name, _)| !self.removed.contains(*name));
        let kept = kept.map(|(name, value)| (name.clone(), value.clone()));
        kept.chain(self.set.clone()).collect()
    }
}

impl RecordDraft {
    /// The record as it is kept from now on.
    pub fn record(self, contact: Option<ContactId>, now: Millis) -> Record {
        let Self { id, upto, content, words: _ } = self;
        Record { id, upto, contact, modified_at: now, content }
    }
}

impl Content {
    pub fn was_handled_by(&self, agent: &AgentId) -> bool {
        self.agents.contains(agent) || self.owner.as_ref() == Some(agent)
    }
}

impl Status {
    pub fn code(self) -> i64 {
        self as i64
    }
}

impl EntityType {
    pub fn code(self) -> i64 {
        self as i64
    }
}
