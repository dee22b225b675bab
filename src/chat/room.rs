//! What stands beside a session's small state: its transcript, its keys, who listens, who is there,
//! what other houses have heard. All of it is rebuilt from the log or lost without harm.

use crate::base::{Millis, ParticipantId, Parting, Position};
use crate::chat::audience::audience;
use crate::chat::door::News;
use crate::chat::effect::Effect;
use crate::chat::event::{Event, Fact};
use crate::chat::line::Line;
use crate::chat::live::{LiveNotice, LiveNotices};
use crate::chat::outbox::Outbox;
use crate::chat::participant::{Joined, Participant};
use crate::chat::policy::Policy;
use crate::chat::presence::Presence;
use crate::chat::rate::{Bucket, Rate};
use crate::chat::state::Session;
use crate::owned::{Ear, Hearing, Recorded, Room};
use crate::telemetry::{Held, meters};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Whoever has not typed for so long is not in the middle of a word.
const QUIET: Duration = Duration::from_secs(2);

#[derive(Default)]
pub struct ChatRoom {
    pub transcript: Vec<Arc<Event>>,
    /// Looked up by key only; its order is never asked for.
    keys: HashMap<Box<str>, Position>,
    listeners: Vec<(Connection, Ear<Session>)>,
    live: LiveNotices,
    pub presence: Presence,
    pub outbox: Outbox,
    sends: Bucket,
    /// Everybody who is here, in the figures. They go down by themselves, however the actor ends.
    counted: HashMap<ParticipantId, Held>,
}

/// One connection of one participant. Of two, the one with the higher number is newer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    pub who: ParticipantId,
    pub number: u64,
}

/// Whether a connection listens now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attached {
    Yes,
    /// A newer one does.
    Displaced {
        newest: u64,
    },
}

impl ChatRoom {
    pub fn event_of_key(&self, key: &str) -> Option<&Arc<Event>> {
        self.event_at(*self.keys.get(key)?)
    }

    /// The event that an earlier request with the same key led to, stored or about to be.
    pub fn find(&self, drafted: &[Arc<Event>], key: &str) -> Option<Arc<Event>> {
        let drafted = || drafted.iter().find(|event| event.key() == Some(key));
        self.event_of_key(key).or_else(drafted).cloned()
    }

    pub fn event_at(&self, position: Position) -> Option<&Arc<Event>> {
        self.transcript.get(usize::try_from(position.0).ok()?.checked_sub(1)?)
    }

    /// How many messages and notices this session may send now.
    pub fn sends_left(&self, now: Millis, policy: &Policy) -> u64 {
        self.sends.room(now, rate(policy))
    }

    /// Lets a participant's connection hear what is stored from now on. An earlier connection of
    /// the same participant is let go; a newer one stays.
    pub fn attach(&mut self, connection: Connection, listener: Ear<Session>) -> Attached {
        let who = connection.who;
        let mut known = self.listeners.iter().map(|(known, _)| *known);
        if let Some(Connection { number: newest, .. }) =
            known.find(|known| known.who == who && connection.number < known.number)
        {
            return Attached::Displaced { newest };
        }
        self.detach(who);
        self.presence.connected(who);
        self.listeners.push((connection, listener));
        Attached::Yes
    }

    /// Stops telling a participant. Whether he is there is another matter: see [`ChatRoom::lose`].
    pub fn detach(&mut self, who: ParticipantId) {
        self.listeners.retain(|(listening, _)| listening.who != who);
    }

    /// A participant's connection was lost. A newer one stays.
    pub fn lose(&mut self, connection: Connection, parting: Parting, now: Millis) {
        let n_before = self.listeners.len();
        self.listeners.retain(|(listening, _)| *listening != connection);
        if self.listeners.len() < n_before {
            self.presence.lost(connection.who, now);
        }
        if parting == Parting::Moving {
            self.presence.told_to_move(connection.who);
        }
    }

    /// Tells everybody who may see it that somebody types, or no longer does.
    pub fn type_on(&mut self, session: &Session, notice: LiveNotice) {
        let Some(author) = session.participant(notice.who).filter(|author| author.is_here()) else {
            return;
        };
        let Some(notice) = admitted(session, author, notice) else { return };
        let Some(notice) = self.live.take(notice, session.last) else { return };
        self.tell(session, notice.at, |viewer| {
            let is_other = viewer.joined.id != notice.who;
            (is_other && notice.is_for(viewer))
                .then(|| News::Typing { notice: notice.clone(), author: author.clone() })
        });
    }

    pub fn live(&self) -> &LiveNotices {
        &self.live
    }

    fn keep(&mut self, event: &Arc<Event>) {
        if let Some(key) = event.key() {
            self.keys.insert(key.into(), event.position);
        }
        self.transcript.push(event.clone());
    }

    fn count_in(&mut self, joined: &Joined) {
        let gauge = meters().participants_active.of(joined.role.name());
        self.counted.insert(joined.id, Held::one_of(gauge));
    }

    fn forget_signs(&mut self, event: &Event) {
        match &event.fact {
            Fact::Said { who, .. } => self.live.forget(*who),
            Fact::Left { who, .. } => {
                self.live.forget(*who);
                self.presence.forget(*who);
                self.counted.remove(who);
            }
            Fact::Joined { .. }
            | Fact::Noticed { .. }
            | Fact::DataChanged { .. }
            | Fact::ContactFound { .. }
            | Fact::Closed { .. } => {}
        }
    }

    fn tell_stored(&mut self, session: &Session, events: &[Arc<Event>], now: Millis) {
        self.tell(session, now, |viewer| {
            let lines: Vec<_> = events
                .iter()
                .filter_map(|event| Line::for_viewer(session, event, viewer))
                .collect();
            (!lines.is_empty()).then(|| News::Stored {
                lines,
                upto: session.last,
                is_over: session.closed.is_some() || !viewer.is_here(),
            })
        });
    }

    /// Tells each listener what is for him. Who has left is let go; who hears no more has lost his
    /// connection, and has his time to come back.
    fn tell(
        &mut self,
        session: &Session,
        now: Millis,
        news: impl Fn(&Participant) -> Option<News>,
    ) {
        let presence = &mut self.presence;
        self.listeners.retain_mut(|(Connection { who, .. }, listener)| {
            let Some(viewer) = session.participant(*who) else { return false };
            let hearing = news(viewer).map_or(Hearing::Goes, |news| listener.hear(news));
            if hearing == Hearing::Gone && viewer.is_here() {
                presence.lost(*who, now);
            }
            hearing == Hearing::Goes && viewer.is_here()
        });
    }
}

impl Room<Session> for ChatRoom {
    fn remember(&mut self, event: &Arc<Event>) {
        self.keep(event);
    }

    fn committed(
        &mut self,
        session: &Session,
        events: &[Arc<Event>],
        now: Millis,
        policy: &Policy,
    ) -> Vec<Effect> {
        for event in events {
            self.keep(event);
            self.outbox.note(event, policy);
            self.forget_signs(event);
            if event.fact.is_send() {
                self.sends.take(now, rate(policy));
            }
            if let Fact::Joined { joined, .. } = &event.fact {
                self.presence.came(joined, now);
                self.count_in(joined);
            }
        }
        if !events.is_empty() {
            self.tell_stored(session, events, now);
        }
        self.outbox.due(session, &self.transcript, now, policy)
    }

    fn is_quiet(&self, now: Millis) -> bool {
        !self.live.is_anybody_typing(now, QUIET)
    }

    fn served_since(&mut self, since: Millis) {
        self.presence.served_since(since);
    }

    fn restored(
        &mut self,
        session: &Session,
        parting: Parting,
        now: Millis,
        policy: &Policy,
    ) -> Vec<Effect> {
        self.presence.restored(session, parting, now);
        for participant in session.here() {
            self.count_in(&participant.joined);
        }
        for event in &self.transcript {
            self.outbox.note(event, policy);
        }
        let mut effects = self.outbox.due(session, &self.transcript, now, policy);
        // Behind what is due: the beginning itself may not have been heard of yet.
        if session.closed.is_none() {
            effects.push(Effect::TellAddress);
        }
        effects
    }
}

/// Typing, with the visibility that its author's words would have; none if he could not say it.
fn admitted(session: &Session, author: &Participant, notice: LiveNotice) -> Option<LiveNotice> {
    let audience = audience(session, author, notice.visibility, notice.receiver).ok()?;
    Some(LiveNotice { visibility: audience.visibility, ..notice })
}

fn rate(policy: &Policy) -> Rate {
    Rate { per_second: policy.send_rate, burst: policy.send_burst }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::event::EventId;
    use crate::chat::live::Typing;
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
    fn a_newer_connection_takes_the_place_of_an_older_and_its_loss_is_no_loss() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        let old = stage.connect("bob", 1);
        let new = stage.connect("bob", 2);
        let bob = stage.who("bob");

        stage.room.lose(Connection { who: bob, number: 1 }, Parting::Lost, stage.now);
        stage.pass(20);
        stage.say("ann", "hello").unwrap();

        assert_eq!(stored(&old), [0; 0]);
        assert_eq!(stored(&new), [3]);
    }

    #[test]
    fn an_older_connection_that_comes_late_does_not_take_the_place_of_a_newer() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        let new = stage.connect("bob", 2);
        let late = Connection { who: stage.who("bob"), number: 1 };

        let attached = stage.room.attach(late, Box::new(stage.ear()));
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
}
