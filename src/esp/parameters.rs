//! The parameters of one request, by their names. Every value counts as a text, also if it came as a
//! number.

use crate::base::{UserData, Value};
use crate::chat::Visibility;
use crate::esp::fault::{Fault, Kind};
use crate::esp::method::{INTERACTION_ID, Method};
use crate::esp::pairs;
use std::collections::BTreeMap;

/// With this before its name a workflow marks a parameter that is a list.
const LIST: &str = "{l}";

#[derive(Debug)]
pub struct Parameters {
    values: BTreeMap<String, Value>,
}

impl Parameters {
    /// Takes what a method knows, and refuses the rest.
    pub fn of(method: Method, given: UserData) -> Result<Self, Fault> {
        let mut values = BTreeMap::new();
        for (name, value) in given.0 {
            let name = name.strip_prefix(LIST).unwrap_or(&name).to_owned();
            let mut known = method.parameters().iter();
            if name != INTERACTION_ID && !known.any(|known| known.name == name) {
                return Err(unknown(method, &name));
            }
            if values.contains_key(&name) {
                return Err(Fault::invalid(format!("the parameter {name} is given twice")));
            }
            values.insert(name, value);
        }
        let read = Self { values };
        for parameter in method.parameters().iter().filter(|parameter| parameter.is_required) {
            read.required(parameter.name)?;
        }
        Ok(read)
    }

    /// The text of a parameter; an empty one counts as none.
    pub fn text(&self, name: &str) -> Result<Option<String>, Fault> {
        Ok(self.given(name)?.filter(|text| !text.is_empty()))
    }

    /// The text of a parameter, which may be empty.
    pub fn given(&self, name: &str) -> Result<Option<String>, Fault> {
        match self.values.get(name) {
            None => Ok(None),
            Some(Value::Text(text)) => Ok(Some(text.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::List(_)) => {
                Err(Fault::invalid(format!("the parameter {name} is a text, no list")))
            }
        }
    }

    pub fn required(&self, name: &str) -> Result<String, Fault> {
        let missing = || Fault::new(Kind::Missing, format!("the parameter {name} is missing"));
        self.text(name)?.ok_or_else(missing)
    }

    /// Only `true` is true.
    pub fn is_true(&self, name: &str) -> Result<bool, Fault> {
        Ok(self.text(name)?.as_deref() == Some("true"))
    }

    pub fn list(&self, name: &str) -> Result<UserData, Fault> {
        let text = match self.values.get(name) {
            None => return Ok(UserData::default()),
            Some(Value::List(list)) => return Ok(list.clone()),
            Some(Value::Text(text)) => text,
            Some(Value::Number(_)) => {
                return Err(Fault::invalid(format!("the parameter {name} is a list, no number")));
            }
        };
        pairs::read(text).map_err(|why| Fault::invalid(format!("the parameter {name}: {why}")))
    }

    pub fn visibility(&self) -> Result<Visibility, Fault> {
        let Some(text) = self.text("Visibility")? else { return Ok(Visibility::All) };
        let mut all = [Visibility::All, Visibility::Int, Visibility::Vip].into_iter();
        all.find(|visibility| visibility.name() == text).ok_or_else(|| {
            Fault::invalid(format!("the parameter Visibility is ALL, INT or VIP, not '{text}'"))
        })
    }
}

fn unknown(method: Method, name: &str) -> Fault {
    let known: Vec<_> = method.parameters().iter().map(|parameter| parameter.name).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let method = method.name();
    Fault::invalid(format!("{method} has no parameter '{name}'; it knows {known}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_all_texts_only_true_is_true() {
        for (text, is_true) in
            [("true", true), ("True", false), ("yes", false), ("1", false), ("", false)]
        {
            let given = UserData::default().with("Purge", text);
            let read = Parameters::of(Method::CloseSession, given).unwrap();
            assert_eq!(read.is_true("Purge"), Ok(is_true), "{text}");
        }
        let read = Parameters::of(Method::CloseSession, UserData::default()).unwrap();
        assert_eq!(read.is_true("Purge"), Ok(false));
    }

    #[test]
    fn numbers_count_as_texts_and_lists_do_not() {
        let given = UserData::default().with("MessageText", 7_i64);
        let read = Parameters::of(Method::Message, given).unwrap();
        assert_eq!(read.required("MessageText"), Ok("7".into()));

        let given = UserData::default().with("MessageText", UserData::default());
        let fault = Parameters::of(Method::Message, given).unwrap_err();
        assert!(fault.text.contains("MessageText is a text"), "{fault}");
    }

    #[test]
    fn a_slip_in_a_name_is_no_way_to_customers() {
        let given = UserData::default().with("MessageText", "he lies").with("Visiblity", "INT");

        let fault = Parameters::of(Method::Message, given).unwrap_err();

        assert_eq!(fault.code(), 400);
        assert!(fault.text.contains("'Visiblity'") && fault.text.contains("Visibility"), "{fault}");
    }

    #[test]
    fn visibility_has_three_words() {
        let read = |text: &str| {
            let given = UserData::default().with("MessageText", "x").with("Visibility", text);
            Parameters::of(Method::Message, given).unwrap().visibility()
        };

        assert_eq!(read("ALL"), Ok(Visibility::All));
        assert_eq!(read("INT"), Ok(Visibility::Int));
        assert_eq!(read("VIP"), Ok(Visibility::Vip));
        assert_eq!(read(""), Ok(Visibility::All));
        assert!(read("int").is_err());
    }

    #[test]
    fn a_list_comes_as_a_list_or_as_a_text_marked_or_not() {
        let expected = UserData::default().with("a", "1");
        let as_list = Value::List(expected.clone());
        for value in [as_list, "a:1".into(), "{\"a\": \"1\"}".into()] {
            for name in ["EventAttributes", "{l}EventAttributes"] {
                let given = UserData::default().with("MessageText", "x").with(name, value.clone());
                let read = Parameters::of(Method::Message, given).unwrap();
                assert_eq!(read.list("EventAttributes").as_ref(), Ok(&expected));
            }
        }
        let twice = UserData::default()
            .with("MessageText", "x")
            .with("EventAttributes", "a:1")
            .with("{l}EventAttributes", "a:1");
        assert!(Parameters::of(Method::Message, twice).is_err());
    }
}
