//! Agents come and go, with their connections and their media.

use crate::base::{AgentId, Millis, Parting};
use crate::interaction::agent::{Agent, MediaState};
use crate::interaction::capacity::Capacity;
use crate::interaction::command::{Answer, Login, Wanted};
use crate::interaction::decide::logged_in;
use crate::interaction::decide::release::take_back;
use crate::interaction::draft::Draft;
use crate::interaction::effect::{Effect, Warning};
use crate::interaction::error::Rejection;
use crate::interaction::event::{Fact, LogoutReason, NotReadyCause, RemoveReason, RevokeReason};
use crate::interaction::ids::{ConnectionId, MediaType, Ticket};
use crate::interaction::measure;
use crate::interaction::policy::Policy;
use crate::interaction::profile::Profile;
use crate::interaction::scope::Whom;
use std::sync::Arc;

/// Agents whose connections an earlier life of this domain knew are not connected any more. Each
/// has a whole window to come back, however long the domain was away.
pub(super) fn lose_connections_of_earlier_life(draft: &mut Draft<'_>) {
    let Some((upto, parting)) = draft.room().earlier_life() else { return };
    let anew = counts_from(draft, parting);
    let stale = draft.domain().agents().filter(|agent| agent.present_since() <= upto);
    let stale: Vec<(AgentId, Option<Millis>)> = stale
        .map(|agent| {
            let before = agent.lost_at().filter(|at| draft.now() < *at);
            (agent.id.clone(), anew.max(before))
        })
        .collect();
    for (agent, counts_from) in stale {
        draft.record(Fact::ConnectionLost { agent, counts_from });
    }
}

/// Who was told to go on elsewhere has more time: his window counts from later.
fn counts_from(draft: &Draft<'_>, parting: Parting) -> Option<Millis> {
    let Policy { resume_window, move_window, .. } = draft.policy();
    match parting {
        Parting::Lost => None,
        Parting::Moving => Some(draft.now() + move_window.saturating_sub(*resume_window)),
    }
}

/// A login of an agent who is logged in already takes his desk over with all that lies on it.
/// Whoever logs in is newer than everybody before, whatever the clocks of nodes say.
pub(super) fn login(draft: &mut Draft<'_>, login: Login) -> Result<Answer, Rejection> {
    let Login { agent, connection, begun, place, profile, media } = login;
    let before = draft.domain().agent(&agent).map(|one| &**one);
    measure::check_room(&agent, before, media.iter().map(|(media, _)| media))?;
    let known = draft.domain().agent(&agent).map_or(&place, |one| &one.place);
    let whom = Whom { agent: &agent, place: known.as_deref(), groups: &profile.groups };
    let (capacity, warning) = capacity_of(draft, whom);
    let id = agent.clone();
    if let Some(one) = draft.domain().agent(&agent) {
        let above = one.newest.as_ref().map(|newest| Millis(newest.begun.0 + 1));
        let begun = begun.max(above);
        let profile = Some(profile).filter(|profile| *profile != one.profile);
        draft.record(Fact::Resumed { agent: id, connection, begun, profile, capacity });
    } else {
        let agent = id;
        draft.record(Fact::AgentLoggedIn { agent, connection, begun, place, profile, capacity });
    }
    for (media, wanted) in media {
        bring_media(draft, &agent, media, wanted);
    }
    Ok(Answer::LoggedIn { capacity_warning: warn(draft, warning) })
}

pub(super) fn resume(
    draft: &mut Draft<'_>,
    agent: &AgentId,
    (connection, begun): (ConnectionId, Option<Millis>),
    profile: Option<Profile>,
) -> Result<Answer, Rejection> {
    let one = logged_in(draft, agent)?;
    if one.is_older(&connection, begun) {
        return Err(Rejection::Displaced(agent.clone()));
    }
    let groups = profile.as_ref().map_or(&one.profile.groups, |profile| &profile.groups);
    let whom = Whom { groups, ..Whom::at_desk(&one) };
    let (capacity, warning) = capacity_of(draft, whom);
    if !one.is_connected_by(&connection) {
        let begun = begun.max(one.newest.as_ref().map(|newest| newest.begun));
        let profile = profile.filter(|profile| *profile != one.profile);
        draft.record(Fact::Resumed { agent: agent.clone(), connection, begun, profile, capacity });
    }
    Ok(Answer::LoggedIn { capacity_warning: warning.map(|warning| warning.to_string()) })
}

fn capacity_of(draft: &Draft<'_>, whom: Whom<'_>) -> (Capacity, Option<Warning>) {
    match draft.policy().scopes.capacity(whom) {
        Some((_, capacity)) => (capacity.clone(), None),
        None => {
            let warning = Warning::NoCapacity { agent: whom.agent.clone() };
            (draft.policy().default_capacity.clone(), Some(warning))
        }
    }
}

fn warn(draft: &mut Draft<'_>, warning: Option<Warning>) -> Option<String> {
    let warning = warning?;
    let text = warning.to_string();
    draft.ask(Effect::Warn(warning));
    Some(text)
}

pub(super) fn logout(draft: &mut Draft<'_>, agent: &AgentId) -> Result<Answer, Rejection> {
    logged_in(draft, agent)?;
    log_out(draft, agent, LogoutReason::Asked);
    Ok(Answer::Done)
}

/// Takes everything from the agent's desk and closes it. What he handled goes back to its queue.
pub(super) fn log_out(draft: &mut Draft<'_>, agent: &AgentId, reason: LogoutReason) {
    let Some(one) = draft.domain().agent(agent).cloned() else { return };
    for (ticket, taken) in &one.invited {
        take_back(draft, &taken.interaction, (*ticket, RevokeReason::LoggedOut));
    }
    for interaction in one.handling.keys().chain(&one.monitoring).cloned() {
        let (agent, reason) = (agent.clone(), RemoveReason::LoggedOut);
        draft.record(Fact::PartyRemoved { interaction, agent, reason });
    }
    draft.record(Fact::AgentLoggedOut { agent: agent.clone(), reason });
}

/// The loss of a connection that is not the agent's any more concerns nobody.
pub(super) fn lose_connection(
    draft: &mut Draft<'_>,
    agent: &AgentId,
    (connection, parting): (&ConnectionId, Parting),
) -> Answer {
    let one = draft.domain().agent(agent);
    if one.is_some_and(|one| one.is_connected_by(connection)) {
        let counts_from = counts_from(draft, parting);
        draft.record(Fact::ConnectionLost { agent: agent.clone(), counts_from });
    }
    Answer::Done
}

pub(super) fn add_media(
    draft: &mut Draft<'_>,
    agent: &AgentId,
    media: MediaType,
    wanted: Wanted,
) -> Result<Answer, Rejection> {
    let one = logged_in(draft, agent)?;
    measure::check_room(agent, Some(&one), [&media])?;
    bring_media(draft, agent, media, wanted);
    Ok(Answer::Done)
}

fn bring_media(draft: &mut Draft<'_>, agent: &AgentId, media: MediaType, wanted: Wanted) {
    let Some(one) = draft.domain().agent(agent).cloned() else { return };
    if !one.media.contains_key(&media) {
        draft.record(Fact::MediaAdded { agent: agent.clone(), media: media.clone() });
    }
    match wanted {
        Wanted::Ready => turn_ready(draft, agent, media),
        Wanted::NotReady { reason } => turn_not_ready(draft, agent, media, reason),
    }
}

pub(super) fn remove_media(
    draft: &mut Draft<'_>,
    agent: &AgentId,
    media: MediaType,
) -> Result<Answer, Rejection> {
    let one = logged_in_for(draft, agent, &media)?;
    let offered = one.invited.iter().filter(|(_, taken)| taken.media == media);
    let offered: Vec<(Ticket, _)> =
        offered.map(|(t, taken)| (*t, taken.interaction.clone())).collect();
    for (ticket, interaction) in offered {
        take_back(draft, &interaction, (ticket, RevokeReason::MediaRemoved));
    }
    draft.record(Fact::MediaRemoved { agent: agent.clone(), media });
    Ok(Answer::Done)
}

pub(super) fn set_ready(
    draft: &mut Draft<'_>,
    agent: &AgentId,
    media: MediaType,
) -> Result<Answer, Rejection> {
    logged_in_for(draft, agent, &media)?;
    turn_ready(draft, agent, media);
    Ok(Answer::Done)
}

pub(super) fn set_not_ready(
    draft: &mut Draft<'_>,
    agent: &AgentId,
    media: MediaType,
    reason: String,
) -> Result<Answer, Rejection> {
    logged_in_for(draft, agent, &media)?;
    turn_not_ready(draft, agent, media, reason);
    Ok(Answer::Done)
}

/// Whoever is ready keeps his turn.
fn turn_ready(draft: &mut Draft<'_>, agent: &AgentId, media: MediaType) {
    let one = draft.domain().agent(agent);
    let state = one.and_then(|one| one.media.get(&media));
    if !matches!(state, Some(MediaState::Ready { .. })) {
        draft.record(Fact::MediaReady { agent: agent.clone(), media });
    }
}

fn turn_not_ready(draft: &mut Draft<'_>, agent: &AgentId, media: MediaType, reason: String) {
    let one = draft.domain().agent(agent);
    let is_same = one.and_then(|one| one.media.get(&media)).is_some_and(|state| match state {
        MediaState::NotReady { reason: given, cause, .. } => {
            *given == reason && *cause == NotReadyCause::Asked
        }
        MediaState::Ready { .. } => false,
    });
    if !is_same {
        let (agent, cause) = (agent.clone(), NotReadyCause::Asked);
        draft.record(Fact::MediaNotReady { agent, media, reason, cause });
    }
}

fn logged_in_for(
    draft: &Draft<'_>,
    agent: &AgentId,
    media: &MediaType,
) -> Result<Arc<Agent>, Rejection> {
    let one = logged_in(draft, agent)?;
    if one.media.contains_key(media) {
        return Ok(one);
    }
    Err(Rejection::MediaNotLoggedIn { agent: agent.clone(), media: media.clone() })
}

#[cfg(test)]
mod tests {
    use crate::base::{Millis, Parting};
    use crate::interaction::capacity::Capacity;
    use crate::interaction::command::Login;
    use crate::interaction::command::{Answer, Command, Wanted};
    use crate::interaction::effect::{Effect, Warning};
    use crate::interaction::error::Rejection;
    use crate::interaction::support::{Life, chat, connection};

    #[test]
    fn an_agent_without_a_capacity_rule_is_warned_of_and_gets_the_default() {
        let mut life = Life::new();

        let answer = life.login("ada", Wanted::Ready);

        assert!(matches!(answer, Answer::LoggedIn { capacity_warning: Some(_) }));
        let warning = Warning::NoCapacity { agent: "ada".into() };
        assert_eq!(life.effects, [Effect::Warn(warning)]);
        let ada = life.domain.agent(&"ada".into()).unwrap();
        assert_eq!(ada.capacity, Capacity::default());
    }

    #[test]
    fn an_agent_with_a_rule_is_not_warned_of() {
        let mut life = Life::new();
        life.give_capacity("ada", Capacity::of_numbers([("chat".into(), 1)]));

        let answer = life.login("ada", Wanted::Ready);

        assert_eq!(answer, Answer::LoggedIn { capacity_warning: None });
        assert_eq!(life.effects, []);
    }

    #[test]
    fn a_connection_that_comes_back_in_time_loses_nothing() {
        let mut life = handling();

        lose(&mut life, "ada");
        life.wait_seconds(14);
        life.wish(back("ada"));
        life.wait_seconds(60);

        assert_eq!(life.handlers("1"), ["ada"]);
    }

    #[test]
    fn a_connection_that_stays_away_gives_the_chat_to_others() {
        let mut life = handling();
        life.ready_agent("bob");

        lose(&mut life, "ada");
        life.wait_seconds(14);
        assert_eq!(life.handlers("1"), ["ada"]);
        life.wait_seconds(1);

        assert!(life.domain.agent(&"ada".into()).is_none());
        assert_eq!(life.invited_agent("1"), "bob");
    }

    #[test]
    fn a_lost_connection_is_offered_nothing_new() {
        let mut life = Life::new();
        life.ready_agent("ada");
        lose(&mut life, "ada");

        life.chat("1");
        assert_eq!(life.invited_agent("1"), "nobody");
        life.wish(back("ada"));

        assert_eq!(life.invited_agent("1"), "ada");
    }

    #[test]
    fn the_late_loss_of_an_old_connection_concerns_nobody() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.wish(back("ada"));

        lose(&mut life, "ada");

        assert!(life.domain.agent(&"ada".into()).unwrap().is_connected());
    }

    #[test]
    fn a_logout_gives_back_what_is_offered_and_what_is_handled() {
        let mut life = handling();
        life.chat("2");
        life.ready_agent("bob");

        life.wish(Command::AgentLogout { agent: "ada".into() });

        assert_eq!(["1", "2"].map(|id| life.invited_agent(id)), ["bob", "bob"]);
    }

    #[test]
    fn after_a_restart_everybody_has_a_whole_window_to_come_back() {
        let mut life = handling();
        life.chat("2");
        life.ready_agent("bob");

        life.restart();
        life.wait_seconds(14);
        life.wish(back("ada"));
        life.wait_seconds(1);

        assert_eq!(life.handlers("1"), ["ada"]);
        assert_eq!(life.invited_agent("2"), "ada");
        assert!(life.domain.agent(&"bob".into()).is_none());
    }

    #[test]
    fn who_comes_back_together_with_the_first_wish_after_a_restart_is_connected() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.restart();

        let resume = back("ada");
        life.perform_together(vec![resume, Command::TimePassed, Command::Submit(chat("1"))]);

        assert_eq!(life.invited_agent("1"), "ada");
        life.wait_seconds(20);
        assert!(life.domain.agent(&"ada".into()).unwrap().is_connected());
    }

    #[test]
    fn a_restart_during_a_window_begins_it_anew() {
        let mut life = handling();
        lose(&mut life, "ada");
        life.now = life.now + std::time::Duration::from_secs(600);

        life.restart();
        life.wait_seconds(14);

        assert_eq!(life.handlers("1"), ["ada"]);
        life.wait_seconds(1);
        assert!(life.domain.agent(&"ada".into()).is_none());
    }

    #[test]
    fn who_was_told_to_go_on_at_another_node_has_more_time() {
        let mut life = handling();

        part(&mut life, "ada", Parting::Moving);
        life.wait_seconds(2);
        life.restart();
        life.wait_seconds(27);
        assert_eq!(life.handlers("1"), ["ada"]);
        life.wait_seconds(1);

        assert!(life.domain.agent(&"ada".into()).is_none());
    }

    #[test]
    fn after_the_domain_was_handed_on_everybody_has_more_time() {
        let mut life = handling();

        life.move_on();
        life.wait_seconds(29);
        assert_eq!(life.handlers("1"), ["ada"]);
        life.wait_seconds(1);

        assert!(life.domain.agent(&"ada".into()).is_none());
    }

    #[test]
    fn an_older_connection_does_not_take_the_desk_back_from_a_newer_one() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.wish(resume("half-dead", 1_000));
        life.wish(resume("newer", 2_000));

        life.restart();
        let refused = life.refused(resume("half-dead", 1_000));
        life.wish(resume("newer", 2_000));
        life.wait_seconds(60);

        assert_eq!(refused, Rejection::Displaced("ada".into()));
        assert!(life.domain.agent(&"ada".into()).unwrap().is_connected_by(&"newer".into()));
    }

    #[test]
    fn who_logs_in_is_newer_than_everybody_before_whatever_the_clocks_say() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.wish(resume("ahead", 9_000));

        let (agent, begun) = ("ada".into(), Some(Millis(5)));
        let (place, media) = (None, vec![]);
        let login = Login {
            agent,
            connection: "behind".into(),
            begun,
            place,
            profile: Default::default(),
            media,
        };
        life.wish(Command::AgentLogin(login));
        life.restart();
        let refused = life.refused(resume("ahead", 9_000));
        life.wish(resume("behind", 5));

        assert_eq!(refused, Rejection::Displaced("ada".into()));
        assert!(life.domain.agent(&"ada".into()).unwrap().is_connected_by(&"behind".into()));
    }

    #[test]
    fn a_medium_must_be_logged_in_to_be_ready() {
        let mut life = Life::new();
        let ready = Command::Ready { agent: "ada".into(), media: "email".into() };

        assert_eq!(life.refused(ready.clone()), Rejection::NotLoggedIn("ada".into()));
        life.ready_agent("ada");
        let no = life.refused(ready);

        assert_eq!(no.to_string(), "agent 'ada' is not logged in for media type 'email'");
    }

    #[test]
    fn removing_a_medium_takes_its_offers_back() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.ready_agent("bob");

        life.wish(Command::RemoveMedia { agent: "ada".into(), media: "chat".into() });

        assert_eq!(life.invited_agent("1"), "bob");
    }

    fn handling() -> Life {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        life
    }

    /// Another connection of an agent who is logged in.
    fn back(agent: &str) -> Command {
        let connection = "second".into();
        Command::Resume { agent: agent.into(), connection, begun: None, profile: None }
    }

    fn resume(connection: &str, begun: u64) -> Command {
        let (agent, begun) = ("ada".into(), Some(Millis(begun)));
        Command::Resume { agent, connection: connection.into(), begun, profile: None }
    }

    fn lose(life: &mut Life, agent: &str) {
        part(life, agent, Parting::Lost);
    }

    fn part(life: &mut Life, agent: &str, parting: Parting) {
        let (agent, connection) = (agent.into(), connection(agent));
        life.wish(Command::ConnectionLost { agent, connection, parting });
    }
}
