//! What can be wrong with an expression, when it is read and when it is evaluated.

use cel::{ExecutionError, ParseErrors};

/// Why an expression cannot be used, and where in its text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} (line {line}, column {column} of '{text}')")]
pub struct ExpressionFault {
    text: String,
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    pub what: String,
}

impl ExpressionFault {
    /// A fault at an offset, in characters, of the text.
    pub(super) fn at(text: &str, offset: usize, what: impl Into<String>) -> Self {
        let before: Vec<char> = text.chars().take(offset).collect();
        let line = 1 + before.iter().filter(|sign| **sign == '\n').count();
        let column = 1 + before.iter().rev().take_while(|sign| **sign != '\n').count();
        Self { text: shortened(text), line, column, what: what.into() }
    }

    /// The first fault that the library found.
    pub(super) fn of_parser(text: &str, errors: &ParseErrors) -> Self {
        let Some(first) = errors.errors.first() else {
            return Self::at(text, 0, "is no expression");
        };
        let line = usize::try_from(first.pos.0).unwrap_or(1).max(1);
        let column = usize::try_from(first.pos.1).unwrap_or(0) + 1;
        let what = first.msg.lines().next().unwrap_or("is no expression").to_owned();
        Self { text: shortened(text), line, column, what }
    }
}

/// Why an expression that was read without a fault gave nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{text}' gives no value: {why}")]
pub struct EvaluationFault {
    text: String,
    why: String,
}

impl EvaluationFault {
    /// Without the values that were compared: they may be a customer's.
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library has many faults, and may add some"
    )]
    pub(super) fn new(text: &str, error: &ExecutionError) -> Self {
        let why = match error {
            ExecutionError::UndeclaredReference(name) => format!("there is no '{name}'"),
            ExecutionError::NoSuchOverload(error) => {
                let arguments = error.argument_types().join(", ");
                format!("'{}' cannot be applied to {arguments}", error.function())
            }
            ExecutionError::Overflow(..) => "a number grew too large".into(),
            ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
                "it divides by zero".into()
            }
            _ => "its values do not fit each other".into(),
        };
        Self { text: shortened(text), why }
    }

    pub(super) fn no_value(text: &str) -> Self {
        Self { text: shortened(text), why: "it is neither text, number, true nor false".into() }
    }

    pub(super) fn no_flag(text: &str) -> Self {
        Self { text: shortened(text), why: "a condition must be true or false".into() }
    }
}

/// As much of a text as fits into a message.
fn shortened(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
