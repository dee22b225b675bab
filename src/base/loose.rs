//! Key-value lists in JSON that strangers write. Lists know texts, whole numbers and lists; what JSON has
//! beyond that becomes a text or is refused.

use crate::base::user_data::{UserData, Value};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;

/// Reads a JSON object. A key that comes twice is refused: two readers could take it differently.
pub fn read(text: &str) -> Result<UserData, serde_json::Error> {
    serde_json::from_str::<Loose>(text).map(|list| list.0)
}

/// A list that is read so.
#[derive(Debug, Default)]
pub struct Loose(pub UserData);

/// One value; nothing for `null`.
struct Item(Option<Value>);

struct ListVisitor;
struct ItemVisitor;

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ListVisitor)
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor)
    }
}

impl<'de> Visitor<'de> for ListVisitor {
    type Value = Loose;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Loose, A::Error> {
        let mut list = BTreeMap::new();
        while let Some((key, Item(value))) = entries.next_entry::<String, Item>()? {
            let Some(value) = value else { continue };
            if list.contains_key(&key) {
                return Err(A::Error::custom("a key comes twice"));
            }
            list.insert(key, value);
        }
        Ok(Loose(UserData(list)))
    }
}

impl<'de> Visitor<'de> for ItemVisitor {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number or an object")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Item, E> {
        Ok(Item(Some(Value::Text(value.to_string()))))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Item, E> {
        Ok(Item(Some(Value::Number(value))))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Item, E> {
        let number = i64::try_from(value).map(Value::Number);
        Ok(Item(Some(number.unwrap_or_else(|_| Value::Text(value.to_string())))))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Item, E> {
        Ok(Item(Some(Value::Text(value.to_string()))))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Item, E> {
        Ok(Item(Some(Value::Text(value.to_owned()))))
    }

    fn visit_unit<E: Error>(self) -> Result<Item, E> {
        Ok(Item(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Item, A::Error> {
        let Loose(list) = ListVisitor.visit_map(entries)?;
        Ok(Item(Some(Value::List(list))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_numbers_and_objects_stay_what_they_are() {
        let given = r#"{"general-properties": {"related-event-id": "3"}, "n": 4}"#;

        let inner = UserData::default().with("related-event-id", "3");
        let expected = UserData::default().with("general-properties", inner).with("n", 4_i64);
        assert_eq!(read(given).unwrap(), expected);
    }

    #[test]
    fn what_a_list_does_not_know_becomes_a_text_or_is_left_out() {
        let given = r#"{"a": true, "b": 1.5, "c": null, "d": 18446744073709551615}"#;

        let texts = [("a", "true"), ("b", "1.5"), ("d", "18446744073709551615")];
        assert_eq!(read(given).unwrap(), texts.into_iter().collect());
    }

    #[test]
    fn arrays_double_keys_and_other_things_than_objects_are_refused() {
        let deep = format!("{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
        for given in [r#"{"a": []}"#, r#"{"a": "1", "a": "2"}"#, "3", "[]", "", "{", &deep] {
            assert!(read(given).is_err(), "{given}");
        }
    }
}
