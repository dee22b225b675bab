//! The parameters of a request by name. Empty means absent; what nobody knows is nobody's business;
//! what comes twice with different values is refused, since two readers could read it differently.

use crate::base::{UserData, loose};
use crate::chat::EventId;
use crate::chat::transcript::From;
use crate::edge::rest_v2::fault::Fault;
use crate::edge::rest_v2::pairs::Pairs;
use std::collections::BTreeMap;

/// Every parameter that means something.
pub const PARAMETERS: &[&str] = &[
    ALIAS,
    USER_ID,
    SECURE_KEY,
    NICKNAME,
    FIRST_NAME,
    LAST_NAME,
    EMAIL,
    SUBJECT,
    TEXT,
    ENDPOINT,
    MESSAGE,
    MESSAGE_TYPE,
    MESSAGE_ID,
    ATTRIBUTES,
    POSITION,
    PUSH_URL,
];

pub const ALIAS: &str = "alias";
pub const USER_ID: &str = "userId";
pub const SECURE_KEY: &str = "secureKey";
pub const NICKNAME: &str = "nickname";
pub const FIRST_NAME: &str = "firstName";
pub const LAST_NAME: &str = "lastName";
pub const EMAIL: &str = "emailAddress";
pub const SUBJECT: &str = "subject";
pub const TEXT: &str = "text";
pub const ENDPOINT: &str = "endpoint";
pub const MESSAGE: &str = "message";
pub const MESSAGE_TYPE: &str = "messageType";
pub const MESSAGE_ID: &str = "messageId";
pub const ATTRIBUTES: &str = "eventAttributes";
pub const POSITION: &str = "transcriptPosition";
pub const PUSH_URL: &str = "pushUrl";

#[derive(Debug, Default)]
pub struct Form {
    values: BTreeMap<&'static str, String>,
    pub user_data: UserData,
}

/// Whether a key of user data may come twice (`allow-duplicated-kvp`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Duplicates {
    LastWins,
    Refused,
}

/// What a request wants to see of the transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    From(u64),
    LastOnly,
}

impl Form {
    pub fn read(pairs: Pairs, duplicates: Duplicates) -> Result<Self, Fault> {
        let mut form = Self::default();
        for (name, value) in pairs {
            if let Some(key) = user_data_key(&name) {
                form.add_user_data(key, value, duplicates)?;
            } else if let Some(name) = PARAMETERS.iter().find(|known| **known == name) {
                form.add(name, value)?;
            }
        }
        Ok(form)
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.values.get(name).cloned()
    }

    /// As if it had not been sent.
    pub fn forget(&mut self, name: &str) {
        self.values.remove(name);
    }

    pub fn required(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(|| Fault::missing(name))
    }

    pub fn attributes(&self) -> Result<UserData, Fault> {
        let Some(text) = self.get(ATTRIBUTES) else { return Ok(UserData::default()) };
        let refused = |error| Fault::unreadable(400, format!("{ATTRIBUTES} does not fit: {error}"));
        loose::read(text).map_err(refused)
    }

    /// `transcriptPosition`, if it was sent.
    pub fn wanted(&self) -> Result<Option<Wanted>, Fault> {
        let Some(text) = self.get(POSITION) else { return Ok(None) };
        if text.trim() == "-1" {
            return Ok(Some(Wanted::LastOnly));
        }
        let number = text.trim().parse();
        number
            .map(|number| Some(Wanted::From(number)))
            .map_err(|_| Fault::unreadable(400, format!("{POSITION} is a number from 0 on, or -1")))
    }

    /// Where the client wants its view to begin, if it says so.
    pub fn view_from(&self) -> Result<Option<From>, Fault> {
        Ok(self.wanted()?.map(|wanted| match wanted {
            Wanted::From(number) => From::Id(EventId(number)),
            Wanted::LastOnly => From::Last,
        }))
    }

    fn add(&mut self, name: &'static str, value: String) -> Result<(), Fault> {
        if value.is_empty() {
            return Ok(());
        }
        match self.values.insert(name, value) {
            Some(before) if Some(&before) != self.values.get(name) => {
                Err(Fault::unreadable(400, format!("the parameter {name} comes twice")))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn add_user_data(
        &mut self,
        key: &str,
        value: String,
        duplicates: Duplicates,
    ) -> Result<(), Fault> {
        if duplicates == Duplicates::Refused && self.user_data.get(key).is_some() {
            return Err(Fault::unreadable(400, "a key of the user data comes twice"));
        }
        self.user_data.set(key, value);
        Ok(())
    }
}

/// The KEY of `userData[KEY]`; some clients put it in quotes.
fn user_data_key(name: &str) -> Option<&str> {
    let key = name.strip_prefix("userData[")?.strip_suffix(']')?;
    let quoted = ['"', '\'']
        .iter()
        .find_map(|quote| key.strip_prefix(*quote).and_then(|key| key.strip_suffix(*quote)));
    let key = quoted.unwrap_or(key);
    (!key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_data_is_told_by_its_brackets_with_or_without_quotes() {
        let form =
            form(&[("userData[a]", "1"), ("userData[\"b\"]", ""), ("userData[]", "x")]).unwrap();

        assert_eq!(form.user_data, [("a", "1"), ("b", "")].into_iter().collect());
    }

    #[test]
    fn empty_means_absent_and_unknown_means_nothing() {
        let form = form(&[("nickname", ""), ("nickname", "Ann"), ("nonsense", "1")]).unwrap();

        assert_eq!(form.get(NICKNAME), Some("Ann"));
        assert_eq!(form.values.len(), 1);
    }

    #[test]
    fn a_parameter_with_two_values_is_refused_and_the_same_one_twice_is_not() {
        assert!(form(&[("userId", "A"), ("userId", "B")]).is_err());
        assert!(form(&[("userId", "A"), ("userId", "A")]).is_ok());
    }

    #[test]
    fn a_doubled_key_of_user_data_follows_the_option() {
        let twice = || vec![("userData[a]".into(), "1".into()), ("userData[a]".into(), "2".into())];

        let form = Form::read(twice(), Duplicates::LastWins).unwrap();
        assert_eq!(form.user_data.text("a").as_deref(), Some("2"));
        assert!(Form::read(twice(), Duplicates::Refused).is_err());
    }

    #[test]
    fn positions_are_numbers_or_minus_one() {
        let wanted = |text| form(&[("transcriptPosition", text)]).unwrap().wanted();

        assert_eq!(wanted("7"), Ok(Some(Wanted::From(7))));
        assert_eq!(wanted("-1"), Ok(Some(Wanted::LastOnly)));
        assert_eq!(wanted(""), Ok(None));
        assert!(wanted("-2").is_err() && wanted("x").is_err());
    }

    fn form(pairs: &[(&str, &str)]) -> Result<Form, Fault> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).into(), (*value).into()));
        Form::read(pairs.collect(), Duplicates::LastWins)
    }
}
