//! What is kept of a person, and its end, for supervisors.

use super::answer::{Asked, Refused, answer, asked};
use super::wire::HistoryQuery;
use super::wire_forget::{ExportAnswer, ProofAnswer, ProofsAnswer};
use crate::base::ContactId;
use crate::edge::agent::Api;
use actix_web::{HttpRequest, HttpResponse, web};

/// `GET /api/v1/contacts/{id}/export?limit=&after=`
pub async fn export(
    request: HttpRequest,
    path: web::Path<String>,
    query: Asked<HistoryQuery>,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |reader| {
        let (id, query) = (ContactId(path.into_inner()), asked(query)?);
        let after = query.after().map_err(Refused::Unreadable)?;
        let part = (after.as_ref(), query.most().map_err(Refused::Unreadable)?);
        let export = api.handles.contacts.export(&id, &reader, part).await?;
        Ok(ExportAnswer::from(export))
    };
    answer((&request, &api), work).await
}

/// `POST /api/v1/contacts/{id}/erase`
pub async fn erase(
    request: HttpRequest,
    path: web::Path<String>,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |reader| {
        let id = ContactId(path.into_inner());
        let proof = api.handles.key_for(None);
        let proof = api.handles.contacts.erase(&id, &reader, proof).await?;
        Ok(ProofAnswer::from(proof))
    };
    answer((&request, &api), work).await
}

/// `GET /api/v1/erasures`
pub async fn proofs(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    let work = async |reader| {
        let proofs = api.handles.contacts.proofs(&reader).await?;
        Ok(ProofsAnswer::from(proofs))
    };
    answer((&request, &api), work).await
}
