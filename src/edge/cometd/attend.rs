//! One client's attendance of one chat: brings it what the customer may see, each event once, in
//! order and none left out, wherever the chat lives.
//!
//! `seen` is the truth: whenever something may have been dropped, or the chat's actor is another one,
//! everything after `seen` is asked for.

use crate::base::{Parting, ThingId};
use crate::chat::door::News;
use crate::chat::event::EventId;
use crate::chat::line::Line;
use crate::chat::look::{Listening, Look, Shown, Viewpoint};
use crate::chat::push::Delivered;
use crate::chat::room::Connection;
use crate::chat::transcript::{From, View};
use crate::edge::agent::push::{self, Heard, Inbox};
use crate::edge::cometd::bayeux::reply::delivery;
use crate::edge::cometd::hub::Hub;
use crate::edge::cometd::seat::{Attending, Gone, Seat};
use crate::edge::handles::Handles;
use crate::edge::rest_v2::chat::look;
use crate::edge::rest_v2::fault::{Fault, NO_SUCH_USER};
use crate::edge::rest_v2::reception::{Caller, Reception};
use crate::edge::rest_v2::reply::{Outcome, done, refused};
use crate::edge::rest_v2::wire::ChatReply;
use crate::owned::Thing;
use crate::ownership::Unanswered;
use crate::ownership::error::Absent;
use actix_web::rt;
use actix_web::web::Data;
use std::collections::VecDeque;
use std::convert;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// How much of a transcript goes into one event.
const MOST_LINES: usize = 100;
const MOST_BYTES: usize = 64 * 1024;

/// How long to wait before asking a chat again that could not be reached; doubled up to the most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How often a chat hears that its customer's connection lives. What was told since may be pushed again
/// when this node dies, so not less often than this, however long customers may be silent.
const MOST_SIGNS: Duration = Duration::from_secs(1);
const FEWEST_SIGNS: Duration = Duration::from_secs(60);

/// How long a chat may be out of reach before its customer is told, and how often he is told from then
/// on: as often as one who asks again and again would be.
const UNREACHED: Duration = Duration::from_secs(3);

/// Who attends.
pub struct Attendee {
    pub seat: Arc<Seat>,
    pub caller: Caller,
    /// Where the events go.
    pub channel: String,
}

/// Whether an event without messages is worth sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Always,
    IfNew,
}

struct Attendance {
    reception: Data<Reception>,
    attendee: Attendee,
    seen: EventId,
    /// What the client had before it came.
    had: EventId,
    /// What is on its way to the client: after which of its messages it has seen what.
    underway: VecDeque<(u64, EventId)>,
    /// What the client has, or had before it came.
    delivered: EventId,
    /// Whether it has said, by going on, that it has all of that.
    has_all: bool,
    /// The connection's number in this chat.
    connection: u64,
    /// The number of the connection that the chat tells: this one, or the former one as long as this one
    /// was not told anything; 0 if it never told any.
    told: Arc<AtomicU64>,
    /// Whether the chat wants to know what became of the last that it told.
    is_pushed_to: bool,
    is_monitored: bool,
    _attended: Arc<()>,
}

/// Why it goes no further.
enum End {
    /// The chat has told all that there will ever be.
    Told,
    /// Nothing more will come, or it comes to somebody else.
    Over,
    /// The client is gone.
    Gone,
}

impl convert::From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// Attends a chat until it is over or the client is gone, in place of an attendance of the same chat
/// for the same client.
pub async fn begin(hub: &Arc<Hub>, attendee: Attendee, (seen, told): (EventId, Told)) {
    spawn(hub, (attendee, told), (seen, seen), VecDeque::new()).await;
}

/// The same, of a chat that has just begun: first of all the client is told how it began.
pub async fn begin_with(hub: &Arc<Hub>, attendee: Attendee, mut begun: View) -> Result<(), Gone> {
    begun.lines.truncate(n_that_fit(&begun.lines));
    let upto = begun.lines.last().map_or(EventId::default(), |line| line.event.id());
    // Whatever else there is comes with what follows.
    let view = View { live: vec![], next: upto.next(), is_over: false, ..begun };
    let event =
        done(&hub.reception.handles, &attendee.caller, &Outcome { view, is_repeated: false });
    let number = attendee.seat.deliver_own(&delivery(&attendee.channel, &event))?;
    let underway = VecDeque::from([(number, upto)]);
    spawn(hub, (attendee, Told::IfNew), (upto, EventId::default()), underway).await;
    Ok(())
}

async fn spawn(
    hub: &Arc<Hub>,
    (attendee, told): (Attendee, Told),
    (seen, delivered): (EventId, EventId),
    underway: VecDeque<(u64, EventId)>,
) {
    let (seat, session) = (attendee.seat.clone(), attendee.caller.bearer.session.clone());
    let former = seat.chats().remove(&session).filter(|former| !former.task.is_finished());
    let mut told_before = Arc::default();
    if let Some(former) = former {
        former.task.abort();
        // Given up, it says nothing any more: what the chat takes it for is handed on.
        let _ = former.task.await;
        told_before = former.told;
    }
    let attendance = Attendance {
        reception: hub.reception.clone(),
        attendee,
        seen,
        had: delivered,
        underway,
        delivered,
        has_all: false,
        connection: number(&hub.reception.handles),
        told: told_before.clone(),
        is_pushed_to: false,
        is_monitored: false,
        _attended: seat.attended(),
    };
    let task = rt::spawn(attendance.run(told));
    seat.chats().insert(session, Attending { task, told: told_before });
}

/// A number for a connection, greater than those of earlier ones as far as the clocks of nodes agree,
/// and that of no other one.
fn number(handles: &Handles) -> u64 {
    const CHANCE_BITS: u32 = 20;
    let mut bytes = [0; 4];
    handles.chance.fill(&mut bytes);
    let chance = u64::from(u32::from_le_bytes(bytes) >> (u32::BITS - CHANCE_BITS));
    (handles.now().0 << CHANCE_BITS) | chance
}

impl Attendance {
    async fn run(mut self, told: Told) {
        match self.attend(told).await {
            Err(End::Gone) => self.lose().await,
            // Whoever waits for the end of this attendance does not wait for that.
            Err(End::Told) if self.is_pushed_to => drop(rt::spawn(self.see_off())),
            Ok(()) | Err(End::Told | End::Over) => {}
        }
    }

    /// Waits until the client has heard the last, or is gone, and says which of the two it was: what did
    /// not arrive is pushed.
    async fn see_off(mut self) {
        let seat = self.attendee.seat.clone();
        let heard = match self.underway.back() {
            Some((number, _)) => seat.has_heard(*number).await,
            None => Ok(()),
        };
        if heard == Ok(()) {
            (self.delivered, self.has_all) = (self.seen, true);
        }
        self.lose().await;
    }

    async fn attend(&mut self, told: Told) -> Result<(), End> {
        let push_timeout = self.reception.handles.config.settings.flex_push_timeout;
        let mut signs = interval((push_timeout / 3).clamp(MOST_SIGNS, FEWEST_SIGNS));
        signs.set_missed_tick_behavior(MissedTickBehavior::Delay);
        signs.reset();
        let mut inbox = self.attach(told).await?;
        let seat = self.attendee.seat.clone();
        loop {
            tokio::select! {
                heard = inbox.next() => self.hear(heard, &mut inbox).await?,
                () = seat.gone() => return Err(End::Gone),
                _ = signs.tick() => self.give_sign().await,
            }
        }
    }

    async fn hear(&mut self, heard: Heard, inbox: &mut Inbox) -> Result<(), End> {
        match heard {
            Heard::News(News::Stored { lines, upto, is_over }) => {
                let next = EventId::of(upto).next();
                let is_monitored = self.is_monitored;
                self.tell(View { lines, live: vec![], next, is_over, is_monitored }, Told::IfNew)
                    .await
            }
            Heard::News(News::Typing { notice, author }) => {
                let (next, is_monitored) = (notice.id.next(), self.is_monitored);
                let live = vec![(notice, author)];
                let view = View { lines: vec![], live, next, is_over: false, is_monitored };
                self.tell(view, Told::IfNew).await
            }
            Heard::Missed | Heard::LetGo => {
                *inbox = self.attach(Told::IfNew).await?;
                Ok(())
            }
        }
    }

    /// Attaches a listener and tells everything since. Who hears that his chat cannot be reached hears
    /// that it can be again, too.
    async fn attach(&mut self, mut told: Told) -> Result<Inbox, End> {
        let mut pause = FIRST_PAUSE;
        let mut unreached = Instant::now() + UNREACHED;
        let seat = self.attendee.seat.clone();
        loop {
            let (push, inbox) = push::channel();
            let look = Look::Listen { viewpoint: self.viewpoint(), connection: self.connection };
            let sessions = &self.reception.handles.sessions;
            let listening = sessions.listen(&self.thing(), look, || Box::new(push.clone())).await;
            match listening.map(|sight| sight.listening()) {
                Ok(Some(Listening::Shown(shown))) => {
                    self.told.store(self.connection, Ordering::Relaxed);
                    let Shown { view, is_pushed_to, .. } = *shown;
                    (self.is_monitored, self.is_pushed_to) = (view.is_monitored, is_pushed_to);
                    // A number from nowhere does not carry a client past what will come.
                    self.seen = self.seen.min(EventId(view.next.0.saturating_sub(1)));
                    self.delivered = self.delivered.min(self.seen);
                    self.had = self.had.min(self.seen);
                    self.tell(view, told).await?;
                    return Ok(inbox);
                }
                // Clocks of nodes differ: whoever begins is newer than who began before all the same.
                Ok(Some(Listening::Displaced { newest })) if !self.has_listened() => {
                    self.connection = newest + 1;
                    continue;
                }
                Ok(Some(Listening::Displaced { .. })) => return Err(self.displaced().await),
                Ok(Some(Listening::NotYours) | None) => return Err(self.refuse(&stranger()).await),
                Err(Unanswered::Absent(Absent::Closed)) => return Err(self.read_end(told).await),
                Err(Unanswered::Absent(absent @ (Absent::NotFound | Absent::NotRestored))) => {
                    return Err(self.refuse(&absent.into()).await);
                }
                Err(unanswered) => {
                    let session = &self.attendee.caller.bearer.session;
                    tracing::debug!(%session, %unanswered, "a chat cannot be attended yet");
                    if unreached <= Instant::now() {
                        let fault = Fault::not_now("the chat cannot be reached at this time");
                        self.say(&self.refusal(&fault)).await?;
                        (unreached, told) = (Instant::now() + UNREACHED, Told::Always);
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                () = seat.gone() => return Err(End::Gone),
            }
        }
    }

    /// The last words of a chat that is closed.
    async fn read_end(&mut self, told: Told) -> End {
        let (handles, thing) = (&self.reception.handles, self.thing());
        let read = handles.sessions.read_closed(&thing).await;
        let (session, mut room) = match read {
            Ok(read) => read,
            Err(absent) => return self.refuse(&absent.into()).await,
        };
        let look = Look::Show(self.viewpoint());
        let shown = session.look(&mut room, look, None, handles.now());
        let Some(Shown { view, .. }) = shown.shown() else { return self.refuse(&stranger()).await };
        match self.tell(view, told).await {
            Err(End::Gone) => End::Gone,
            Ok(()) | Err(End::Told | End::Over) => End::Over,
        }
    }

    /// Tells what was not seen yet.
    async fn tell(&mut self, mut view: View, told: Told) -> Result<(), End> {
        view.lines.retain(|line| self.seen < line.event.id());
        view.live.retain(|(notice, _)| self.seen < notice.id);
        let (upto, is_over) = (EventId(view.next.0.saturating_sub(1)), view.is_over);
        let is_news = !view.lines.is_empty() || !view.live.is_empty() || is_over;
        if is_news || told == Told::Always {
            self.tell_in_pieces(view).await?;
        }
        self.seen = self.seen.max(upto);
        if is_over { Err(End::Told) } else { Ok(()) }
    }

    /// Sends a view in as many events as it needs. What holds after it holds after the last one.
    async fn tell_in_pieces(&mut self, mut last: View) -> Result<(), End> {
        loop {
            let rest = last.lines.split_off(n_that_fit(&last.lines));
            if rest.is_empty() {
                let upto = EventId(last.next.0.saturating_sub(1));
                return self.send(last, upto).await;
            }
            let lines = std::mem::replace(&mut last.lines, rest);
            let upto = lines.last().map_or(self.seen, |line| line.event.id());
            let (live, next) = (vec![], upto.next());
            let is_monitored = last.is_monitored;
            self.send(View { lines, live, next, is_over: false, is_monitored }, upto).await?;
            self.seen = self.seen.max(upto);
        }
    }

    async fn send(&mut self, view: View, upto: EventId) -> Result<(), End> {
        let outcome = Outcome { view, is_repeated: false };
        let event = done(&self.reception.handles, &self.attendee.caller, &outcome);
        let number = self.say(&event).await?;
        self.underway.push_back((number, upto));
        self.see_what_is_delivered();
        Ok(())
    }

    async fn say(&self, event: &ChatReply) -> Result<u64, End> {
        let event = delivery(&self.attendee.channel, event);
        Ok(self.attendee.seat.deliver(&event).await?)
    }

    fn see_what_is_delivered(&mut self) {
        let n_heard = self.attendee.seat.n_heard();
        while let Some((number, upto)) = self.underway.front()
            && *number <= n_heard
        {
            self.delivered = self.delivered.max(*upto);
            self.underway.pop_front();
        }
    }

    async fn refuse(&self, fault: &Fault) -> End {
        self.say(&self.refusal(fault)).await.err().unwrap_or(End::Over)
    }

    fn refusal(&self, fault: &Fault) -> ChatReply {
        refused(&self.reception.handles, &self.attendee.caller, fault)
    }

    /// Another client is told of the chat now. Should this one still be looked at, it says so.
    async fn displaced(&self) -> End {
        let fault = Fault::invalid(409, "the chat goes on over another connection");
        self.refuse(&fault).await;
        End::Over
    }

    /// The client is there, even if it has nothing to say.
    async fn give_sign(&self) {
        let bearer = &self.attendee.caller.bearer;
        let sign = Look::Poll { who: bearer.participant, from: From::Nowhere, typing: None };
        if let Err(fault) = look(&self.reception.handles, &bearer.session, sign).await {
            // There is time for two more.
            tracing::debug!(session = %bearer.session, code = fault.note.code, "a sign was not told");
        }
    }

    /// Tells the chat that nobody is told any more. One that cannot be reached now gives everybody
    /// his time to come back when it is restored.
    async fn lose(&mut self) {
        self.see_what_is_delivered();
        let seat = &self.attendee.seat;
        let stated = seat.seen_at_last().filter(|_| !self.has_all);
        let upto = stated.unwrap_or(self.delivered);
        let is_sure = self.has_all || seat.is_sure();
        let delivered = Some(Delivered { had: self.had, upto, is_sure });
        let who = self.attendee.caller.bearer.participant;
        for number in numbers_of(self.connection, self.told.load(Ordering::Relaxed)) {
            let connection = Connection { who, number };
            let lost = Look::Lose { connection, parting: Parting::Lost, delivered };
            let lost = self.reception.handles.sessions.look(&self.thing(), lost).await;
            if let Err(unanswered) = lost {
                let session = &self.attendee.caller.bearer.session;
                tracing::debug!(%session, %unanswered, "a lost connection was not told");
            }
        }
    }

    fn has_listened(&self) -> bool {
        self.told.load(Ordering::Relaxed) == self.connection
    }

    fn thing(&self) -> ThingId {
        ThingId::from(&self.attendee.caller.bearer.session)
    }

    fn viewpoint(&self) -> Viewpoint {
        let who = self.attendee.caller.bearer.participant;
        Viewpoint { who, agent: None, seen: self.seen }
    }
}

/// The connections that the chat may take a client for that is gone: its last one, and before that the
/// one that was told until then, should the last one never have been told anything.
fn numbers_of(last: u64, told: u64) -> impl Iterator<Item = u64> {
    let former = Some(told).filter(|told| ![0, last].contains(told));
    former.into_iter().chain([last])
}

fn stranger() -> Fault {
    Fault::out(NO_SUCH_USER, "there is no such user in the session")
}

/// How many lines go into one event; at least one, if there is one.
fn n_that_fit(lines: &[Line]) -> usize {
    let mut n_bytes = 0;
    let fit = lines.iter().take(MOST_LINES).take_while(|line| {
        let is_room = n_bytes < MOST_BYTES;
        n_bytes += line.event.fact.n_bytes();
        is_room
    });
    fit.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_goes_is_lost_under_each_number_that_its_chat_may_know_it_by() {
        let numbers = |last, told| numbers_of(last, told).collect::<Vec<_>>();

        assert_eq!(numbers(7, 7), [7]);
        assert_eq!(numbers(7, 0), [7], "it is the first, and was never told anything");
        assert_eq!(numbers(7, 5), [5, 7], "the former one is still told");
    }
}
