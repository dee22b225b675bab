//! The document as XML, in the form in which the guide's server keeps transcripts: one line, no indents.

use super::characters::for_xml;
use super::entry::treat_as_name;
use super::entry::{Document, Entry, UserInfo, What, reason_code, reason_text};
use crate::base::time::utc;
use crate::base::{UserData, Value};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use std::borrow::Cow;
use std::io;

/// The type of what [`Document::to_xml`] writes.
pub const MIME_TYPE: &str = "text/xml";

type Xml = Writer<Vec<u8>>;

impl Document {
    /// The transcript as the contact's record keeps it.
    pub fn to_xml(&self) -> String {
        let mut xml = Writer::new(Vec::new());
        let written = document(&mut xml, self);
        debug_assert!(written.is_ok(), "memory refused a transcript: {written:?}");
        String::from_utf8_lossy(&xml.into_inner()).into_owned()
    }
}

fn document(xml: &mut Xml, document: &Document) -> io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut start = BytesStart::new("chatTranscript");
    attribute(&mut start, "startAt", &utc(document.start_at));
    attribute(&mut start, "sessionId", document.session.as_str());
    element(xml, start, |xml| document.entries.iter().try_for_each(|entry| row(xml, entry)))
}

fn row(xml: &mut Xml, entry: &Entry) -> io::Result<()> {
    let name = match &entry.what {
        What::NewParty { .. } => "newParty",
        What::Message { .. } => "message",
        What::Notice { .. } => "notice",
        What::PartyLeft { .. } => "partyLeft",
    };
    let mut start = BytesStart::new(name);
    attribute(&mut start, "userId", entry.user.as_str());
    attribute(&mut start, "timeShift", &entry.time_shift.to_string());
    attribute(&mut start, "visibility", entry.visibility.name());
    attribute(&mut start, "eventId", &entry.event.0.to_string());
    if let What::PartyLeft { asker, .. } = &entry.what {
        attribute(&mut start, "askerId", asker.as_str());
    }
    if let Some(receiver) = &entry.receiver {
        attribute(&mut start, "receiverId", receiver.user.as_str());
    }
    element(xml, start, |xml| {
        content(xml, &entry.what)?;
        list(xml, "eventAttributes", &entry.attributes)
    })
}

fn content(xml: &mut Xml, what: &What) -> io::Result<()> {
    match what {
        What::NewParty { info, text, user_data } => {
            user_info(xml, info)?;
            optional_text(xml, text.as_deref())?;
            list(xml, "userData", user_data)
        }
        What::Message { text, kind, treat_as } => {
            let mut start = BytesStart::new("msgText");
            if let Some(kind) = kind {
                attribute(&mut start, "msgType", kind);
            }
            if let Some(treat_as) = treat_as {
                attribute(&mut start, "treatAs", treat_as_name(*treat_as));
            }
            text_element(xml, start, text)
        }
        What::Notice { kind, text, user_data } => {
            let mut start = BytesStart::new("noticeText");
            attribute(&mut start, "noticeType", kind);
            text_element(xml, start, text)?;
            list(xml, "userData", user_data)
        }
        What::PartyLeft { reason, text, .. } => {
            let mut start = BytesStart::new("reason");
            if let Some(code) = reason_code(*reason) {
                attribute(&mut start, "code", &code.to_string());
            }
            text_element(xml, start, reason_text(*reason))?;
            optional_text(xml, text.as_deref())
        }
    }
}

fn user_info(xml: &mut Xml, info: &UserInfo) -> io::Result<()> {
    let mut start = BytesStart::new("userInfo");
    let person = info.person.as_ref().map_or("", |person| person.as_str());
    attribute(&mut start, "personId", person);
    attribute(&mut start, "userNick", &info.nickname);
    attribute(&mut start, "userType", info.role.name());
    attribute(&mut start, "protocolType", info.protocol.name());
    attribute(&mut start, "timeZoneOffset", &info.time_zone_offset.to_string());
    attribute(&mut start, "clientVersion", &info.client_version.0.to_string());
    xml.write_event(Event::Empty(start))
}

/// A list with its name; none if it is empty.
fn list(xml: &mut Xml, name: &str, data: &UserData) -> io::Result<()> {
    if data.is_empty() {
        return Ok(());
    }
    element(xml, BytesStart::new(name), |xml| items(xml, data))
}

fn items(xml: &mut Xml, data: &UserData) -> io::Result<()> {
    for (key, value) in &data.0 {
        let mut start = BytesStart::new("item");
        attribute(&mut start, "key", key);
        match value {
            Value::Text(text) => {
                attribute(&mut start, "type", "string");
                text_element(xml, start, text)?;
            }
            Value::Number(number) => {
                attribute(&mut start, "type", "int");
                text_element(xml, start, &number.to_string())?;
            }
            Value::List(nested) => {
                attribute(&mut start, "type", "kvlist");
                element(xml, start, |xml| items(xml, nested))?;
            }
        }
    }
    Ok(())
}

fn optional_text(xml: &mut Xml, text: Option<&str>) -> io::Result<()> {
    text.map_or(Ok(()), |text| text_element(xml, BytesStart::new("msgText"), text))
}

fn text_element(xml: &mut Xml, start: BytesStart<'_>, text: &str) -> io::Result<()> {
    element(xml, start, |xml| xml.write_event(Event::Text(BytesText::new(&for_xml(text)))))
}

fn element(
    xml: &mut Xml,
    start: BytesStart<'_>,
    content: impl FnOnce(&mut Xml) -> io::Result<()>,
) -> io::Result<()> {
    let end = BytesEnd::new(start.name().as_ref().to_owned());
    xml.write_event(Event::Start(start))?;
    content(xml)?;
    xml.write_event(Event::End(end))
}

fn attribute(start: &mut BytesStart<'_>, name: &str, value: &str) {
    let value: Cow<'_, str> = for_xml(value);
    start.push_attribute((name, value.as_ref()));
}
