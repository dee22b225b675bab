//! Why a reader cannot read on, and what he can do about it.

use crate::base::Position;
use crate::edge::agent::refuse::Refused;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::{Value, json};

pub enum Trouble {
    /// What came after his position is not kept any more.
    Gone {
        after: Position,
        oldest: Position,
    },
    /// Nothing has come as far as his position.
    Ahead {
        after: Position,
        last: Position,
    },
    Refused(Refused),
}

impl Trouble {
    pub fn answer(&self) -> HttpResponse {
        match self {
            Self::Gone { .. } => HttpResponse::build(StatusCode::GONE).json(self.shown()),
            Self::Ahead { .. } => HttpResponse::build(StatusCode::CONFLICT).json(self.shown()),
            Self::Refused(refused) => refused.answer(),
        }
    }

    pub fn shown(&self) -> Value {
        match self {
            Self::Gone { after, oldest } => json!({
                "code": 410,
                "text": format!("what came after {after} is not kept any more; go on after {oldest}"),
                "oldest": oldest.0,
            }),
            Self::Ahead { after, last } => json!({
                "code": 409,
                "text": format!("nothing has come as far as {after}; the newest is {last}"),
                "last": last.0,
            }),
            Self::Refused(Refused { code, text }) => json!({ "code": code, "text": text }),
        }
    }
}
