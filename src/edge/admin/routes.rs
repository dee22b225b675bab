//! `GET /status`, `POST /drain`, `POST /drain?wait=true`, `POST /undrain`.

use crate::edge::admin::{Operator, Wish};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::web::{self, Data, Query, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

/// Must be there, with any value. A page of another origin cannot send it without being asked first.
pub const OPERATOR: &str = "holdfast-operator";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct How {
    #[serde(default)]
    wait: bool,
}

#[derive(Serialize)]
struct Said {
    text: &'static str,
}

pub fn configure(config: &mut ServiceConfig, operator: Data<Operator>) {
    config
        .app_data(operator)
        .route("/status", web::get().to(status))
        .route("/drain", web::post().to(drain))
        .route("/undrain", web::post().to(undrain));
}

async fn status(operator: Data<Operator>) -> HttpResponse {
    HttpResponse::Ok().json((operator.status)())
}

async fn drain(request: HttpRequest, how: Query<How>, operator: Data<Operator>) -> HttpResponse {
    let wish = if how.wait { Wish::DrainByWaiting } else { Wish::Drain };
    change(&request, &operator, wish, "draining")
}

async fn undrain(request: HttpRequest, operator: Data<Operator>) -> HttpResponse {
    change(&request, &operator, Wish::Serve, "serving again")
}

fn change(
    request: &HttpRequest,
    operator: &Operator,
    wish: Wish,
    text: &'static str,
) -> HttpResponse {
    if let Err(text) = check(request, operator) {
        return HttpResponse::Forbidden().json(Said { text });
    }
    tracing::info!(?wish, "an operator asks");
    operator.wish.send_replace(wish);
    HttpResponse::Accepted().json(Said { text })
}

fn check(request: &HttpRequest, operator: &Operator) -> Result<(), &'static str> {
    let header = HeaderName::from_static(OPERATOR);
    if request.headers().get(header).map(HeaderValue::is_empty) != Some(false) {
        return Err("the header Holdfast-Operator is missing; give it any value");
    }
    let from = request.peer_addr().map(|address| address.ip());
    let is_trusted = from.is_some_and(|address| {
        address.is_loopback() || operator.trusted.iter().any(|network| network.contains(address))
    });
    if is_trusted {
        Ok(())
    } else {
        Err("ask from this machine, or from an address that [listen] operators names")
    }
}
