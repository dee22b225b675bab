//! The record of a chat: what a session reports becomes a record of the contact house, with the
//! transcript as XML.

use crate::base::SessionId;
use crate::chat::decide::language_of;
use crate::chat::document::{Document, SavedNotices, Source, What, xml};
use crate::chat::effect::HistoryReport;
use crate::chat::{Role, Session};
use crate::config::{Notices, Settings};
use crate::contact::state::Words;
use crate::contact::state::{Content, EntityType, RecordDraft, Status};
use crate::contact::{Historian, SaveRecord, Saved};
use actix::Addr;

/// The way of a chat to its contact's record.
#[derive(Clone)]
pub struct History {
    historian: Addr<Historian>,
    notices: SavedNotices,
}

impl History {
    pub fn new(historian: Addr<Historian>, settings: &Settings) -> Self {
        Self { historian, notices: notices(settings.transcript_save_notices) }
    }

    /// What the contact house has now, if it answered. Otherwise the session tells it again.
    pub async fn save(&self, session: &SessionId, report: &HistoryReport) -> Option<Saved> {
        match self.historian.send(save_record(session, report, self.notices)).await {
            Ok(Ok(saved)) => Some(saved),
            Ok(Err(error)) => {
                tracing::warn!(%session, %error, "the record will be saved again");
                None
            }
            Err(error) => {
                tracing::warn!(%session, %error, "the contact house does not answer");
                None
            }
        }
    }
}

fn notices(configured: Notices) -> SavedNotices {
    match configured {
        Notices::None => SavedNotices::None,
        // Typing is never stored, so it adds nothing to a transcript.
        Notices::Major | Notices::Major2 | Notices::Typing => SavedNotices::Major,
        Notices::All => SavedNotices::All,
    }
}

/// What a session's report asks of the contact house.
fn save_record(id: &SessionId, report: &HistoryReport, notices: SavedNotices) -> SaveRecord {
    let HistoryReport { upto, session, events } = report;
    let document = Document::of_record(Source { id, session, events }, notices);
    SaveRecord {
        record: RecordDraft {
            id: id.into(),
            upto: *upto,
            words: words(session, &document),
            content: content(session, document.to_xml()),
        },
        customer: (*session.user_data).clone(),
    }
}

/// What a record is found by: its subject and what was said, apart from what supervisors said among
/// themselves and what went to one alone.
fn words(session: &Session, document: &Document) -> Words {
    let subject = session.started.as_deref().map(|started| started.subject.clone());
    let mut words = Words { agents: subject.unwrap_or_default(), supervisors: String::new() };
    for entry in &document.entries {
        let text = match &entry.what {
            What::Message { text, .. } => Some(text),
            What::NewParty { text, .. } | What::PartyLeft { text, .. } => text.as_ref(),
            What::Notice { .. } => None,
        };
        let is_for_all = entry.visibility.reaches(Role::Agent) && entry.receiver.is_none();
        let all = if is_for_all { &mut words.agents } else { &mut words.supervisors };
        if let Some(text) = text {
            all.push('\n');
            all.push_str(text);
        }
    }
    words
}

fn content(session: &Session, transcript: String) -> Content {
    let started = session.started.as_deref();
    let said = |look: fn(&crate::chat::event::Started) -> &String| {
        started.map_or_else(String::new, |started| look(started).clone())
    };
    let creator = session.customer().or_else(|| session.participants.values().next());
    let mut newest_first = session.participants.values().rev();
    let owner = newest_first.find(|known| known.is_human_agent());
    let agents = session.participants.values().filter(|known| known.is_human_agent());
    Content {
        status: if session.closed.is_some() { Status::Stopped } else { Status::InProcess },
        entity_type: EntityType::Chat,
        media_type: said(|started| &started.media_type),
        type_name: "Inbound".into(),
        subtype_name: "InboundNew".into(),
        external_id: creator.map_or_else(String::new, |known| known.joined.user_id.0.clone()),
        owner: owner.and_then(|known| known.joined.person.clone()),
        agents: agents.filter_map(|known| known.joined.person.clone()).collect(),
        started_at: session.started_at,
        ended_at: session.closed.map(|closing| closing.at),
        time_zone_offset: creator.map_or(0, |known| known.joined.time_zone_offset),
        subject: said(|started| &started.subject),
        structured_text: transcript,
        structured_text_mime_type: xml::MIME_TYPE.into(),
        tenant: said(|started| &started.tenant),
        queue: said(|started| &started.queue),
        stopped_reason: session.closed.map(|_| "Normal".into()),
        language: language_of(&session.user_data),
        attributes: (*session.user_data).clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{InteractionId, Position, UserData};
    use crate::chat::Command;
    use crate::chat::command::{AfterAction, Join, Say};
    use crate::chat::testing::{Stage, agent, customer};

    #[test]
    fn a_running_chat_becomes_a_record_in_process() {
        let stage = chat();

        let saved = save_record(&"abc".into(), &report(&stage), SavedNotices::Major);

        let RecordDraft { id, upto, content, words } = saved.record;
        assert_eq!((id, upto), (InteractionId::from("abc"), Position(3)));
        assert_eq!((content.status, content.ended_at), (Status::InProcess, None));
        assert_eq!((content.owner, content.agents), (Some("bob".into()), ["bob".into()].into()));
        assert_eq!((content.external_id.as_str(), content.time_zone_offset), ("ann", 120));
        assert_eq!(content.language.as_deref(), Some("German"));
        assert!(content.structured_text.contains("sessionId=\"abc\""));
        assert!(words.agents.ends_with("\nhello"), "{words:?}");
        assert!(content.structured_text.contains("<msgText>hello</msgText>"));
        assert_eq!(saved.customer.text("EmailAddress").as_deref(), Some("ann@x"));
    }

    #[test]
    fn a_finished_chat_becomes_a_stopped_record() {
        let mut stage = chat();
        stage.leave_with("bob", "bob", AfterAction::ForceClose).unwrap();

        let saved = save_record(&"abc".into(), &report(&stage), SavedNotices::Major);

        let content = saved.record.content;
        assert_eq!((content.status, content.ended_at), (Status::Stopped, Some(stage.now)));
        assert_eq!(content.stopped_reason.as_deref(), Some("Normal"));
    }

    #[test]
    fn what_went_to_one_alone_is_found_by_supervisors_alone() {
        let mut stage = chat();
        stage.join(agent("ada")).unwrap();
        let say = Say { receiver: Some(stage.who("ada")), ..stage.saying("bob", "between us") };
        stage.perform(Command::Say(say)).unwrap();

        let words = save_record(&"abc".into(), &report(&stage), SavedNotices::Major).record.words;

        assert!(!words.agents.contains("between us"), "{words:?}");
        assert!(words.supervisors.contains("between us"), "{words:?}");
    }

    fn chat() -> Stage {
        let said = [("EmailAddress", "ann@x"), ("GCTI_LanguageName", "German")];
        let user_data: UserData = said.into_iter().collect();
        let ann = Join { user_data, time_zone_offset: 120, ..customer("ann") };
        let mut stage = Stage::with(&[ann, agent("bob")]);
        stage.say("ann", "hello").unwrap();
        stage
    }

    fn report(stage: &Stage) -> HistoryReport {
        let (session, events) = (stage.session.clone(), stage.room.transcript.clone());
        HistoryReport { upto: session.last, session, events }
    }
}
