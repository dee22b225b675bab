//! A decision in the making. It numbers events and keeps a copy of the session that has already
//! heard of them, so that rules read what they just wrote.

use crate::base::{Millis, Position};
use crate::chat::answer::Answer;
use crate::chat::audience::Audience;
use crate::chat::effect::{Count, Effect};
use crate::chat::event::{Event, Fact, Key};
use crate::chat::state::Session;
use crate::owned::Decision;

pub struct Draft {
    pub session: Session,
    now: Millis,
    key: Option<Key>,
    events: Vec<Event>,
    effects: Vec<Effect>,
}

impl Draft {
    pub fn new(session: &Session, now: Millis, key: Option<Key>) -> Self {
        Self { session: session.clone(), now, key, events: Vec::new(), effects: Vec::new() }
    }

    /// Records what happened; the first event carries the key of the wish.
    pub fn record(&mut self, audience: Audience, fact: Fact) -> Position {
        let position = self.session.last.next();
        let Audience { visibility, receiver } = audience;
        let key = self.key.take().map(Box::new);
        let event = Event { position, at: self.now, visibility, receiver, key, fact };
        self.session.fold(&event);
        self.events.push(event);
        position
    }

    pub fn count(&mut self, count: Count) {
        self.effects.push(Effect::Count(count));
    }

    /// Counts the keys that a wish brought and that its author may not set.
    pub fn count_dropped(&mut self, keys: Vec<String>) {
        if !keys.is_empty() {
            self.count(Count::DroppedData { session: None, keys });
        }
    }

    /// The decision, answered with the first position it recorded.
    pub fn finish(self) -> Decision<Session> {
        let first = self.events.first();
        let position = first.map_or(self.session.last, |event| event.position);
        let participant = first.and_then(|event| event.fact.newcomer());
        let answer = Answer { position, participant, repeated: false };
        Decision { events: self.events, effects: self.effects, answer }
    }
}
