//! The transcript of an interaction as a document, for people on duty and for agents who look back.

use super::Api;
use super::account::Account;
use super::admission::admit;
use super::privilege::lacking;
use super::refuse::Refused;
use crate::base::{AgentId, InteractionId, SessionId, ThingId};
use crate::chat::document::shown::{Eyes, is_for};
use crate::chat::document::{Document, SavedNotices, Source};
use crate::chat::look::Whole;
use crate::chat::{Event, Look, Role, Session};
use crate::config::{AgentRole, Privilege};
use crate::owned::Thing;
use crate::ownership::restoration::Asker;
use crate::ownership::{Absent, Unanswered};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
pub struct Query {
    #[serde(rename = "as", default)]
    form: Form,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Form {
    Xml,
    Json,
    #[default]
    Text,
}

/// `GET /api/v1/interactions/{id}/transcript`
pub async fn get(
    request: HttpRequest,
    path: web::Path<String>,
    query: Result<web::Query<Query>, actix_web::Error>,
    api: web::Data<Api>,
) -> HttpResponse {
    let account = match admit(&request, &api).await {
        Ok(account) => account,
        Err(refused) => return refused,
    };
    let Ok(query) = query else {
        return Refused::new(400, "'as' is xml, json or text").answer();
    };
    let session = SessionId(path.into_inner());
    match read_kept(&api, &session).await {
        Ok((state, _)) if !may_read(&api, &account, &state) => {
            lacking(Privilege::FindInteractions).answer()
        }
        Ok((state, mut events)) => {
            let eyes = Eyes { role: highest_role(account.role), agent: &account.agent };
            events.retain(|event| is_for(eyes, &state, event));
            let source = Source { id: &session, session: &state, events: &events };
            answer(&Document::of_record(source, SavedNotices::Major), query.form)
        }
        Err(refused) => refused.answer(),
    }
}

/// What is over is open to everybody, what runs to whoever is in it, or may look for any.
fn may_read(api: &Api, account: &Account, session: &Session) -> bool {
    is_open_to(&account.agent, session)
        || account.has(&api.handles.config, Privilege::FindInteractions)
}

/// Whether a session is over, or somebody is in it.
pub(super) fn is_open_to(agent: &AgentId, session: &Session) -> bool {
    let is_he = |person: &AgentId| person == agent;
    session.closed.is_some()
        || session.here().any(|known| known.joined.person.as_ref().is_some_and(is_he))
}

/// What supervisors say among themselves stays among them, also when it is over.
fn highest_role(account: AgentRole) -> Role {
    match account {
        AgentRole::Agent => Role::Agent,
        AgentRole::Supervisor => Role::Supervisor,
    }
}

/// What was erased is not shown, though its log is not purged yet.
async fn read_kept(api: &Api, session: &SessionId) -> Result<(Session, Vec<Arc<Event>>), Refused> {
    match api.handles.contacts.is_erased(&InteractionId(session.0.clone())).await {
        Ok(false) => read(api, session).await,
        Ok(true) => Err(Absent::NotFound.into()),
        Err(error) => Err(Refused::new(503, error.to_string())),
    }
}

/// A session with all its events, whether it lives or not.
pub(super) async fn read(
    api: &Api,
    session: &SessionId,
) -> Result<(Session, Vec<Arc<Event>>), Refused> {
    let thing = ThingId::from(session);
    // Who only looks brings nothing back.
    let sessions = api.handles.sessions.for_asker(Asker::Anyone);
    match sessions.look(&thing, Look::Whole).await {
        Ok(seen) => {
            let nothing = || Refused::new(503, "the session cannot be read at this time");
            let Whole { events, .. } = seen.whole().ok_or_else(nothing)?;
            let (session, room) = Session::from_snapshot(events);
            Ok((session, room.transcript))
        }
        Err(Unanswered::Absent(Absent::Closed)) => {
            let (session, room) = sessions.read_closed(&thing).await?;
            Ok((session, room.transcript))
        }
        Err(unanswered) => Err(unanswered.into()),
    }
}

fn answer(document: &Document, form: Form) -> HttpResponse {
    let (kind, text) = match form {
        Form::Xml => ("application/xml; charset=utf-8", document.to_xml()),
        Form::Json => ("application/json", document.to_json()),
        Form::Text => ("text/plain; charset=utf-8", document.to_text()),
    };
    let mut answer = HttpResponse::Ok();
    answer.insert_header((header::CONTENT_TYPE, kind));
    answer.insert_header((header::CACHE_CONTROL, "no-store"));
    answer.insert_header((header::X_CONTENT_TYPE_OPTIONS, "nosniff"));
    answer.body(text)
}
