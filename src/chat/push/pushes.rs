//! What is still to be pushed. How far a customer was told and what he has fetched is known to this
//! process only: after a restoration he may be told of the newest once more, under the same names.
//!
//! Whoever is told over a connection of his own is pushed nothing meanwhile; when it is lost and does not
//! come back soon, pushes go on where it ended. A connection that was told of his end has to say that it
//! arrived; otherwise it is pushed, too.

use crate::base::{Millis, ParticipantId, Position};
use crate::chat::effect::{Count, Effect};
use crate::chat::event::{Event, EventId, Fact};
use crate::chat::line::Line;
use crate::chat::participant::Participant;
use crate::chat::policy::Policy;
use crate::chat::push::note::line;
use crate::chat::push::{Matter, PushNote, Subscription, Told};
use crate::chat::room::Connection;
use crate::chat::state::Session;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// What was stored so short a time before the newest of a session that was lost may not have gone out.
const MAY_BE_LOST: Duration = Duration::from_secs(60);

/// A connection that comes back within this time, on this node or another, was none to be replaced.
const RETURN: Duration = Duration::from_secs(5);

/// Within this time a connection that was told of somebody's end says how much arrived, unless the node
/// that holds it is no more: longer than a connection that is dead can seem to live.
const LAST_WORDS: Duration = Duration::from_secs(120);

/// By customer.
#[derive(Clone, Debug, Default)]
pub struct Pushes(BTreeMap<ParticipantId, Cursor>);

#[derive(Clone, Copy, Debug, Default)]
struct Cursor {
    /// Everything up to here was looked at.
    upto: Position,
    /// He has fetched everything before this.
    read: EventId,
    /// The next reminder of what he has not fetched.
    reminder: Option<Reminder>,
    /// What he would have asked from next by the newest reminder, and how many have said the same.
    reminded: (EventId, u32),
    /// He has not been heard since a restoration, and must be first.
    is_paused: bool,
    way: Way,
    /// When he, or whoever holds his connection, last gave a sign of life.
    signed: Millis,
}

/// How he is told.
#[derive(Clone, Copy, Debug, Default)]
enum Way {
    #[default]
    Pushes,
    Connection,
    /// Not any more: nobody has his device.
    Never,
    /// Over a connection that may come back until then, or else by pushes.
    Soon {
        until: Millis,
        lost: Option<Loss>,
    },
    /// Over the connection of this number, which was told of his end and says until then whether he
    /// heard it.
    Parting {
        number: u64,
        until: Millis,
    },
}

#[derive(Clone, Copy, Debug)]
struct Loss {
    at: Millis,
    /// What he had in any case.
    had: Position,
    /// How far he was told, if that is known, and whether it is sure.
    told: Option<(Position, bool)>,
}

/// How far somebody was told over a connection that is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// What he had before, by his own word: where he asked to be told from.
    #[serde(default)]
    pub had: EventId,
    pub upto: EventId,
    /// Whether he said so himself; otherwise the newest may have been sent into the void.
    pub is_sure: bool,
}

#[derive(Clone, Copy, Debug)]
struct Reminder {
    at: Millis,
    attempt: u32,
}

/// A customer with what he asked for and may have.
struct Subscriber<'a> {
    session: &'a Session,
    viewer: &'a Participant,
    subscription: Subscription,
    provider: String,
    matters: &'a BTreeSet<Matter>,
}

impl Pushes {
    /// What goes out now. It then counts as told, whatever becomes of it.
    pub fn due(
        &mut self,
        session: &Session,
        transcript: &[Arc<Event>],
        now: Millis,
        policy: &Policy,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (viewer, subscription) in subscribers(session, policy) {
            let way = Way::at_first(&subscription, now);
            let coming = || Cursor { way, signed: now, ..Cursor::default() };
            let cursor = self.0.entry(viewer.joined.id).or_insert_with(coming);
            // Who is not told now is told later of what he has missed.
            if !cursor.is_open(&subscription, transcript, now) || cursor.is_paused {
                continue;
            }
            let fresh = &transcript[size(cursor.upto).min(transcript.len())..];
            cursor.upto = session.last;
            let Some((provider, matters)) = policy.push.provider(&subscription) else {
                let is_new = fresh.iter().any(|event| is_coming(event, viewer));
                effects.extend(is_new.then_some(Effect::Count(Count::UnknownPushProvider)));
                continue;
            };
            let provider = provider.to_owned();
            let subscriber = Subscriber { session, viewer, subscription, provider, matters };
            let notes: Vec<_> = if subscriber.subscription.is_reliable {
                cursor.reminder(&subscriber, fresh, now, policy).into_iter().collect()
            } else {
                fresh.iter().filter_map(|event| subscriber.tell(event)).collect()
            };
            effects.extend(notes.into_iter().map(|note| Effect::Push(Box::new(note))));
        }
        effects
    }

    pub fn next_deadline(&self) -> Option<Millis> {
        self.0.values().filter_map(Cursor::next_deadline).min()
    }

    /// A connection of a customer tells him everything from here on.
    pub fn connected(&mut self, who: ParticipantId, now: Millis) {
        if let Some(cursor) = self.0.get_mut(&who)
            && !matches!(cursor.way, Way::Never)
        {
            let (way, signed) = (Way::Connection, now);
            *cursor = Cursor { reminder: None, is_paused: false, way, signed, ..*cursor };
        }
    }

    /// A connection of a customer was told of his end, and of everything before.
    pub fn parting(&mut self, Connection { who, number }: Connection, now: Millis) {
        if let Some(cursor) = self.0.get_mut(&who)
            && !matches!(cursor.way, Way::Never)
        {
            cursor.way = Way::Parting { number, until: now + LAST_WORDS };
        }
    }

    /// Whether a connection still has to say how much of somebody's end arrived.
    pub fn awaits(&self, connection: Connection) -> bool {
        let way = self.0.get(&connection.who).map(|cursor| cursor.way);
        matches!(way, Some(Way::Parting { number, .. }) if number == connection.number)
    }

    /// Nobody has his device any more: to push is of no use, and he is to ask himself. Whether it was his,
    /// and is news.
    pub fn forget(&mut self, session: &Session, who: ParticipantId, device: &str) -> bool {
        let of = session.participant(who).and_then(|viewer| Subscription::of(&viewer.joined));
        let Some(cursor) = self.0.get_mut(&who) else { return false };
        if matches!(cursor.way, Way::Never) || of.is_none_or(|of| of.device != device) {
            return false;
        }
        *cursor = Cursor { reminder: None, way: Way::Never, ..*cursor };
        true
    }

    /// That connection is lost, or has told somebody's end. Nobody was told more than there is, whatever
    /// he claims. If nobody says how far he was told, it is lost since its last sign of life.
    pub fn disconnected(
        &mut self,
        viewer: &Participant,
        (delivered, last): (Option<Delivered>, Position),
        now: Millis,
    ) {
        let Some(cursor) = self.0.get_mut(&viewer.joined.id) else { return };
        let last = viewer.left.unwrap_or(last);
        let is_parting = match cursor.way {
            Way::Connection => false,
            Way::Parting { .. } => true,
            Way::Pushes | Way::Never | Way::Soon { .. } => return,
        };
        let there_is = |upto: EventId| upto.last_position().min(last);
        let told = delivered.map(|known| (there_is(known.upto), known.is_sure));
        let had = delivered.map_or(Position::NONE, |known| there_is(known.had));
        let has_all = is_parting && told == Some((last, true));
        if has_all {
            cursor.reminder = None;
        }
        let at = if told.is_some() { now } else { cursor.signed };
        let until = if has_all { now } else { now + RETURN };
        cursor.way = Way::Soon { until, lost: Some(Loss { at, had, told }) };
    }

    /// A customer asked for something, and has fetched everything before a number if he wanted it.
    pub fn heard(&mut self, who: ParticipantId, fetched: Option<EventId>, now: Millis) {
        let Some(cursor) = self.0.get_mut(&who) else { return };
        (cursor.is_paused, cursor.signed) = (false, now);
        if let Some(fetched) = fetched {
            cursor.read = cursor.read.max(fetched);
            cursor.reminder = None;
        }
    }

    /// Whether nobody has to be reminded of anything.
    pub fn is_empty(&self) -> bool {
        self.next_deadline().is_none()
    }

    /// Who wants to be sure is reminded of everything that he has not confirmed, for nobody knows what
    /// he has fetched; others hear once more of the newest.
    pub fn restored(
        &mut self,
        session: &Session,
        transcript: &[Arc<Event>],
        now: Millis,
        policy: &Policy,
    ) {
        // However long nobody had the session, what was stored last may not have gone out.
        let newest = transcript.last().map_or(now, |event| event.at);
        for (viewer, subscription) in subscribers(session, policy) {
            let coming = transcript.iter().find(|event| is_coming(event, viewer));
            let came = coming.map_or(EventId(0), |event| event.id());
            let is_reliable = subscription.is_reliable;
            let cursor = Cursor {
                upto: if is_reliable { Position::NONE } else { last_old(transcript, newest) },
                read: viewer.read_upto.max(came).next(),
                reminder: None,
                reminded: (EventId(0), 0),
                is_paused: !policy.push.goes_on_restored,
                way: Way::at_first(&subscription, now),
                signed: now,
            };
            self.0.insert(viewer.joined.id, cursor);
        }
    }
}

impl Way {
    /// Whoever came over a connection is likely to have one, or to make one in a moment.
    fn at_first(subscription: &Subscription, now: Millis) -> Self {
        if subscription.has_connection {
            Self::Soon { until: now + RETURN, lost: None }
        } else {
            Self::Pushes
        }
    }
}

impl Cursor {
    /// Whether he is told by pushes now.
    fn is_open(&mut self, of: &Subscription, transcript: &[Arc<Event>], now: Millis) -> bool {
        match self.way {
            Way::Pushes => true,
            Way::Soon { until, lost } if until <= now => {
                self.way = Way::Pushes;
                if let Some(lost) = lost {
                    self.go_on_after(lost, of, transcript);
                }
                true
            }
            Way::Parting { until, .. } if until <= now => {
                self.way = Way::Pushes;
                let lost = Loss { at: self.signed, had: Position::NONE, told: None };
                self.go_on_after(lost, of, transcript);
                true
            }
            Way::Connection | Way::Never | Way::Soon { .. } | Way::Parting { .. } => false,
        }
    }

    /// What was pushed before the connection came is not pushed again. That he was reminded of something
    /// does not say that he has it: unless the connection has delivered it, he is reminded anew.
    fn go_on_after(&mut self, lost: Loss, of: &Subscription, transcript: &[Arc<Event>]) {
        let old = last_old(transcript, lost.at);
        let told = match lost.told {
            Some((told, true)) => told,
            Some((told, false)) => told.min(old).max(lost.had),
            None => old,
        };
        let begins_anew = of.is_reliable && self.reminder.is_none();
        self.upto = if begins_anew { told } else { self.upto.max(told) };
        self.read = self.read.max(EventId::of(told).next());
    }

    fn next_deadline(&self) -> Option<Millis> {
        match self.way {
            Way::Pushes => Some(self.reminder?.at),
            Way::Soon { until, .. } | Way::Parting { until, .. } => Some(until),
            Way::Connection | Way::Never => None,
        }
    }

    /// The reminder that is due: at once when there is something new, then again and again.
    fn reminder(
        &mut self,
        of: &Subscriber<'_>,
        fresh: &[Arc<Event>],
        now: Millis,
        policy: &Policy,
    ) -> Option<PushNote> {
        let is_news = |event: &Arc<Event>| self.read <= event.id() && of.line(event).is_some();
        if fresh.iter().any(is_news) {
            self.reminder = Some(Reminder { at: now, attempt: 0 });
        }
        let Reminder { attempt, .. } = self.reminder.filter(|due| due.at <= now)?;
        let is_last = policy.push.resend_attempts <= attempt;
        let next = Reminder { at: now + policy.push.resend_delay, attempt: attempt + 1 };
        self.reminder = Some(next).filter(|_| !is_last);
        let next = of.next();
        let n_before = self.count(next);
        let from = Some(self.read.max(EventId(1))).filter(|_| of.viewer.is_here());
        Some(of.remind(Told::Reminder { attempt, n_before, from }, next, now))
    }

    /// Counts a reminder; how many have said the same before.
    fn count(&mut self, next: EventId) -> u32 {
        let (former, n) = self.reminded;
        let n_before = if former == next { n } else { 0 };
        self.reminded = (next, n_before + 1);
        n_before
    }
}

impl Subscriber<'_> {
    fn tell(&self, event: &Arc<Event>) -> Option<PushNote> {
        let line = self.line(event)?;
        let is_over = self.viewer.left.is_some_and(|left| left <= event.position);
        Some(self.note((event.at, event.id().next()), is_over, Told::Event(Box::new(line))))
    }

    /// What he would ask from next, had he everything that there is now.
    fn next(&self) -> EventId {
        EventId::of(self.viewer.left.unwrap_or(self.session.last)).next()
    }

    fn remind(&self, told: Told, next: EventId, now: Millis) -> PushNote {
        self.note((now, next), !self.viewer.is_here(), told)
    }

    fn note(&self, (at, next): (Millis, EventId), is_over: bool, told: Told) -> PushNote {
        PushNote {
            who: self.viewer.joined.id,
            user: self.viewer.joined.user_id.clone(),
            subscription: self.subscription.clone(),
            provider: self.provider.clone(),
            at,
            next,
            is_over,
            is_monitored: self.session.is_monitored(),
            told,
        }
    }

    /// The event as he is told of it, if he is. Of his own end he always is, whoever brought it about.
    fn line(&self, event: &Arc<Event>) -> Option<Line> {
        let who = self.viewer.joined.id;
        let is_his_end = matches!(&event.fact, Fact::Left { who: gone, .. } if *gone == who);
        let is_his = event.fact.author() == Some(who);
        let is_wanted = Matter::of(&event.fact).is_some_and(|one| self.matters.contains(&one))
            && (!is_his || self.subscription.has_own_activity);
        (is_wanted || is_his_end).then(|| line(self.session, event, self.viewer))?
    }
}

fn subscribers<'a>(
    session: &'a Session,
    policy: &'a Policy,
) -> impl Iterator<Item = (&'a Participant, Subscription)> {
    let all = session.participants.values().filter(|_| policy.push.is_on);
    all.filter_map(|one| Some((&**one, Subscription::of(&one.joined)?)))
}

/// The last position that is too old to have been on its way at that time.
fn last_old(transcript: &[Arc<Event>], at: Millis) -> Position {
    let is_old = |event: &Arc<Event>| event.at + MAY_BE_LOST < at;
    let n_old = transcript.iter().rposition(is_old).map_or(0, |idx| idx + 1);
    Position(u64::try_from(n_old).unwrap_or(u64::MAX))
}

fn is_coming(event: &Event, of: &Participant) -> bool {
    event.fact.newcomer() == Some(of.joined.id)
}

fn size(position: Position) -> usize {
    usize::try_from(position.0).unwrap_or(usize::MAX)
}
