//! Standard responses: texts that agents send often, in categories and languages, with codes in place
//! of what differs, and for channels that can show more, content of their own beside the plain text.
//! They are read from files; nothing here touches them.

use crate::contact::field_codes::{Fields, Rendered, check, render};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// All standard responses.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Library {
    /// By name and language; the language may be empty.
    responses: BTreeMap<(String, String), Response>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Response {
    pub id: String,
    pub name: String,
    /// `Billing/Refunds`
    #[serde(default)]
    pub category: String,
    #[serde(default)]
    pub language: String,
    #[serde(default)]
    pub subject: String,
    pub text: String,
    /// By channel, as JSON.
    #[serde(default)]
    pub structured: BTreeMap<String, String>,
}

/// A file as it was read.
pub struct Sheet {
    pub name: String,
    pub text: String,
}

/// What a file holds.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Responses {
    #[serde(default)]
    response: Vec<Response>,
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {what}")]
pub struct ResponseFault {
    pub file: String,
    pub what: String,
}

/// A response as it can be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    pub subject: String,
    pub text: String,
    pub structured: BTreeMap<String, Value>,
    /// Codes for which nothing is known; nothing stands in their place.
    pub missing: BTreeSet<String>,
}

/// Which responses are looked for. What is not said is not asked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The category itself and all below it.
    pub category: Option<String>,
    pub language: Option<String>,
}

impl Library {
    /// Reads all files, or says everything that is wrong with them.
    pub fn read(sheets: &[Sheet]) -> Result<Self, Vec<ResponseFault>> {
        let (mut library, mut faults) = (Self::default(), Vec::new());
        for sheet in sheets {
            let fault = |what: String| ResponseFault { file: sheet.name.clone(), what };
            match toml::from_str::<Responses>(&sheet.text) {
                Ok(read) => {
                    for response in read.response {
                        faults.extend(library.take(response).into_iter().map(fault));
                    }
                }
                Err(error) => faults.push(fault(error.to_string().trim_end().to_owned())),
            }
        }
        if faults.is_empty() { Ok(library) } else { Err(faults) }
    }

    /// Takes one in, and tells what is wrong with it.
    fn take(&mut self, response: Response) -> Vec<String> {
        let faults = faults_of(&response);
        let key = (response.id.clone(), response.language.clone());
        let (id, language) = &key;
        if self.responses.contains_key(&key) {
            return vec![format!("response '{id}' in language '{language}' is there twice")];
        }
        self.responses.insert(key, response);
        faults
    }

    pub fn list(&self, wanted: &Wanted) -> Vec<&Response> {
        self.responses.values().filter(|response| wanted.admits(response)).collect()
    }

    /// Every category that holds something, or that holds such a one.
    pub fn categories(&self) -> BTreeSet<&str> {
        let mut categories = BTreeSet::new();
        for response in self.responses.values().filter(|known| !known.category.is_empty()) {
            let path = response.category.as_str();
            categories.extend(path.match_indices('/').map(|(end, _)| &path[..end]));
            categories.insert(path);
        }
        categories
    }

    /// The response in a language; if there is none, in no language; if there is none, in any.
    pub fn find(&self, id: &str, language: &str) -> Option<&Response> {
        let in_language =
            |language: &str| self.responses.get(&(id.to_owned(), language.to_owned()));
        let any = || self.responses.values().find(|response| response.id == id);
        in_language(language).or_else(|| in_language("")).or_else(any)
    }
}

impl Wanted {
    fn admits(&self, response: &Response) -> bool {
        let is_below = self.category.as_ref().is_none_or(|category| {
            let rest = response.category.strip_prefix(category.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        is_below && self.language.as_ref().is_none_or(|language| *language == response.language)
    }
}

impl Response {
    /// The response with what is known in place of its codes.
    pub fn ready(&self, fields: &Fields) -> Ready {
        let mut missing = BTreeSet::new();
        let mut put_in = |text: &str| {
            let Rendered { text, missing: lacks } = render(text, fields);
            missing.extend(lacks);
            text
        };
        let (subject, text) = (put_in(&self.subject), put_in(&self.text));
        let structured = self.contents().into_iter();
        let structured = structured
            .map(|(channel, content)| (channel, put_into(content, &mut put_in)))
            .collect();
        Ready { subject, text, structured, missing }
    }

    /// The content of each channel, with its codes. It was read before, so it is JSON.
    pub fn contents(&self) -> BTreeMap<String, Value> {
        let contents = self.structured.iter();
        contents
            .map(|(channel, content)| {
                (channel.clone(), serde_json::from_str(content).unwrap_or_default())
            })
            .collect()
    }
}

/// Codes are put in within texts, so nothing that is put in can break the form around it.
fn put_into(content: Value, put_in: &mut impl FnMut(&str) -> String) -> Value {
    match content {
        Value::String(text) => Value::String(put_in(&text)),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| put_into(item, put_in)).collect())
        }
        Value::Object(members) => {
            let members = members.into_iter();
            Value::Object(members.map(|(name, value)| (name, put_into(value, put_in))).collect())
        }
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
    }
}

fn faults_of(response: &Response) -> Vec<String> {
    let id = &response.id;
    let mut faults = Vec::new();
    if id.trim().is_empty() || id.contains('/') {
        faults.push(format!("'{id}' is no id: write letters without '/'"));
    }
    if response.text.trim().is_empty() {
        faults.push(format!("response '{id}' has no text; every channel needs one"));
    }
    for (channel, content) in &response.structured {
        if let Err(error) = serde_json::from_str::<Value>(content) {
            faults.push(format!("response '{id}', channel '{channel}': no JSON: {error}"));
        }
    }
    let texts = [&response.subject, &response.text];
    for text in texts.into_iter().chain(response.structured.values()) {
        let unknown = check(text).into_iter();
        faults.extend(unknown.map(|fault| format!("response '{id}': {fault}")));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUND: &str = r#"
        [[response]]
        id = "refund"
        name = "A refund is on its way"
        category = "Billing/Refunds"
        language = "English"
        text = "Dear <$Contact.FirstName$>, you get it back."
        structured.chat = '{"type": "card", "lines": ["For <$Contact.FirstName$>", 3]}'

        [[response]]
        id = "refund"
        name = "Geld zurück"
        category = "Billing/Refunds"
        language = "German"
        text = "Guten Tag <$Contact.LastName$>"

        [[response]]
        id = "hello"
        name = "Hello"
        text = "Hello"
    "#;

    #[test]
    fn responses_are_found_by_category_and_language() {
        let library = library(REFUND).unwrap();
        let wanted = |category: Option<&str>, language: Option<&str>| Wanted {
            category: category.map(str::to_owned),
            language: language.map(str::to_owned),
        };

        assert_eq!(library.list(&wanted(None, None)).len(), 3);
        assert_eq!(library.list(&wanted(Some("Billing"), None)).len(), 2);
        assert_eq!(library.list(&wanted(Some("Bill"), None)).len(), 0);
        assert_eq!(library.list(&wanted(Some("Billing/Refunds"), Some("German"))).len(), 1);
        assert_eq!(library.categories(), ["Billing", "Billing/Refunds"].into());
        assert_eq!(library.find("refund", "German").unwrap().name, "Geld zurück");
        assert_eq!(library.find("hello", "German").unwrap().name, "Hello");
        assert_eq!(library.find("refund", "French").unwrap().language, "English");
        assert_eq!(library.find("other", "French"), None);
    }

    #[test]
    fn what_is_put_into_structured_content_cannot_break_it() {
        let library = library(REFUND).unwrap();
        let fields = Fields::default().with("Contact.FirstName", "\"Ann\"}");

        let ready = library.find("refund", "English").unwrap().ready(&fields);

        assert_eq!(ready.text, "Dear \"Ann\"}, you get it back.");
        let card = serde_json::json!({ "type": "card", "lines": ["For \"Ann\"}", 3] });
        assert_eq!(ready.structured["chat"], card);
        assert!(ready.missing.is_empty());
    }

    #[test]
    fn what_nobody_knows_is_told_and_left_out() {
        let library = library(REFUND).unwrap();

        let ready = library.find("refund", "German").unwrap().ready(&Fields::default());

        assert_eq!(ready.text, "Guten Tag ");
        assert_eq!(ready.missing, ["Contact.LastName".to_owned()].into());
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_file() {
        let wrong = r#"
            [[response]]
            id = "one"
            name = "One"
            text = " "
            structured.chat = "{"

            [[response]]
            id = "two"
            name = "Two"
            text = "Dear <$Customer.Name$>"

            [[response]]
            id = "two"
            name = "Two again"
            text = "x"
        "#;

        let faults = library(wrong).unwrap_err();

        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 4, "{told:#?}");
        assert!(told.iter().all(|fault| fault.starts_with("billing.toml: response '")), "{told:?}");
        assert!(told[2].contains("Customer.Name"), "{told:?}");
        let unknown = library("[[response]]\nid = 'x'\nnam = 'y'").unwrap_err();
        assert!(unknown[0].what.contains("nam"), "{unknown:?}");
    }

    fn library(text: &str) -> Result<Library, Vec<ResponseFault>> {
        Library::read(&[Sheet { name: "billing.toml".into(), text: text.into() }])
    }
}
