//! Contacts: who somebody is, what is known of him, what was said with him, who is the same person.

use super::answer::{Asked, Refused, answer, asked, body};
use super::find::check_attributes;
use super::wire::{
    ChangeBody, ContactAnswer, ContactsAnswer, HistoryAnswer, HistoryQuery, MergeBody,
};
use crate::base::ContactId;
use crate::contact::identify::Criterion;
use crate::contact::state::Attributes;
use crate::edge::agent::Api;
use actix_web::{HttpRequest, HttpResponse, web};

/// `GET /api/v1/contacts?EmailAddress=…`
pub async fn find(
    request: HttpRequest,
    query: Asked<Attributes>,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |_| {
        let criterion = Criterion(asked(query)?.into_iter().collect());
        if criterion.0.is_empty() {
            let what = "say at least one attribute, as '?EmailAddress=…'".to_owned();
            return Err(Refused::Unreadable(what));
        }
        check_attributes(&criterion).map_err(Refused::Unreadable)?;
        let found = api.handles.contacts.contacts_with(&criterion).await?;
        Ok(ContactsAnswer::from(found))
    };
    answer((&request, &api), work).await
}

/// `GET /api/v1/contacts/{id}`
pub async fn get(
    request: HttpRequest,
    path: web::Path<String>,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |_| {
        let known = api.handles.contacts.contact(&id(path)).await?;
        Ok(ContactAnswer::from(known))
    };
    answer((&request, &api), work).await
}

/// `PATCH /api/v1/contacts/{id}/attributes`
pub async fn change(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |_| {
        let change: ChangeBody = body(&request, payload, &api).await?;
        let changed = api.handles.contacts.change_attributes(&id(path), &change.into()).await?;
        Ok(ContactAnswer::from(changed))
    };
    answer((&request, &api), work).await
}

/// `GET /api/v1/contacts/{id}/interactions?limit=&after=`
pub async fn history(
    request: HttpRequest,
    path: web::Path<String>,
    query: Asked<HistoryQuery>,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |reader| {
        let query = asked(query)?;
        let after = query.after().map_err(Refused::Unreadable)?;
        let most = query.most().map_err(Refused::Unreadable)?;
        let contacts = &api.handles.contacts;
        let page = contacts.history(&id(path), &reader, after.as_ref(), most).await?;
        Ok(HistoryAnswer::from(page))
    };
    answer((&request, &api), work).await
}

/// `POST /api/v1/contacts/{id}/merge`
pub async fn merge(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |reader| {
        let MergeBody { into } = body(&request, payload, &api).await?;
        let merged = api.handles.contacts.merge(&id(path), &ContactId(into), &reader).await?;
        Ok(ContactAnswer::from(merged))
    };
    answer((&request, &api), work).await
}

/// `POST /api/v1/contacts/{id}/unmerge`
pub async fn unmerge(
    request: HttpRequest,
    path: web::Path<String>,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |reader| {
        let alone = api.handles.contacts.unmerge(&id(path), &reader).await?;
        Ok(ContactAnswer::from(alone))
    };
    answer((&request, &api), work).await
}

fn id(path: web::Path<String>) -> ContactId {
    ContactId(path.into_inner())
}
