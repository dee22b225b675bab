//! Refusals as clients of the guide understand them: HTTP status, status code, error code. Codes of
//! the guide are the guide's; where it has none, the code is the HTTP status itself.

use crate::base::Millis;
use crate::chat::Rejection;
use crate::edge::rest_v2::wire::ErrorNote;
use crate::ownership::error::{Absent, Unanswered};
use std::time::Duration;

/// A parameter is missing.
pub const MISSED_PARAMETER: u32 = 100;
/// A nickname, or a first and a last name, are needed.
pub const NO_NAME: u32 = 161;
/// A text is longer than allowed.
pub const TOO_LONG: u32 = 204;
/// No chat can be started at this time.
pub const CANNOT_START: u32 = 240;
/// What was given as an e-mail address is none.
pub const BAD_EMAIL: u32 = 364;
/// This participant is not known in this session.
pub const NO_SUCH_USER: u32 = 8_201;
/// This participant is out of the session.
pub const LOGGED_OUT: u32 = 8_209;
/// Key, session and participant do not belong together.
pub const BAD_SECURE_KEY: u32 = 8_210;

/// Why a request was not carried out, as it goes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub http: u16,
    /// 1: ask again; 2: do not.
    pub status_code: u8,
    pub chat_ended: bool,
    pub note: ErrorNote,
    pub retry_after: Option<Duration>,
}

impl Fault {
    pub fn too_long(most: usize) -> Self {
        Self::invalid(TOO_LONG, format!("a text has at most {most} bytes"))
    }

    /// The request itself is wrong.
    pub fn invalid(code: u32, message: impl Into<String>) -> Self {
        Self::new(400, 2, ErrorNote::new(code, message))
    }

    /// A parameter that must be there is not.
    pub fn missing(parameter: &str) -> Self {
        Self::invalid(MISSED_PARAMETER, format!("the parameter {parameter} is missing"))
    }

    /// The request cannot be read, with the HTTP status as its code.
    pub fn unreadable(http: u16, message: impl Into<String>) -> Self {
        Self::new(http, 2, ErrorNote::new(u32::from(http), message))
    }

    /// One answer for a forged, a cut, a foreign key and for a session that never was.
    pub fn bad_key() -> Self {
        Self::new(200, 2, ErrorNote::new(BAD_SECURE_KEY, "bad secure key"))
    }

    /// The customer is out of the session.
    pub fn out(code: u32, message: impl Into<String>) -> Self {
        Self { chat_ended: true, ..Self::new(200, 2, ErrorNote::new(code, message)) }
    }

    /// Too much at once; later it will do.
    pub fn too_many(message: impl Into<String>, after: Duration) -> Self {
        let note = ErrorNote::new(429, message);
        Self { retry_after: Some(after), ..Self::new(429, 1, note) }
    }

    /// The server cannot, for the moment. Nothing else in the reply is to be believed.
    pub fn not_now(message: impl Into<String>) -> Self {
        let note = ErrorNote::new(503, message);
        Self { retry_after: Some(Duration::from_secs(1)), ..Self::new(503, 1, note) }
    }

    fn new(http: u16, status_code: u8, note: ErrorNote) -> Self {
        Self { http, status_code, chat_ended: false, note, retry_after: None }
    }
}

impl From<Unanswered<Rejection>> for Fault {
    fn from(unanswered: Unanswered<Rejection>) -> Self {
        match unanswered {
            Unanswered::Rejected(rejection) => rejection.into(),
            Unanswered::Absent(absent) => absent.into(),
            Unanswered::Busy => {
                let message = "too many requests wait for this session";
                Self::too_many(message, Duration::from_secs(1))
            }
            Unanswered::TimedOut => Self::not_now("no answer in time"),
        }
    }
}

impl From<Absent> for Fault {
    fn from(absent: Absent) -> Self {
        match absent {
            Absent::NotFound => Self::out(NO_SUCH_USER, "there is no such session"),
            Absent::Closed => Self::out(LOGGED_OUT, "the session is closed"),
            Absent::Asleep { .. } => Self::not_now("the session sleeps"),
            Absent::Elsewhere(owner) => {
                tracing::debug!(%owner, "a session's node cannot be reached");
                Self::not_now("the session moves")
            }
            Absent::InRepair => {
                tracing::debug!("a customer asks for a session that is closed for repair");
                Self::not_now("the session is being restored")
            }
            Absent::NotRestored => Self::out(NO_SUCH_USER, absent.to_string()),
            Absent::AwaitsRestoration => Self::not_now("the session is being restored"),
            Absent::Unavailable(cause) => {
                tracing::debug!(cause, "a customer's request was not served");
                Self::not_now("the server cannot answer at this time")
            }
        }
    }
}

impl From<Rejection> for Fault {
    fn from(rejection: Rejection) -> Self {
        let message = rejection.to_string();
        match rejection {
            Rejection::NotStarted | Rejection::NotInSession(_) => Self::out(NO_SUCH_USER, message),
            Rejection::Closed | Rejection::HasLeft(_) => Self::out(LOGGED_OUT, message),
            Rejection::NoNickname => Self::invalid(NO_NAME, message),
            Rejection::TextTooLong { .. } => Self::invalid(TOO_LONG, message),
            Rejection::EmptyText => Self::invalid(MISSED_PARAMETER, message),
            Rejection::NotAllowed(_)
            | Rejection::BadPassword
            | Rejection::UserData(_)
            | Rejection::NoSuchReceiver
            | Rejection::BadKey => Self::unreadable(400, message),
            Rejection::TooManyEvents { .. } | Rejection::TranscriptTooLarge { .. } => {
                Self::unreadable(413, message)
            }
            Rejection::TooFast => Self::too_many(message, Duration::from_secs(1)),
            Rejection::KeyReused => Self::unreadable(409, message),
        }
    }
}

/// How long to wait from now until a time, as a client should hear it.
pub fn until(later: Millis, now: Millis) -> Duration {
    later.since(now).max(Duration::from_secs(1))
}
