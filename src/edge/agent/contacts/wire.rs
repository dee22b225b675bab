//! What stands on the line: names of the guide, times as in the agent API.

use crate::base::{InteractionId, Millis, UserData};
use crate::contact::archivist::{KnownAs, Remarked};
use crate::contact::history::{Page, Place};
use crate::contact::remark::{self, Remark};
use crate::contact::state::{AttributeChange, Attributes, Contact, Content, Status};
use crate::edge::agent::wire::time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many records one page has, if nothing is said, and at most.
const USUAL_PAGE: usize = 20;
const LONGEST_PAGE: usize = 100;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    pub limit: Option<usize>,
    /// What the page before said as `next`.
    pub after: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeBody {
    #[serde(default)]
    set: Attributes,
    #[serde(default)]
    remove: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MergeBody {
    pub into: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignBody {
    pub contact_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemarkBody {
    pub key: Option<String>,
    pub note: Option<String>,
    pub disposition: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContactAnswer {
    contact_id: String,
    created_at: String,
    attributes: Attributes,
    /// Who stands for it, if it was merged.
    #[serde(skip_serializing_if = "Option::is_none")]
    merged_into: Option<String>,
    /// For whom it stands.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    merged: Vec<String>,
}

#[derive(Serialize)]
pub struct ContactsAnswer {
    contacts: Vec<ContactAnswer>,
}

#[derive(Serialize)]
pub struct HistoryAnswer {
    interactions: Vec<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// A record as a line of a history.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    interaction_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<String>,
    media_type: String,
    status: &'static str,
    subject: String,
    started_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<String>,
    /// The last agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner_id: Option<String>,
    agents: BTreeSet<String>,
    queue: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    disposition: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecordAnswer {
    #[serde(flatten)]
    summary: Summary,
    #[serde(rename = "type")]
    type_name: String,
    subtype: String,
    external_id: String,
    time_zone_offset: i32,
    tenant: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    modified_at: String,
    user_data: UserData,
    remarks: Vec<RemarkAnswer>,
}

#[derive(Serialize)]
pub struct RemarkAnswer {
    key: String,
    at: String,
    by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disposition: Option<String>,
}

impl HistoryQuery {
    pub fn most(&self) -> Result<usize, String> {
        match self.limit {
            Some(0) => Err("'limit' is at least 1".into()),
            limit => Ok(limit.unwrap_or(USUAL_PAGE).min(LONGEST_PAGE)),
        }
    }

    /// Where to read on, or nothing if that is no place.
    pub fn after(&self) -> Result<Option<Place>, String> {
        let Some(text) = &self.after else { return Ok(None) };
        let place = text.split_once('.').and_then(|(at, record)| {
            Some(Place {
                started_at: Millis(at.parse().ok()?),
                record: InteractionId::from(record),
            })
        });
        place.map(Some).ok_or_else(|| format!("'{text}' is no place in a history"))
    }
}

impl From<ChangeBody> for AttributeChange {
    fn from(body: ChangeBody) -> Self {
        Self { set: body.set, removed: body.remove }
    }
}

impl From<Contact> for ContactAnswer {
    fn from(contact: Contact) -> Self {
        Self {
            contact_id: contact.id.0,
            created_at: time(contact.created_at),
            attributes: contact.attributes,
            merged_into: None,
            merged: vec![],
        }
    }
}

impl From<KnownAs> for ContactAnswer {
    fn from(known: KnownAs) -> Self {
        Self {
            merged_into: known.active.map(|active| active.0),
            merged: known.merged.into_iter().map(|merged| merged.0).collect(),
            ..Self::from(known.contact)
        }
    }
}

impl From<Vec<Contact>> for ContactsAnswer {
    fn from(contacts: Vec<Contact>) -> Self {
        Self { contacts: contacts.into_iter().map(ContactAnswer::from).collect() }
    }
}

/// From where to read on, for [`HistoryQuery::after`].
pub fn place(place: &Place) -> String {
    format!("{}.{}", place.started_at.0, place.record)
}

impl From<Page<Remarked>> for HistoryAnswer {
    fn from(page: Page<Remarked>) -> Self {
        Self {
            interactions: page.entries.iter().map(Summary::from).collect(),
            next: page.next.as_ref().map(place),
        }
    }
}

impl From<&Remarked> for Summary {
    fn from(remarked: &Remarked) -> Self {
        let Remarked { record, remarks } = remarked;
        let content: &Content = &record.content;
        Self {
            interaction_id: record.id.0.clone(),
            contact_id: record.contact.as_ref().map(|contact| contact.0.clone()),
            media_type: content.media_type.clone(),
            status: status(content.status),
            subject: content.subject.clone(),
            started_at: time(content.started_at),
            ended_at: content.ended_at.map(time),
            owner_id: content.owner.as_ref().map(|owner| owner.0.clone()),
            agents: content.agents.iter().map(|agent| agent.0.clone()).collect(),
            queue: content.queue.clone(),
            disposition: remark::disposition(remarks).map(str::to_owned),
        }
    }
}

impl From<Remarked> for RecordAnswer {
    fn from(remarked: Remarked) -> Self {
        let summary = Summary::from(&remarked);
        let Remarked { record, remarks } = remarked;
        let content = record.content;
        Self {
            summary,
            type_name: content.type_name,
            subtype: content.subtype_name,
            external_id: content.external_id,
            time_zone_offset: content.time_zone_offset,
            tenant: content.tenant,
            stopped_reason: content.stopped_reason,
            language: content.language,
            modified_at: time(record.modified_at),
            user_data: content.attributes,
            remarks: remarks.into_iter().map(RemarkAnswer::from).collect(),
        }
    }
}

impl From<Remark> for RemarkAnswer {
    fn from(remark: Remark) -> Self {
        let key = remark.name().to_owned();
        let Remark { key: _, at, by, note, disposition } = remark;
        Self { key, at: time(at), by: by.0, note, disposition }
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::New => "New",
        Status::Pending => "Pending",
        Status::InProcess => "InProcess",
        Status::Stopped => "Stopped",
    }
}
