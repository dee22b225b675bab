//! What stands beside a session's small state: its transcript, its keys, who listens, who is there,
//! what other houses have heard. All of it is rebuilt from the log or lost without harm.

use crate::base::{Millis, ParticipantId, Parting, Position};
use crate::chat::audience::audience;
use crate::chat::bots::Telling;
use crate::chat::door::News;
use crate::chat::effect::Effect;
use crate::chat::event::{Event, Fact};
use crate::chat::idle::{Watch, is_alive};
use crate::chat::line::Line;
use crate::chat::live::{LiveNotice, LiveNotices, Typing};
use crate::chat::outbox::Outbox;
use crate::chat::participant::{Joined, Participant, Visibility};
use crate::chat::policy::Policy;
use crate::chat::presence::Presence;
use crate::chat::push::{Delivered, Pushes};
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
    pub bots: Telling,
    pub pushes: Pushes,
    sends: Bucket,
    /// Everybody who is here, in the figures. They go down by themselves, however the actor ends.
    counted: HashMap<ParticipantId, (Held, Option<Held>)>,
    idle: Watch,
    /// Whether the session lived before it came to this actor.
    pub is_restored: bool,
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
    pub fn attach(
        &mut self,
        joined: &Joined,
        (number, listener): (u64, Ear<Session>),
        now: Millis,
    ) -> Attached {
        let who = joined.id;
        let connection = Connection { who, number };
        let mut known = self.listeners.iter().map(|(known, _)| *known);
        if let Some(Connection { number: newest, .. }) =
            known.find(|known| known.who == who && connection.number < known.number)
        {
            return Attached::Displaced { newest };
        }
        self.detach(who);
        self.presence.connected(joined, now);
        self.pushes.connected(who, now);
        self.listeners.push((connection, listener));
        Attached::Yes
    }

    /// Stops telling a participant. Whether he is there is another matter: see [`ChatRoom::lose`].
    pub fn detach(&mut self, who: ParticipantId) {
        self.listeners.retain(|(listening, _)| listening.who != who);
    }

    /// A participant's connection was lost, or has brought him his end. A newer one stays.
    pub fn lose(
        &mut self,
        session: &Session,
        (connection, parting, delivered): (Connection, Parting, Option<Delivered>),
        now: Millis,
    ) {
        let Some(viewer) = session.participant(connection.who) else { return };
        let n_before = self.listeners.len();
        self.listeners.retain(|(listening, _)| *listening != connection);
        let has_listened = self.listeners.len() < n_before;
        if has_listened {
            self.presence.lost(&viewer.joined, now);
        }
        if has_listened || self.pushes.awaits(connection) {
            self.pushes.disconnected(viewer, (delivered, session.last), now);
        }
        if parting == Parting::Moving {
            self.presence.told_to_move(connection.who);
        }
    }

    /// Whoever is known to hear no more has lost his connection, though nobody said so for him.
    pub fn let_go_of_the_lost(&mut self, session: &Session, now: Millis) {
        let (presence, pushes) = (&mut self.presence, &mut self.pushes);
        self.listeners.retain(|(Connection { who, .. }, listener)| {
            let viewer = session.participant(*who).filter(|_| listener.is_gone());
            if let Some(viewer) = viewer {
                presence.lost(&viewer.joined, now);
                pushes.disconnected(viewer, (None, session.last), now);
            }
            viewer.is_none()
        });
    }

    /// Tells everybody who may see it that somebody types, or no longer does.
    pub fn type_on(&mut self, session: &Session, notice: LiveNotice) {
        let Some(author) = session.participant(notice.who).filter(|author| author.is_here()) else {
            return;
        };
        // Who has not the floor is not waited for.
        if author.joined.bot.is_some() && !session.has_turns(notice.who) {
            return;
        }
        let Some(notice) = admitted(session, author, notice) else { return };
        if notice.typing == Typing::Started
            && notice.visibility == Visibility::All
            && is_alive(author)
        {
            self.idle.typed = notice.at;
        }
        let Some(notice) = self.live.take(notice, session.last) else { return };
        self.tell(session, notice.at, |viewer| {
            let is_other = viewer.joined.id != notice.who;
            (is_other && notice.is_for(viewer))
                .then(|| News::Typing { notice: notice.clone(), author: author.clone() })
        });
    }

    pub fn idle_watch(&self) -> Watch {
        self.idle
    }

    pub fn live(&self) -> &LiveNotices {
        &self.live
    }

    /// What others have to be told now.
    fn due(&mut self, session: &Session, now: Millis, policy: &Policy) -> Vec<Effect> {
        let mut effects = self.outbox.due(session, &self.transcript, now, policy);
        effects.extend(self.bots.due(session, &self.transcript, now, policy));
        effects.extend(self.pushes.due(session, &self.transcript, now, policy));
        effects
    }

    fn keep(&mut self, event: &Arc<Event>) {
        if let Some(key) = event.key() {
            self.keys.insert(key.into(), event.position);
        }
        self.transcript.push(event.clone());
    }

    fn count_in(&mut self, joined: &Joined) {
        let participant = Held::one_of(meters().participants_active.of(joined.role.name()));
        let bot = joined.bot.as_ref().map(|_| Held::one_of(meters().bots_active.clone()));
        self.counted.insert(joined.id, (participant, bot));
    }

    fn forget_signs(&mut self, event: &Event) {
        match &event.fact {
            Fact::Said { who, .. } => self.live.forget(*who),
            Fact::Left { who, .. } => {
                self.live.forget(*who);
                self.presence.forget(*who);
                self.counted.remove(who);
            }
            // Voices of workflows do not leave.
            Fact::Closed { .. } => self.counted.clear(),
            Fact::Joined { .. }
            | Fact::Noticed { .. }
            | Fact::DataChanged { .. }
            | Fact::ContactFound { .. } => {}
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

    /// Tells each listener what is for him. Who has left is let go, and his connection has to say whether
    /// that arrived; who hears no more has lost his connection, and has his time to come back.
    fn tell(
        &mut self,
        session: &Session,
        now: Millis,
        news: impl Fn(&Participant) -> Option<News>,
    ) {
        let (presence, pushes) = (&mut self.presence, &mut self.pushes);
        self.listeners.retain_mut(|(connection, listener)| {
            let Some(viewer) = session.participant(connection.who) else { return false };
            let hearing = news(viewer).map_or(Hearing::Goes, |news| listener.hear(news));
            match (hearing, viewer.is_here()) {
                (Hearing::Goes, true) => return true,
                (Hearing::Goes, false) => pushes.parting(*connection, now),
                (Hearing::Gone, is_here) => {
                    if is_here {
                        presence.lost(&viewer.joined, now);
                    }
                    pushes.disconnected(viewer, (None, session.last), now);
                }
            }
            false
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
        self.due(session, now, policy)
    }

    fn is_quiet(&self, now: Millis) -> bool {
        !self.live.is_anybody_typing(now, QUIET)
    }

    fn served_since(&mut self, since: Millis) {
        self.presence.served_since(since);
        self.idle.since = since.max(self.idle.since);
    }

    fn restored(
        &mut self,
        session: &Session,
        parting: Parting,
        now: Millis,
        policy: &Policy,
    ) -> Vec<Effect> {
        self.is_restored = true;
        self.idle.since = now;
        self.presence.restored(session, parting, now);
        if session.closed.is_none() {
            for participant in session.here() {
                self.count_in(&participant.joined);
            }
        }
        for event in &self.transcript {
            self.outbox.note(event, policy);
        }
        self.bots.restored(session, now);
        self.pushes.restored(session, &self.transcript, now, policy);
        let mut effects = self.due(session, now, policy);
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
mod tests;
