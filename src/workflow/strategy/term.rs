//! A value in a block: a text or a number as it stands there, or one that is computed.

use crate::base::Expression;
use crate::base::expression::{EvaluationFault, Outcome, Variables};
use crate::base::user_data::Value;
use schemars::JsonSchema;
use serde::de::{Error, MapAccess, Visitor, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize};
use std::fmt;

/// `"as it stands"`, `7`, or `{ expr = "UData['FirstName']" }`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Term {
    Text(String),
    Number(i64),
    Computed(Computed),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Computed {
    #[schemars(with = "String")]
    pub expr: Expression,
}

impl Term {
    pub fn is_computed(&self) -> bool {
        self.expression().is_some()
    }

    pub fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Computed(computed) => Some(&computed.expr),
            Self::Text(_) | Self::Number(_) => None,
        }
    }

    pub fn value(&self, variables: &Variables<'_>) -> Result<Value, EvaluationFault> {
        match self {
            Self::Text(text) => Ok(Value::Text(text.clone())),
            Self::Number(number) => Ok(Value::Number(*number)),
            Self::Computed(computed) => Ok(computed.expr.evaluate(variables)?.into()),
        }
    }

    pub fn text(&self, variables: &Variables<'_>) -> Result<String, EvaluationFault> {
        Ok(self.value(variables)?.to_string())
    }

    /// A whole number. A text that spells none counts as 0, as in expressions.
    pub fn number(&self, variables: &Variables<'_>) -> Result<i64, EvaluationFault> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Text(text) => Ok(text.trim().parse().unwrap_or(0)),
            Self::Computed(computed) => match computed.expr.evaluate(variables)? {
                Outcome::Number(number) => Ok(number),
                Outcome::Text(text) => Ok(text.trim().parse().unwrap_or(0)),
                Outcome::Flag(_) => Ok(0),
            },
        }
    }
}

impl From<&str> for Term {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Computed(computed) => write!(f, "{}", computed.expr),
        }
    }
}

/// By hand, since an untagged enum would not say what is wrong with an expression.
impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Terms)
    }
}

struct Terms;

impl<'de> Visitor<'de> for Terms {
    type Value = Term;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number, or { expr = \"…\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Term, E> {
        Ok(Term::Text(text.to_owned()))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Term, E> {
        Ok(Term::Number(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Term, E> {
        i64::try_from(number).map(Term::Number).map_err(E::custom)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Term, E> {
        Ok(Term::Text(flag.to_string()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Term, A::Error> {
        Computed::deserialize(MapAccessDeserializer::new(map)).map(Term::Computed)
    }
}
