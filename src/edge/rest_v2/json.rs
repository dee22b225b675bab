//! A JSON object as the pairs of a form. A name that comes twice stays there twice, as in a form: who
//! reads the pairs refuses it, for two readers of the object could take different ones.

use crate::edge::rest_v2::pairs::Pairs;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::fmt;

/// What stands in the user data is a pair each, named as forms name it.
const USER_DATA: &str = "userData";

/// Reads a JSON object; what is `null` is not there.
pub fn read(body: &[u8]) -> Result<Pairs, serde_json::Error> {
    serde_json::from_slice(body).map(Members::into_pairs)
}

impl Members {
    fn into_pairs(self) -> Pairs {
        let Self(members) = self;
        let mut pairs = Pairs::new();
        for (name, member) in members {
            match member {
                Member::Object(Members(inner)) if name == USER_DATA => {
                    let inner =
                        inner.into_iter().map(|(key, one)| (format!("{USER_DATA}[{key}]"), one));
                    pairs.extend(inner.filter_map(|(name, one)| Some((name, one.into_text()?))));
                }
                member @ (Member::Object(_) | Member::Other(_)) => {
                    pairs.extend(member.into_text().map(|text| (name, text)))
                }
            }
        }
        pairs
    }
}

/// An object with everything that stands in it, in its order.
#[derive(Debug)]
pub struct Members(Vec<(String, Member)>);

/// What stands in an object.
#[derive(Debug, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Member {
    Object(Members),
    Other(Json),
}

impl Member {
    /// The pairs of an object; nothing if it is none.
    pub fn into_pairs(self) -> Option<Pairs> {
        if let Self::Object(members) = self { Some(members.into_pairs()) } else { None }
    }

    /// A text as it is, anything else as JSON writes it.
    fn into_text(self) -> Option<String> {
        match self {
            Self::Other(Json::Null) => None,
            Self::Other(Json::String(text)) => Some(text),
            Self::Other(other) => Some(other.to_string()),
            Self::Object(members) => serde_json::to_string(&members).ok(),
        }
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, member)| (name, member)))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Members, A::Error> {
        let mut members = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            members.push(entry);
        }
        Ok(Members(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_counts_as_a_form() {
        let body =
            br#"{"message": "hi", "transcriptPosition": 1, "userData": {"k": "v"}, "n": null}"#;

        let expected = [("message", "hi"), ("transcriptPosition", "1"), ("userData[k]", "v")];
        assert_eq!(read(body).unwrap(), expected.map(|(name, value)| (name.into(), value.into())));
        for other in ["{", "[1]", "1", ""] {
            assert!(read(other.as_bytes()).is_err(), "{other}");
        }
    }

    #[test]
    fn what_comes_twice_stays_there_twice() {
        let body = br#"{"a": "1", "a": "2", "userData": {"k": 1, "k": 2}, "list": {"x": {"y": 1, "y": 2}}}"#;

        let expected = [
            ("a", "1"),
            ("a", "2"),
            ("userData[k]", "1"),
            ("userData[k]", "2"),
            ("list", r#"{"x":{"y":1,"y":2}}"#),
        ];
        assert_eq!(read(body).unwrap(), expected.map(|(name, value)| (name.into(), value.into())));
    }
}
