//! The language of a session. Its name counts before its code, wherever both stand (decision 0014,
//! D12).

use super::Decided;
use super::data::word;
use super::hold::change_data;
use crate::base::UserData;
use crate::chat::command::Language;
use crate::chat::draft::Draft;
use crate::chat::error::Rejection;
use crate::chat::state::Session;
use crate::owned::Scene;

const NAME: &str = "GCTI_LanguageName";
const CODE: &str = "GCTI_LanguageCode";

pub fn set(session: &Session, scene: &Scene<'_, Session>, language: Language) -> Decided {
    if session.started.is_none() {
        return Err(Rejection::NotStarted);
    }
    let added = match language {
        Language::Name(name) => UserData::default().with(NAME, word(name)?),
        // A name that stays would count before the code.
        Language::Code(code) => UserData::default().with(NAME, "").with(CODE, word(code)?),
    };
    let mut merged = (*session.user_data).clone();
    merged.merge(&added);
    merged.check(&scene.policy.user_data)?;
    let mut draft = Draft::new(session, scene.now, None);
    change_data(&mut draft, added);
    Ok(draft.finish())
}

/// The language that user data name.
pub fn language_of(data: &UserData) -> Option<String> {
    let named = [NAME, CODE].into_iter().filter_map(|key| data.text(key));
    named.into_iter().find(|language| !language.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Command;
    use crate::chat::testing::{Stage, customer};

    #[test]
    fn the_language_that_was_set_last_counts() {
        let mut stage = Stage::with(&[customer("ann")]);
        let mut set = |language: Language| {
            stage.perform(Command::SetLanguage(language)).unwrap();
            (language_of(&stage.session.user_data), stage.session.last.0)
        };

        let german = || Language::Name("German".into());
        assert_eq!(set(german()), (Some("German".into()), 2));
        assert_eq!(set(german()), (Some("German".into()), 2), "nothing has changed");
        assert_eq!(set(Language::Code("fr-FR".into())), (Some("fr-FR".into()), 3));
        assert_eq!(set(german()), (Some("German".into()), 4));
    }
}
