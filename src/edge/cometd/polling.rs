//! Long-polling and callback-polling: a request brings messages, and waits only if there is a connect
//! among them.

use crate::edge::cometd::bayeux::reply::{Text, list};
use crate::edge::cometd::bayeux::{Channel, Incoming, Meta, message};
use crate::edge::cometd::cookie;
use crate::edge::cometd::exchange::{Bringer, Carrier, Exchanged, exchange};
use crate::edge::cometd::hub::Hub;
use crate::edge::rest_v2::body::{BodyLimits, decode_form, whole};
use crate::edge::rest_v2::fault::Fault;
use crate::edge::rest_v2::origin::counted_address;
use crate::edge::rest_v2::pairs::Pairs;
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_TYPE, SET_COOKIE};
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse};

const JSON: &str = "application/json;charset=UTF-8";
const SCRIPT: &str = "text/javascript;charset=UTF-8";
const FORM: &str = "application/x-www-form-urlencoded";

/// Where messages stand in a form or a query.
const MESSAGE: &str = "message";
/// What the script calls, and what it calls unless it is told.
const CALLBACK: &str = "jsonp";
const USUAL_CALLBACK: &str = "jsonpcallback";
const LONGEST_CALLBACK: usize = 64;

/// `POST`: long-polling.
pub async fn post(request: HttpRequest, body: Payload, hub: Data<Hub>) -> HttpResponse {
    let read = async {
        let body = whole(request.headers(), body, BodyLimits::default()).await?;
        if has_form(&request) { of_form(&decode_form(&body)?) } else { read(&body) }
    };
    match read.await {
        Ok(messages) => answer(&request, &hub, messages, Form::Json).await,
        Err(fault) => refuse(&fault),
    }
}

/// `GET`: callback-polling.
pub async fn get(request: HttpRequest, hub: Data<Hub>) -> HttpResponse {
    if !hub.reception.section().callback_polling {
        return refuse(&Fault::unreadable(400, "callback-polling is switched off"));
    }
    let read = || {
        let pairs = decode_form(request.query_string().as_bytes())?;
        let named = pairs.iter().find(|(name, _)| name == CALLBACK);
        let callback = named.map_or(USUAL_CALLBACK, |(_, name)| name.as_str());
        if !is_callback(callback) {
            return Err(Fault::unreadable(400, "this is no name of a function"));
        }
        Ok((of_form(&pairs)?, callback.to_owned()))
    };
    match read() {
        Ok((messages, callback)) => {
            answer(&request, &hub, messages, Form::Script { callback }).await
        }
        Err(fault) => refuse(&fault),
    }
}

/// How the answer is written.
enum Form {
    Json,
    Script { callback: String },
}

async fn answer(
    request: &HttpRequest,
    hub: &Data<Hub>,
    messages: Vec<Incoming>,
    form: Form,
) -> HttpResponse {
    let trusted = &hub.reception.handles.config.listen.trusted_gateways;
    let address = counted_address(request, trusted);
    let known = cookie::of(request);
    let is_handshake = |one: &Incoming| Channel::of(&one.channel) == Channel::Meta(Meta::Handshake);
    let is_new = known.is_none() && messages.iter().any(is_handshake);
    let new = is_new.then(|| cookie::new_browser(&*hub.reception.handles.chance));
    let browser = known.or_else(|| new.clone());
    let bringer = Bringer { browser, carrier: Carrier::Polling, address };
    let Exchanged { mut replies, connect, .. } = exchange(hub, &bringer, messages).await;
    if let Some((connect, _hold)) = connect {
        replies.extend(connect.answer().await);
    }
    let mut response = write(&replies, form);
    if let Some(cookie) = new.and_then(|browser| cookie::set(&browser, request)) {
        response.headers_mut().insert(SET_COOKIE, cookie);
    }
    response
}

fn write(replies: &[Text], form: Form) -> HttpResponse {
    let text = list(replies);
    match form {
        Form::Json => HttpResponse::Ok().insert_header((CONTENT_TYPE, JSON)).body(text),
        // The comment keeps the first bytes from being anything else than a script.
        Form::Script { callback } => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, SCRIPT))
            .body(format!("/**/{callback}({})", as_script(&text))),
    }
}

/// JSON is a script but for two signs, which end a line there.
fn as_script(text: &str) -> String {
    text.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

fn is_callback(name: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_$.".contains(c);
    !name.is_empty() && name.len() <= LONGEST_CALLBACK && name.chars().all(is_allowed)
}

fn has_form(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    kind.is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with(FORM))
}

fn of_form(pairs: &Pairs) -> Result<Vec<Incoming>, Fault> {
    let mut messages = Vec::new();
    for (_, text) in pairs.iter().filter(|(name, _)| name == MESSAGE) {
        messages.extend(read(text.as_bytes())?);
    }
    if message::MOST_MESSAGES < messages.len() {
        return Err(Fault::unreadable(400, message::Unreadable::TooMany.to_string()));
    }
    Ok(messages)
}

fn read(text: &[u8]) -> Result<Vec<Incoming>, Fault> {
    message::read(text).map_err(|error| Fault::unreadable(400, error.to_string()))
}

fn refuse(fault: &Fault) -> HttpResponse {
    let status = StatusCode::from_u16(fault.http).unwrap_or(StatusCode::BAD_REQUEST);
    HttpResponse::build(status)
        .content_type("text/plain;charset=UTF-8")
        .body(fault.note.message.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_a_name_and_nothing_that_could_do_more() {
        assert!(is_callback("jQuery_1.cb$"));
        for bad in ["", "alert(1)//", "a;b", "a b", "<b>", &"a".repeat(65)] {
            assert!(!is_callback(bad), "{bad}");
        }
    }

    #[test]
    fn messages_of_a_form_stand_in_one_field_or_in_several() {
        let pair = |text: &str| (MESSAGE.to_owned(), text.to_owned());
        let several =
            [pair(r#"{"channel": "/a"}"#), pair(r#"[{"channel": "/b"}, {"channel": "/c"}]"#)];

        assert_eq!(of_form(&several.to_vec()).unwrap().len(), 3);
        let many = format!("[{}{{}}]", "{},".repeat(40));
        assert!(of_form(&vec![pair(&many), pair(&many)]).is_err());
    }
}
