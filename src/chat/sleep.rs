//! When a session may sleep, and what a sleeping one answers.
//!
//! One whose customer asks every few seconds never sleeps: his silence is a deadline, and it is near.
//! One that may be silent for hours or days costs no memory meanwhile. Its customer's time begins anew
//! when it is woken, as after every restoration, and it sleeps again only after he was heard: so who
//! has gone away is removed in the end.

use crate::base::Position;
use crate::chat::look::{Look, Polled, Sight};
use crate::chat::participant::{Participant, Role};
use crate::chat::policy::Policy;
use crate::chat::room::ChatRoom;
use crate::chat::state::Session;
use crate::chat::transcript::view_of_nothing_new;
use crate::owned::{Sleep, Thing};

pub fn next_sleep(session: &Session, room: &ChatRoom, policy: &Policy) -> Option<Sleep> {
    let after = policy.sleep_after?;
    let nobody_waits = room.outbox.is_empty() && room.pushes.is_empty();
    if session.closed.is_some() || !nobody_waits || !room.bots.is_empty(session) {
        return None;
    }
    // Only customers look without waking, so one must be there, and nobody who works.
    // A bot that has heard everything waits for him too.
    if session.here().any(|one| works(one)) || !session.customer()?.is_here() {
        return None;
    }
    // Who hears what is stored is connected, and so not silent.
    let silent_since = room.presence.silent_since(session)?;
    let last_event = room.transcript.last()?.at;
    let from = silent_since.max(last_event) + after;
    let until = session.next_deadline(room, policy)?;
    (from + after <= until).then_some(Sleep { from, until })
}

fn works(one: &Participant) -> bool {
    matches!(one.joined.role, Role::Agent | Role::Supervisor) && one.joined.bot.is_none()
}

/// A request that only asks whether there is anything new, when there is not. What other houses
/// confirm is known already: nothing that they do not know sleeps.
pub fn look_asleep(look: &Look, upto: Position) -> Option<Sight> {
    match look {
        Look::Poll { from, typing: None, .. } => {
            let view = view_of_nothing_new(upto, *from)?;
            Some(Sight::Polled(Some(Box::new(Polled { view, user: None, is_dormant: true }))))
        }
        Look::Confirm { .. }
        | Look::Lose { .. }
        | Look::ForTheLost
        | Look::BotHeard { .. }
        | Look::Unreachable { .. } => Some(Sight::Done),
        Look::Poll { .. }
        | Look::Show(_)
        | Look::Listen { .. }
        | Look::Own { .. }
        | Look::Named { .. }
        | Look::NameOf(_)
        | Look::Whole
        | Look::About
        | Look::Bots
        | Look::Type(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Millis, ParticipantId, Parting};
    use crate::chat::command::Join;
    use crate::chat::event::EventId;
    use crate::chat::live::Typing;
    use crate::chat::look::TypingSign;
    use crate::chat::outbox::{Destination, Outbox};
    use crate::chat::participant::Protocol;
    use crate::chat::testing::{Stage, agent, customer, join};
    use crate::chat::transcript::From;
    use crate::owned::Room;
    use std::time::Duration;

    const MINUTE: Duration = Duration::from_secs(60);
    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn a_session_sleeps_when_nobody_has_asked_for_a_while_until_the_customers_time_is_over() {
        let mut stage = patient(&[customer("ann")]);
        let came = stage.now;
        assert_eq!(sleep(&stage), Some(Sleep { from: came + MINUTE, until: came + DAY }));

        stage.now = came + Duration::from_secs(30);
        let asked = stage.now;
        stage.room.presence.asked(stage.who("ann"), asked);
        assert_eq!(sleep(&stage), Some(Sleep { from: asked + MINUTE, until: asked + DAY }));

        stage.now = asked + Duration::from_secs(20);
        stage.say("ann", "hello").unwrap();
        assert_eq!(sleep(&stage).unwrap().from, stage.now + MINUTE);
    }

    #[test]
    fn a_chat_whose_customer_must_ask_often_never_sleeps() {
        let mut stage = patient(&[customer("ann")]);

        stage.policy.flex_disconnect_timeout = 2 * MINUTE - Duration::from_secs(1);
        assert_eq!(sleep(&stage), None);
        stage.policy.flex_disconnect_timeout = 2 * MINUTE;
        assert!(sleep(&stage).is_some());
        stage.policy.sleep_after = None;
        assert_eq!(sleep(&stage), None);
    }

    #[test]
    fn nobody_sleeps_beside_an_agent() {
        let mut stage = patient(&[customer("ann"), agent("bob")]);
        assert_eq!(sleep(&stage), None);
        stage.connect("bob", 1);
        assert_eq!(sleep(&stage), None);

        stage.leave("bob");
        everybody_knows(&mut stage);

        assert!(sleep(&stage).is_some());
    }

    #[test]
    fn a_workflow_that_needs_no_sign_of_life_keeps_nobody_awake() {
        let flow = Join { person: None, ..join("flow", Role::External, Protocol::Esp) };
        let stage = patient(&[customer("ann"), flow]);

        assert!(sleep(&stage).is_some());
    }

    #[test]
    fn who_has_something_to_tell_does_not_sleep() {
        let mut stage = Stage::with(&[customer("ann")]);
        stage.policy = patient(&[customer("ann")]).policy;
        assert_eq!(sleep(&stage), None);
        stage.room.outbox.confirm(Destination::Interaction, Position(1));
        assert_eq!(sleep(&stage), None);

        stage.room.outbox.confirm(Destination::History, Position(1));

        assert!(sleep(&stage).is_some());
    }

    #[test]
    fn who_was_woken_sleeps_again_only_after_his_customer_was_heard() {
        let mut stage = patient(&[customer("ann")]);
        (stage.session, stage.room) = Session::replay(None, stage.room.transcript.clone());
        stage.now = stage.now + DAY;
        stage.room.restored(&stage.session, Parting::Lost, stage.now, &stage.policy);
        everybody_knows(&mut stage);
        assert_eq!(sleep(&stage), None, "or nobody would ever be removed");

        stage.room.presence.asked(stage.who("ann"), stage.now);
        assert_eq!(sleep(&stage).unwrap().until, stage.now + DAY);
    }

    #[test]
    fn a_customer_who_stays_away_after_the_waking_is_removed() {
        let mut stage = patient(&[customer("ann")]);
        (stage.session, stage.room) = Session::replay(None, stage.room.transcript.clone());
        stage.room.restored(&stage.session, Parting::Lost, stage.now, &stage.policy);

        stage.pass(DAY.as_secs() - 1);
        assert_eq!(stage.ending(), None);
        stage.pass(1);

        assert!(stage.ending().is_some());
    }

    #[test]
    fn a_closed_session_does_not_sleep() {
        let mut stage = patient(&[customer("ann")]);

        stage.leave("ann");

        assert_eq!(sleep(&stage), None);
    }

    #[test]
    fn a_sleeping_session_answers_that_there_is_nothing_new_as_it_would_awake() {
        let mut stage = patient(&[customer("ann")]);
        stage.say("ann", "hello").unwrap();
        let last = stage.session.last;
        let asked_from = (1..=4_000).map(EventId);
        for from in asked_from.chain([EventId(u64::MAX)]).map(From::Id) {
            let awake = stage.view("ann", from);

            let asleep = look_asleep(&poll(from), last).and_then(Sight::polled);

            match asleep {
                Some(polled) => {
                    assert!(polled.is_dormant);
                    assert_eq!(polled.view, awake, "{from:?}");
                }
                None => assert!(!awake.lines.is_empty(), "{from:?} need not wake anybody"),
            }
        }
    }

    #[test]
    fn what_is_more_than_a_question_wakes() {
        let typing = Some(TypingSign { typing: Typing::Started, preview: None });
        let all = EventId(u64::MAX);
        let who = ParticipantId(1);

        for look in [
            poll(From::Last),
            poll(From::Nowhere),
            Look::Poll { who, from: From::Id(all), typing },
            Look::Whole,
            Look::NameOf(who),
        ] {
            assert_eq!(look_asleep(&look, Position(3)), None, "{look:?}");
        }
    }

    fn poll(from: From) -> Look {
        Look::Poll { who: ParticipantId(1), from, typing: None }
    }

    /// A chat of people who have time, of which everybody knows.
    fn patient(people: &[Join]) -> Stage {
        let mut stage = Stage::with(people);
        stage.policy.sleep_after = Some(MINUTE);
        stage.policy.flex_disconnect_timeout = DAY;
        stage.now = Millis(1_000_000);
        everybody_knows(&mut stage);
        stage
    }

    fn everybody_knows(stage: &mut Stage) {
        stage.room.outbox = Outbox::default();
    }

    fn sleep(stage: &Stage) -> Option<Sleep> {
        stage.session.next_sleep(&stage.room, &stage.policy)
    }
}
