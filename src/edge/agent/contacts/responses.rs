//! Standard responses over plain HTTP: which there are, and one with what is known put in.

use super::answer::{Asked, Refused, answer, asked, body};
use crate::base::{ContactId, InteractionId, SessionId};
use crate::contact::Reader;
use crate::contact::error::{Rejection, Unserved};
use crate::contact::field_codes::{Fields, Interaction};
use crate::contact::reader::Running;
use crate::contact::response::{Ready, Response, Wanted};
use crate::edge::agent::Api;
use crate::edge::agent::transcript;
use actix_web::{HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    category: Option<String>,
    language: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetQuery {
    #[serde(default)]
    language: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RenderBody {
    #[serde(default)]
    language: String,
    contact_id: Option<String>,
    interaction_id: Option<String>,
}

#[derive(Serialize)]
struct ListAnswer {
    categories: Vec<String>,
    responses: Vec<Entry>,
}

/// A response without its content.
#[derive(Serialize)]
struct Entry {
    id: String,
    name: String,
    category: String,
    language: String,
}

#[derive(Serialize)]
struct ResponseAnswer {
    #[serde(flatten)]
    entry: Entry,
    subject: String,
    text: String,
    /// As it was written, with its codes.
    structured: BTreeMap<String, Value>,
}

#[derive(Serialize)]
struct RenderAnswer {
    subject: String,
    text: String,
    structured: BTreeMap<String, Value>,
    /// Codes for which nothing is known.
    missing: BTreeSet<String>,
}

/// `GET /api/v1/standard-responses?category=&language=`
pub async fn list(
    request: HttpRequest,
    query: Asked<ListQuery>,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |_| {
        let ListQuery { category, language } = asked(query)?;
        let library = &api.handles.contacts.responses;
        let responses = library.list(&Wanted { category, language });
        Ok(ListAnswer {
            categories: library.categories().into_iter().map(str::to_owned).collect(),
            responses: responses.into_iter().map(Entry::from).collect(),
        })
    };
    answer((&request, &api), work).await
}

/// `GET /api/v1/standard-responses/{id}?language=`
pub async fn get(
    request: HttpRequest,
    path: web::Path<String>,
    query: Asked<GetQuery>,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |_| {
        let response = find(&api, &path, &asked(query)?.language)?;
        Ok(ResponseAnswer::from(response))
    };
    answer((&request, &api), work).await
}

/// `POST /api/v1/standard-responses/{id}/render`
pub async fn render(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |reader| {
        let wished: RenderBody = body(&request, payload, &api).await?;
        let response = find(&api, &path, &wished.language)?;
        let fields = fields(&api, &reader, wished.contact_id, wished.interaction_id).await?;
        let Ready { subject, text, structured, missing } = response.ready(&fields);
        Ok(RenderAnswer { subject, text, structured, missing })
    };
    answer((&request, &api), work).await
}

fn find<'a>(api: &'a Api, id: &str, language: &str) -> Result<&'a Response, Refused> {
    let found = api.handles.contacts.responses.find(id, language);
    found.ok_or_else(|| Rejection::NoSuchResponse(id.to_owned()).into())
}

/// What is known of the agent who asks, of the interaction, and of its contact or the one that is
/// named.
async fn fields(
    api: &Api,
    reader: &Reader,
    contact: Option<String>,
    interaction: Option<String>,
) -> Result<Fields, Refused> {
    let account = api.handles.config.agents.get(reader.agent.as_str());
    let nickname = account.map(|account| account.nickname.as_str()).filter(|name| !name.is_empty());
    let mut fields = Fields::default()
        .with("Agent.UserName", reader.agent.as_str())
        .with("Agent.NickName", nickname.unwrap_or(reader.agent.as_str()));
    let mut whose = contact.map(ContactId);
    if let Some(interaction) = interaction {
        let id = InteractionId(interaction);
        let (known, its) = of_interaction(api, fields, (&id, reader)).await?;
        fields = known;
        whose = whose.or(its);
    }
    if let Some(whose) = whose {
        let known = api.handles.contacts.contact(&whose).await?;
        fields = fields.of_contact(&known.contact);
    }
    Ok(fields)
}

/// A chat that runs is asked itself: its record may be kept at its end alone.
async fn of_interaction(
    api: &Api,
    fields: Fields,
    (id, reader): (&InteractionId, &Reader),
) -> Result<(Fields, Option<ContactId>), Refused> {
    match api.handles.contacts.record(id, reader).await {
        Ok(kept) => {
            let content = &kept.record.content;
            let interaction = Interaction {
                id,
                subject: &content.subject,
                at: content.started_at,
                media_type: &content.media_type,
                queue: &content.queue,
                user_data: &content.attributes,
            };
            Ok((fields.of_interaction(&interaction), kept.record.contact))
        }
        Err(Unserved::Rejected(refused @ Rejection::StillRuns(_))) => Err(refused.into()),
        Err(Unserved::Rejected(unknown)) => {
            let session = SessionId(id.0.clone());
            let Ok((session, _)) = transcript::read(api, &session).await else {
                return Err(unknown.into());
            };
            if reader.running == Running::Own && !transcript::is_open_to(&reader.agent, &session) {
                return Err(Rejection::StillRuns(id.clone()).into());
            }
            let Some(started) = session.started.as_deref() else { return Err(unknown.into()) };
            let interaction = Interaction {
                id,
                subject: &started.subject,
                at: session.started_at,
                media_type: &started.media_type,
                queue: &started.queue,
                user_data: &session.user_data,
            };
            Ok((fields.of_interaction(&interaction), session.contact.clone()))
        }
        Err(error @ Unserved::Store(_)) => Err(error.into()),
    }
}

impl From<&Response> for Entry {
    fn from(response: &Response) -> Self {
        Self {
            id: response.id.clone(),
            name: response.name.clone(),
            category: response.category.clone(),
            language: response.language.clone(),
        }
    }
}

impl From<&Response> for ResponseAnswer {
    fn from(response: &Response) -> Self {
        Self {
            entry: Entry::from(response),
            subject: response.subject.clone(),
            text: response.text.clone(),
            structured: response.contents(),
        }
    }
}
