//! The way of one request: find out who asks, read it, let it be carried out, answer.

use crate::edge::esp::body::{self, Asked};
use crate::edge::esp::clients::Clients;
use crate::edge::esp::openapi::{self, BASE};
use crate::edge::esp::reply::{Refusal, respond};
use crate::edge::handles::Handles;
use crate::edge::passwords::{Denial, basic};
use crate::esp::{Answer, Door, Method, Request};
use crate::telemetry::meters;
use actix_web::http::header;
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use std::sync::Arc;
use tokio::time::Instant;

/// What all workers of the listener share.
pub struct Api {
    clients: Clients,
    door: Arc<dyn Door>,
    handles: Handles,
}

impl Api {
    pub fn new(handles: Handles, door: Arc<dyn Door>) -> Self {
        Self { clients: Clients::new(&handles), door, handles }
    }
}

/// The routes of the ESP listener.
pub fn configure(api: Data<Api>) -> impl Fn(&mut ServiceConfig) + Clone {
    move |config| {
        let method = web::resource(format!("{BASE}/{{service}}/{{method}}"))
            .route(web::post().to(answer))
            .default_service(web::to(|| async { wrong_method("POST") }));
        let document = web::resource("/openapi.json")
            .route(web::get().to(document))
            .default_service(web::to(|| async { wrong_method("GET") }));
        let everything = web::scope("")
            .wrap(
                DefaultHeaders::new()
                    .add((header::CACHE_CONTROL, "no-store"))
                    .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff")),
            )
            .app_data(api.clone())
            .service(method)
            .service(document)
            .default_service(web::to(nowhere));
        config.service(everything);
    }
}

async fn answer(
    path: Path<(String, String)>,
    request: HttpRequest,
    payload: Payload,
    api: Data<Api>,
) -> HttpResponse {
    let begun = Instant::now();
    let (service, method) = path.into_inner();
    let known = Method::named(&method);
    let outcome = serve(&api, (service, method), &request, payload).await;
    if let Err(refusal) = &outcome {
        tracing::debug!(code = refusal.code, method = known.map(Method::name), "refused");
    }
    if let Some(known) = known {
        meters().request_duration.of(known.operation()).record(begun.elapsed().as_secs_f64());
    }
    respond(outcome)
}

async fn serve(
    api: &Api,
    (service, method): (String, String),
    request: &HttpRequest,
    payload: Payload,
) -> Result<Answer, Refusal> {
    let (client, password) = basic(request).ok_or(Denial::Wrong)?;
    api.clients.admit(&client, password).await?;
    api.clients.pace(&client).map_err(|_| Refusal::too_fast())?;
    let Asked { user_data, parameters, id } = body::read(request, payload).await?;
    let id = api.handles.key_for(id);
    let request = Request { service, method, user_data, parameters, client, id };
    Ok(api.door.ask(request).await?)
}

async fn document() -> HttpResponse {
    HttpResponse::Ok().json(openapi::document())
}

async fn nowhere() -> HttpResponse {
    respond(Err(Refusal::new(
        404,
        404,
        format!("there are {BASE}/Chat/<method> and {BASE}/ChatBot/<method> alone"),
    )))
}

fn wrong_method(allowed: &'static str) -> HttpResponse {
    let text = format!("only {allowed} is understood here");
    let mut response = respond(Err(Refusal::new(405, 405, text)));
    response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allowed));
    response
}
