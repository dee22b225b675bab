//! The document as JSON, with the names of the XML and absolute times beside the shifts.

use super::entry::treat_as_name;
use super::entry::{Document, Entry, UserInfo, What, reason_code, reason_text};
use crate::base::UserData;
use crate::base::time::utc;
use serde_json::{Map, Value, json};

impl Document {
    /// The transcript as indented JSON, with a line end.
    pub fn to_json(&self) -> String {
        let events: Vec<_> = self.entries.iter().map(|entry| row(self, entry)).collect();
        let whole = json!({
            "sessionId": self.session,
            "startAt": utc(self.start_at),
            "events": events,
        });
        format!("{whole:#}\n")
    }
}

fn row(document: &Document, entry: &Entry) -> Value {
    let mut row = Map::new();
    row.insert("eventId".into(), json!(entry.event));
    row.insert("userId".into(), json!(entry.user));
    row.insert("userNick".into(), json!(entry.nickname));
    row.insert("at".into(), json!(utc(document.at(entry))));
    row.insert("timeShift".into(), json!(entry.time_shift));
    row.insert("visibility".into(), json!(entry.visibility.name()));
    if let Some(receiver) = &entry.receiver {
        row.insert("receiverId".into(), json!(receiver.user));
    }
    add_content(&mut row, &entry.what);
    add_list(&mut row, "eventAttributes", &entry.attributes);
    Value::Object(row)
}

fn add_content(row: &mut Map<String, Value>, what: &What) {
    let kind = match what {
        What::NewParty { info, text, user_data } => {
            row.insert("userInfo".into(), user_info(info));
            add_text(row, "msgText", text.as_deref());
            add_list(row, "userData", user_data);
            "newParty"
        }
        What::Message { text, kind, treat_as } => {
            add_text(row, "msgText", Some(text));
            add_text(row, "msgType", kind.as_deref());
            add_text(row, "treatAs", treat_as.map(treat_as_name));
            "message"
        }
        What::Notice { kind, text, user_data } => {
            add_text(row, "noticeType", Some(kind));
            add_text(row, "noticeText", Some(text));
            add_list(row, "userData", user_data);
            "notice"
        }
        What::PartyLeft { asker, reason, text } => {
            row.insert("askerId".into(), json!(asker));
            add_text(row, "reason", Some(reason_text(*reason)));
            if let Some(code) = reason_code(*reason) {
                row.insert("code".into(), json!(code));
            }
            add_text(row, "msgText", text.as_deref());
            "partyLeft"
        }
    };
    row.insert("type".into(), json!(kind));
}

fn user_info(info: &UserInfo) -> Value {
    json!({
        "personId": info.person.as_ref().map_or("", |person| person.as_str()),
        "userNick": info.nickname,
        "userType": info.role.name(),
        "protocolType": info.protocol.name(),
        "timeZoneOffset": info.time_zone_offset,
        "clientVersion": info.client_version,
    })
}

fn add_text(row: &mut Map<String, Value>, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        row.insert(name.into(), json!(text));
    }
}

fn add_list(row: &mut Map<String, Value>, name: &str, list: &UserData) {
    if !list.is_empty() {
        row.insert(name.into(), json!(list));
    }
}
