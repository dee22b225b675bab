//! Leaving, removing, and what becomes of the session then.

use super::data::clean_text;
use super::going::{Going, end_if_deserted, end_session, ended_by, ending, go};
use super::limits::check_length;
use super::{Decided, hold, present};
use crate::base::Millis;
use crate::chat::command::{AfterAction, Leave};
use crate::chat::draft::Draft;
use crate::chat::error::Rejection;
use crate::chat::event::{EndReason, EndedBy, Key, LeaveReason};
use crate::chat::participant::{Participant, Role, Visibility};
use crate::chat::state::Session;
use crate::owned::{Decision, Scene};

pub fn leave(
    session: &Session,
    scene: &Scene<'_, Session>,
    leave: &Leave,
    key: Option<Key>,
) -> Decided {
    let asker = present(session, leave.asker)?;
    let who = whom(session, asker, leave)?;
    let by = ended_by(asker);
    if let Some(text) = &leave.text {
        check_length(text, scene.policy.longest_text)?;
    }
    let mut draft = Draft::new(session, scene.now, key);
    let going = going(who, leave);
    let gone = (going.who, going.reason);
    go(&mut draft, going);
    if closes(&draft.session, leave.after) {
        let end = ending(&draft.session, by, EndReason::Force);
        end_session(&mut draft, Some(leave.asker), LeaveReason::RemovedByOther, end);
    } else {
        hold::gone(&mut draft, scene, gone);
        end_if_deserted(&mut draft, by, EndReason::Quit);
    }
    Ok(draft.finish())
}

/// The server ends it all.
pub fn close(session: &Session, now: Millis, reason: LeaveReason) -> Decision<Session> {
    let mut draft = Draft::new(session, now, None);
    if session.started.is_some() {
        let reason_of_end = match reason {
            LeaveReason::Inactivity => EndReason::Inactive,
            LeaveReason::Normal
            | LeaveReason::CloseIfNoAgents
            | LeaveReason::ForceClose
            | LeaveReason::Disconnect
            | LeaveReason::RemovedByOther
            | LeaveReason::RemovedByServer
            | LeaveReason::BadKey
            | LeaveReason::Restoration => EndReason::Other,
        };
        let end = ending(session, EndedBy::System, reason_of_end);
        end_session(&mut draft, None, reason, end);
    }
    draft.finish()
}

/// The same, unless an agent is there: bots do not count, nor do those whom nobody knows to be there.
pub fn close_if_no_agents(
    session: &Session,
    now: Millis,
    reason: LeaveReason,
) -> Decision<Session> {
    if closes(session, AfterAction::CloseIfNoAgents) {
        return close(session, now, reason);
    }
    Draft::new(session, now, None).finish()
}

/// The server ends a session in which nobody was active.
pub fn end_inactive(draft: &mut Draft) {
    let end = ending(&draft.session, EndedBy::System, EndReason::Inactive);
    end_session(draft, None, LeaveReason::Inactivity, end);
}

/// The server ends a session whose record does not get its running transcript.
pub fn end_unkept(draft: &mut Draft) {
    let end = ending(&draft.session, EndedBy::System, EndReason::DbError);
    end_session(draft, None, LeaveReason::RemovedByServer, end);
}

/// Who is to go, if the asker may ask for it. What he asks must not teach him who is there unseen,
/// or was.
fn whom<'a>(
    session: &'a Session,
    asker: &Participant,
    leave: &Leave,
) -> Result<&'a Participant, Rejection> {
    let is_agent = matches!(asker.joined.role, Role::Agent | Role::Supervisor);
    if !is_agent && leave.asker != leave.who {
        return Err(Rejection::not_allowed("only agents and supervisors may remove others"));
    }
    if !is_agent && leave.after != AfterAction::KeepAlive {
        return Err(Rejection::not_allowed("only agents and supervisors may close the session"));
    }
    let acts_on_others = leave.asker != leave.who || leave.after != AfterAction::KeepAlive;
    if acts_on_others && asker.joined.visibility != Visibility::All {
        let what = "whom the customer does not see neither removes others nor closes the session";
        return Err(Rejection::not_allowed(what));
    }
    let who = session.participant(leave.who).filter(|who| asker.knows(who));
    if who.is_none() {
        return Err(Rejection::NotInSession(leave.who));
    }
    if who.is_some_and(|who| who.is_voice()) {
        return Err(Rejection::not_allowed("who is no person is not removed"));
    }
    present(session, leave.who).map(|who| &**who)
}

fn going(who: &Participant, leave: &Leave) -> Going {
    let text = leave.text.clone().map(clean_text).filter(|text| !text.is_empty());
    let asker = (leave.asker != leave.who).then_some(leave.asker);
    Going { who: who.joined.id, asker, reason: reason(leave), text }
}

fn reason(leave: &Leave) -> LeaveReason {
    if leave.asker != leave.who {
        return LeaveReason::RemovedByOther;
    }
    match leave.after {
        AfterAction::KeepAlive => LeaveReason::Normal,
        AfterAction::CloseIfNoAgents => LeaveReason::CloseIfNoAgents,
        AfterAction::ForceClose => LeaveReason::ForceClose,
    }
}

fn closes(after_leaving: &Session, after: AfterAction) -> bool {
    match after {
        AfterAction::KeepAlive => false,
        // Bots do not count, nor do those whom nobody knows to be there.
        AfterAction::CloseIfNoAgents => {
            !after_leaving.here().any(|known| known.is_human_agent() && known.keeps_alive())
        }
        AfterAction::ForceClose => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::event::Fact;
    use crate::chat::testing::{Stage, agent, bot, coach, customer, join, supervisor};
    use crate::chat::{Command, participant::Protocol};

    #[test]
    fn whoever_leaves_by_himself_has_left_normally() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);

        stage.leave("bob");

        assert_eq!(stage.leavings(), [(stage.who("bob"), LeaveReason::Normal, None)]);
        assert_eq!(stage.ending(), None);
    }

    #[test]
    fn a_forced_close_removes_everybody_and_names_the_closer() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), bot("max")]);
        let (ann, bob, max) = (stage.who("ann"), stage.who("bob"), stage.who("max"));

        stage.leave_with("bob", "bob", AfterAction::ForceClose).unwrap();

        let removed = |who| (who, LeaveReason::RemovedByOther, Some(bob));
        let expected = [(bob, LeaveReason::ForceClose, None), removed(ann), removed(max)];
        assert_eq!(stage.leavings(), expected);
        assert_eq!(stage.ending(), Some((EndedBy::Agent, EndReason::Force)));
    }

    #[test]
    fn close_if_no_agents_keeps_the_session_for_another_human_agent_or_coach() {
        for other in [agent("eve"), coach("eve"), supervisor("eve", Visibility::Int)] {
            let mut stage = Stage::with(&[customer("ann"), agent("bob"), other]);

            stage.leave_with("bob", "bob", AfterAction::CloseIfNoAgents).unwrap();

            assert_eq!(stage.leavings()[0].1, LeaveReason::CloseIfNoAgents);
            assert_eq!(stage.ending(), None);
        }
    }

    #[test]
    fn close_if_no_agents_counts_neither_bots_nor_monitors() {
        let monitor = supervisor("sue", Visibility::Vip);
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), bot("max"), monitor]);

        stage.leave_with("bob", "bob", AfterAction::CloseIfNoAgents).unwrap();

        assert_eq!(stage.ending(), Some((EndedBy::Agent, EndReason::Force)));
    }

    #[test]
    fn keep_alive_leaves_the_customer_alone_in_the_session() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);

        stage.leave_with("bob", "bob", AfterAction::KeepAlive).unwrap();

        assert_eq!(stage.ending(), None);
    }

    #[test]
    fn a_session_ends_with_the_last_one_who_keeps_it_alive() {
        let monitor = supervisor("sue", Visibility::Vip);
        let workflow = join("flow", Role::External, Protocol::Esp);
        let mut stage = Stage::with(&[customer("ann"), bot("max"), monitor, workflow]);

        stage.leave("ann");

        let reasons: Vec<_> = stage.leavings().iter().map(|left| left.1).collect();
        let by_server = LeaveReason::RemovedByServer;
        assert_eq!(reasons, [LeaveReason::Normal, by_server, by_server]);
        assert_eq!(stage.ending(), Some((EndedBy::Client, EndReason::Quit)));
    }

    #[test]
    fn an_agent_or_a_coach_keeps_a_session_alive_that_the_customer_left() {
        for stays in [agent("bob"), coach("bob"), supervisor("bob", Visibility::Int)] {
            let mut stage = Stage::with(&[customer("ann"), stays]);

            stage.leave("ann");
            assert_eq!(stage.ending(), None);
            stage.leave("bob");

            assert_eq!(stage.ending(), Some((EndedBy::Client, EndReason::Quit)));
        }
    }

    #[test]
    fn a_customer_who_was_removed_has_not_ended_the_session() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        let (ann, bob) = (stage.who("ann"), stage.who("bob"));

        stage.leave_with("bob", "ann", AfterAction::KeepAlive).unwrap();
        assert_eq!(stage.leavings(), [(ann, LeaveReason::RemovedByOther, Some(bob))]);
        stage.leave("bob");

        assert_eq!(stage.ending(), Some((EndedBy::Agent, EndReason::Quit)));
    }

    #[test]
    fn removing_the_customer_with_a_forced_close_is_the_agents_doing() {
        let mut stage = Stage::with(&[customer("ann"), supervisor("sue", Visibility::All)]);

        stage.leave_with("sue", "ann", AfterAction::ForceClose).unwrap();

        assert_eq!(stage.ending(), Some((EndedBy::Supervisor, EndReason::Force)));
    }

    #[test]
    fn a_bot_may_end_a_session() {
        let mut stage = Stage::with(&[customer("ann"), bot("max")]);

        stage.leave_with("max", "max", AfterAction::ForceClose).unwrap();

        assert_eq!(stage.ending(), Some((EndedBy::Bot, EndReason::Force)));
    }

    #[test]
    fn the_server_ends_a_session_with_its_reason() {
        let cases = [
            (LeaveReason::RemovedByServer, EndReason::Other),
            (LeaveReason::Inactivity, EndReason::Inactive),
        ];
        for (reason, end) in cases {
            let mut stage = Stage::with(&[customer("ann"), agent("bob")]);

            stage.perform(Command::Close(reason)).unwrap();

            assert!(stage.leavings().iter().all(|left| left.1 == reason && left.2.is_none()));
            assert_eq!(stage.ending(), Some((EndedBy::System, end)));
        }
    }

    #[test]
    fn a_careful_close_spares_a_session_with_an_agent() {
        let careful = || Command::CloseIfNoAgents(LeaveReason::RemovedByServer);
        let mut stage = Stage::with(&[customer("ann"), bot("max"), agent("bob")]);

        stage.perform(careful()).unwrap();
        assert_eq!(stage.ending(), None);
        stage.leave("bob");
        stage.perform(careful()).unwrap();

        assert_eq!(stage.ending(), Some((EndedBy::System, EndReason::Other)));
        let last = stage.session.last;
        stage.perform(careful()).unwrap();
        assert_eq!(stage.session.last, last, "it is over already");
    }

    #[test]
    fn after_the_end_nothing_is_accepted_and_the_server_finds_nothing_to_do() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.perform(Command::Close(LeaveReason::RemovedByServer)).unwrap();
        let last = stage.session.last;

        assert_eq!(stage.say("ann", "hello"), Err(Rejection::Closed));
        let leaving = stage.leave_with("bob", "bob", AfterAction::KeepAlive);
        assert_eq!(leaving, Err(Rejection::Closed));
        stage.perform(Command::Close(LeaveReason::Normal)).unwrap();
        stage.perform(Command::TimePassed).unwrap();
        assert_eq!(stage.session.last, last);
    }

    #[test]
    fn a_session_that_was_not_started_cannot_be_closed() {
        let mut stage = Stage::empty();

        stage.perform(Command::Close(LeaveReason::Normal)).unwrap();

        assert_eq!(stage.session, Session::default());
    }

    #[test]
    fn only_agents_and_supervisors_remove_others_and_close() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);

        let removal = stage.leave_with("ann", "bob", AfterAction::KeepAlive);
        let close = stage.leave_with("ann", "ann", AfterAction::ForceClose);

        assert!(matches!(removal, Err(Rejection::NotAllowed(_))));
        assert!(matches!(close, Err(Rejection::NotAllowed(_))));
    }

    #[test]
    fn whom_the_customer_does_not_see_goes_and_ends_nothing_for_others() {
        for unseen in [coach("eve"), supervisor("eve", Visibility::Vip)] {
            let mut stage = Stage::with(&[customer("ann"), agent("bob"), unseen]);

            for (who, after) in [
                ("bob", AfterAction::KeepAlive),
                ("ann", AfterAction::KeepAlive),
                ("eve", AfterAction::CloseIfNoAgents),
                ("eve", AfterAction::ForceClose),
            ] {
                let refused = stage.leave_with("eve", who, after);
                assert!(matches!(refused, Err(Rejection::NotAllowed(_))), "{who}, {after:?}");
            }
            stage.leave("eve");
        }
    }

    #[test]
    fn asking_for_a_removal_does_not_teach_who_is_there_unseen() {
        let monitor = supervisor("sue", Visibility::Vip);
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), monitor]);
        let unseen = Err(Rejection::NotInSession(stage.who("sue")));

        assert_eq!(stage.leave_with("bob", "sue", AfterAction::KeepAlive), unseen);
        stage.leave("sue");
        assert_eq!(stage.leave_with("bob", "sue", AfterAction::KeepAlive), unseen);
    }

    #[test]
    fn whoever_left_cannot_leave_again() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.leave("bob");

        let again = stage.leave_with("bob", "bob", AfterAction::KeepAlive);

        assert_eq!(again, Err(Rejection::HasLeft(stage.who("bob"))));
    }

    #[test]
    fn a_last_word_is_cleaned_and_not_endless() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        let bob = stage.who("bob");
        let leave = |text: String| Leave {
            once: None,
            asker: bob,
            who: bob,
            after: AfterAction::KeepAlive,
            text: Some(text),
        };

        let long = stage.perform(Command::Leave(leave("x".repeat(70_000))));
        assert!(matches!(long, Err(Rejection::TextTooLong { .. })));
        stage.perform(Command::Leave(leave("by\u{1b}e".into()))).unwrap();

        let last = stage.last();
        assert!(matches!(&last.fact, Fact::Left { text: Some(text), .. } if text == "bye"));
    }

    #[test]
    fn leaving_is_possible_when_nothing_more_fits_in() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.policy.most_events = 2;

        assert_eq!(stage.say("ann", "hello"), Err(Rejection::TooManyEvents { most: 2 }));
        stage.leave("ann");
        stage.leave("bob");

        assert!(stage.session.closed.is_some());
    }
}
