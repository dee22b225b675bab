//! `POST /genesys/2/chat-ntf`: what clients of CometD ask of files. The key alone says whose chat it
//! is. No files are taken yet, and the limits say so.

use crate::chat::look::Look;
use crate::chat::transcript::From;
use crate::edge::cometd::chat::{chat_id, read_form};
use crate::edge::cometd::hub::Hub;
use crate::edge::rest_v2::body::{self, BodyLimits};
use crate::edge::rest_v2::chat::look;
use crate::edge::rest_v2::fault::Fault;
use crate::edge::rest_v2::origin::counted_address;
use crate::edge::rest_v2::reception::Caller;
use crate::edge::rest_v2::reply::{Outcome, done, refused, refused_stranger, respond};
use crate::edge::rest_v2::wire::{ChatReply, file_limits};
use actix_cors::Cors;
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

const PATHS: [&str; 2] = ["/genesys/2/chat-ntf", "/genesys/2/chat-ntf/"];
const OPERATION: &str = "operation";

/// So many files are taken already that there is no room for another one.
const NO_MORE_FILES: u32 = 201;

pub fn configure(config: &mut ServiceConfig, hub: Data<Hub>, cors: Cors) {
    let resource = web::resource(PATHS).wrap(cors).app_data(hub).route(web::post().to(post));
    config.service(resource);
}

async fn post(request: HttpRequest, payload: Payload, hub: Data<Hub>) -> HttpResponse {
    let reception = &hub.reception;
    let stranger = |chat_id: &str, fault: &Fault| {
        respond(&refused_stranger(&reception.handles, chat_id, fault), Some(fault))
    };
    let pairs = match body::pairs(&request, payload, BodyLimits::default()).await {
        Ok(pairs) => pairs,
        Err(fault) => return stranger("", &fault),
    };
    let chat_id = chat_id(&pairs);
    let named = chat_id.clone().unwrap_or_default();
    let asked = pairs.iter().find(|(name, _)| name == OPERATION);
    let operation = asked.map(|(_, operation)| operation.clone());
    let form = match read_form(pairs, reception.duplicates()) {
        Ok(form) => form,
        Err(fault) => return stranger(&named, &fault),
    };
    let address = counted_address(&request, &reception.handles.config.listen.trusted_gateways);
    let caller = match reception.recognise_key((chat_id.as_deref(), &form), address) {
        Ok(caller) => caller,
        Err(fault) => return stranger(&named, &fault),
    };
    match answer(&hub, &caller, operation.as_deref()).await {
        Ok(reply) => respond(&reply, None),
        Err(fault) => respond(&refused(&reception.handles, &caller, &fault), Some(&fault)),
    }
}

/// One without an operation brings a file.
async fn answer(hub: &Hub, caller: &Caller, operation: Option<&str>) -> Result<ChatReply, Fault> {
    let handles = &hub.reception.handles;
    let (session, who) = (&caller.bearer.session, caller.bearer.participant);
    let poll = Look::Poll { who, from: From::Nowhere, typing: None };
    let seen = look(handles, session, poll).await?;
    match operation {
        Some("fileGetLimits" | "fileGetsLimits") => {
            let messages = vec![file_limits(who, hub.reception.now())];
            let outcome = Outcome { view: seen.view, is_repeated: false };
            Ok(ChatReply { messages, ..done(handles, caller, &outcome) })
        }
        Some("fileUpload") | None => Err(Fault::invalid(NO_MORE_FILES, "no files are taken here")),
        Some("fileDownload" | "fileDelete") => Err(Fault::unreadable(404, "there is no such file")),
        Some(_) => Err(Fault::unreadable(400, "there is no such operation")),
    }
}
