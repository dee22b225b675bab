//! Key-value lists, as the guide calls its user data and event attributes: keys with texts, numbers
//! or further lists.

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// One value of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Number(i64),
    Text(String),
    List(UserData),
}

/// A key-value list. Each key stands in it once: a text in which one stands twice is refused, for two
/// readers of it could take different ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct UserData(pub BTreeMap<String, Value>);

/// What a key-value list may measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserDataLimits {
    pub most_keys: usize,
    pub longest_key: usize,
    pub longest_value: usize,
    pub total_bytes: usize,
    pub depth: usize,
}

impl Default for UserDataLimits {
    fn default() -> Self {
        Self {
            most_keys: 100,
            longest_key: 128,
            longest_value: 8 * 1024,
            total_bytes: 64 * 1024,
            depth: 8,
        }
    }
}

/// Which limit a list breaks, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum UserDataFault {
    #[error("user data has {got} keys, at most {most} are allowed")]
    TooManyKeys { got: usize, most: usize },
    #[error("a user data key is {got} bytes long, at most {most} are allowed")]
    KeyTooLong { got: usize, most: usize },
    #[error("the value of user data key '{key}' is {got} bytes long, at most {most} are allowed")]
    ValueTooLong { key: String, got: usize, most: usize },
    #[error("user data is {got} bytes in all, at most {most} are allowed")]
    TooLarge { got: usize, most: usize },
    #[error("user data is nested {got} deep, at most {most} are allowed")]
    TooDeep { got: usize, most: usize },
}

impl UserData {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// The text at a key; a number counts as its digits, a list as nothing.
    pub fn text(&self, key: &str) -> Option<String> {
        match self.0.get(key)? {
            Value::Text(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::List(_) => None,
        }
    }

    /// The whole number at a key, also if it is spelt as a text; nothing if it is none.
    pub fn number(&self, key: &str) -> Option<i64> {
        match self.0.get(key)? {
            Value::Text(text) => number_of(text),
            Value::Number(number) => Some(*number),
            Value::List(_) => None,
        }
    }

    pub fn set(&mut self, key: impl Into<String>, value: impl Into<Value>) {
        self.0.insert(key.into(), value.into());
    }

    pub fn with(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.set(key, value);
        self
    }

    /// Takes over every key of `added`, replacing what had the same key.
    pub fn merge(&mut self, added: &UserData) {
        for (key, value) in &added.0 {
            self.0.insert(key.clone(), value.clone());
        }
    }

    /// Checks every limit; the first that is broken is told.
    pub fn check(&self, limits: &UserDataLimits) -> Result<(), UserDataFault> {
        let depth = self.depth();
        if limits.depth < depth {
            return Err(UserDataFault::TooDeep { got: depth, most: limits.depth });
        }
        let n_keys = self.n_keys();
        if limits.most_keys < n_keys {
            return Err(UserDataFault::TooManyKeys { got: n_keys, most: limits.most_keys });
        }
        self.check_entries(limits)?;
        let total = self.n_bytes();
        if limits.total_bytes < total {
            return Err(UserDataFault::TooLarge { got: total, most: limits.total_bytes });
        }
        Ok(())
    }

    fn check_entries(&self, limits: &UserDataLimits) -> Result<(), UserDataFault> {
        for (key, value) in &self.0 {
            if limits.longest_key < key.len() {
                return Err(UserDataFault::KeyTooLong { got: key.len(), most: limits.longest_key });
            }
            match value {
                Value::Text(text) if limits.longest_value < text.len() => {
                    let (got, most) = (text.len(), limits.longest_value);
                    return Err(UserDataFault::ValueTooLong { key: key.clone(), got, most });
                }
                Value::List(list) => list.check_entries(limits)?,
                Value::Text(_) | Value::Number(_) => {}
            }
        }
        Ok(())
    }

    fn lists(&self) -> impl Iterator<Item = &UserData> {
        self.0.values().filter_map(|value| match value {
            Value::List(list) => Some(list),
            Value::Text(_) | Value::Number(_) => None,
        })
    }

    fn depth(&self) -> usize {
        1 + self.lists().map(UserData::depth).max().unwrap_or(0)
    }

    fn n_keys(&self) -> usize {
        self.0.len() + self.lists().map(UserData::n_keys).sum::<usize>()
    }

    /// Bytes of all keys and values.
    pub fn n_bytes(&self) -> usize {
        let values = self.0.iter().map(|(key, value)| {
            key.len()
                + match value {
                    Value::Text(text) => text.len(),
                    Value::Number(_) => 8,
                    Value::List(list) => list.n_bytes(),
                }
        });
        values.sum()
    }
}

impl<'de> Deserialize<'de> for UserData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Entries)
    }
}

struct Entries;

impl<'de> Visitor<'de> for Entries {
    type Value = UserData;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("keys with texts, whole numbers or lists of the same")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<UserData, A::Error> {
        let mut list = BTreeMap::new();
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            if list.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the key '{key}' stands there twice")));
            }
            list.insert(key, value);
        }
        Ok(UserData(list))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<UserData> for Value {
    fn from(list: UserData) -> Self {
        Self::List(list)
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for UserData {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::List(_) => f.write_str("(list)"),
        }
    }
}

/// The whole number that a text spells, whatever blanks are around it.
pub fn number_of(text: &str) -> Option<i64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_may_be_spelt_as_a_text() {
        let list = UserData::default().with("a", 7_i64).with("b", " -7 ").with("c", "seven");

        assert_eq!(
            ["a", "b", "c", "d"].map(|key| list.number(key)),
            [Some(7), Some(-7), None, None]
        );
    }

    #[test]
    fn a_list_within_the_limits_is_fine() {
        let list =
            UserData::default().with("a", "1").with("b", UserData::default().with("c", 2_i64));

        assert_eq!(list.check(&UserDataLimits::default()), Ok(()));
    }

    #[test]
    fn a_key_that_stands_twice_is_refused_however_deep() {
        let read = serde_json::from_str::<UserData>;

        assert!(read(r#"{"a": "1", "b": {"c": 2}}"#).is_ok());
        assert!(read(r#"{"a": "1", "a": "2"}"#).unwrap_err().to_string().contains("'a' stands"));
        assert!(read(r#"{"b": {"c": 2, "c": 3}}"#).is_err());
    }

    #[test]
    fn each_limit_is_told_apart() {
        let limits = UserDataLimits {
            most_keys: 2,
            longest_key: 3,
            longest_value: 4,
            total_bytes: 9,
            depth: 2,
        };
        let nested =
            |inner: UserData| UserData::default().with("a", UserData::default().with("b", inner));
        let fault = |list: UserData| list.check(&limits).unwrap_err();

        assert!(matches!(
            fault(nested(UserData::default())),
            UserDataFault::TooDeep { got: 3, .. }
        ));
        let three: UserData = [("a", "1"), ("b", "2"), ("c", "3")].into_iter().collect();
        assert!(matches!(fault(three), UserDataFault::TooManyKeys { got: 3, .. }));
        let long_key = UserData::default().with("abcd", "");
        assert!(matches!(fault(long_key), UserDataFault::KeyTooLong { got: 4, .. }));
        let long_value = UserData::default().with("a", "12345");
        assert!(matches!(fault(long_value), UserDataFault::ValueTooLong { got: 5, .. }));
        let large: UserData = [("abc", "1234"), ("b", "22")].into_iter().collect();
        assert!(matches!(fault(large), UserDataFault::TooLarge { got: 10, .. }));
    }
}
