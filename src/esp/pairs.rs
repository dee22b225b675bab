//! A key-value list in a text, in either of the guide's styles: like JSON, or
//! `key1:value1|key2:value2|key3.subkey1:subvalue1`. Line breaks are refused in both, and blanks around
//! keys and values do not count.

use crate::base::loose;
use crate::base::user_data::UserDataLimits;
use crate::base::{UserData, Value};

/// Reads a list, or says what is wrong with it.
pub fn read(text: &str) -> Result<UserData, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(UserData::default());
    }
    if text.contains(['\n', '\r']) {
        return Err("it has a line break; write it in one line".into());
    }
    if text.starts_with('{') {
        return loose::read(text).map_err(|error| error.to_string());
    }
    let mut list = UserData::default();
    for pair in text.split('|') {
        let Some((key, value)) = pair.split_once(':') else {
            return Err(format!("'{pair}' has no colon; write key:value|key:value, or JSON"));
        };
        put_at(&mut list, key.trim(), value.trim())?;
    }
    Ok(list)
}

/// Puts a value where its key says: a dot leads into a list within. How many dots there are is looked
/// at first, for each takes some stack, here and wherever the list goes.
fn put_at(list: &mut UserData, key: &str, value: &str) -> Result<(), String> {
    let most = UserDataLimits::default().depth;
    if most <= key.matches('.').count() {
        return Err(format!("a key leads more than {most} lists deep"));
    }
    put(list, key, value)
}

fn put(list: &mut UserData, key: &str, value: &str) -> Result<(), String> {
    let (first, rest) = match key.split_once('.') {
        Some((first, rest)) => (first.trim(), Some(rest)),
        None => (key, None),
    };
    if first.is_empty() {
        return Err(format!("a key is empty before the value '{value}'"));
    }
    let Some(rest) = rest else {
        if list.get(first).is_some() {
            return Err(format!("the key '{first}' stands there twice"));
        }
        list.set(first, value);
        return Ok(());
    };
    let within = list.0.entry(first.to_owned()).or_insert_with(|| UserData::default().into());
    match within {
        Value::List(within) => put(within, rest.trim(), value),
        Value::Text(_) | Value::Number(_) => {
            Err(format!("the key '{first}' stands for a value and for a list"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_styles_say_the_same() {
        let sub = UserData::default().with("subkey1", "subvalue1");
        let pairs = [("key1", "value1"), ("key2", "value2")];
        let expected = pairs.into_iter().collect::<UserData>().with("key3", sub);

        let like_json =
            r#" {"key1":"value1", "key2": "value2", "key3": {"subkey1": "subvalue1"}} "#;
        assert_eq!(read(like_json).as_ref(), Ok(&expected));
        let like_list = " key1 : value1 | key2:value2|key3 . subkey1:subvalue1 ";
        assert_eq!(read(like_list), Ok(expected));
    }

    #[test]
    fn a_value_may_have_colons_and_be_json_itself() {
        let url = UserData::default().with("url", "https://example.com:8443/?a=b");
        assert_eq!(read("url:https://example.com:8443/?a=b"), Ok(url));

        let inner = r#"{\"type\":\"Message\"}"#;
        let list = read(&format!(r#"{{"structured-content":{{"chat":{{"content":"{inner}"}}}}}}"#));
        let content = UserData::default().with("content", r#"{"type":"Message"}"#);
        let chat = UserData::default().with("chat", content);
        assert_eq!(list, Ok(UserData::default().with("structured-content", chat)));
    }

    #[test]
    fn a_key_leads_as_deep_as_a_list_may_be_and_no_deeper() {
        let key = |n_dots: usize| format!("{}a:1", "a.".repeat(n_dots));
        let most = UserDataLimits::default();

        let deepest = read(&key(most.depth - 1)).unwrap();
        assert_eq!(deepest.check(&most), Ok(()));
        for n_dots in [most.depth, 100_000] {
            assert!(read(&key(n_dots)).unwrap_err().contains("8 lists deep"));
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for bad in [
            "key",
            "a:1|a:2",
            "a:1|a.b:2",
            "a.b:1|a:2",
            ":1",
            "a..b:1",
            "a.:1",
            "a:1||b:2",
            "a:1\nb:2",
            "{\"a\":\n1}",
            "{",
            "{\"a\": 1, \"a\": 2}",
            "{\"a\": [1]}",
        ] {
            assert!(read(bad).is_err(), "{bad}: {:?}", read(bad));
        }
        assert_eq!(read("  "), Ok(UserData::default()));
    }
}
