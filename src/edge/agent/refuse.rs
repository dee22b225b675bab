//! Refusals as the client hears them: a number and words.

use super::wire::{Failure, Frame, Ref};
use crate::chat::Rejection as ChatRejection;
use crate::interaction::Rejection as RoutingRejection;
use crate::ownership::{Absent, Unanswered};
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use actix_web::{HttpResponse, Resource, web};
use serde_json::json;

/// Why a frame was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: u16,
    pub text: String,
}

/// Nobody of this name is in the session (the guide's number).
pub const NO_SUCH_USER: u16 = 8201;
/// The agent has no desk in the domain, or none for the medium.
pub const NOT_LOGGED_IN: u16 = 401;
/// The guide's number; clients take it as success when they stop an interaction.
pub const UNKNOWN_INTERACTION: u16 = 43;

impl Refused {
    pub fn new(code: u16, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub fn into_frame(self, reference: Option<Ref>, session: Option<&str>) -> Frame {
        let Self { code, text } = self;
        Frame::Error(Failure { reference, code, text, session_id: session.map(str::to_owned) })
    }

    /// The same over plain HTTP. Numbers that are none of HTTP's are told in the body.
    pub fn answer(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.code).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
        let mut answer = HttpResponse::build(status);
        if status == StatusCode::SERVICE_UNAVAILABLE {
            answer.insert_header((RETRY_AFTER, "2"));
        }
        answer.json(json!({ "code": self.code, "text": self.text }))
    }
}

/// A path of this listener, which says what it is not asked for.
pub fn resource(path: &str) -> Resource {
    let not_so = || async { Refused::new(405, "this is not asked for in this way").answer() };
    web::resource(path).default_service(web::to(not_so))
}

/// Whatever else is asked for.
pub async fn nowhere() -> HttpResponse {
    Refused::new(404, "there is nothing at this path").answer()
}

impl From<Unanswered<ChatRejection>> for Refused {
    fn from(unanswered: Unanswered<ChatRejection>) -> Self {
        let text = unanswered.to_string();
        let code = match &unanswered {
            Unanswered::Rejected(rejection) => chat_code(rejection),
            Unanswered::Absent(absent) => absent_code(absent),
            Unanswered::Busy => 503,
            Unanswered::TimedOut => 504,
        };
        Self { code, text }
    }
}

impl From<ChatRejection> for Refused {
    fn from(rejection: ChatRejection) -> Self {
        Self { code: chat_code(&rejection), text: rejection.to_string() }
    }
}

impl From<Unanswered<RoutingRejection>> for Refused {
    fn from(unanswered: Unanswered<RoutingRejection>) -> Self {
        let text = unanswered.to_string();
        let code = match &unanswered {
            Unanswered::Rejected(rejection) => routing_code(rejection),
            Unanswered::Absent(absent) => absent_code(absent),
            Unanswered::Busy => 503,
            Unanswered::TimedOut => 504,
        };
        Self { code, text }
    }
}

impl From<Absent> for Refused {
    fn from(absent: Absent) -> Self {
        Self { code: absent_code(&absent), text: absent.to_string() }
    }
}

fn chat_code(rejection: &ChatRejection) -> u16 {
    match rejection {
        ChatRejection::NotStarted => 404,
        ChatRejection::Closed => 410,
        ChatRejection::NotInSession(_)
        | ChatRejection::HasLeft(_)
        | ChatRejection::NoSuchReceiver => NO_SUCH_USER,
        ChatRejection::NotAllowed(_) | ChatRejection::BadPassword => 403,
        ChatRejection::NoNickname
        | ChatRejection::EmptyText
        | ChatRejection::BadKey
        | ChatRejection::UserData(_) => 400,
        ChatRejection::TextTooLong { .. } => 413,
        ChatRejection::TooManyEvents { .. } | ChatRejection::TranscriptTooLarge { .. } => 507,
        ChatRejection::TooFast => 429,
        ChatRejection::KeyReused => 409,
    }
}

fn routing_code(rejection: &RoutingRejection) -> u16 {
    match rejection {
        RoutingRejection::UnknownInteraction(_) | RoutingRejection::Stopped(_) => {
            UNKNOWN_INTERACTION
        }
        RoutingRejection::InteractionExists(_)
        | RoutingRejection::KeyReused(_)
        | RoutingRejection::Displaced(_)
        | RoutingRejection::NobodyHandles(_)
        | RoutingRejection::NotThere(_)
        | RoutingRejection::NoPlaceOnHold { .. }
        | RoutingRejection::HasNoReason { .. }
        | RoutingRejection::NoConsultation(_)
        | RoutingRejection::IsHandled { .. }
        | RoutingRejection::InvitedAlready { .. }
        | RoutingRejection::PartyAlready { .. }
        | RoutingRejection::CannotTake { .. } => 409,
        RoutingRejection::NotYours { .. }
        | RoutingRejection::NotSubmittedByYou { .. }
        | RoutingRejection::NotRegistered(_)
        | RoutingRejection::NotForAgents(_)
        | RoutingRejection::ReservedProperty(_) => 403,
        RoutingRejection::TooManyWorkbins(_)
        | RoutingRejection::TooManyConsultations(_)
        | RoutingRejection::TooManyMedia { .. } => 429,
        RoutingRejection::TicketExpired(_) => 410,
        RoutingRejection::NotLoggedIn(_) | RoutingRejection::MediaNotLoggedIn { .. } => {
            NOT_LOGGED_IN
        }
        RoutingRejection::UserData(_)
        | RoutingRejection::NotANumber(_)
        | RoutingRejection::BadName { .. }
        | RoutingRejection::TooManyDeleted { .. } => 400,
        RoutingRejection::TextTooLong { .. } => 413,
    }
}

fn absent_code(absent: &Absent) -> u16 {
    match absent {
        Absent::NotFound | Absent::NotRestored => 404,
        Absent::Closed => 410,
        Absent::Asleep { .. }
        | Absent::Elsewhere(_)
        | Absent::InRepair
        | Absent::AwaitsRestoration
        | Absent::Unavailable(_) => 503,
    }
}
