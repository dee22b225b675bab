//! What one may look at in a session, and what one is shown; with it goes what is known only to the
//! session's actor: who listens, who types, what other houses have heard. All of it is plain data,
//! for whoever asks may be on another node.

use crate::base::{AgentId, Millis, ParticipantId, Parting, Position, UserId};
use crate::chat::bots::BotSeen;
use crate::chat::dormancy::is_asynchronous;
use crate::chat::event::{Event, EventId};
use crate::chat::live::{LiveNotice, Typing};
use crate::chat::outbox::Destination;
use crate::chat::participant::{Participant, Visibility};
use crate::chat::push::Delivered;
use crate::chat::room::{Attached, ChatRoom, Connection};
use crate::chat::state::Session;
use crate::chat::transcript::{From, View, view};
use crate::owned::Ear;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A look at a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Look {
    /// What a participant asks for from time to time. It counts as a sign of life.
    Poll { who: ParticipantId, from: From, typing: Option<TypingSign> },
    /// What a participant has not seen.
    Show(Viewpoint),
    /// The same, and lets a connection of his hear what follows.
    Listen { viewpoint: Viewpoint, connection: u64 },
    /// The participant that an agent had under this name.
    Own { name: UserId, agent: AgentId },
    /// The participant of this name, as far as a viewer may know of him.
    Named { name: UserId, viewer: ParticipantId },
    /// The name of a participant.
    NameOf(ParticipantId),
    /// The whole session, with what nobody but its record shows.
    Whole,
    /// What is said of a session to a workflow.
    About,
    /// Somebody types, or no longer does.
    Type(LiveNotice),
    /// A connection of a participant is lost, or has brought him his end; a newer one stays.
    Lose {
        connection: Connection,
        parting: Parting,
        /// How far it had told, if that is known.
        #[serde(default)]
        delivered: Option<Delivered>,
    },
    /// The way to some who listen is broken: whoever hears no more has lost his connection.
    ForTheLost,
    /// Another house says how far it has come.
    Confirm { destination: Destination, upto: Position },
    /// The bots that were brought in.
    Bots,
    /// A bot has heard everything up to a position, whatever it said.
    BotHeard { who: ParticipantId, upto: Position },
    /// What is pushed to a customer's device reaches nobody any more.
    Unreachable { who: ParticipantId, device: String },
}

/// From where a participant looks who wants to hear of what follows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Viewpoint {
    pub who: ParticipantId,
    /// The agent whose participant it must be; none for a customer, whose key says who he is.
    pub agent: Option<AgentId>,
    pub seen: EventId,
}

/// He types, or no longer does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TypingSign {
    pub typing: Typing,
    pub preview: Option<String>,
}

/// What a look shows. Each look has its own form, and nothing where it found nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Sight {
    Polled(Option<Box<Polled>>),
    Shown(Option<Box<Shown>>),
    Listening(Listening),
    Participant(Option<ParticipantId>),
    Name(Option<UserId>),
    Whole(Whole),
    /// Nothing of one that was never started.
    About(Option<About>),
    Bots(BTreeMap<ParticipantId, BotSeen>),
    Done,
}

/// A session in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    pub started_at: Millis,
    pub is_closed: bool,
    /// Whether it came to the node that has it from its log: after the end of another one, a move or
    /// a sleep.
    pub is_restored: bool,
    #[serde(default)]
    pub is_asynchronous: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Polled {
    pub view: View,
    /// Not known of a session that sleeps.
    pub user: Option<UserId>,
    /// Nothing is to be expected soon: who asks from time to time may ask less often.
    #[serde(default)]
    pub is_dormant: bool,
}

/// What a participant sees.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    pub view: View,
    pub names: Names,
    /// Whether he wants to be pushed what his connection does not bring him: it has to say whether his
    /// end arrived.
    #[serde(default)]
    pub is_pushed_to: bool,
}

/// Wire names of everybody whose coming a viewer could see.
pub type Names = BTreeMap<ParticipantId, UserId>;

/// What became of a wish to listen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Listening {
    Shown(Box<Shown>),
    /// There is no such participant, or he is somebody else's.
    NotYours,
    /// A newer connection of his listens already.
    Displaced {
        newest: u64,
    },
}

/// A session from which all of it can be rebuilt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Whole {
    pub events: Vec<Arc<Event>>,
    /// Whose connection is lost, and who may come back.
    pub lost: Vec<ParticipantId>,
}

/// What is shown of one form is nothing of another.
impl Sight {
    pub fn polled(self) -> Option<Polled> {
        if let Self::Polled(polled) = self { polled.map(|polled| *polled) } else { None }
    }

    pub fn shown(self) -> Option<Shown> {
        if let Self::Shown(shown) = self { shown.map(|shown| *shown) } else { None }
    }

    pub fn listening(self) -> Option<Listening> {
        if let Self::Listening(listening) = self { Some(listening) } else { None }
    }

    pub fn participant(self) -> Option<ParticipantId> {
        if let Self::Participant(found) = self { found } else { None }
    }

    pub fn name(self) -> Option<UserId> {
        if let Self::Name(name) = self { name } else { None }
    }

    pub fn whole(self) -> Option<Whole> {
        if let Self::Whole(whole) = self { Some(whole) } else { None }
    }

    pub fn bots(self) -> BTreeMap<ParticipantId, BotSeen> {
        if let Self::Bots(bots) = self { bots } else { BTreeMap::new() }
    }

    pub fn about(self) -> Option<About> {
        if let Self::About(about) = self { about } else { None }
    }
}

impl Session {
    pub(super) fn see(
        &self,
        room: &mut ChatRoom,
        look: Look,
        listener: Option<Ear<Self>>,
        now: Millis,
    ) -> Sight {
        match look {
            Look::Poll { who, from, typing } => {
                Sight::Polled(poll(self, room, (who, from, typing), now).map(Box::new))
            }
            Look::Show(viewpoint) => Sight::Shown(show(self, room, &viewpoint).map(Box::new)),
            Look::Listen { viewpoint, connection } => {
                let listener = listener.map(|listener| (connection, listener));
                Sight::Listening(listen(self, room, (&viewpoint, listener), now))
            }
            Look::Own { name, agent } => Sight::Participant(own(self, &name, &agent)),
            Look::Named { name, viewer } => Sight::Participant(named(self, &name, viewer)),
            Look::NameOf(who) => {
                Sight::Name(self.participant(who).map(|known| known.joined.user_id.clone()))
            }
            Look::Whole => {
                let lost = room.presence.lost_connections().collect();
                Sight::Whole(Whole { events: room.transcript.clone(), lost })
            }
            Look::About => Sight::About(about(self, room)),
            Look::Type(notice) => {
                room.type_on(self, notice);
                Sight::Done
            }
            Look::Lose { connection, parting, delivered } => {
                room.lose(self, (connection, parting, delivered), now);
                Sight::Done
            }
            Look::ForTheLost => {
                room.let_go_of_the_lost(self, now);
                Sight::Done
            }
            Look::Confirm { destination, upto } => {
                room.outbox.confirm(destination, upto);
                Sight::Done
            }
            Look::Bots => Sight::Bots(self.seen_bots()),
            Look::BotHeard { who, upto } => {
                room.bots.heard(who, upto);
                Sight::Done
            }
            Look::Unreachable { who, device } => {
                if room.pushes.forget(self, who, &device) {
                    room.presence.unreachable(who, now);
                }
                Sight::Done
            }
        }
    }
}

fn poll(
    session: &Session,
    room: &mut ChatRoom,
    (who, from, typing): (ParticipantId, From, Option<TypingSign>),
    now: Millis,
) -> Option<Polled> {
    let viewer = session.participant(who)?;
    if viewer.is_here() && session.closed.is_none() {
        room.presence.asked(who, now);
        if let Some(sign) = typing {
            room.type_on(session, notice(who, sign, now));
        }
    }
    let user = Some(viewer.joined.user_id.clone());
    let view = view(session, room, who, from)?;
    room.pushes.heard(who, matches!(from, From::Id(_)).then_some(view.next), now);
    Some(Polled { view, user, is_dormant: session.is_dormant() })
}

fn about(session: &Session, room: &ChatRoom) -> Option<About> {
    session.started.as_ref().map(|_| About {
        started_at: session.started_at,
        is_closed: session.closed.is_some(),
        is_restored: room.is_restored,
        is_asynchronous: is_asynchronous(&session.user_data),
    })
}

fn notice(who: ParticipantId, sign: TypingSign, at: Millis) -> LiveNotice {
    let TypingSign { typing, preview } = sign;
    let (id, visibility, receiver) = (EventId::default(), Visibility::All, None);
    LiveNotice { id, at, who, typing, visibility, receiver, preview }
}

fn show(session: &Session, room: &ChatRoom, viewpoint: &Viewpoint) -> Option<Shown> {
    let Viewpoint { who, agent, seen } = viewpoint;
    let viewer = session.participant(*who)?;
    if viewer.joined.person != *agent {
        return None;
    }
    let view = view(session, room, *who, From::Id(seen.next()))?;
    let is_pushed_to = viewer.joined.is_pushed_to();
    Some(Shown { view, names: names_for(session, viewer), is_pushed_to })
}

/// Whoever may still hear something is attached.
fn listen(
    session: &Session,
    room: &mut ChatRoom,
    (viewpoint, listener): (&Viewpoint, Option<(u64, Ear<Session>)>),
    now: Millis,
) -> Listening {
    let Some(shown) = show(session, room, viewpoint) else { return Listening::NotYours };
    if shown.view.is_over
        && let Some((number, _)) = &listener
    {
        // There is nothing to attach to: all of it is told by this.
        room.pushes.parting(Connection { who: viewpoint.who, number: *number }, now);
    }
    if let Some(listener) = listener.filter(|_| !shown.view.is_over)
        && let Some(viewer) = session.participant(viewpoint.who)
        && let Attached::Displaced { newest } = room.attach(&viewer.joined, listener, now)
    {
        return Listening::Displaced { newest };
    }
    Listening::Shown(Box::new(shown))
}

fn own(session: &Session, name: &UserId, agent: &AgentId) -> Option<ParticipantId> {
    let known = session.participant_named(name)?;
    (known.joined.person.as_ref() == Some(agent)).then_some(known.joined.id)
}

fn named(session: &Session, name: &UserId, viewer: ParticipantId) -> Option<ParticipantId> {
    let viewer = session.participant(viewer)?;
    let named = session.participant_named(name)?;
    named.joined.visibility.reaches(viewer.joined.role).then_some(named.joined.id)
}

fn names_for(session: &Session, viewer: &Participant) -> Names {
    let known = session.participants.values();
    let visible = known.filter(|one| one.joined.visibility.reaches(viewer.joined.role));
    visible.map(|one| (one.joined.id, one.joined.user_id.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::testing::{Stage, agent, coach, customer};
    use crate::owned::Thing;

    #[test]
    fn a_participant_is_found_by_his_name_as_far_as_the_viewer_may_know_of_him() {
        let stage = Stage::with(&[customer("ann"), agent("bob"), coach("eve")]);
        let (ann, bob, eve) = (stage.who("ann"), stage.who("bob"), stage.who("eve"));

        assert_eq!(named(&stage.session, &"eve".into(), bob), Some(eve));
        assert_eq!(named(&stage.session, &"eve".into(), ann), None);
        assert_eq!(own(&stage.session, &"bob".into(), &"bob".into()), Some(bob));
        assert_eq!(own(&stage.session, &"bob".into(), &"eve".into()), None);
    }

    #[test]
    fn what_is_an_others_is_shown_to_nobody() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        let viewpoint = |stage: &Stage, agent: &str| {
            let (who, agent, seen) = (stage.who("bob"), Some(agent.into()), EventId(0));
            Viewpoint { who, agent, seen }
        };

        let own = viewpoint(&stage, "bob");
        assert!(show(&stage.session, &stage.room, &own).is_some());
        let other = viewpoint(&stage, "eve");
        assert!(show(&stage.session, &stage.room, &other).is_none());
        let ear = Some((1, Box::new(stage.ear()) as Ear<Session>));
        let listening = listen(&stage.session, &mut stage.room, (&other, ear), stage.now);
        assert!(matches!(listening, Listening::NotYours));
    }

    #[test]
    fn a_session_can_be_rebuilt_from_a_look_at_the_whole_of_it() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        stage.say("ann", "hello").unwrap();

        let seen = stage.session.see(&mut stage.room, Look::Whole, None, stage.now);

        let text = serde_json::to_string(&seen).unwrap();
        let Sight::Whole(whole) = serde_json::from_str(&text).unwrap() else { panic!("{text}") };
        assert_eq!(Session::from_snapshot(whole.events).0, stage.session);
        assert_eq!(whole.lost, [stage.who("bob")], "he has not attached a connection yet");
    }
}
