//! Records of interactions: what is known of one, its transcript, what people put on it.

use super::answer::{Refused, answer, answer_with, body, ok};
use super::wire::{AssignBody, RecordAnswer, RemarkBody};
use crate::base::{ContactId, InteractionId};
use crate::chat::Role;
use crate::chat::document::shown::{Eyes, xml_for};
use crate::contact::reader::Standing;
use crate::contact::remark::RemarkWish;
use crate::edge::agent::Api;
use actix_web::{HttpRequest, HttpResponse, web};

/// `GET /api/v1/records/{id}`
pub async fn get(
    request: HttpRequest,
    path: web::Path<String>,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |reader| {
        let record = api.handles.contacts.record(&id(path), &reader).await?;
        Ok(RecordAnswer::from(record))
    };
    answer((&request, &api), work).await
}

/// `GET /api/v1/records/{id}/transcript`: as it was kept, without what the reader may not see.
pub async fn transcript(
    request: HttpRequest,
    path: web::Path<String>,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |reader: crate::contact::Reader| {
        let content = api.handles.contacts.record(&id(path), &reader).await?.record.content;
        let eyes = Eyes { role: role(reader.standing), agent: &reader.agent };
        let shown = xml_for(&content.structured_text, eyes);
        let unreadable = || Refused::Unreadable("the transcript cannot be read".into());
        Ok((content.structured_text_mime_type, shown.ok_or_else(unreadable)?))
    };
    let show = |(kind, text)| ok().content_type(format!("{kind}; charset=utf-8")).body(text);
    answer_with((&request, &api), work, show).await
}

/// `POST /api/v1/records/{id}/remarks`
pub async fn remark(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |reader| {
        let RemarkBody { key, note, disposition } = body(&request, payload, &api).await?;
        let wish = RemarkWish { key: api.handles.key_for(key), note, disposition };
        let record = api.handles.contacts.remark(&id(path), &reader, wish).await?;
        Ok(RecordAnswer::from(record))
    };
    answer((&request, &api), work).await
}

/// `PUT /api/v1/records/{id}/contact`
pub async fn assign(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |reader| {
        let AssignBody { contact_id } = body(&request, payload, &api).await?;
        let contact = ContactId(contact_id);
        let record = api.handles.contacts.assign(&id(path), &reader, &contact).await?;
        Ok(RecordAnswer::from(record))
    };
    answer((&request, &api), work).await
}

fn role(standing: Standing) -> Role {
    match standing {
        Standing::Agent => Role::Agent,
        Standing::Supervisor => Role::Supervisor,
    }
}

fn id(path: web::Path<String>) -> InteractionId {
    InteractionId(path.into_inner())
}
