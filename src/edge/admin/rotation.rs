//! The Node API: whether a balancer may send this node anything, and the word of an operator on it,
//! under the paths of the guide's gateway. `docs/api/node.md` explains it to those who use it.
//!
//! Who asks proves himself with a name and a password of `[node-clients.<name>]`, but for the legacy
//! probe, which says no more than `/readyz`. A browser sends passwords that it knows unasked, so no
//! web page may change anything.

use crate::base::{Chance, Clock};
use crate::config::{Config, NodeClient};
use crate::edge::admin::{Operator, Wish};
use crate::edge::passwords::{Denial, Passwords, basic};
use crate::telemetry::Health;
use actix_web::http::header::{ALLOW, CACHE_CONTROL, ContentType, ORIGIN, WWW_AUTHENTICATE};
use actix_web::http::{StatusCode, header};
use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use std::collections::BTreeMap;
use std::sync::Arc;

const ONLINE: &str = "ONLINE";
const OFFLINE: &str = "OFFLINE";

/// What is told of a node to whom, and the operator's hand on it.
pub struct Rotation {
    pub health: Arc<Health>,
    pub operator: Operator,
    accounts: BTreeMap<String, NodeClient>,
    passwords: Passwords,
}

impl Rotation {
    pub fn new(
        (health, operator): (&Arc<Health>, &Operator),
        config: &Config,
        (clock, chance): (&Arc<dyn Clock>, &dyn Chance),
    ) -> Self {
        let accounts = config.node_clients.clone();
        let known = accounts.values().next().map(|one| one.password_hash.expose());
        let passwords = Passwords::new(clock.clone(), chance, known).of_machines();
        Self { health: health.clone(), operator: operator.clone(), accounts, passwords }
    }

    /// A node is online that is wished to serve and can.
    fn is_online(&self) -> bool {
        self.operator.wish() == Wish::Serve && self.health.readyz().status == 200
    }

    async fn admit(&self, request: &HttpRequest) -> Result<(), HttpResponse> {
        if self.accounts.is_empty() {
            let text = "nobody may ask: the configuration has no [node-clients.<name>]";
            return Err(told(StatusCode::FORBIDDEN, text));
        }
        let (name, password) = basic(request).ok_or_else(|| denied(Denial::Wrong))?;
        let hash = self.accounts.get(&name).map(|one| one.password_hash.expose());
        self.passwords.check(&name, password, hash).await.map_err(denied)
    }
}

pub fn configure(config: &mut ServiceConfig, rotation: Data<Rotation>) {
    let looking = |path: &str| {
        let wrong = web::to(|| async { wrong_method("GET, HEAD") });
        web::resource(path).default_service(wrong)
    };
    let (status, probe) = ("/genesys/1/admin/node/status", "/genesys/1/node");
    config
        .app_data(rotation)
        .service(
            looking(status).route(web::get().to(self::status)).route(web::head().to(self::status)),
        )
        .service(
            looking(probe).route(web::get().to(self::probe)).route(web::head().to(self::probe)),
        )
        .service(
            web::resource("/genesys/1/admin/node/changestatus/{status}")
                .route(web::post().to(change))
                .default_service(web::to(|| async { wrong_method("POST") })),
        );
}

async fn status(request: HttpRequest, rotation: Data<Rotation>) -> HttpResponse {
    match rotation.admit(&request).await {
        Ok(()) => told(StatusCode::OK, word(rotation.is_online())),
        Err(refused) => refused,
    }
}

/// The same for whoever looks at the status of the answer alone, without a password.
async fn probe(rotation: Data<Rotation>) -> HttpResponse {
    let is_online = rotation.is_online();
    let status = if is_online { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    told(status, word(is_online))
}

async fn change(
    path: Path<String>,
    request: HttpRequest,
    rotation: Data<Rotation>,
) -> HttpResponse {
    if let Err(refused) = rotation.admit(&request).await {
        return refused;
    }
    if request.headers().contains_key(ORIGIN) {
        let text = "a web page asks (there is an Origin header), and those may not";
        return told(StatusCode::FORBIDDEN, text);
    }
    let wish = match path.as_str() {
        ONLINE => Wish::Serve,
        OFFLINE => Wish::Offline,
        _ => return told(StatusCode::BAD_REQUEST, "the status is ONLINE or OFFLINE"),
    };
    tracing::info!(?wish, "an operator asks");
    let is_to_serve = rotation.operator.rotate(wish);
    if wish == Wish::Serve && !is_to_serve {
        let text = "the node drains, which only /undrain takes back";
        return told(StatusCode::CONFLICT, text);
    }
    told(StatusCode::OK, word(is_to_serve))
}

fn word(is_online: bool) -> &'static str {
    if is_online { ONLINE } else { OFFLINE }
}

fn told(status: StatusCode, text: &'static str) -> HttpResponse {
    HttpResponse::build(status)
        .content_type(ContentType::plaintext())
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text)
}

fn denied(denial: Denial) -> HttpResponse {
    let mut answer = denial.answer();
    if denial == Denial::Wrong {
        let asked = header::HeaderValue::from_static("Basic realm=\"node\"");
        answer.headers_mut().insert(WWW_AUTHENTICATE, asked);
    }
    answer
}

fn wrong_method(allowed: &'static str) -> HttpResponse {
    let mut answer = told(StatusCode::METHOD_NOT_ALLOWED, "another method is understood here");
    answer.headers_mut().insert(ALLOW, header::HeaderValue::from_static(allowed));
    answer
}
