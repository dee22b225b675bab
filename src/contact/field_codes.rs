//! Codes in standard responses that stand for what differs from one chat to the next:
//! `<$Contact.FirstName$>`.

use crate::base::time::utc;
use crate::base::{InteractionId, Millis, UserData, Value};
use crate::contact::state::Contact;
use std::collections::{BTreeMap, BTreeSet};

const OPENS: &str = "<$";
const CLOSES: &str = "$>";

/// What can be said of an agent and of an interaction. Of a contact each attribute can.
const OF_AGENT: &[&str] = &["UserName", "NickName"];
const OF_INTERACTION: &[&str] =
    &["Id", "Subject", "DateCreated", "MediaType", "Language", "Queue", "AttachedData"];

/// What is known, by the words between the signs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, String>);

/// What can be said of an interaction, whether it runs or not.
#[derive(Clone, Copy)]
pub struct Interaction<'a> {
    pub id: &'a InteractionId,
    pub subject: &'a str,
    pub at: Millis,
    pub media_type: &'a str,
    pub queue: &'a str,
    pub user_data: &'a UserData,
}

/// A text with what is known put in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    pub text: String,
    pub missing: BTreeSet<String>,
}

/// A piece of a text.
enum Piece<'a> {
    Plain(&'a str),
    Code(&'a str),
    /// Opened and never closed.
    Open(&'a str),
}

impl Fields {
    pub fn with(mut self, code: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.insert(code.into(), value.into());
        self
    }
}

impl Fields {
    pub fn of_contact(mut self, contact: &Contact) -> Self {
        for (name, value) in &contact.attributes {
            self = self.with(format!("Contact.{name}"), value);
        }
        self
    }

    pub fn of_interaction(mut self, interaction: &Interaction<'_>) -> Self {
        let Interaction { id, subject, at, media_type, queue, user_data } = *interaction;
        let language = ["GCTI_LanguageName", "GCTI_LanguageCode"];
        if let Some(language) = language.into_iter().find_map(|key| user_data.text(key)) {
            self = self.with("Interaction.Language", language);
        }
        for (key, value) in &user_data.0 {
            if let Value::Text(text) = value {
                self = self.with(format!("Interaction.AttachedData.{key}"), text);
            }
        }
        self.with("Interaction.Id", id.as_str())
            .with("Interaction.Subject", subject)
            .with("Interaction.DateCreated", utc(at))
            .with("Interaction.MediaType", media_type)
            .with("Interaction.Queue", queue)
    }
}

/// Puts in what is known; what is put in is not looked at again.
pub fn render(text: &str, fields: &Fields) -> Rendered {
    let mut rendered = Rendered { text: String::new(), missing: BTreeSet::new() };
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) | Piece::Open(plain) => rendered.text.push_str(plain),
            Piece::Code(code) => match fields.0.get(code) {
                Some(value) => rendered.text.push_str(value),
                None => drop(rendered.missing.insert(code.to_owned())),
            },
        }
    }
    rendered
}

/// What is wrong with the codes of a text.
pub fn check(text: &str) -> Vec<String> {
    let faults = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Plain(_) => None,
        Piece::Code(code) if is_known(code) => None,
        Piece::Code(code) => Some(format!("'{OPENS}{code}{CLOSES}' is no known code")),
        Piece::Open(rest) => {
            Some(format!("'{}' is never closed", rest.chars().take(20).collect::<String>()))
        }
    });
    faults.collect()
}

fn is_known(code: &str) -> bool {
    let Some((of, name)) = code.split_once('.') else { return false };
    match of {
        "Contact" => !name.is_empty(),
        "Agent" => OF_AGENT.contains(&name),
        "Interaction" => {
            let first = name.split_once('.').map_or(name, |(first, _)| first);
            OF_INTERACTION.contains(&first) && (first == "AttachedData") == name.contains('.')
        }
        _ => false,
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some((plain, opened)) = rest.split_once(OPENS) {
        pieces.push(Piece::Plain(plain));
        match opened.split_once(CLOSES) {
            Some((code, after)) => {
                pieces.push(Piece::Code(code.trim()));
                rest = after;
            }
            None => {
                pieces.push(Piece::Open(&rest[plain.len()..]));
                return pieces;
            }
        }
    }
    pieces.push(Piece::Plain(rest));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_replaced_and_what_replaces_them_is_not_looked_at() {
        let fields = Fields::default()
            .with("Contact.FirstName", "<$Agent.NickName$>")
            .with("Agent.NickName", "Ada");
        let table = [
            ("plain", "plain"),
            ("<$Contact.FirstName$>!", "<$Agent.NickName$>!"),
            ("I am <$ Agent.NickName $>", "I am Ada"),
            ("<$Contact.Title$>", ""),
            ("<$Contact", "<$Contact"),
        ];
        for (text, expected) in table {
            assert_eq!(render(text, &fields).text, expected, "{text}");
        }
    }

    #[test]
    fn only_known_codes_are_codes() {
        let table = [
            ("<$Contact.Anything$> <$Interaction.AttachedData.Color$>", 0),
            ("<$Agent.Phone$>", 1),
            ("<$Interaction.AttachedData$> <$Interaction.Subject.More$>", 2),
            ("<$FirstName$> <$Contact.$>", 2),
            ("<$Contact.FirstName", 1),
        ];
        for (text, n_faults) in table {
            assert_eq!(check(text).len(), n_faults, "{text}: {:?}", check(text));
        }
    }
}
