//! What time brings: participants who were silent or away for too long are removed; a session whose
//! record cannot be kept ends, if that is wanted.

use super::going::{Going, end_if_deserted, ended_by, go};
use super::hold;
use super::idle::idle_passed;
use super::leave::end_unkept;
use crate::chat::draft::Draft;
use crate::chat::event::EndReason;
use crate::chat::state::Session;
use crate::owned::{Decision, Scene};

pub fn time_passed(session: &Session, scene: &Scene<'_, Session>) -> Decision<Session> {
    let mut draft = Draft::new(session, scene.now, None);
    for (who, reason) in scene.room.presence.overdue(session, scene.now, scene.policy) {
        let Some(participant) = session.participant(who) else { continue };
        go(&mut draft, Going { who, asker: None, reason, text: None });
        hold::gone(&mut draft, scene, (who, reason));
        end_if_deserted(&mut draft, ended_by(participant), EndReason::Disconnect);
        if draft.session.closed.is_some() {
            break;
        }
    }
    if draft.session.closed.is_none() {
        idle_passed(&mut draft, scene);
    }
    let outbox = &scene.room.outbox;
    if draft.session.closed.is_none() && outbox.is_unkept(session, scene.now, scene.policy) {
        end_unkept(&mut draft);
    }
    draft.finish()
}

#[cfg(test)]
mod tests {
    use crate::base::Parting;
    use crate::base::UserData;
    use crate::chat::command::Join;
    use crate::chat::event::{EndReason, EndedBy, LeaveReason};
    use crate::chat::participant::{Protocol, Role};
    use crate::chat::testing::{Stage, agent, customer, join};
    use crate::owned::{Room, Thing};

    #[test]
    fn a_silent_web_customer_is_removed_after_his_last_request() {
        let mut stage = Stage::with(&[customer("ann")]);
        stage.pass(44);
        let ann = stage.who("ann");
        stage.room.presence.asked(ann, stage.now);

        stage.pass(44);
        assert_eq!(stage.leavings(), []);
        stage.pass(1);

        assert_eq!(stage.leavings(), [(ann, LeaveReason::Disconnect, None)]);
        assert_eq!(stage.ending(), Some((EndedBy::Client, EndReason::Disconnect)));
    }

    #[test]
    fn a_customer_who_is_told_what_happens_is_looked_for_twice_before_he_is_removed() {
        let mut stage = Stage::with(&[customer("ann")]);
        let ann = stage.who("ann");
        stage.connect("ann", 1);
        stage.pass(599);
        assert_eq!(stage.leavings(), []);
        stage.room.presence.asked(ann, stage.now);

        stage.pass(599);
        assert_eq!(stage.leavings(), []);
        stage.pass(1);

        assert_eq!(stage.leavings(), [(ann, LeaveReason::Disconnect, None)]);
    }

    #[test]
    fn a_customer_whose_connection_is_lost_is_expected_to_ask_again() {
        let mut stage = Stage::with(&[customer("ann")]);
        let hung_up = stage.connect("ann", 1);
        stage.pass(100);
        stage.lose("ann", 1, Parting::Lost);
        stage.pass(44);
        stage.connect("ann", 2);
        hung_up.hang_up();
        stage.pass(100);
        assert_eq!(stage.leavings(), []);

        stage.lose("ann", 2, Parting::Lost);
        stage.pass(44);
        assert_eq!(stage.leavings(), []);
        stage.pass(1);

        assert_eq!(stage.leavings().len(), 1);
    }

    #[test]
    fn nobody_expects_a_customer_to_ask_to_whom_everything_is_pushed() {
        let user_data = UserData::default().with("GCTI_Chat_PushSubscribe", "true");
        let mut stage = Stage::with(&[Join { user_data, ..customer("ann") }]);
        stage.connect("ann", 1);
        stage.lose("ann", 1, Parting::Lost);

        stage.pass(599);
        assert_eq!(stage.leavings(), []);
        stage.pass(1);

        assert_eq!(stage.leavings().len(), 1);
    }

    #[test]
    fn a_lost_agent_has_a_window_to_come_back_and_leaves_no_trace_if_he_does() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.connect("bob", 1);
        stage.pass(30);
        stage.lose("bob", 1, Parting::Lost);
        stage.pass(14);
        let last = stage.session.last;

        stage.connect("bob", 2);
        stage.pass(16);

        assert_eq!(stage.session.last.0, last.0 + 1, "only the silent customer went");
        assert_eq!(stage.leavings()[0].0, stage.who("ann"));
    }

    #[test]
    fn a_lost_agent_who_stays_away_was_disconnected() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        let bob = stage.who("bob");
        stage.connect("bob", 1);
        stage.lose("bob", 1, Parting::Lost);

        stage.pass(15);

        assert_eq!(stage.leavings(), [(bob, LeaveReason::Disconnect, None)]);
        assert_eq!(stage.ending(), None);
    }

    #[test]
    fn an_agent_who_joined_and_never_attached_a_connection_does_not_stay_for_ever() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);

        stage.pass(15);

        assert_eq!(stage.leavings(), [(stage.who("bob"), LeaveReason::Disconnect, None)]);
    }

    #[test]
    fn silence_counts_from_when_the_store_answers_again() {
        let mut stage = Stage::with(&[customer("ann")]);
        stage.pass(40);
        stage.room.served_since(stage.now);

        stage.pass(44);
        assert_eq!(stage.leavings(), []);
        stage.pass(1);

        assert_eq!(stage.leavings().len(), 1);
    }

    #[test]
    fn who_does_not_come_back_after_a_restoration_left_because_of_it() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), agent("eve")]);
        let restored = crate::chat::Session::replay(None, stage.room.transcript.clone());
        (stage.session, stage.room) = restored;
        let effects = stage.room.restored(&stage.session, Parting::Lost, stage.now, &stage.policy);
        assert!(!effects.is_empty());
        stage.connect("eve", 1);

        stage.pass(15);

        assert_eq!(stage.leavings(), [(stage.who("bob"), LeaveReason::Restoration, None)]);
        stage.pass(30);
        assert_eq!(stage.leavings()[1].1, LeaveReason::Disconnect);
    }

    #[test]
    fn who_was_told_to_go_on_at_another_node_has_more_time() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob"), agent("eve")]);
        for (name, parting) in [("bob", Parting::Moving), ("eve", Parting::Lost)] {
            stage.connect(name, 1);
            stage.lose(name, 1, parting);
        }

        stage.pass(29);
        assert_eq!(stage.leavings(), [(stage.who("eve"), LeaveReason::Disconnect, None)]);
        stage.pass(1);

        assert_eq!(stage.leavings()[1], (stage.who("bob"), LeaveReason::Disconnect, None));
    }

    #[test]
    fn who_was_connected_to_a_session_that_was_handed_on_has_more_time_too() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        let handed_on = crate::chat::Session::replay(None, stage.room.transcript.clone());
        (stage.session, stage.room) = handed_on;
        stage.room.restored(&stage.session, Parting::Moving, stage.now, &stage.policy);

        stage.pass(29);
        assert_eq!(stage.leavings(), []);
        stage.pass(1);

        assert_eq!(stage.leavings(), [(stage.who("bob"), LeaveReason::Restoration, None)]);
    }

    #[test]
    fn a_workflow_needs_to_give_no_sign_of_life() {
        let workflow = join("flow", Role::External, Protocol::Esp);
        let mut stage = Stage::with(&[customer("ann"), workflow, agent("bob")]);
        stage.connect("bob", 1);

        stage.pass(1_000);

        assert_eq!(stage.leavings().len(), 1);
    }

    #[test]
    fn several_may_go_at_once_and_the_first_customer_to_go_has_ended_it() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);

        stage.pass(45);

        let reasons: Vec<_> = stage.leavings().iter().map(|left| left.1).collect();
        assert_eq!(reasons, [LeaveReason::Disconnect, LeaveReason::Disconnect]);
        assert_eq!(stage.ending(), Some((EndedBy::Client, EndReason::Disconnect)));
    }

    #[test]
    fn the_next_deadline_is_the_first_sign_of_life_that_runs_out() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.room.outbox = crate::chat::outbox::Outbox::default();
        let deadline = |stage: &Stage| stage.session.next_deadline(&stage.room, &stage.policy);

        assert_eq!(deadline(&stage).unwrap().since(stage.now).as_secs(), 15);
        stage.connect("bob", 1);
        assert_eq!(deadline(&stage).unwrap().since(stage.now).as_secs(), 45);
        stage.pass(45);
        stage.leave("bob");
        stage.room.outbox = crate::chat::outbox::Outbox::default();
        assert_eq!(deadline(&stage), None);
    }
}
