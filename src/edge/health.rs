//! `/livez`, `/readyz` and `/metrics`, for orchestrators and Prometheus. Not for the world.

use crate::telemetry::{Answer, Health, recorder};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::{self, Data, ServiceConfig};

/// The text form of Prometheus, as its scrapers want it named.
pub(super) const METRICS: &str = "text/plain; version=0.0.4; charset=utf-8";

pub fn configure(config: &mut ServiceConfig, health: Data<Health>) {
    config
        .app_data(health)
        .route("/livez", web::get().to(livez))
        .route("/livez", web::head().to(livez))
        .route("/readyz", web::get().to(readyz))
        .route("/readyz", web::head().to(readyz))
        .route("/metrics", web::get().to(metrics));
}

async fn livez(health: Data<Health>) -> HttpResponse {
    told(health.livez())
}

async fn readyz(health: Data<Health>) -> HttpResponse {
    told(health.readyz())
}

async fn metrics(health: Data<Health>) -> HttpResponse {
    let page = recorder::render() + &health.queues.render();
    HttpResponse::Ok().content_type(METRICS).body(page)
}

fn told(answer: Answer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    HttpResponse::build(status).content_type(ContentType::plaintext()).body(answer.text)
}
