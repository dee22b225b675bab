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
    /// What the wish itself led to: it has the key, and is the answer.
    answered: Option<Position>,
}

impl Draft {
    pub fn new(session: &Session, now: Millis, key: Option<Key>) -> Self {
        let (events, effects, answered) = (Vec::new(), Vec::new(), None);
        Self { session: session.clone(), now, key, events, effects, answered }
    }

    /// Records what happened; the first event carries the key of the wish.
    pub fn record(&mut self, audience: Audience, fact: Fact) -> Position {
        let key = self.key.take().map(Box::new);
        let position = self.append(audience, key, fact);
        self.answered.get_or_insert(position);
        position
    }

    /// Records what goes along with what was wished, before or after it.
    pub fn record_beside(&mut self, audience: Audience, fact: Fact) -> Position {
        self.append(audience, None, fact)
    }

    fn append(&mut self, audience: Audience, key: Option<Box<Key>>, fact: Fact) -> Position {
        let position = self.session.last.next();
        let Audience { visibility, receiver } = audience;
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

    /// The decision, answered with the first position that the wish itself led to.
    pub fn finish(self) -> Decision<Session> {
        let position = self.answered.unwrap_or(self.session.last);
        let mut answering = self.events.iter().filter(|event| event.position == position);
        let participant = answering.next().and_then(|event| event.fact.newcomer());
        let answer = Answer { position, participant, repeated: false };
        Decision { events: self.events, effects: self.effects, answer }
    }
}
