//! The way of one request: read it, find out who asks, carry it out, answer. The routes are those of
//! the table ([`route`](crate::edge::rest_v2::route)).

use crate::edge::rest_v2::body::{self, BodyLimits};
use crate::edge::rest_v2::create::{create, no_such_service};
use crate::edge::rest_v2::fault::Fault;
use crate::edge::rest_v2::form::{Form, MESSAGE_ID};
use crate::edge::rest_v2::keys::Channel;
use crate::edge::rest_v2::openapi;
use crate::edge::rest_v2::operations::operate_and_look;
use crate::edge::rest_v2::origin::counted_address;
use crate::edge::rest_v2::reception::{Caller, Reception};
use crate::edge::rest_v2::reply::{
    Outcome, POLL_AFTER, done, refused, refused_stranger, respond, slow_down,
};
use crate::edge::rest_v2::route::Operation;
use crate::telemetry::meters;
use actix_cors::Cors;
use actix_web::dev::HttpServiceFactory;
use actix_web::http::{Method, header};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use std::net::IpAddr;
use tokio::time::Instant;

/// A client's own name for a request, so that it can be sent again.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// What browsers may send from other people's pages.
const ALLOWED_HEADERS: &[&str] = &[
    "apikey",
    "x-api-key",
    "authorization",
    "x-requested-with",
    "content-type",
    "accept",
    "idempotency-key",
];

/// How long a browser need not ask again, in seconds.
const PREFLIGHT_AGE: usize = 3_600;

/// All routes of customers, with what holds for every answer.
pub fn configure(config: &mut ServiceConfig, reception: Data<Reception>) {
    let everything = web::scope("")
        .wrap(cors(&reception.handles.config.listen.cors_origins))
        .wrap(
            DefaultHeaders::new()
                .add((header::CACHE_CONTROL, "no-store"))
                .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff")),
        )
        .app_data(reception)
        .service(
            web::resource("/openapi.json")
                .route(web::get().to(document))
                .default_service(web::to(wrong_method)),
        )
        .configure(|config| {
            for operation in Operation::ALL {
                config.service(resource(*operation));
            }
        })
        .default_service(web::to(unknown));
    config.service(everything);
}

fn resource(operation: Operation) -> impl HttpServiceFactory + 'static {
    let path = operation.path();
    let answer = move |reception, request, payload| answer(operation, reception, request, payload);
    web::resource([path.clone(), format!("{path}/")])
        .route(web::post().to(answer))
        .default_service(web::to(wrong_method))
}

/// With `*` anybody's page may ask, but never with the browser's own credentials; the origins that
/// an operator names may have those too, for the sake of gateways that want them.
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST])
        .allowed_headers(ALLOWED_HEADERS.iter().copied())
        .expose_headers([header::RETRY_AFTER, POLL_AFTER])
        .block_on_origin_mismatch(false)
        .max_age(PREFLIGHT_AGE);
    if origins.iter().any(|origin| origin == "*") {
        return cors.allow_any_origin().send_wildcard();
    }
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin)).supports_credentials()
}

async fn answer(
    operation: Operation,
    reception: Data<Reception>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let begun = Instant::now();
    let response = serve(operation, &reception, &request, payload).await;
    let taken = begun.elapsed().as_secs_f64();
    meters().request_duration.of(operation.name()).record(taken);
    response
}

async fn serve(
    operation: Operation,
    reception: &Reception,
    request: &HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let chat_id = request.match_info().get("chatId").unwrap_or_default();
    let handles = &reception.handles;
    let address = counted_address(request, &handles.config.listen.trusted_gateways);
    let asked = match Asked::read(reception, request, payload).await {
        Ok(asked) => Asked { address, ..asked },
        Err(fault) => return refuse_stranger(reception, chat_id, &fault),
    };
    if operation == Operation::Create {
        return match asked.create(reception).await {
            Ok((caller, outcome)) => respond(&done(handles, &caller, &outcome), None),
            Err(fault) => refuse_stranger(reception, chat_id, &fault),
        };
    }
    let caller = match reception.recognise(chat_id, &asked.form, address) {
        Ok(caller) => caller,
        Err(fault) => return refuse_stranger(reception, chat_id, &fault),
    };
    match operate_and_look(reception, operation, &caller, &asked.form, asked.key).await {
        Ok((outcome, is_dormant)) => {
            let mut response = respond(&done(handles, &caller, &outcome), None);
            if is_dormant {
                slow_down(&mut response, handles);
            }
            response
        }
        Err(fault) => {
            let session = &caller.bearer.session;
            tracing::debug!(%session, operation = operation.name(), code = fault.note.code, "refused");
            respond(&refused(handles, &caller, &fault), Some(&fault))
        }
    }
}

/// A request that could be read.
struct Asked {
    service: String,
    form: Form,
    key: Option<String>,
    address: Option<IpAddr>,
}

impl Asked {
    async fn read(
        reception: &Reception,
        request: &HttpRequest,
        payload: Payload,
    ) -> Result<Self, Fault> {
        let service = request.match_info().get("service").unwrap_or_default().to_owned();
        if reception.handles.config.endpoint_of(&service).is_none() {
            return Err(no_such_service());
        }
        let pairs = body::pairs(request, payload, BodyLimits::default()).await?;
        let form = Form::read(pairs, reception.duplicates())?;
        let key = key(request, &form)?;
        Ok(Self { service, form, key, address: None })
    }

    async fn create(self, reception: &Reception) -> Result<(Caller, Outcome), Fault> {
        reception.admit_creation(self.address)?;
        create(reception, (&self.service, Channel::Rest), &self.form, self.key).await
    }
}

/// The client's own name for its request: a header, or a parameter for those who cannot set one.
fn key(request: &HttpRequest, form: &Form) -> Result<Option<String>, Fault> {
    let malformed = |_| Fault::unreadable(400, format!("{IDEMPOTENCY_KEY} is no text"));
    let header = request.headers().get(IDEMPOTENCY_KEY).map(|value| value.to_str());
    let header = header.transpose().map_err(malformed)?;
    match (header, form.get(MESSAGE_ID)) {
        (Some(header), Some(parameter)) if header != parameter => {
            let message = format!("{IDEMPOTENCY_KEY} and {MESSAGE_ID} name different requests");
            Err(Fault::unreadable(400, message))
        }
        (header, parameter) => Ok(header.or(parameter).map(str::to_owned)),
    }
}

fn refuse_stranger(reception: &Reception, chat_id: &str, fault: &Fault) -> HttpResponse {
    tracing::debug!(code = fault.note.code, "refused a stranger");
    respond(&refused_stranger(&reception.handles, chat_id, fault), Some(fault))
}

async fn document() -> HttpResponse {
    HttpResponse::Ok().json(openapi::document())
}

async fn unknown(reception: Data<Reception>) -> HttpResponse {
    refuse_stranger(&reception, "", &Fault::unreadable(404, "there is nothing at this address"))
}

async fn wrong_method(reception: Data<Reception>, request: HttpRequest) -> HttpResponse {
    let allowed = if request.path() == "/openapi.json" { "GET" } else { "POST" };
    let fault = Fault::unreadable(405, format!("only {allowed} is understood here"));
    let mut response = refuse_stranger(&reception, "", &fault);
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allowed));
    response
}
