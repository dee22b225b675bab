//! Why a method was not carried out: a code and a text for whoever asked. Codes are those of the
//! customer API where it has one for the matter, and otherwise what HTTP calls it.

use crate::chat::Rejection;
use crate::ownership::{Absent, Unanswered};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text} ({})", self.code())]
pub struct Fault {
    pub kind: Kind,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A parameter that must be there is not.
    Missing,
    /// The request is wrong otherwise.
    Invalid,
    TooLong,
    NoSuchMethod,
    NoSuchSession,
    Closed,
    /// The same name was used for another request.
    KeyReused,
    /// The session takes no more.
    Full,
    TooMany,
    /// This version cannot.
    NotSupported,
    /// Not for the moment. Whoever asks again, with the same name of the request, does no harm.
    NotNow,
}

impl Fault {
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    pub fn invalid(text: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, text)
    }

    pub fn code(&self) -> u32 {
        match self.kind {
            Kind::Missing => 100,
            Kind::TooLong => 204,
            Kind::Invalid => 400,
            Kind::NoSuchMethod => 404,
            Kind::KeyReused => 409,
            Kind::Full => 413,
            Kind::TooMany => 429,
            Kind::NotSupported => 501,
            Kind::NotNow => 503,
            Kind::NoSuchSession => 8_201,
            Kind::Closed => 8_209,
        }
    }
}

impl From<Rejection> for Fault {
    fn from(rejection: Rejection) -> Self {
        let kind = match rejection {
            Rejection::NotStarted | Rejection::NotInSession(_) => Kind::NoSuchSession,
            Rejection::Closed | Rejection::HasLeft(_) => Kind::Closed,
            Rejection::EmptyText => Kind::Missing,
            Rejection::TextTooLong { .. } => Kind::TooLong,
            Rejection::NotAllowed(_)
            | Rejection::BadPassword
            | Rejection::NoNickname
            | Rejection::UserData(_)
            | Rejection::NoSuchReceiver
            | Rejection::BadKey => Kind::Invalid,
            Rejection::TooManyEvents { .. } | Rejection::TranscriptTooLarge { .. } => Kind::Full,
            Rejection::TooFast => Kind::TooMany,
            Rejection::KeyReused => Kind::KeyReused,
        };
        Self::new(kind, rejection.to_string())
    }
}

impl From<Absent> for Fault {
    fn from(absent: Absent) -> Self {
        match absent {
            Absent::NotFound => Self::new(Kind::NoSuchSession, absent.to_string()),
            // A session ends with its process there.
            Absent::Closed | Absent::NotRestored => Self::new(Kind::Closed, absent.to_string()),
            Absent::AwaitsRestoration => Self::new(Kind::NotNow, absent.to_string()),
            Absent::Asleep { .. }
            | Absent::Elsewhere(_)
            | Absent::InRepair
            | Absent::Unavailable(_) => {
                tracing::debug!(%absent, "a workflow's request was not served");
                Self::new(Kind::NotNow, "the session cannot be reached at this time")
            }
        }
    }
}

impl From<Unanswered<Rejection>> for Fault {
    fn from(unanswered: Unanswered<Rejection>) -> Self {
        match unanswered {
            Unanswered::Rejected(rejection) => rejection.into(),
            Unanswered::Absent(absent) => absent.into(),
            Unanswered::Busy => Self::new(Kind::TooMany, "too many requests wait for this session"),
            Unanswered::TimedOut => Self::new(Kind::NotNow, "no answer in time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_can_tell_a_session_that_is_over_from_one_that_moves() {
        let code = |absent: Absent| Fault::from(absent).code();

        assert_eq!(code(Absent::NotFound), 8_201);
        assert_eq!(code(Absent::Closed), 8_209);
        assert_eq!(code(Absent::NotRestored), 8_209);
        assert_eq!(code(Absent::AwaitsRestoration), 503);
        assert_eq!(code(Absent::Unavailable("x".into())), 503);
    }

    #[test]
    fn what_the_store_says_of_itself_is_not_told() {
        let fault = Fault::from(Absent::Unavailable("10.0.0.7 refused".into()));

        assert!(!fault.text.contains("10.0.0.7"), "{fault}");
    }
}
