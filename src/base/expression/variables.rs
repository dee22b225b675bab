//! What an expression can look at.

use crate::base::time::Millis;
use crate::base::user_data::{self, UserData};
use cel::common::traits::{Container, Indexer};
use cel::common::types::{CelBool, CelInt, CelString, INT_TYPE, MAP_TYPE, STRING_TYPE, Type};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError};
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Whole seconds since 1970, by the name that the guide's views use.
pub const CURRENT_TIME: &str = "_current_time()";

/// The function that reads a text as a number.
pub(super) const NUMBER: &str = "number";

/// The language's functions. Its macros are left out: with them one could loop.
pub(super) static LIBRARY: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut library = Env::default().with_stdlib();
    // Both names are new, so that neither can be refused.
    let _ = library.add_overload(NUMBER, "number_of_text", vec![STRING_TYPE], number_of);
    let _ = library.add_overload(NUMBER, "number_of_number", vec![INT_TYPE], same);
    Arc::new(library)
});

/// One value that has a name.
#[derive(Clone, Copy, Debug)]
pub enum Variable<'a> {
    Flag(bool),
    Number(i64),
    Text(&'a str),
    UserData(&'a UserData),
    Numbers(&'a BTreeMap<String, i64>),
}

/// All that an evaluation may look at.
#[derive(Debug)]
pub struct Variables<'a>(BTreeMap<&'a str, Variable<'a>>);

impl<'a> Variables<'a> {
    /// The time alone.
    pub fn at(now: Millis) -> Self {
        let seconds = i64::try_from(now.seconds()).unwrap_or(i64::MAX);
        Self(BTreeMap::from([(CURRENT_TIME, Variable::Number(seconds))]))
    }

    pub fn with(mut self, name: &'a str, value: Variable<'a>) -> Self {
        self.0.insert(name, value);
        self
    }

    pub(super) fn context(&self) -> Context<'_, '_> {
        let mut context = Context::with_env(Arc::clone(&LIBRARY));
        context.set_variable_resolver(self);
        context
    }
}

impl VariableResolver for Variables<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let value = match *self.0.get(name)? {
            Variable::Flag(flag) => CowVal::owned(CelBool::from(flag)),
            Variable::Number(number) => CowVal::owned(CelInt::from(number)),
            Variable::Text(text) => CowVal::owned(CelString::from(text)),
            Variable::UserData(list) => CowVal::owned(Entries::Texts(list)),
            Variable::Numbers(list) => CowVal::owned(Entries::Numbers(list)),
        };
        Some(value)
    }
}

/// A list by names in which nothing is missing: what is absent is the empty text, or 0.
#[derive(Clone, Copy, Debug)]
enum Entries<'a> {
    Texts(&'a UserData),
    Numbers(&'a BTreeMap<String, i64>),
}

impl Entries<'_> {
    fn entry<'v>(&self, key: &str) -> Box<dyn Val + 'v> {
        match self {
            Self::Texts(list) => Box::new(CelString::from(list.text(key).unwrap_or_default())),
            Self::Numbers(list) => Box::new(CelInt::from(list.get(key).copied().unwrap_or(0))),
        }
    }
}

impl Val for Entries<'_> {
    fn get_type(&self) -> &Type {
        <Self as Val>::cel_type()
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(*self)
    }
}

impl Container for Entries<'_> {
    fn contains(&self, key: &dyn Val) -> Result<bool, ExecutionError> {
        let key = key_of(key)?;
        Ok(match self {
            Self::Texts(list) => list.get(&key).is_some(),
            Self::Numbers(list) => list.contains_key(&key),
        })
    }
}

impl Indexer for Entries<'_> {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Ok(CowVal::Owned(self.entry(&key_of(key)?)))
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        Ok(self.entry(&key_of(key)?))
    }
}

fn key_of(key: &dyn Val) -> Result<String, ExecutionError> {
    let text = key.downcast_ref::<CelString<'_>>().map(|text| text.inner().to_owned());
    text.ok_or_else(|| ExecutionError::no_such_overload("_[_]", vec![key.get_type().name().into()]))
}

/// The whole number that a text spells, and 0 if it spells none.
fn number_of<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let first = arguments.into_iter().next();
    let text = first.as_ref().and_then(|first| first.downcast_ref::<CelString<'_>>());
    let number = text.and_then(|text| user_data::number_of(text.inner()));
    Ok(CowVal::owned(CelInt::from(number.unwrap_or(0))))
}

fn same<'b, 'v>(arguments: Vec<CowVal<'b, 'v>>) -> Result<CowVal<'b, 'v>, ExecutionError> {
    let first = arguments.into_iter().next();
    first.ok_or_else(ExecutionError::missing_argument_or_target)
}
