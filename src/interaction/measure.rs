//! How much people may write into the log of a domain, where it stays, and comes back in each
//! snapshot and at each desk. An edge looks before it sends a wish on, the rules before they decide.
//! What a session of this program reports is not measured: it must be taken in.

use crate::base::AgentId;
use crate::interaction::agent::Agent;
use crate::interaction::command::Command;
use crate::interaction::error::Rejection;
use crate::interaction::ids::MediaType;

/// Media that one agent may be logged in for. Each is a line that he stands in.
pub const MOST_MEDIA: usize = 20;
/// Characters of a name.
pub const LONGEST_NAME: usize = 64;

/// Whether everything that a wish would write is of a fair size.
pub fn check(command: &Command) -> Result<(), Rejection> {
    match command {
        Command::AgentLogin(login) => {
            check_number(&login.agent, login.media.len())?;
            login.media.iter().try_for_each(|(media, _)| check_media(media))
        }
        Command::AddMedia { media, .. }
        | Command::RemoveMedia { media, .. }
        | Command::Ready { media, .. }
        | Command::NotReady { media, .. }
        | Command::ChangeReason { media, .. } => check_media(media),
        Command::Submit(submission) => {
            let id = submission.interaction.as_ref();
            id.map_or(Ok(()), |id| check_printable("the name of an interaction", &id.0))?;
            let key = submission.key.as_ref();
            key.map_or(Ok(()), |key| check_printable("a messageId", key))?;
            check_media(&submission.media)
        }
        Command::ReportFromSession(_)
        | Command::ChangeProperties { .. }
        | Command::Resume { .. }
        | Command::AgentLogout { .. }
        | Command::ConnectionLost { .. }
        | Command::SetDoNotDisturb { .. }
        | Command::ClearDoNotDisturb { .. }
        | Command::Accept { .. }
        | Command::Reject { .. }
        | Command::Transfer { .. }
        | Command::Conference { .. }
        | Command::Assign { .. }
        | Command::Withdraw { .. }
        | Command::Intrude { .. }
        | Command::Leave { .. }
        | Command::Hold { .. }
        | Command::EndHold { .. }
        | Command::Stop { .. }
        | Command::PlaceInQueue { .. }
        | Command::PlaceInWorkbin { .. }
        | Command::Pull { .. }
        | Command::TimePassed => Ok(()),
    }
}

/// Whether an agent has room for media beside those he is logged in for.
pub(super) fn check_room<'a>(
    agent: &AgentId,
    before: Option<&Agent>,
    added: impl IntoIterator<Item = &'a MediaType>,
) -> Result<(), Rejection> {
    let has = |media: &&MediaType| before.is_some_and(|one| one.media.contains_key(*media));
    let n_new = added.into_iter().filter(|media| !has(media)).count();
    let n_before = before.map_or(0, |one| one.media.len());
    if n_new == 0 { Ok(()) } else { check_number(agent, n_before + n_new) }
}

fn check_number(agent: &AgentId, n_media: usize) -> Result<(), Rejection> {
    let (agent, most) = (agent.clone(), MOST_MEDIA);
    if n_media <= most { Ok(()) } else { Err(Rejection::TooManyMedia { agent, most }) }
}

fn check_media(media: &MediaType) -> Result<(), Rejection> {
    check_printable("a media type", &media.0)
}

fn check_name(what: &str, name: &str) -> Result<(), Rejection> {
    if !name.is_empty() && name.chars().count() <= LONGEST_NAME {
        return Ok(());
    }
    Err(bad_name(what))
}

fn check_printable(what: &str, name: &str) -> Result<(), Rejection> {
    let is_printable = |one: char| !one.is_control();
    if name.chars().all(is_printable) { check_name(what, name) } else { Err(bad_name(what)) }
}

fn bad_name(what: &str) -> Rejection {
    Rejection::BadName { what: what.to_owned(), most: LONGEST_NAME }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::command::{Login, Submission, Wanted};
    use crate::interaction::support::{Life, chat, connection};

    #[test]
    fn an_agent_is_logged_in_for_a_number_of_media_that_is_no_burden() {
        let mut life = Life::new();
        let no = Rejection::TooManyMedia { agent: "ada".into(), most: MOST_MEDIA };

        let refused = life.refused(Command::AgentLogin(login(0..MOST_MEDIA + 1)));
        life.wish(Command::AgentLogin(login(0..MOST_MEDIA)));
        let one_more = life.refused(add("one more"));
        let at_second_login = life.refused(Command::AgentLogin(login(5..MOST_MEDIA + 1)));
        life.wish(add("media 7"));
        life.wish(Command::AgentLogin(login(5..MOST_MEDIA)));

        assert_eq!([refused, one_more, at_second_login], [no.clone(), no.clone(), no]);
        assert_eq!(life.domain.agent(&"ada".into()).unwrap().media.len(), MOST_MEDIA);
    }

    #[test]
    fn the_name_of_a_medium_is_no_essay_and_not_empty() {
        let mut life = Life::new();
        life.ready_agent("ada");

        for name in [String::new(), "é".repeat(LONGEST_NAME + 1)] {
            let no = life.refused(add(&name));
            assert_eq!(no.to_string(), "a media type has 1 to 64 printable characters");
        }
        life.wish(add(&"é".repeat(LONGEST_NAME)));
    }

    #[test]
    fn a_media_server_names_interactions_in_a_word() {
        let mut life = Life::new();
        for name in [String::new(), "x".repeat(LONGEST_NAME + 1), "a\nb".into(), "a\0".into()] {
            let no = life.refused(Command::Submit(chat(&name)));
            assert!(matches!(no, Rejection::BadName { .. }), "{name:?}");
            let keyed = Submission { interaction: None, key: Some(name.clone()), ..chat("") };
            let no = life.refused(Command::Submit(keyed));
            assert!(matches!(no, Rejection::BadName { .. }), "{name:?}");
        }
        life.wish(Command::Submit(chat(&"x".repeat(LONGEST_NAME))));
    }

    fn login(media: std::ops::Range<usize>) -> Login {
        let name = |n| MediaType(format!("media {n}"));
        Login {
            agent: "ada".into(),
            connection: connection("ada"),
            begun: None,
            place: None,
            media: media.map(|n| (name(n), Wanted::Ready)).collect(),
        }
    }

    fn add(media: &str) -> Command {
        let (agent, media) = ("ada".into(), MediaType(media.to_owned()));
        Command::AddMedia { agent, media, wanted: Wanted::Ready }
    }
}
