//! Contacts over plain HTTP, for agents and supervisors: who somebody is, what was said with him
//! before, notes. `docs/api/contacts.md` explains it to those who use it.
//!
//! Read in this order: [`wire`] (what stands on the line), [`answer`] (who asks, how is answered),
//! [`people`] (contacts), [`records`], [`find`] (records again), [`forget`],
//! [`responses`].

pub mod answer;
pub mod find;
pub mod forget;
pub mod people;
pub mod records;
pub mod responses;
pub mod wire;
mod wire_forget;

use crate::edge::agent::refuse::resource;
use actix_web::web;

/// A note, or all attributes of a contact.
const LONGEST_BODY: usize = 64 * 1024;

/// The routes, beside the others of the agent listener.
pub fn configure(config: &mut web::ServiceConfig) {
    let contacts = resource("/api/v1/contacts").route(web::get().to(people::find));
    let contact = resource("/api/v1/contacts/{id}").route(web::get().to(people::get));
    let attributes = resource("/api/v1/contacts/{id}/attributes")
        .app_data(web::JsonConfig::default().limit(LONGEST_BODY))
        .route(web::patch().to(people::change));
    let history =
        resource("/api/v1/contacts/{id}/interactions").route(web::get().to(people::history));
    let merge = resource("/api/v1/contacts/{id}/merge")
        .app_data(web::JsonConfig::default().limit(LONGEST_BODY))
        .route(web::post().to(people::merge));
    let unmerge = resource("/api/v1/contacts/{id}/unmerge").route(web::post().to(people::unmerge));
    let record = resource("/api/v1/records/{id}").route(web::get().to(records::get));
    let transcript =
        resource("/api/v1/records/{id}/transcript").route(web::get().to(records::transcript));
    let remarks = resource("/api/v1/records/{id}/remarks")
        .app_data(web::JsonConfig::default().limit(LONGEST_BODY))
        .route(web::post().to(records::remark));
    let assign = resource("/api/v1/records/{id}/contact")
        .app_data(web::JsonConfig::default().limit(LONGEST_BODY))
        .route(web::put().to(records::assign));
    config.service(contacts).service(contact).service(attributes).service(history);
    config.service(merge).service(unmerge);
    let search = resource("/api/v1/records").route(web::get().to(find::get));
    let export = resource("/api/v1/contacts/{id}/export").route(web::get().to(forget::export));
    let erase = resource("/api/v1/contacts/{id}/erase").route(web::post().to(forget::erase));
    let erasures = resource("/api/v1/erasures").route(web::get().to(forget::proofs));
    let responses = resource("/api/v1/standard-responses").route(web::get().to(responses::list));
    let response = resource("/api/v1/standard-responses/{id}").route(web::get().to(responses::get));
    let render = resource("/api/v1/standard-responses/{id}/render")
        .app_data(web::JsonConfig::default().limit(LONGEST_BODY))
        .route(web::post().to(responses::render));
    config.service(responses).service(response).service(render);
    config.service(search).service(export).service(erase).service(erasures);
    config.service(record).service(transcript).service(remarks).service(assign);
}
