//! A transcript that was written long ago, for somebody who may not see all of it.

use crate::chat::participant::{Role, Visibility};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// The XML of a transcript without the rows that a role may not see. Nothing if it is none: rather
/// that than too much.
pub fn xml_for(xml: &str, role: Role) -> Option<String> {
    let mut reader = Reader::from_str(xml);
    let (mut shown, mut from, mut depth) = (String::new(), 0, 0_usize);
    loop {
        let here = position(&reader)?;
        match reader.read_event().ok()? {
            Event::Start(row) if depth == 1 && !is_shown(&row, role) => {
                shown.push_str(xml.get(from..here)?);
                reader.read_to_end(row.name()).ok()?;
                from = position(&reader)?;
            }
            Event::Empty(row) if depth == 1 && !is_shown(&row, role) => {
                shown.push_str(xml.get(from..here)?);
                from = position(&reader)?;
            }
            Event::Start(_) => depth += 1,
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

fn position(reader: &Reader<&[u8]>) -> Option<usize> {
    usize::try_from(reader.buffer_position()).ok()
}

/// A row that does not say who may see it is for those who may see everything.
fn is_shown(row: &BytesStart<'_>, role: Role) -> bool {
    let said = row.try_get_attribute("visibility").ok().flatten();
    let known = [Visibility::All, Visibility::Int, Visibility::Vip];
    let visibility = said.and_then(|said| {
        known.into_iter().find(|visibility| visibility.name() == said.value.as_ref())
    });
    visibility.unwrap_or(Visibility::Vip).reaches(role)
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
        let agent = xml_for(WRITTEN, Role::Agent).unwrap();

        let left_out = [
            "<message visibility=\"VIP\"><msgText>watch this one</msgText></message>",
            "<notice visibility=\"VIP\"/><notice/>",
        ];
        let expected = left_out.iter().fold(WRITTEN.to_owned(), |xml, row| xml.replace(row, ""));
        assert_eq!(agent, expected);
        assert_eq!(xml_for(WRITTEN, Role::Supervisor).as_deref(), Some(WRITTEN));
    }

    #[test]
    fn what_is_no_transcript_shows_nothing() {
        assert_eq!(xml_for("<a><b></a>", Role::Agent), None);
        assert_eq!(xml_for("</a>", Role::Agent), None);
    }
}
