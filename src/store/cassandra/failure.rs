//! What the driver says when a statement was not answered, in a few words and by its kind.

use crate::owned::StoreError;
use crate::store::ring::rows::NoAnswer;
use scylla::errors::{DbError, ExecutionError, RequestAttemptError};

/// The kind of a failure: the label of a metric, so a word of the code.
pub fn kind(error: &ExecutionError) -> &'static str {
    match error {
        ExecutionError::RequestTimeout(_) => "timeout",
        ExecutionError::EmptyPlan | ExecutionError::ConnectionPoolError(_) => "no_connection",
        ExecutionError::LastAttemptError(attempt) => kind_of_attempt(attempt),
        ExecutionError::BadQuery(_)
        | ExecutionError::PrepareError(_)
        | ExecutionError::UseKeyspaceError(_)
        | ExecutionError::SchemaAgreementError(_)
        | ExecutionError::MetadataError(_) => "refused",
        _ => "other",
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the driver may grow further ones")]
fn kind_of_attempt(error: &RequestAttemptError) -> &'static str {
    match error {
        RequestAttemptError::BrokenConnectionError(_) => "broken_connection",
        RequestAttemptError::UnableToAllocStreamId => "no_connection",
        RequestAttemptError::DbError(error, _) => kind_of_answer(error),
        _ => "other",
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the driver may grow further ones")]
fn kind_of_answer(error: &DbError) -> &'static str {
    match error {
        DbError::Unavailable { .. } => "unavailable",
        DbError::Overloaded | DbError::RateLimitReached { .. } => "overloaded",
        DbError::IsBootstrapping => "unavailable",
        DbError::ReadTimeout { .. } => "read_timeout",
        DbError::WriteTimeout { .. } => "write_timeout",
        DbError::ReadFailure { .. } => "read_failure",
        DbError::WriteFailure { .. } => "write_failure",
        DbError::ServerError | DbError::TruncateError => "server_error",
        DbError::SyntaxError
        | DbError::Invalid
        | DbError::Unauthorized
        | DbError::ConfigError
        | DbError::AuthenticationError
        | DbError::AlreadyExists { .. }
        | DbError::FunctionFailure { .. }
        | DbError::Unprepared { .. }
        | DbError::ProtocolError => "refused",
        _ => "other",
    }
}

pub fn no_answer(error: &ExecutionError) -> NoAnswer {
    NoAnswer(format!("{}: {error}", kind(error)))
}

/// What was read is not what was asked for: the tables are not those of this program.
pub fn strange(error: &dyn std::error::Error) -> NoAnswer {
    NoAnswer(format!("strange answer: {error}"))
}

pub fn unavailable(none: NoAnswer) -> StoreError {
    StoreError::Unavailable(none.0)
}
