//! Who hears what of a session, who counts as there, and what its memory forgets.

use super::*;
use crate::chat::event::EventId;
use crate::chat::live::Typing;
use crate::chat::look::Look;
use crate::chat::participant::Visibility;
use crate::chat::testing::{Ear, Stage, agent, coach, customer, supervisor};
use crate::chat::transcript::From;
use crate::owned::Thing;

#[test]
fn a_listener_hears_what_its_participant_may_see() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob"), coach("eve")]);
    let ears = ["ann", "bob", "eve"].map(|name| stage.connect(name, 1));

    stage.say("ann", "hello").unwrap();
    stage.say("eve", "be nice").unwrap();

    assert_eq!(ears.map(|ear| stored(&ear)), [vec![4], vec![4, 5], vec![4, 5]]);
}

#[test]
fn who_leaves_hears_that_it_is_over_and_then_nothing() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    let bob = stage.connect("bob", 1);

    stage.leave("bob");
    stage.say("ann", "hello?").unwrap();

    let heard = bob.take();
    assert!(matches!(&heard[..], [News::Stored { is_over: true, .. }]));
    assert_eq!(Arc::strong_count(&bob.heard), 1, "the room has let it go");
}

#[test]
fn the_figures_hold_everybody_who_is_here_also_after_a_restoration() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob"), agent("eve")]);
    stage.leave("eve");
    let counted = |stage: &Stage| {
        let mut counted: Vec<_> = stage.room.counted.keys().copied().collect();
        counted.sort();
        counted
    };
    let here = [stage.who("ann"), stage.who("bob")];
    assert_eq!(counted(&stage), here);

    (stage.session, stage.room) = Session::replay(None, stage.room.transcript.clone());
    assert_eq!(counted(&stage), [], "who only reads a history counts nobody");
    stage.room.restored(&stage.session, Parting::Lost, stage.now, &stage.policy);

    assert_eq!(counted(&stage), here);
}

#[test]
fn everybody_hears_of_the_end() {
    let monitor = supervisor("sue", Visibility::Vip);
    let mut stage = Stage::with(&[customer("ann"), agent("bob"), monitor]);
    let ears = ["ann", "bob", "sue"].map(|name| stage.connect(name, 1));

    stage.leave_with("bob", "bob", crate::chat::command::AfterAction::ForceClose).unwrap();

    for ear in ears {
        assert!(matches!(&ear.take()[..], [News::Stored { is_over: true, .. }]));
    }
}

#[test]
fn whose_connection_went_with_its_node_has_his_time_from_then_on() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    let ears = ["ann", "bob"].map(|name| stage.connect(name, 1));
    stage.pass(10);

    ears[0].hang_up();
    stage.session.look(&mut stage.room, Look::ForTheLost, None, stage.now);

    let deadline = stage.room.presence.next_deadline(&stage.session, &stage.policy);
    assert_eq!(deadline, Some(stage.now + stage.policy.flex_disconnect_timeout));
    stage.say("bob", "hello?").unwrap();
    assert_eq!(ears.map(|ear| stored(&ear)), [vec![], vec![3]]);
}

#[test]
fn a_newer_connection_takes_the_place_of_an_older_and_its_loss_is_no_loss() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    let old = stage.connect("bob", 1);
    let new = stage.connect("bob", 2);

    stage.lose("bob", 1, Parting::Lost);
    stage.pass(20);
    stage.say("ann", "hello").unwrap();

    assert_eq!(stored(&old), [0; 0]);
    assert_eq!(stored(&new), [3]);
}

#[test]
fn an_older_connection_that_comes_late_does_not_take_the_place_of_a_newer() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    let new = stage.connect("bob", 2);

    let attached = stage.attach("bob", 1, &stage.ear());
    stage.say("ann", "hello").unwrap();

    assert_eq!(attached, Attached::Displaced { newest: 2 });
    assert_eq!(stored(&new), [3]);
}

#[test]
fn a_connection_that_hears_no_more_counts_as_lost() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    let bob = stage.connect("bob", 1);
    bob.hang_up();

    stage.say("ann", "hello").unwrap();
    stage.pass(15);

    assert_eq!(stage.leavings().len(), 1);
}

#[test]
fn typing_is_heard_by_others_who_may_see_it() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob"), coach("eve")]);
    let ears = ["ann", "bob", "eve"].map(|name| stage.connect(name, 1));

    type_as(&mut stage, "eve", |notice| notice.preview = Some("tell h".into()));

    let heard = ears.map(|ear| typed(&ear));
    assert_eq!(heard, [vec![], vec![Some("tell h".to_owned())], vec![]]);
    assert_eq!(seen_typing(&stage, "ann"), [None; 0]);
    assert_eq!(seen_typing(&stage, "bob"), [Some("tell h".to_owned())]);
}

#[test]
fn typing_to_somebody_is_heard_by_him_alone() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob"), agent("carl")]);
    let ann = stage.who("ann");

    type_as(&mut stage, "bob", |notice| notice.receiver = Some(ann));

    assert_eq!(seen_typing(&stage, "ann").len(), 1);
    assert_eq!(seen_typing(&stage, "carl").len(), 0);
}

#[test]
fn typing_that_turns_private_takes_its_preview_with_it() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob"), agent("carl")]);
    type_as(&mut stage, "bob", |notice| notice.preview = Some("dear".into()));

    type_as(&mut stage, "bob", |notice| {
        notice.visibility = Visibility::Int;
        notice.preview = Some("she is rude".into());
    });

    assert_eq!(seen_typing(&stage, "ann"), [None; 0]);
    assert_eq!(seen_typing(&stage, "carl"), [Some("she is rude".to_owned())]);
}

#[test]
fn typing_that_could_not_be_said_is_not_told() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob"), coach("eve")]);
    let (ann, bob) = (stage.who("ann"), stage.who("bob"));

    type_as(&mut stage, "ann", |notice| notice.visibility = Visibility::Int);
    type_as(&mut stage, "ann", |notice| notice.receiver = Some(bob));
    type_as(&mut stage, "eve", |notice| notice.receiver = Some(ann));
    assert_eq!(["ann", "bob"].map(|name| seen_typing(&stage, name).len()), [0, 0]);
    stage.leave("bob");
    type_as(&mut stage, "bob", |_| {});
    assert_eq!(seen_typing(&stage, "ann").len(), 0);
}

#[test]
fn who_spoke_or_left_types_no_more() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob"), agent("carl")]);
    type_as(&mut stage, "bob", |_| {});
    type_as(&mut stage, "carl", |_| {});
    assert_eq!(seen_typing(&stage, "ann").len(), 2);

    stage.say("bob", "hello").unwrap();
    assert_eq!(seen_typing(&stage, "ann").len(), 1);
    stage.leave("carl");
    assert_eq!(seen_typing(&stage, "ann").len(), 0);
}

#[test]
fn asking_from_the_next_number_never_shows_typing_twice() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    type_as(&mut stage, "bob", |_| {});
    type_as(&mut stage, "ann", |_| {});
    let first = stage.view("ann", From::Id(EventId(0)));
    assert_eq!(first.live.len(), 1);

    let second = stage.view("ann", From::Id(first.next));
    let third = stage.view("ann", From::Id(second.next));

    assert_eq!((second.live.len(), third.live.len()), (0, 0));
    assert!(first.next <= second.next && second.next <= third.next);
    stage.say("bob", "hello").unwrap();
    assert_eq!(stage.view("ann", From::Id(third.next)).lines.len(), 1);
}

#[test]
fn a_room_is_the_same_after_a_replay_but_for_what_lives() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    stage.say("ann", "hello").unwrap();
    let snapshot = stage.session.snapshot(&stage.room);

    let (session, room) = Session::from_snapshot(snapshot);

    assert_eq!(session, stage.session);
    assert_eq!(room.transcript, stage.room.transcript);
    assert_eq!(room.event_at(Position(3)), Some(&stage.last()));
    assert_eq!((room.event_at(Position(0)), room.event_at(Position(4))), (None, None));
}

fn type_as(stage: &mut Stage, name: &str, change: impl FnOnce(&mut LiveNotice)) {
    let mut notice = LiveNotice {
        id: EventId(0),
        at: stage.now,
        who: stage.who(name),
        typing: Typing::Started,
        visibility: Visibility::All,
        receiver: None,
        preview: None,
    };
    change(&mut notice);
    stage.room.type_on(&stage.session, notice);
}

fn seen_typing(stage: &Stage, name: &str) -> Vec<Option<String>> {
    let live = stage.view(name, From::Id(EventId(0))).live;
    live.into_iter().map(|(notice, _)| notice.preview).collect()
}

fn stored(ear: &Ear) -> Vec<u64> {
    let lines = ear.take().into_iter().flat_map(|news| match news {
        News::Stored { lines, .. } => lines,
        News::Typing { .. } => vec![],
    });
    lines.map(|line| line.event.position.0).collect()
}

fn typed(ear: &Ear) -> Vec<Option<String>> {
    let notices = ear.take().into_iter().filter_map(|news| match news {
        News::Stored { .. } => None,
        News::Typing { notice, .. } => Some(notice.preview),
    });
    notices.collect()
}
