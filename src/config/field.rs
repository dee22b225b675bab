//! What a value may be. A field knows how to take a raw value of a file or a word of the
//! environment, and how to show itself; so the type of a struct's field is the type of its option.

use crate::config::network::Network;
use crate::config::secret::Secret;
use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq)]
pub enum Raw {
    /// A string of the file, or a word of the environment or the command line, which may be meant
    /// as anything.
    Text(String),
    Integer(i64),
    Switch(bool),
    List(Vec<String>),
    /// Names with their values, in the order of the file.
    Table(Vec<(String, Raw)>),
    /// What no option takes: a float, a date, a list of other than strings.
    Other(&'static str),
}

/// The least and the most of a number, where it has them.
pub type Range<'a> = Option<&'a RangeInclusive<u64>>;

/// A place in a section that takes a value.
pub trait Field {
    /// Takes a value, or says what would have been right.
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String>;

    /// The value as one would write it in the file. A secret is masked.
    fn show(&self) -> String;

    /// What may be written, in words.
    fn kind(&self, range: Range<'_>) -> String;

    /// Whether the value must never be repeated, not even when it is refused.
    fn is_secret(&self) -> bool {
        false
    }
}

/// An enum of which each variant has a word.
pub trait Choice: Copy + PartialEq + 'static {
    const WORDS: &'static [(&'static str, Self)];

    /// The word of this choice.
    fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(_, choice)| *choice == self);
        found.map_or("", |(word, _)| word)
    }
}

impl<C: Choice> Field for C {
    fn set(&mut self, raw: &Raw, _: Range<'_>) -> Result<(), String> {
        let written = match raw {
            Raw::Text(text) => text.clone(),
            Raw::Integer(number) => number.to_string(),
            Raw::Switch(_) | Raw::List(_) | Raw::Table(_) | Raw::Other(_) => String::new(),
        };
        let found = C::WORDS.iter().find(|(word, _)| *word == written);
        let (_, choice) = found.ok_or_else(|| self.kind(None))?;
        *self = *choice;
        Ok(())
    }

    fn show(&self) -> String {
        quoted(self.word())
    }

    fn kind(&self, _: Range<'_>) -> String {
        let words: Vec<&str> = C::WORDS.iter().map(|(word, _)| *word).collect();
        format!("one of {}", words.join(", "))
    }
}

impl Field for u64 {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        let number = match raw {
            Raw::Integer(number) => u64::try_from(*number).ok(),
            Raw::Text(text) => text.trim().parse().ok(),
            Raw::Switch(_) | Raw::List(_) | Raw::Table(_) | Raw::Other(_) => None,
        };
        let fits = |number: &u64| range.is_none_or(|range| range.contains(number));
        *self = number.filter(fits).ok_or_else(|| self.kind(range))?;
        Ok(())
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn kind(&self, range: Range<'_>) -> String {
        match range {
            Some(range) => format!("a number, {} to {}", range.start(), range.end()),
            None => "a number".into(),
        }
    }
}

/// Whole seconds.
impl Field for Duration {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        let mut seconds = self.as_secs();
        seconds.set(raw, range).map_err(|_| self.kind(range))?;
        *self = Duration::from_secs(seconds);
        Ok(())
    }

    fn show(&self) -> String {
        self.as_secs().to_string()
    }

    fn kind(&self, range: Range<'_>) -> String {
        self.as_secs().kind(range).replacen("a number", "seconds", 1)
    }
}

impl Field for bool {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        let word = match raw {
            Raw::Switch(on) => on.to_string(),
            Raw::Text(text) => text.to_ascii_lowercase(),
            Raw::Integer(number) => number.to_string(),
            Raw::List(_) | Raw::Table(_) | Raw::Other(_) => String::new(),
        };
        *self = match word.as_str() {
            "true" | "yes" | "on" | "1" => true,
            "false" | "no" | "off" | "0" => false,
            _ => return Err(self.kind(range)),
        };
        Ok(())
    }

    fn show(&self) -> String {
        self.to_string()
    }

    fn kind(&self, _: Range<'_>) -> String {
        "true or false".into()
    }
}

impl Field for String {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        let Raw::Text(text) = raw else { return Err(self.kind(range)) };
        self.clone_from(text);
        Ok(())
    }

    fn show(&self) -> String {
        quoted(self)
    }

    fn kind(&self, _: Range<'_>) -> String {
        "text".into()
    }
}

impl Field for PathBuf {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        match raw {
            Raw::Text(text) if !text.is_empty() => *self = text.into(),
            Raw::Text(_)
            | Raw::Integer(_)
            | Raw::Switch(_)
            | Raw::List(_)
            | Raw::Table(_)
            | Raw::Other(_) => return Err(self.kind(range)),
        }
        Ok(())
    }

    fn show(&self) -> String {
        quoted(&self.to_string_lossy())
    }

    fn kind(&self, _: Range<'_>) -> String {
        "a path".into()
    }
}

impl Field for SocketAddr {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        *self = parsed(raw).ok_or_else(|| self.kind(range))?;
        Ok(())
    }

    fn show(&self) -> String {
        quoted(&self.to_string())
    }

    fn kind(&self, _: Range<'_>) -> String {
        "an IP address and a port, like \"127.0.0.1:8080\"".into()
    }
}

impl Field for Vec<String> {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        *self = listed(raw).ok_or_else(|| self.kind(range))?;
        Ok(())
    }

    fn show(&self) -> String {
        show_list(self)
    }

    fn kind(&self, _: Range<'_>) -> String {
        "a list of texts".into()
    }
}

impl<C: Choice> Field for Vec<C> {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        let words = listed(raw).ok_or_else(|| self.kind(range))?;
        let named = words.iter().map(|word| {
            let known = C::WORDS.iter().find(|(known, _)| known == word);
            known.map(|(_, choice)| *choice).ok_or_else(|| self.kind(range))
        });
        *self = named.collect::<Result<_, _>>()?;
        Ok(())
    }

    fn show(&self) -> String {
        let words: Vec<String> = self.iter().map(|one| quoted(one.word())).collect();
        format!("[{}]", words.join(", "))
    }

    fn kind(&self, _: Range<'_>) -> String {
        let words: Vec<&str> = C::WORDS.iter().map(|(word, _)| *word).collect();
        format!("a list of {}", words.join(", "))
    }
}

impl Field for Vec<Network> {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        let texts = listed(raw).ok_or_else(|| self.kind(range))?;
        let networks: Result<Self, _> = texts.iter().map(|text| text.parse()).collect();
        *self = networks.map_err(|_| self.kind(range))?;
        Ok(())
    }

    fn show(&self) -> String {
        show_list(self)
    }

    fn kind(&self, _: Range<'_>) -> String {
        "a list of IP addresses or networks, like [\"10.0.0.7\", \"192.168.0.0/16\"]".into()
    }
}

impl Field for Secret {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        let Raw::Text(text) = raw else { return Err(self.kind(range)) };
        *self = Secret::new(text);
        Ok(())
    }

    fn show(&self) -> String {
        if self.is_empty() { quoted("") } else { quoted("***") }
    }

    fn kind(&self, _: Range<'_>) -> String {
        "a secret text, best as ${env:NAME} or ${file:/path}".into()
    }

    fn is_secret(&self) -> bool {
        true
    }
}

/// An option that may be left out, or be left empty.
impl<F: Field + Default> Field for Option<F> {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        if matches!(raw, Raw::Text(text) if text.is_empty()) {
            *self = None;
            return Ok(());
        }
        let mut inner = F::default();
        inner.set(raw, range)?;
        *self = Some(inner);
        Ok(())
    }

    fn show(&self) -> String {
        self.as_ref().map_or_else(|| "(none)".into(), Field::show)
    }

    fn kind(&self, range: Range<'_>) -> String {
        F::default().kind(range)
    }
}

fn parsed<T: FromStr>(raw: &Raw) -> Option<T> {
    let Raw::Text(text) = raw else { return None };
    text.parse().ok()
}

/// A list, or a text with commas as the environment has to write one.
pub(super) fn listed(raw: &Raw) -> Option<Vec<String>> {
    match raw {
        Raw::List(texts) => Some(texts.clone()),
        Raw::Text(text) => {
            let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
            Some(parts.map(str::to_owned).collect())
        }
        Raw::Integer(_) | Raw::Switch(_) | Raw::Table(_) | Raw::Other(_) => None,
    }
}

fn show_list<T: Display>(all: &[T]) -> String {
    let parts: Vec<String> = all.iter().map(|one| quoted(&one.to_string())).collect();
    format!("[{}]", parts.join(", "))
}

pub(super) fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_of_the_environment_is_taken_as_what_the_field_is() {
        let mut number = 1_u64;
        let mut switch = false;
        let mut list = vec!["old".to_owned()];

        number.set(&text("17"), Some(&(1..=20))).unwrap();
        switch.set(&text("Yes"), None).unwrap();
        list.set(&text("a, b"), None).unwrap();

        assert_eq!((number, switch, list.show().as_str()), (17, true, r#"["a", "b"]"#));
    }

    #[test]
    fn a_refused_value_changes_nothing_and_says_what_is_right() {
        let mut number = 5_u64;

        let refused = number.set(&Raw::Integer(-3), Some(&(1..=20)));

        assert_eq!(refused, Err("a number, 1 to 20".into()));
        assert_eq!(number, 5);
    }

    #[test]
    fn a_secret_shows_nothing_of_itself() {
        let mut secret = Secret::default();

        secret.set(&text("hunter42"), None).unwrap();

        assert_eq!(secret.show(), "\"***\"");
        assert_eq!(secret.expose(), "hunter42");
    }

    fn text(text: &str) -> Raw {
        Raw::Text(text.into())
    }
}
