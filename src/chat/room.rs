//! What stands beside a session's small state: its transcript, its keys, who listens, who is there,
//! what other houses have heard. All of it is rebuilt from the log or lost without harm.

use crate::base::{Millis, ParticipantId, Position};
use crate::chat::decide::is_send;
use crate::chat::door::{Hearing, Listener, News};
use crate::chat::effect::Effect;
use crate::chat::event::{Event, Fact};
use crate::chat::live::{LiveNotice, LiveNotices};
use crate::chat::outbox::Outbox;
use crate::chat::policy::Policy;
use crate::chat::presence::Presence;
use crate::chat::rate::{Bucket, Rate};
use crate::chat::state::Session;
use crate::chat::transcript::Line;
use crate::owned::{Recorded, Room};
use std::collections::HashMap;
use std::sync::Arc;

#[derive(Default)]
pub struct ChatRoom {
    pub transcript: Vec<Arc<Event>>,
    /// Looked up by key only; its order is never asked for.
    keys: HashMap<Box<str>, Position>,
    listeners: Vec<(ParticipantId, Box<dyn Listener>)>,
    live: LiveNotices,
    pub presence: Presence,
    pub outbox: Outbox,
    sends: Bucket,
}

impl ChatRoom {
    pub fn event_of_key(&self, key: &str) -> Option<&Arc<Event>> {
        self.event_at(*self.keys.get(key)?)
    }

    pub fn event_at(&self, position: Position) -> Option<&Arc<Event>> {
        self.transcript.get(usize::try_from(position.0).ok()?.checked_sub(1)?)
    }

    /// How many messages and notices this session may send now.
    pub fn sends_left(&self, now: Millis, policy: &Policy) -> u64 {
        self.sends.room(now, rate(policy))
    }

    /// Lets a participant's connection hear what is stored from now on. An earlier connection of
    /// the same participant is let go.
    pub fn attach(&mut self, who: ParticipantId, listener: Box<dyn Listener>) {
        self.detach(who);
        self.presence.connected(who);
        self.listeners.push((who, listener));
    }

    /// A participant's connection is gone on purpose.
    pub fn detach(&mut self, who: ParticipantId) {
        self.listeners.retain(|(listening, _)| *listening != who);
    }

    /// A participant's connection was lost. A newer one stays.
    pub fn lose(&mut self, who: ParticipantId, connection: u64, now: Millis) {
        let n_before = self.listeners.len();
        self.listeners
            .retain(|(listening, known)| *listening != who || known.connection() != connection);
        if self.listeners.len() < n_before {
            self.presence.lost(who, now);
        }
    }

    /// Tells everybody who may see it that somebody types, or no longer does.
    pub fn type_on(&mut self, session: &Session, notice: LiveNotice) {
        let Some(notice) = self.live.take(notice, session.last) else { return };
        let Some(author) = session.participant(notice.who) else { return };
        self.tell(session, |viewer| {
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

    fn forget_signs(&mut self, event: &Event) {
        match &event.fact {
            Fact::Said { who, .. } => self.live.forget(*who),
            Fact::Left { who, .. } => {
                self.live.forget(*who);
                self.presence.forget(*who);
            }
            Fact::Joined { .. }
            | Fact::Noticed { .. }
            | Fact::DataChanged { .. }
            | Fact::ContactFound { .. }
            | Fact::Closed { .. } => {}
        }
    }

    fn tell_stored(&mut self, session: &Session, events: &[Arc<Event>]) {
        self.tell(session, |viewer| {
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

    /// Tells each listener what is for him; who hears no more is let go.
    fn tell(
        &mut self,
        session: &Session,
        news: impl Fn(&crate::chat::Participant) -> Option<News>,
    ) {
        self.listeners.retain_mut(|(who, listener)| {
            let Some(viewer) = session.participant(*who) else { return false };
            match news(viewer) {
                Some(news) => listener.hear(news) == Hearing::Goes,
                None => true,
            }
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
            if is_send(&event.fact) {
                self.sends.take(now, rate(policy));
            }
            if let Fact::Joined { joined, .. } = &event.fact {
                self.presence.asked_if_web(joined, now);
            }
        }
        if !events.is_empty() {
            self.tell_stored(session, events);
        }
        self.outbox.due(session, &self.transcript, now, policy)
    }

    fn restored(&mut self, session: &Session, now: Millis, policy: &Policy) -> Vec<Effect> {
        self.presence.restored(session, now);
        for event in &self.transcript {
            self.outbox.note(event, policy);
        }
        let mut effects = vec![Effect::TellAddress];
        effects.extend(self.outbox.due(session, &self.transcript, now, policy));
        effects
    }
}

fn rate(policy: &Policy) -> Rate {
    Rate { per_second: policy.send_rate, burst: policy.send_burst }
}
