//! What other houses are told, how often, and what follows if they do not answer.

use super::*;
use crate::base::{Parting, UserData};
use crate::chat::Command;
use crate::chat::command::ChangeData;
use crate::chat::event::{EndReason, EndedBy, LeaveReason};
use crate::chat::testing::{Stage, agent, customer};
use crate::owned::{Room, Thing};

#[test]
fn an_interaction_is_told_of_start_people_data_and_end_each_once_confirmed() {
    let mut stage = Stage::with(&[customer("ann")]);
    assert_eq!(told(&mut stage), [(0, 1, vec!["started"])]);
    confirm(&mut stage, Destination::Interaction, 1);
    stage.say("ann", "hello").unwrap();
    assert_eq!(told(&mut stage), []);

    stage.join(agent("bob")).unwrap();
    assert_eq!(told(&mut stage), [(1, 3, vec!["joined"])]);
    let who = stage.who("ann");
    let added = UserData::default().with("a", "1");
    stage.perform(Command::ChangeData(ChangeData { once: None, who, added })).unwrap();
    assert_eq!(told(&mut stage), [], "one report at a time is on its way");
    confirm(&mut stage, Destination::Interaction, 3);
    assert_eq!(told(&mut stage), [(3, 4, vec!["data"])]);
    confirm(&mut stage, Destination::Interaction, 4);
    stage.leave("ann");
    stage.leave("bob");
    confirm(&mut stage, Destination::Interaction, 5);
    confirm(&mut stage, Destination::History, 7);

    assert_eq!(told(&mut stage).last(), Some(&(5, 7, vec!["left", "ended"])));
}

#[test]
fn an_interaction_hears_of_the_end_when_the_record_has_it() {
    let mut stage = Stage::with(&[customer("ann")]);
    told(&mut stage);
    for destination in [Destination::Interaction, Destination::History] {
        confirm(&mut stage, destination, 1);
    }
    stage.leave("ann");
    let last = stage.session.last.0;
    assert_eq!(told(&mut stage), []);
    let record_again = stage.now + stage.policy.tell_record_again;
    assert_eq!(stage.room.outbox.next_deadline(&stage.session, &stage.policy), Some(record_again));

    confirm(&mut stage, Destination::History, last);

    assert_eq!(told(&mut stage), [(1, last, vec!["ended"])]);
}

#[test]
fn an_interaction_does_not_wait_for_ever_for_a_record_that_cannot_be_kept() {
    let mut stage = Stage::with(&[customer("ann")]);
    told(&mut stage);
    confirm(&mut stage, Destination::Interaction, 1);
    stage.leave("ann");

    stage.now = stage.now + MOST_HELD_BACK - Duration::from_millis(1);
    stage.perform(Command::TimePassed).unwrap();
    assert_eq!(told(&mut stage), []);
    stage.now = stage.now + Duration::from_millis(1);
    stage.perform(Command::TimePassed).unwrap();

    assert_eq!(told(&mut stage), [(1, stage.session.last.0, vec!["ended"])]);
}

#[test]
fn a_report_without_an_answer_is_told_again_after_five_seconds() {
    let mut stage = Stage::with(&[customer("ann")]);
    told(&mut stage);

    stage.now = stage.now + Duration::from_millis(4_999);
    stage.perform(Command::TimePassed).unwrap();
    assert_eq!(told(&mut stage), []);
    stage.now = stage.now + Duration::from_millis(1);
    stage.perform(Command::TimePassed).unwrap();

    assert_eq!(told(&mut stage), [(0, 1, vec!["started"])]);
}

#[test]
fn a_receiver_that_says_less_than_before_is_told_from_there_at_once() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    told(&mut stage);
    confirm(&mut stage, Destination::Interaction, 2);
    assert_eq!(told(&mut stage), []);

    confirm(&mut stage, Destination::Interaction, 1);

    assert_eq!(told(&mut stage), [(1, 2, vec!["joined"])]);
}

#[test]
fn a_receiver_that_never_moves_is_told_in_peace() {
    let mut stage = Stage::with(&[customer("ann")]);
    told(&mut stage);

    confirm(&mut stage, Destination::Interaction, 0);

    assert_eq!(told(&mut stage), []);
    stage.pass(5);
    assert_eq!(told(&mut stage), [(0, 1, vec!["started"])]);
}

#[test]
fn a_session_is_over_when_it_is_closed_and_everybody_knows() {
    let mut stage = Stage::with(&[customer("ann")]);
    let is_over = |stage: &Stage| stage.session.is_over(&stage.room);
    confirm(&mut stage, Destination::Interaction, 1);
    confirm(&mut stage, Destination::History, 1);
    assert!(!is_over(&stage));

    stage.leave("ann");
    let last = stage.session.last.0;
    assert!(!is_over(&stage));
    confirm(&mut stage, Destination::Interaction, last);
    assert!(!is_over(&stage));
    confirm(&mut stage, Destination::History, last);
    assert!(is_over(&stage));
    assert_eq!(stage.session.next_deadline(&stage.room, &stage.policy), None);
}

#[test]
fn the_record_is_saved_at_the_start_and_at_the_end_if_nothing_else_is_asked() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    assert_eq!(saved(&mut stage), [1]);
    confirm(&mut stage, Destination::History, 1);
    stage.say("ann", "hello").unwrap();
    stage.say("bob", "hello").unwrap();
    stage.pass(9);
    assert_eq!(saved(&mut stage), [0; 0]);

    stage.perform(Command::Close(LeaveReason::RemovedByServer)).unwrap();

    assert_eq!(saved(&mut stage), [stage.session.last.0]);
}

#[test]
fn a_running_transcript_is_saved_once_in_a_second() {
    let mut stage = Stage::empty();
    stage.policy.auto_save = AutoSave::Running;
    let start = Some(Box::new(crate::chat::testing::start()));
    stage.join(crate::chat::command::Join { start, ..customer("ann") }).unwrap();
    assert_eq!(saved(&mut stage), [1]);
    confirm(&mut stage, Destination::History, 1);

    stage.say("ann", "one").unwrap();
    stage.now = stage.now + Duration::from_millis(999);
    stage.say("ann", "two").unwrap();
    assert_eq!(saved(&mut stage), [0; 0]);
    stage.now = stage.now + Duration::from_millis(1);
    stage.say("ann", "three").unwrap();

    assert_eq!(saved(&mut stage), [4]);
}

#[test]
fn a_record_that_does_not_answer_is_told_again_after_its_own_time_and_never_given_up() {
    let mut stage = running(OnUnkept::Continue);
    stage.policy.tell_record_again = Duration::from_secs(7);
    stage.say("ann", "one").unwrap();
    stage.pass(1);
    assert_eq!(saved(&mut stage), [2]);

    for _ in 0..20 {
        stage.pass(6);
        assert_eq!(saved(&mut stage), [0; 0]);
        stage.pass(1);
        assert_eq!(saved(&mut stage), [2]);
    }
    assert_eq!(stage.ending(), None);
}

#[test]
fn a_session_may_be_told_to_end_if_its_record_was_told_in_vain_so_often() {
    let mut stage = running(OnUnkept::Close { after: 2 });
    stage.say("ann", "one").unwrap();
    stage.pass(1);
    stage.pass(15);
    stage.pass(15);
    assert_eq!((saved(&mut stage), stage.ending()), (vec![2, 2, 2], None));

    stage.pass(15);

    assert_eq!(stage.ending(), Some((EndedBy::System, EndReason::DbError)));
    let left = stage.leavings();
    assert_eq!(left, [(stage.who("ann"), LeaveReason::RemovedByServer, None)]);
    // What is over is told until it is heard: nothing of it gets lost.
    let last = stage.session.last.0;
    assert_eq!(saved(&mut stage), [last]);
    stage.pass(15);
    assert_eq!(saved(&mut stage), [last]);
    assert!(!stage.session.is_over(&stage.room));
}

#[test]
fn a_record_that_comes_further_begins_the_count_anew() {
    let mut stage = running(OnUnkept::Close { after: 1 });
    for upto in 2..9 {
        stage.say("ann", "more").unwrap();
        stage.pass(1);
        stage.pass(15);
        assert_eq!(saved(&mut stage), [upto, upto]);
        confirm(&mut stage, Destination::History, upto);
        stage.room.presence.asked(stage.who("ann"), stage.now);
    }

    assert_eq!(stage.ending(), None);
}

#[test]
fn a_session_whose_record_hears_of_it_only_at_its_end_does_not_end_for_its_sake() {
    let mut stage = running(OnUnkept::Close { after: 0 });
    stage.policy.auto_save = AutoSave::AtTheEnd;
    stage.room.outbox = Outbox::default();
    let ann = stage.who("ann");
    let added = UserData::default().with("a", "1");
    stage.perform(Command::ChangeData(ChangeData { once: None, who: ann, added })).unwrap();

    stage.pass(30);

    assert_eq!(saved(&mut stage), [2, 2]);
    assert_eq!(stage.ending(), None);
}

#[test]
fn without_a_contact_house_nothing_is_saved() {
    let mut stage = Stage::empty();
    stage.policy.contacts = Contacts::Unused;
    let start = Some(Box::new(crate::chat::testing::start()));
    stage.join(crate::chat::command::Join { start, ..customer("ann") }).unwrap();
    stage.leave("ann");
    confirm(&mut stage, Destination::Interaction, 3);

    assert_eq!(saved(&mut stage), [0; 0]);
    assert!(stage.session.is_over(&stage.room));
}

#[test]
fn after_a_restoration_everything_is_told_again_until_it_is_confirmed() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    confirm(&mut stage, Destination::Interaction, 2);
    told(&mut stage);
    (stage.session, stage.room) = Session::replay(None, stage.room.transcript.clone());

    let effects = stage.room.restored(&stage.session, Parting::Lost, stage.now, &stage.policy);
    stage.effects.extend(effects);

    // The address comes last: nobody can note it down before he has heard of the beginning.
    assert!(matches!(stage.effects.last(), Some(Effect::TellAddress)));
    assert_eq!(told(&mut stage), [(0, 2, vec!["started", "joined"])]);
}

#[test]
fn a_closed_session_tells_nobody_a_new_address() {
    let mut stage = Stage::with(&[customer("ann")]);
    stage.leave("ann");
    let (session, mut room) = Session::replay(None, stage.room.transcript.clone());

    let effects = room.restored(&session, Parting::Lost, stage.now, &stage.policy);

    assert!(!effects.iter().any(|effect| matches!(effect, Effect::TellAddress)));
    assert!(!effects.is_empty());
}

/// Ann's session with a running transcript, whose beginning the record has.
fn running(on_unkept: OnUnkept) -> Stage {
    let mut stage = Stage::empty();
    stage.policy.auto_save = AutoSave::Running;
    stage.policy.on_unkept = on_unkept;
    stage.policy.flex_disconnect_timeout = Duration::from_secs(3_600);
    let start = Some(Box::new(crate::chat::testing::start()));
    stage.join(crate::chat::command::Join { start, ..customer("ann") }).unwrap();
    confirm(&mut stage, Destination::History, 1);
    confirm(&mut stage, Destination::Interaction, 1);
    saved(&mut stage);
    stage
}

/// As the actor does it: a confirmation is followed by a look at the deadlines.
fn confirm(stage: &mut Stage, destination: Destination, upto: u64) {
    stage.room.outbox.confirm(destination, Position(upto));
    let deadline = stage.session.next_deadline(&stage.room, &stage.policy);
    if deadline.is_some_and(|at| at <= stage.now) {
        stage.perform(Command::TimePassed).unwrap();
    }
}

/// Reports to the interaction since the last look: after, up to, and what they tell.
fn told(stage: &mut Stage) -> Vec<(u64, u64, Vec<&'static str>)> {
    let mut told = Vec::new();
    for effect in &stage.effects {
        if let Effect::TellInteraction(report) = effect {
            let notes = report.notes.iter().map(|(_, note)| kind(note)).collect();
            told.push((report.after.0, report.upto.0, notes));
        }
    }
    stage.effects.retain(|effect| !matches!(effect, Effect::TellInteraction(_)));
    told
}

fn kind(note: &Note) -> &'static str {
    match note {
        Note::Started { .. } => "started",
        Note::DataChanged { .. } => "data",
        Note::ContactFound { .. } => "contact",
        Note::PartyJoined { .. } => "joined",
        Note::PartyLeft { .. } => "left",
        Note::Ended { .. } => "ended",
    }
}

fn saved(stage: &mut Stage) -> Vec<u64> {
    let mut saved = Vec::new();
    for effect in &stage.effects {
        if let Effect::SaveHistory(report) = effect {
            saved.push(report.upto.0);
        }
    }
    stage.effects.retain(|effect| !matches!(effect, Effect::SaveHistory(_)));
    saved
}
