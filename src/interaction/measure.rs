//! How much people may write into the log of a domain, where it stays, and comes back in each
//! snapshot and at each desk. An edge looks before it sends a wish on, the rules before they decide.
//! What a session of this program reports is not measured: it must be taken in.

use crate::base::AgentId;
use crate::interaction::agent::Agent;
use crate::interaction::command::{Command, Destination, Source, Submission, Wanted};
use crate::interaction::consultation::Consulted;
use crate::interaction::error::Rejection;
use crate::interaction::event::Change;
use crate::interaction::ids::MediaType;
use crate::interaction::workbin::{Owner, Workbin};

/// Media that one agent may be logged in for. Each is a line that he stands in.
pub const MOST_MEDIA: usize = 20;
/// Characters of a name.
pub const LONGEST_NAME: usize = 64;

/// Bytes of a reason, of a place, of a subtype.
pub const LONGEST_TEXT: usize = 256;
/// Characters of the name of a queue, of a tenant, of an endpoint.
pub const LONGEST_ADDRESS: usize = 128;
/// Properties that one wish takes away.
pub const MOST_DELETED: usize = 200;

/// Whether everything that a wish would write is of a fair size.
pub fn check(command: &Command) -> Result<(), Rejection> {
    match command {
        Command::AgentLogin(login) => {
            check_number(&login.agent, login.media.len())?;
            check_text("a place", login.place.as_deref().unwrap_or_default())?;
            login.media.iter().try_for_each(|(media, wanted)| check_wanted(media, wanted))
        }
        Command::AddMedia { media, wanted, .. } => check_wanted(media, wanted),
        Command::NotReady { media, reason, .. } | Command::ChangeReason { media, reason, .. } => {
            check_media(media)?;
            check_text("a reason", reason)
        }
        Command::RemoveMedia { media, .. } | Command::Ready { media, .. } => check_media(media),
        Command::Submit(submission) => check_submission(submission),
        Command::Reject { reason, .. } | Command::Stop { reason, .. } => {
            check_text("a reason", reason)
        }
        Command::PlaceInQueue { queue, .. }
        | Command::Consult { whom: Consulted::Queue(queue), .. } => {
            check_address("the name of a queue", &queue.0)
        }
        Command::PlaceInWorkbin { workbin, .. } => check_workbin(workbin),
        Command::Pull { from: Source::Workbin(workbin), .. } => check_workbin(workbin),
        Command::ChangeProperties { change, .. } => check_deleted(change),
        Command::ReportFromSession(_)
        | Command::Resume { .. }
        | Command::AgentLogout { .. }
        | Command::ConnectionLost { .. }
        | Command::SetDoNotDisturb { .. }
        | Command::ClearDoNotDisturb { .. }
        | Command::Accept { .. }
        | Command::Transfer { .. }
        | Command::Conference { .. }
        | Command::Assign { .. }
        | Command::Withdraw { .. }
        | Command::Intrude { .. }
        | Command::Leave { .. }
        | Command::KeepWaiting { .. }
        | Command::EndWaiting { .. }
        | Command::Pull { from: Source::Queue, .. }
        | Command::ServiceAnswered { .. }
        | Command::PlaceOnHold { .. }
        | Command::Consult { whom: Consulted::Agent(_), .. }
        | Command::Work { .. }
        | Command::TimePassed => Ok(()),
    }
}

fn check_wanted(media: &MediaType, wanted: &Wanted) -> Result<(), Rejection> {
    check_media(media)?;
    match wanted {
        Wanted::Ready => Ok(()),
        Wanted::NotReady { reason } => check_text("a reason", reason),
    }
}

fn check_submission(submission: &Submission) -> Result<(), Rejection> {
    if let Some(id) = &submission.interaction {
        check_printable("the name of an interaction", &id.0)?;
    }
    if let Some(key) = &submission.key {
        check_printable("a messageId", key)?;
    }
    check_media(&submission.media)?;
    check_address("the name of a tenant", &submission.tenant)?;
    check_text("a subtype", &submission.subtype)?;
    match &submission.to {
        Destination::Queue(queue) => check_address("the name of a queue", &queue.0),
        Destination::Endpoint(endpoint) => check_address("the name of an endpoint", endpoint),
    }
}

fn check_workbin(workbin: &Workbin) -> Result<(), Rejection> {
    check_name("the name of a workbin", &workbin.name)?;
    match &workbin.owner {
        Owner::Agent(_) => Ok(()),
        Owner::Group(group) => check_name("a group", &group.0),
        Owner::Place(place) => check_name("a place", place),
    }
}

/// What is set is measured with what there is.
fn check_deleted(change: &Change) -> Result<(), Rejection> {
    if MOST_DELETED < change.deleted.len() {
        return Err(Rejection::TooManyDeleted { most: MOST_DELETED });
    }
    change.deleted.iter().try_for_each(|key| check_text("the name of a property", key))
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
    let is_fair = !name.is_empty() && name.chars().count() <= LONGEST_NAME;
    if is_fair { Ok(()) } else { Err(bad_name(what, LONGEST_NAME)) }
}

fn check_printable(what: &str, name: &str) -> Result<(), Rejection> {
    if !name.contains(char::is_control) {
        return check_name(what, name);
    }
    Err(bad_name(what, LONGEST_NAME))
}

fn check_address(what: &str, name: &str) -> Result<(), Rejection> {
    let is_fair = !name.is_empty() && name.chars().count() <= LONGEST_ADDRESS;
    let is_fair = is_fair && !name.contains(char::is_control);
    if is_fair { Ok(()) } else { Err(bad_name(what, LONGEST_ADDRESS)) }
}

fn check_text(what: &str, text: &str) -> Result<(), Rejection> {
    let most = LONGEST_TEXT;
    let too_long = || Rejection::TextTooLong { what: what.to_owned(), most };
    if text.len() <= most { Ok(()) } else { Err(too_long()) }
}

fn bad_name(what: &str, most: usize) -> Rejection {
    Rejection::BadName { what: what.to_owned(), most }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Position;
    use crate::interaction::command::{By, Login};
    use crate::interaction::ids::Ticket;
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

    #[test]
    fn no_text_that_stays_in_the_log_is_without_a_limit() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        let long = "x".repeat(LONGEST_TEXT + 1);
        let (media, by) = (|| MediaType::from("chat"), || By::Agent("ada".into()));
        let wanted = || Wanted::NotReady { reason: long.clone() };
        let deleted = |deleted| Change { deleted, ..Change::default() };
        let change =
            |change| Command::ChangeProperties { interaction: "1".into(), by: by(), change };
        let to = Destination::Endpoint(long.clone());

        for too_long in [
            Command::AgentLogin(Login { place: Some(long.clone()), ..login(0..1) }),
            Command::AgentLogin(Login { media: vec![(media(), wanted())], ..login(0..1) }),
            Command::AddMedia { agent: "ada".into(), media: media(), wanted: wanted() },
            Command::NotReady { agent: "ada".into(), media: media(), reason: long.clone() },
            Command::ChangeReason { agent: "ada".into(), media: media(), reason: long.clone() },
            Command::Reject {
                agent: "ada".into(),
                ticket: Ticket(Position(1)),
                reason: long.clone(),
            },
            Command::Stop { interaction: "1".into(), by: by(), reason: long.clone() },
            Command::PlaceInQueue {
                interaction: "1".into(),
                by: by(),
                queue: long.as_str().into(),
            },
            Command::Submit(Submission { tenant: long.clone(), ..chat("2") }),
            Command::Submit(Submission { subtype: long.clone(), ..chat("2") }),
            Command::Submit(Submission { to, ..chat("2") }),
            change(deleted(vec![long.clone()])),
            change(deleted(vec!["x".into(); MOST_DELETED + 1])),
        ] {
            let no = life.refused(too_long);
            let is_for_that = matches!(
                no,
                Rejection::TextTooLong { .. }
                    | Rejection::BadName { .. }
                    | Rejection::TooManyDeleted { .. }
            );
            assert!(is_for_that, "{no}");
        }
    }

    fn login(media: std::ops::Range<usize>) -> Login {
        let name = |n| MediaType(format!("media {n}"));
        Login {
            agent: "ada".into(),
            connection: connection("ada"),
            begun: None,
            place: None,
            profile: Default::default(),
            media: media.map(|n| (name(n), Wanted::Ready)).collect(),
        }
    }

    fn add(media: &str) -> Command {
        let (agent, media) = ("ada".into(), MediaType(media.to_owned()));
        Command::AddMedia { agent, media, wanted: Wanted::Ready }
    }
}
