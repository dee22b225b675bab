//! Customers who came over a connection: what it tells them, and what is pushed when it is gone.

use super::{RELIABLE, fetch, notes, reminded, restore, stage};
use crate::base::{Parting, Position};
use crate::chat::look::{Look, Viewpoint};
use crate::chat::outbox::Outbox;
use crate::chat::push::{Delivered, Told};
use crate::chat::room::Connection;
use crate::chat::testing::{Stage, agent};
use crate::chat::transcript::From;
use crate::chat::{Command, EventId, LeaveReason};
use crate::owned::Thing;

const COMETD: (&str, &str) = ("push_notification_deviceid", "ann's phone");

#[test]
fn who_is_connected_is_pushed_nothing_until_his_connection_has_not_come_back() {
    for reliable in [&[COMETD][..], &[COMETD, RELIABLE]] {
        let mut stage = stage(reliable);
        stage.join(agent("bob")).unwrap();
        stage.connect("bob", 1);
        stage.connect("ann", 1);
        stage.say("bob", "hello").unwrap();
        stage.pass(60);
        assert_eq!(notes(&mut stage).len(), 0, "he hears it");

        stage.lose("ann", 1, Parting::Lost);
        stage.pass(4);
        stage.connect("ann", 2);
        stage.pass(120);
        assert_eq!(notes(&mut stage).len(), 0, "he is back");

        stage.lose("ann", 2, Parting::Lost);
        stage.say("bob", "are you there?").unwrap();
        stage.pass(4);
        assert_eq!(notes(&mut stage).len(), 0);
        stage.pass(1);
        let pushed: Vec<_> = notes(&mut stage).iter().map(|note| note.name("s")).collect();
        assert_eq!(pushed.len(), 1, "{pushed:?}");
        stage.say("bob", "well?").unwrap();
        assert_eq!(notes(&mut stage).len(), 1, "and the next one at once");
    }
}

#[test]
fn what_a_lost_connection_has_delivered_is_not_pushed_if_that_is_sure() {
    let pushed = |delivered: Option<(u64, bool)>| {
        let mut stage = stage(&[COMETD]);
        stage.join(agent("bob")).unwrap();
        stage.connect("bob", 1);
        stage.connect("ann", 1);
        stage.say("bob", "one").unwrap();
        stage.pass(100);
        fetch(&mut stage, From::Nowhere);
        stage.say("bob", "two").unwrap();
        stage.say("bob", "three").unwrap();
        let delivered = delivered.map(|(position, is_sure)| Delivered {
            had: EventId(0),
            upto: EventId::of(Position(position)),
            is_sure,
        });
        let connection = Connection { who: stage.who("ann"), number: 1 };
        let lost = Look::Lose { connection, parting: Parting::Lost, delivered };
        stage.session.look(&mut stage.room, lost, None, stage.now);
        stage.pass(5);
        notes(&mut stage).iter().map(|note| note.name("s")).collect::<Vec<_>>()
    };

    assert_eq!(pushed(Some((4, true))), ["s/1/4001"]);
    assert_eq!(pushed(Some((4, false))), ["s/1/3001", "s/1/4001"], "of the last minute");
    assert_eq!(pushed(None), ["s/1/3001", "s/1/4001"], "since the last sign of life");
    assert_eq!(pushed(Some((2, false))), ["s/1/2001", "s/1/3001", "s/1/4001"]);
    assert_eq!(pushed(Some((5, true))), [""; 0]);
    assert_eq!(pushed(Some((1 << 50, true))), [""; 0]);
}

#[test]
fn a_connection_ends_reminders_and_its_loss_begins_them_where_it_ended() {
    let mut stage = stage(&[RELIABLE]);
    stage.join(agent("bob")).unwrap();
    stage.connect("bob", 1);
    stage.pass(15);
    assert_eq!(reminded(&mut stage).len(), 2);

    stage.connect("ann", 1);
    stage.pass(60);
    stage.say("bob", "hello").unwrap();
    assert_eq!(reminded(&mut stage), []);
    let delivered = Some(Delivered { had: EventId(0), upto: EventId(1_001), is_sure: true });
    let connection = Connection { who: stage.who("ann"), number: 1 };
    let lost = Look::Lose { connection, parting: Parting::Lost, delivered };
    stage.session.look(&mut stage.room, lost, None, stage.now);
    stage.pass(5);
    stage.pass(15);

    assert_eq!(reminded(&mut stage), [(0, Some(1_002)), (1, Some(1_002))]);

    stage.connect("ann", 2);
    let delivered = Some(Delivered { had: EventId(0), upto: EventId(u64::MAX), is_sure: true });
    let connection = Connection { who: stage.who("ann"), number: 2 };
    let lost = Look::Lose { connection, parting: Parting::Lost, delivered };
    stage.session.look(&mut stage.room, lost, None, stage.now);
    stage.pass(5);
    stage.say("bob", "and now?").unwrap();
    assert_eq!(reminded(&mut stage), [(0, Some(2_002))], "he cannot have seen what comes");
}

#[test]
fn what_a_connection_has_not_delivered_begins_new_reminders_also_if_he_was_reminded_of_it_before() {
    for is_sure in [true, false] {
        let mut stage = stage(&[RELIABLE]);
        stage.join(agent("bob")).unwrap();
        stage.connect("bob", 1);
        fetch(&mut stage, From::Id(EventId(1)));
        notes(&mut stage);
        stage.say("bob", "hello").unwrap();
        stage.pass(15);
        let mut names: Vec<_> = notes(&mut stage).iter().map(|note| note.name("s")).collect();
        assert_eq!(names, ["s/1/2002/0", "s/1/2002/1"]);

        stage.connect("ann", 1);
        told(&mut stage, 1, Delivered { had: EventId(0), upto: EventId(1_001), is_sure });
        stage.pass(5);
        let again = notes(&mut stage);
        stage.connect("ann", 2);
        told(&mut stage, 2, ALL);
        (0..10).for_each(|_| stage.pass(15));

        let Told::Reminder { attempt, from, .. } = again[0].told else { panic!("{again:?}") };
        assert_eq!((again.len(), attempt, from), (1, 0, Some(EventId(1_002))));
        names.push(again[0].name("s"));
        assert_eq!(names[2], "s/1/2002/2", "whoever has had it may ignore it");
        assert_eq!(notes(&mut stage).len(), 0, "he has it");
        assert!(stage.room.pushes.is_empty());
    }
}

#[test]
fn who_asked_to_be_told_from_a_position_on_has_what_was_before_it_whatever_became_of_his_connection()
 {
    let mut stage = stage(&[RELIABLE]);
    stage.join(agent("bob")).unwrap();
    stage.connect("bob", 1);
    stage.say("bob", "one").unwrap();
    stage.say("bob", "two").unwrap();
    notes(&mut stage);

    for (had, reminded_from) in [(EventId(2_001), Some(2_002)), (EventId(u64::MAX), None)] {
        stage.connect("ann", 1);
        told(&mut stage, 1, Delivered { had, upto: EventId(u64::MAX), is_sure: false });
        stage.pass(5);

        let reminded = reminded(&mut stage).first().map(|(_, from)| from.unwrap());
        assert_eq!(reminded, reminded_from, "the rest may have gone into the void");
    }
}

#[test]
fn a_connection_to_a_chat_that_is_over_ends_the_reminders_of_it_when_it_has_delivered_the_end() {
    let mut stage = stage(&[RELIABLE]);
    stage.perform(Command::Close(LeaveReason::RemovedByServer)).unwrap();
    assert_eq!(reminded(&mut stage).len(), 1);
    let listen = |stage: &mut Stage, connection| {
        let viewpoint = Viewpoint { who: stage.who("ann"), agent: None, seen: EventId(0) };
        let look = Look::Listen { viewpoint, connection };
        let ear = Box::new(stage.ear());
        stage.session.look(&mut stage.room, look, Some(ear), stage.now);
    };

    listen(&mut stage, 1);
    stage.pass(15);
    assert_eq!(reminded(&mut stage), [], "it may have arrived");
    told(&mut stage, 1, Delivered { had: EventId(0), upto: EventId(0), is_sure: true });
    stage.pass(5);
    assert_eq!(reminded(&mut stage), [(1, None)], "it has not");
    listen(&mut stage, 2);
    told(&mut stage, 1, ALL);
    stage.pass(1);
    assert!(!stage.room.pushes.is_empty(), "that was the one before");
    told(&mut stage, 2, ALL);
    stage.pass(1);

    assert!(stage.room.pushes.is_empty());
    assert_eq!(reminded(&mut stage), []);
}

#[test]
fn an_end_is_pushed_unless_the_connection_says_that_it_has_delivered_it() {
    let pushed = |delivered: Option<Delivered>, by: &[(&str, &str)]| {
        let mut stage = stage(by);
        stage.join(agent("bob")).unwrap();
        stage.connect("bob", 1);
        stage.connect("ann", 1);
        stage.say("bob", "hello").unwrap();
        stage.pass(100);
        fetch(&mut stage, From::Nowhere);
        stage.say("bob", "good bye").unwrap();
        stage.perform(Command::Close(LeaveReason::RemovedByServer)).unwrap();
        stage.room.outbox = Outbox::default();
        stage.pass(100);
        assert_eq!(notes(&mut stage).len(), 0, "it may have arrived");
        assert!(!stage.session.is_over(&stage.room), "the connection has the word");

        match delivered {
            Some(delivered) => told(&mut stage, 1, delivered),
            // The node that held it is no more.
            None => stage.pass(15),
        }
        stage.pass(5);
        let over: Vec<_> = notes(&mut stage).iter().map(|note| note.is_over).collect();
        // Reminders end, too.
        (0..10).for_each(|_| stage.pass(15));
        assert!(stage.session.is_over(&stage.room));
        over
    };
    let hello = |is_sure| Some(Delivered { had: EventId(0), upto: EventId(2_001), is_sure });

    assert_eq!(pushed(hello(true), &[COMETD]), [false, true]);
    assert_eq!(pushed(hello(false), &[COMETD]), [false, true]);
    assert_eq!(pushed(None, &[COMETD]), [false, true]);
    assert_eq!(pushed(Some(ALL), &[COMETD]), [false; 0]);
    assert_eq!(pushed(None, &[COMETD, RELIABLE]), [true], "one reminder, of the end");
    assert_eq!(pushed(Some(ALL), &[COMETD, RELIABLE]), [false; 0]);
}

#[test]
fn with_its_node_a_connection_is_lost_at_once_and_since_its_last_sign_of_life() {
    let mut stage = stage(&[COMETD]);
    stage.join(agent("bob")).unwrap();
    stage.connect("bob", 1);
    let ann = stage.connect("ann", 1);
    stage.say("bob", "one").unwrap();
    stage.pass(100);
    fetch(&mut stage, From::Nowhere);
    stage.say("bob", "two").unwrap();
    stage.pass(100);
    stage.session.look(&mut stage.room, Look::ForTheLost, None, stage.now);
    stage.pass(5);
    assert_eq!(notes(&mut stage).len(), 0, "all are there");

    ann.hang_up();
    stage.session.look(&mut stage.room, Look::ForTheLost, None, stage.now);
    stage.pass(5);

    let pushed: Vec<_> = notes(&mut stage).iter().map(|note| note.name("s")).collect();
    assert_eq!(pushed, ["s/1/3001"], "nobody knows whether it came to her");
}

const ALL: Delivered = Delivered { had: EventId(0), upto: EventId(u64::MAX), is_sure: true };

/// Ann's connection says how far she was told.
fn told(stage: &mut Stage, number: u64, delivered: Delivered) {
    let connection = Connection { who: stage.who("ann"), number };
    let lost = Look::Lose { connection, parting: Parting::Lost, delivered: Some(delivered) };
    stage.session.look(&mut stage.room, lost, None, stage.now);
}

#[test]
fn after_a_restoration_a_connection_has_time_to_come_back_first() {
    let mut stage = stage(&[COMETD]);
    stage.join(agent("bob")).unwrap();
    stage.connect("ann", 1);
    stage.say("bob", "hello").unwrap();
    for is_back in [true, false] {
        restore(&mut stage);
        stage.pass(1);
        assert_eq!(notes(&mut stage).len(), 0);
        if is_back {
            stage.connect("ann", 2);
        }
        stage.pass(5);

        assert_eq!(notes(&mut stage).is_empty(), is_back);
    }
}
