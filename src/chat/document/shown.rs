//! A transcript that was written long ago, for somebody who may not see all of it.

use crate::base::{AgentId, ParticipantId};
use crate::chat::event::Event as Happened;
use crate::chat::participant::{Role, Visibility};
use crate::chat::state::Session;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use std::collections::BTreeSet;

/// For whom something is shown.
#[derive(Clone, Copy, Debug)]
pub struct Eyes<'a> {
    pub role: Role,
    pub agent: &'a AgentId,
}

/// Whether somebody may read an event of a session that he looks back on. What went to one alone is
/// for him, for whoever said it, and for supervisors.
pub fn is_for(eyes: Eyes<'_>, session: &Session, event: &Happened) -> bool {
    let is_his = |who: ParticipantId| {
        let person = session.participant(who).and_then(|known| known.joined.person.as_ref());
        person == Some(eyes.agent)
    };
    let is_between = eyes.role == Role::Supervisor
        || event.receiver.is_none_or(is_his)
        || event.fact.author().is_some_and(is_his);
    event.visibility.reaches(eyes.role) && is_between
}

/// The XML of a transcript without the rows that somebody may not see. Nothing if it is none: rather
/// that than too much.
pub fn xml_for(xml: &str, eyes: Eyes<'_>) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    let (mut shown, mut from, mut depth) = (String::new(), 0, 0_usize);
    let (mut his, mut newcomer) = (Names::new(), None);
    loop {
        let here = position(&reader)?;
        match reader.read_event().ok()? {
            Event::Start(row) if depth == 1 && !is_shown(&row, eyes, &his) => {
                shown.push_str(xml.get(from..here)?);
                reader.read_to_end(row.name()).ok()?;
                from = position(&reader)?;
            }
            Event::Empty(row) if depth == 1 && !is_shown(&row, eyes, &his) => {
                shown.push_str(xml.get(from..here)?);
                from = position(&reader)?;
            }
            Event::Start(row) => {
                if depth == 1 {
                    newcomer = value(&row, "userId").filter(|_| is_named(&row, "newParty"));
                }
                depth += 1;
            }
            Event::Empty(info) if depth == 2 && is_named(&info, "userInfo") => {
                if value(&info, "personId").as_deref() == Some(eyes.agent.as_str()) {
                    his.extend(newcomer.take());
                }
            }
            Event::End(_) => depth = depth.checked_sub(1)?,
            Event::Eof => {
                shown.push_str(xml.get(from..)?);
                return Some(shown);
            }
            Event::Empty(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

/// The names that somebody had in the session.
type Names = BTreeSet<String>;

fn position(reader: &Reader<&[u8]>) -> Option<usize> {
    usize::try_from(reader.buffer_position()).ok()
}

/// A row that does not say who may see it is for those who may see everything.
fn is_shown(row: &BytesStart<'_>, eyes: Eyes<'_>, his: &Names) -> bool {
    let known = [Visibility::All, Visibility::Int, Visibility::Vip];
    let visibility = value(row, "visibility")
        .and_then(|said| known.into_iter().find(|visibility| visibility.name() == said));
    let is_his = |name: &str| value(row, name).is_some_and(|user| his.contains(&user));
    let is_between = eyes.role == Role::Supervisor
        || value(row, "receiverId").is_none()
        || is_his("receiverId")
        || is_his("userId");
    visibility.unwrap_or(Visibility::Vip).reaches(eyes.role) && is_between
}

fn is_named(row: &BytesStart<'_>, name: &str) -> bool {
    row.name().as_ref() == name
}

fn value(row: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = row.try_get_attribute(name).ok()??;
    found.normalized_value(XmlVersion::Explicit1_0).ok().map(|value| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
        <chatTranscript sessionId=\"one\">\
        <message visibility=\"ALL\"><msgText>a &lt; b</msgText></message>\
        <message visibility=\"VIP\"><msgText>watch this one</msgText></message>\
        <message visibility=\"INT\"><msgText>be kind</msgText></message>\
        <notice visibility=\"VIP\"/><notice/>\
        <message visibility=\"ALL\"><eventAttributes><message visibility=\"VIP\"/></eventAttributes></message>\
        </chatTranscript>";

    #[test]
    fn what_is_for_supervisors_is_left_out_for_agents_and_the_rest_is_as_it_was() {
        let agent = xml_for(WRITTEN, agent(&"ada".into())).unwrap();

        let left_out = [
            "<message visibility=\"VIP\"><msgText>watch this one</msgText></message>",
            "<notice visibility=\"VIP\"/><notice/>",
        ];
        let expected = left_out.iter().fold(WRITTEN.to_owned(), |xml, row| xml.replace(row, ""));
        assert_eq!(agent, expected);
        let sue = Eyes { role: Role::Supervisor, agent: &"sue".into() };
        assert_eq!(xml_for(WRITTEN, sue).as_deref(), Some(WRITTEN));
    }

    #[test]
    fn what_is_no_transcript_shows_nothing() {
        assert_eq!(xml_for("<a><b></a>", agent(&"ada".into())), None);
        assert_eq!(xml_for("</a>", agent(&"ada".into())), None);
    }

    #[test]
    fn what_went_to_one_alone_is_for_him_and_for_whoever_said_it() {
        let party = |user: &str, person: &str| {
            format!(
                "<newParty userId=\"{user}\" visibility=\"ALL\"><userInfo personId=\"{person}\"/></newParty>"
            )
        };
        let direct = "<message userId=\"U1\" visibility=\"INT\" receiverId=\"U2\"><msgText>secret</msgText></message>";
        let parties = [party("U1", "ada"), party("U2", "b&amp;b"), party("U3", "eve")].concat();
        let xml = format!("<chatTranscript>{parties}{direct}</chatTranscript>");

        for (reader, sees) in [("ada", true), ("b&b", true), ("eve", false), ("", false)] {
            let shown = xml_for(&xml, agent(&reader.into())).unwrap();
            assert_eq!(shown.contains("secret"), sees, "{reader}");
            assert!(shown.contains(&parties));
        }
    }

    fn agent(agent: &AgentId) -> Eyes<'_> {
        Eyes { role: Role::Agent, agent }
    }
}
