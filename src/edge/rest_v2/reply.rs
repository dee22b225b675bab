//! From what became of a request to the HTTP answer. Every answer has the same shape.

use crate::chat::transcript::View;
use crate::edge::handles::Handles;
use crate::edge::rest_v2::fault::Fault;
use crate::edge::rest_v2::reception::Caller;
use crate::edge::rest_v2::wire::{ChatReply, messages};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER};

/// After how many seconds a customer whose chat is dormant is to ask again. A header, since a strict
/// client drops a reply with a member that it does not know.
pub const POLL_AFTER: HeaderName = HeaderName::from_static("holdfast-poll-after");

const JSON: &str = "application/json;charset=UTF-8";

/// What a request led to.
pub struct Outcome {
    pub view: View,
    pub is_repeated: bool,
}

/// What somebody who proved himself gets for a request that was carried out.
pub fn done(handles: &Handles, caller: &Caller, outcome: &Outcome) -> ChatReply {
    let tells = handles.config.settings.show_monitoring_to_customer;
    ChatReply {
        messages: messages(&outcome.view),
        chat_ended: outcome.view.is_over,
        next_position: outcome.view.next.0,
        monitored: tells && outcome.view.is_monitored,
        duplicate: outcome.is_repeated.then_some(true),
        ..addressed(handles, caller)
    }
}

/// What he gets for one that was refused.
pub fn refused(handles: &Handles, caller: &Caller, fault: &Fault) -> ChatReply {
    refuse(addressed(handles, caller), fault)
}

/// What a stranger gets: nothing but the refusal, and his own words for the session.
pub fn refused_stranger(handles: &Handles, chat_id: &str, fault: &Fault) -> ChatReply {
    let alias = handles.me.node.0.clone();
    refuse(ChatReply { chat_id: chat_id.to_owned(), alias, ..ChatReply::default() }, fault)
}

fn addressed(handles: &Handles, caller: &Caller) -> ChatReply {
    ChatReply {
        chat_id: caller.bearer.session.0.clone(),
        user_id: caller.bearer.user.0.clone(),
        secure_key: caller.secure_key.clone(),
        alias: handles.alias_of(&caller.bearer.session),
        ..ChatReply::default()
    }
}

fn refuse(reply: ChatReply, fault: &Fault) -> ChatReply {
    ChatReply {
        status_code: fault.status_code,
        chat_ended: fault.chat_ended,
        errors: Some(vec![fault.note.clone()]),
        ..reply
    }
}

/// Tells the customer of a dormant chat when to ask again.
pub fn slow_down(response: &mut HttpResponse, handles: &Handles) {
    if let Some(seconds) = poll_after(handles) {
        response.headers_mut().insert(POLL_AFTER, HeaderValue::from(seconds));
    }
}

/// He is removed for silence as soon as he is expected again, so he must not be told to be silent.
fn poll_after(handles: &Handles) -> Option<u64> {
    let most = handles.chat_policy.flex_disconnect_timeout * 2 / 3;
    let after = handles.config.limits.dormant_poll_interval.min(most).as_secs();
    (0 < after).then_some(after)
}

pub fn respond(reply: &ChatReply, fault: Option<&Fault>) -> HttpResponse {
    let status = fault.and_then(|fault| StatusCode::from_u16(fault.http).ok());
    let mut response = HttpResponse::build(status.unwrap_or(StatusCode::OK));
    if let Some(after) = fault.and_then(|fault| fault.retry_after) {
        response.insert_header((RETRY_AFTER, after.as_millis().div_ceil(1_000).to_string()));
    }
    response.insert_header((CONTENT_TYPE, JSON)).body(serde_json::to_vec(reply).unwrap_or_default())
}
