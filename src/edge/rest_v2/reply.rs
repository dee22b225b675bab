//! From what became of a request to the HTTP answer. Every answer has the same shape.

use crate::chat::transcript::View;
use crate::edge::handles::Handles;
use crate::edge::rest_v2::fault::Fault;
use crate::edge::rest_v2::reception::Caller;
use crate::edge::rest_v2::wire::{ChatReply, messages};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, RETRY_AFTER};

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

pub fn respond(reply: &ChatReply, fault: Option<&Fault>) -> HttpResponse {
    let status = fault.and_then(|fault| StatusCode::from_u16(fault.http).ok());
    let mut response = HttpResponse::build(status.unwrap_or(StatusCode::OK));
    if let Some(after) = fault.and_then(|fault| fault.retry_after) {
        response.insert_header((RETRY_AFTER, after.as_millis().div_ceil(1_000).to_string()));
    }
    response.insert_header((CONTENT_TYPE, JSON)).body(serde_json::to_vec(reply).unwrap_or_default())
}
