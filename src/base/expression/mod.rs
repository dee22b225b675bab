//! Conditions and values that people write: of a branch, of a view, of a capacity rule, of skills.
//!
//! The language is CEL, read and evaluated by a library; what stands here is what we add to it. An
//! [`Expression`] was checked when it was read: how long and how deep it may be (`scan`), that it
//! names only what is there and compares like with like (`check`). There are no loops in it, so
//! that the cost of an evaluation is bounded by its length. It is evaluated against [`Variables`]
//! and nothing else; the time is one of them.
//!
//! *What is absent.* A property that an interaction does not have is the empty text, a skill or a
//! count that is not there is 0: as in the guide, where `UData['IsOnline'] != '0'` holds for an
//! interaction that has no such property. `'IsOnline' in UData` asks whether it is there.
//!
//! *Texts and numbers.* Values of user data are texts, also where they were stored as numbers, and
//! compare as texts. `number(…)` reads one as a whole number; what is none counts as 0. A text is
//! never silently compared with a number: the check refuses it.

mod check;
mod fault;
mod scan;
mod variables;

pub use check::{Kind, Vocabulary};
pub use fault::{EvaluationFault, ExpressionFault};
pub use variables::{CURRENT_TIME, Variable, Variables};

use crate::base::user_data::Value;
use cel::common::types::{CelBool, CelInt, CelString};
use cel::common::value::Val;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

/// An expression that was read without a fault. Its text is its stored form.
#[derive(Clone)]
pub struct Expression {
    text: Arc<str>,
    tree: Arc<check::Checked>,
}

/// What an evaluation gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Flag(bool),
    Number(i64),
    Text(String),
}

impl Expression {
    /// Reads an expression as far as it can be judged without knowing its variables.
    pub fn read(text: &str) -> Result<Self, ExpressionFault> {
        scan::scan(text)?;
        let tree = Arc::new(check::read(text)?);
        Ok(Self { text: text.into(), tree })
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The first thing in it that makes no sense with these variables, or if it does not give what
    /// is wanted.
    pub fn check(&self, known: &Vocabulary, wanted: Option<Kind>) -> Result<(), ExpressionFault> {
        self.tree.check(&self.text, known, wanted)
    }

    /// Whether it asks for this entry of a list by its name, as in `UData['IsOnline']`.
    pub fn asks_for(&self, list: &str, key: &str) -> bool {
        self.tree.asks_for(list, key)
    }

    /// The entries of a list that it asks for by their names; nothing if it may ask for others, as in
    /// `UData[Queue]`.
    pub fn keys_of(&self, list: &str) -> Option<BTreeSet<String>> {
        self.tree.keys_of(list)
    }

    /// The variables that it asks for, each once.
    pub fn names(&self) -> BTreeSet<&str> {
        self.tree.names()
    }

    pub fn evaluate(&self, variables: &Variables<'_>) -> Result<Outcome, EvaluationFault> {
        let context = variables.context();
        let value = cel::Value::resolve_val(self.tree.root(), &context);
        let value = value.map_err(|error| EvaluationFault::new(&self.text, &error))?;
        outcome(&*value).ok_or_else(|| EvaluationFault::no_value(&self.text))
    }

    /// Evaluates a condition. Anything but true and false is a fault.
    pub fn holds(&self, variables: &Variables<'_>) -> Result<bool, EvaluationFault> {
        match self.evaluate(variables)? {
            Outcome::Flag(flag) => Ok(flag),
            Outcome::Number(_) | Outcome::Text(_) => Err(EvaluationFault::no_flag(&self.text)),
        }
    }
}

fn outcome(value: &dyn Val) -> Option<Outcome> {
    if let Some(flag) = value.downcast_ref::<CelBool>() {
        return Some(Outcome::Flag(*flag.inner()));
    }
    if let Some(number) = value.downcast_ref::<CelInt>() {
        return Some(Outcome::Number(*number.inner()));
    }
    let text = value.downcast_ref::<CelString<'_>>()?;
    Some(Outcome::Text(text.inner().to_owned()))
}

impl From<Outcome> for Value {
    /// As user data has it: flags are the texts `true` and `false`.
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Flag(flag) => Self::Text(flag.to_string()),
            Outcome::Number(number) => Self::Number(number),
            Outcome::Text(text) => Self::Text(text),
        }
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({})", self.text)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

impl Serialize for Expression {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Expression {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests;
