//! Where CometD is found. Clients put the kind of a message behind the address, or a slash, or
//! nothing: it is the same.

use crate::edge::cometd::hub::Hub;
use crate::edge::cometd::{ntf, polling, socket};
use actix_cors::Cors;
use actix_web::guard::{self, GuardContext};
use actix_web::http::{Method, header};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, Data, ServiceConfig};

const PATHS: [&str; 3] = ["/genesys/cometd", "/genesys/cometd/", "/genesys/cometd/{kind}"];

const ALLOWED_HEADERS: &[&str] =
    &["apikey", "x-api-key", "authorization", "x-requested-with", "content-type", "accept"];

/// How long a browser need not ask again, in seconds.
const PREFLIGHT_AGE: usize = 3_600;

pub fn configure(config: &mut ServiceConfig, hub: Data<Hub>) {
    let origins = hub.reception.handles.config.listen.cors_origins.clone();
    let resource = web::resource(PATHS)
        .wrap(cors(&origins))
        .wrap(
            DefaultHeaders::new()
                .add((header::CACHE_CONTROL, "no-store"))
                .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff")),
        )
        .app_data(hub.clone())
        .route(web::get().guard(guard::fn_guard(is_upgrade)).to(socket::open))
        .route(web::get().to(polling::get))
        .route(web::post().to(polling::post));
    config.service(resource);
    ntf::configure(config, hub, cors(&origins));
}

fn is_upgrade(context: &GuardContext<'_>) -> bool {
    let upgrade = context.head().headers().get(header::UPGRADE);
    let upgrade = upgrade.and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

/// Clients send the cookie of their browser from pages of other origins too. It proves nothing, so
/// whoever may ask at all may bring it; what proves a customer is the key in the message.
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods([Method::GET, Method::POST])
        .allowed_headers(ALLOWED_HEADERS.iter().copied())
        .block_on_origin_mismatch(false)
        .supports_credentials()
        .max_age(PREFLIGHT_AGE);
    if origins.iter().any(|origin| origin == "*") {
        return cors.allow_any_origin();
    }
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
