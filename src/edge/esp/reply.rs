//! From what became of a request to the HTTP answer: results under `parameters`, or a `fault`.

use crate::base::UserData;
use crate::edge::passwords::Denial;
use crate::edge::rest_v2;
use crate::esp::fault::Kind;
use crate::esp::{Answer, Fault};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use serde::Serialize;
use utoipa::ToSchema;

const REALM: &str = "Basic realm=\"holdfast esp\", charset=\"UTF-8\"";

/// Why a request was not carried out, as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub http: u16,
    pub code: u32,
    pub text: String,
    /// Seconds after which to ask again.
    pub retry_after: Option<u64>,
}

/// A method that was carried out.
#[derive(Serialize, ToSchema)]
pub struct Done {
    /// Results under the guide's names: texts, whole numbers, lists.
    #[schema(value_type = Object)]
    parameters: UserData,
    /// The same request was carried out before; this is its first answer again.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate: Option<bool>,
}

/// One that was not.
#[derive(Serialize, ToSchema)]
pub struct NotDone {
    fault: FaultNote,
}

#[derive(Serialize, ToSchema)]
pub struct FaultNote {
    code: u32,
    text: String,
}

pub fn respond(outcome: Result<Answer, Refusal>) -> HttpResponse {
    match outcome {
        Ok(answer) => {
            let duplicate = answer.is_repeated.then_some(true);
            HttpResponse::Ok().json(Done { parameters: answer.parameters(), duplicate })
        }
        Err(refusal) => refuse(refusal),
    }
}

fn refuse(refusal: Refusal) -> HttpResponse {
    let Refusal { http, code, text, retry_after } = refusal;
    let status = StatusCode::from_u16(http).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = retry_after {
        response.insert_header((RETRY_AFTER, seconds.to_string()));
    }
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header((WWW_AUTHENTICATE, REALM));
    }
    response.json(NotDone { fault: FaultNote { code, text } })
}

impl Refusal {
    pub fn new(http: u16, code: u32, text: impl Into<String>) -> Self {
        Self { http, code, text: text.into(), retry_after: None }
    }

    pub fn too_fast() -> Self {
        Self { retry_after: Some(1), ..Self::new(429, 429, "too many requests of this client") }
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        let http = match fault.kind {
            Kind::Missing | Kind::Invalid | Kind::TooLong => 400,
            Kind::NoSuchMethod | Kind::NoSuchSession => 404,
            Kind::KeyReused => 409,
            Kind::Closed => 410,
            Kind::Full => 413,
            Kind::TooMany => 429,
            Kind::NotSupported => 501,
            Kind::NotNow => 503,
        };
        let retry_after = matches!(fault.kind, Kind::TooMany | Kind::NotNow).then_some(1);
        Self { http, code: fault.code(), text: fault.text, retry_after }
    }
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        let retrying = |http, text, after| Self {
            retry_after: Some(after),
            ..Self::new(http, u32::from(http), text)
        };
        match denial {
            Denial::Wrong => Self::new(401, 401, "wrong name or password"),
            Denial::TooOften => retrying(429, "too many failed logins", 60),
            Denial::Busy => retrying(503, "too many logins at once", 2),
        }
    }
}

/// A body that could not be read.
impl From<rest_v2::fault::Fault> for Refusal {
    fn from(fault: rest_v2::fault::Fault) -> Self {
        Self::new(fault.http, fault.note.code, fault.note.message)
    }
}
