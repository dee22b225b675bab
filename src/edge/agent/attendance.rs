//! One agent's attendance of one session over one connection: carries his wishes there, in their
//! order, and brings him what he may see, each event once and none left out.
//!
//! `seen` is the truth: what is pushed counts only if it is newer, and whenever something may have
//! been dropped, or the session's actor is another one, everything after `seen` is asked for.

use super::chat_frames;
use super::entry;
use super::outbox::{Disconnected, Outbox};
use super::push::{self, Heard, Inbox, Push};
use super::refuse::{NO_SUCH_USER, Refused};
use super::restoration_token::brings_token;
use super::show::{Show, frames_of, typing_frame};
use super::visitor::Visitor;
use super::wire::frame::Moved;
use super::wire::{Ack, Frame, Ref, Request, request};
use crate::base::{ParticipantId, Parting, SessionId, ThingId, UserId};
use crate::chat::door::News;
use crate::chat::event::EventId;
use crate::chat::look::{Listening, Names, Shown, Viewpoint};
use crate::chat::room::Connection;
use crate::chat::transcript::View;
use crate::chat::{Answer, Command, Look, Rejection};
use crate::edge::handles::Handles;
use crate::owned::Thing;
use crate::ownership::restoration::Asker;
use crate::ownership::{Absent, Unanswered};
use std::time::Duration;
use tokio::sync::mpsc;

/// How many frames of a client wait for one session. More are refused.
pub const MOST_WORK: usize = 64;

/// How long to wait before asking a session again that could not be reached; doubled up to the most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A frame for the session.
pub struct Work {
    pub reference: Option<Ref>,
    pub request: Request,
}

/// How it begins.
pub enum Opening {
    Join(Box<request::Join>, Option<Box<crate::chat::command::Start>>),
    Resume(request::ResumedSession),
}

/// Why it goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Nothing more will come.
    Over,
    /// The client is gone, or speaks over another connection.
    Gone,
}

impl From<Disconnected> for End {
    fn from(_: Disconnected) -> Self {
        Self::Gone
    }
}

pub(super) struct Attendance {
    pub(super) visitor: Visitor,
    pub(super) session: SessionId,
    pub(super) who: ParticipantId,
    pub(super) user_id: String,
    /// The name of the joining, so that it can be known when it comes again.
    pub(super) joined_with: Option<String>,
    /// The connection's number in this session.
    connection: u64,
    stage: Stage,
    seen: EventId,
    names: Names,
}

/// Whether this connection ever heard of the session.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Begins,
    Listens,
}

/// What the session says when a listener is attached.
enum Attached {
    Shown(Box<Shown>),
    NotYours,
    Displaced,
    OneMoreTry,
}

/// Attends a session until it is over or the connection ends.
pub async fn attend(
    visitor: Visitor,
    session: SessionId,
    opening: (Option<Ref>, Opening),
    mut work: mpsc::Receiver<Work>,
) {
    let out = visitor.out.clone();
    let (reference, opening) = opening;
    let begun = match opening {
        Opening::Join(join, start) => {
            Attendance::join(visitor, &session, reference.clone(), (*join, start)).await
        }
        Opening::Resume(resumed) => Attendance::resume(visitor, resumed).await,
    };
    match begun {
        Ok(mut attendance) => attendance.run(&mut work, reference).await,
        Err(refused) => {
            // A connection that is gone needs no answer.
            let _ = out.send(refused.into_frame(reference, Some(&session.0))).await;
        }
    }
    refuse_the_rest(&out, &session, work).await;
}

async fn refuse_the_rest(out: &Outbox, session: &SessionId, mut work: mpsc::Receiver<Work>) {
    work.close();
    while let Some(Work { reference, .. }) = work.recv().await {
        let refused = Refused::new(NO_SUCH_USER, "you are not in the session");
        if out.send(refused.into_frame(reference, Some(&session.0))).await.is_err() {
            return;
        }
    }
}

impl Attendance {
    fn new(
        visitor: Visitor,
        (session, who, user_id): (SessionId, ParticipantId, String),
        seen: EventId,
    ) -> Self {
        let (connection, stage) = (visitor.hold.connection, Stage::Begins);
        let (joined_with, names) = (None, Names::new());
        Self { visitor, session, who, user_id, joined_with, connection, stage, seen, names }
    }

    async fn join(
        visitor: Visitor,
        session: &SessionId,
        reference: Option<Ref>,
        (wish, start): (request::Join, Option<Box<crate::chat::command::Start>>),
    ) -> Result<Self, Refused> {
        let joined_with = wish.message_id.clone();
        let wish =
            request::Join { message_id: Some(visitor.handles.key_for(wish.message_id)), ..wish };
        let is_new = start.is_some();
        if !is_new {
            entry::check_joining(&visitor, session, wish.visibility).await?;
        }
        let is_his = brings_token(&visitor.handles.cluster_key, session, &wish.user_data);
        let asker = if is_new || is_his { Asker::Agent } else { Asker::Anyone };
        let user_id = visitor.handles.new_user_id();
        let join = chat_frames::join(&visitor.identity, user_id, wish, start);
        let command = Command::Join(Box::new(join));
        let (things, thing) = (visitor.handles.sessions.for_asker(asker), ThingId::from(session));
        if is_new {
            visitor.handles.check_start(&command)?;
        }
        let answered = match (is_new, &joined_with) {
            (false, _) => things.perform(&thing, command).await,
            (true, None) => things.create(&thing, command).await,
            // Its name follows from the request, so it may be there already.
            (true, Some(_)) => things.perform_named(&thing, command).await,
        };
        let answer = answered?;
        let who = answer.participant.ok_or_else(|| Refused::new(409, "not a joining"))?;
        let user_id = user_id_of(&visitor.handles, &thing, who).await?;
        let me = (session.clone(), who, user_id);
        let attendance = Self { joined_with, ..Self::new(visitor, me, EventId::default()) };
        // Should the client be gone, the attending ends in order all the same.
        let _ = attendance.acknowledge_joining(reference, &answer).await;
        Ok(attendance)
    }

    async fn acknowledge_joining(
        &self,
        reference: Option<Ref>,
        answer: &Answer,
    ) -> Result<(), Disconnected> {
        let ack = Ack {
            reference,
            session_id: Some(self.session.0.clone()),
            user_id: Some(self.user_id.clone()),
            participant_id: Some(self.who.0),
            event_id: Some(EventId::of(answer.position).0),
            duplicate: answer.repeated,
            ..Ack::default()
        };
        self.visitor.out.send(Frame::Ack(ack)).await
    }

    async fn resume(visitor: Visitor, resumed: request::ResumedSession) -> Result<Self, Refused> {
        let request::ResumedSession { session_id, user_id, last_event_id } = resumed;
        let session = SessionId(session_id);
        let thing = ThingId::from(&session);
        let (name, agent) = (UserId(user_id.clone()), visitor.identity.agent.clone());
        let found = visitor.handles.sessions.look(&thing, Look::Own { name, agent });
        let stranger = || Refused::new(NO_SUCH_USER, "you are not in the session");
        let who = found.await?.participant().ok_or_else(stranger)?;
        Ok(Self::new(visitor, (session, who, user_id), EventId(last_event_id)))
    }

    async fn run(&mut self, work: &mut mpsc::Receiver<Work>, reference: Option<Ref>) {
        let end = match self.attach(Told::Always(reference)).await {
            Ok(mut inbox) => loop {
                let step = tokio::select! {
                    heard = inbox.next() => self.hear(heard, &mut inbox).await,
                    work = work.recv() => match work {
                        Some(work) => self.work(work).await.map_err(End::from),
                        None => Err(self.leave().await),
                    },
                };
                if let Err(end) = step {
                    break end;
                }
            },
            Err(end) => end,
        };
        if end == End::Gone {
            self.lose().await;
        }
    }

    /// No more frames come from the connection. If it goes to another node, its client is told how
    /// far it has seen.
    async fn leave(&self) -> End {
        if self.visitor.working.parting() == Parting::Moving {
            let owner =
                self.visitor.handles.sessions.owner_elsewhere(&ThingId::from(&self.session));
            let moved = Moved {
                session_id: Some(self.session.0.clone()),
                position: Some(self.seen.0),
                node: owner.map(|owner| owner.node.0),
            };
            // Who is gone already need not be told.
            let _ = self.visitor.out.send(Frame::Moved(moved)).await;
        }
        End::Gone
    }

    async fn hear(&mut self, heard: Heard, inbox: &mut Inbox) -> Result<(), End> {
        match heard {
            Heard::News(News::Stored { lines, upto, is_over }) => {
                let upto = EventId::of(upto);
                if upto <= self.seen && !is_over {
                    return Ok(());
                }
                self.names.extend(super::show::newcomers(&lines));
                let show = Show { lines: &lines, upto, is_over, is_monitored: None };
                self.show(&show, None).await
            }
            Heard::News(News::Typing { notice, author }) => {
                if self.seen < notice.id {
                    self.seen = notice.id;
                    let typing = typing_frame(&self.session, &notice, &author);
                    self.visitor.out.send(typing).await?;
                }
                Ok(())
            }
            Heard::Missed | Heard::LetGo => {
                *inbox = self.attach(Told::IfNew).await?;
                Ok(())
            }
        }
    }

    /// Attaches a listener and shows everything since. Comes back without one only if there is
    /// nothing more to hear.
    async fn attach(&mut self, told: Told) -> Result<Inbox, End> {
        let mut pause = FIRST_PAUSE;
        loop {
            let (push, inbox) = push::channel();
            match self.attach_once(&push).await {
                Ok(Attached::Shown(shown)) => {
                    let Shown { view, names, .. } = *shown;
                    (self.names, self.stage) = (names, Stage::Listens);
                    self.catch_up(&view, told).await?;
                    return Ok(inbox);
                }
                Ok(Attached::Displaced) => {
                    self.visitor.hold.give_up();
                    return Err(End::Gone);
                }
                Ok(Attached::OneMoreTry) => continue,
                Ok(Attached::NotYours) => return Err(self.refuse_all().await),
                Err(Unanswered::Absent(Absent::Closed)) => return Err(self.read_end(told).await),
                Err(Unanswered::Absent(Absent::NotFound)) => return Err(self.refuse_all().await),
                Err(unanswered) => {
                    let session = &self.session;
                    tracing::debug!(%session, %unanswered, "a session cannot be attended yet");
                }
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                () = self.visitor.out.closed() => return Err(End::Gone),
            }
        }
    }

    async fn attach_once(&mut self, push: &Push) -> Result<Attached, Unanswered<Rejection>> {
        // Once before, and once after: a newer connection may have come while this one asked.
        if !self.visitor.hold.is_current() {
            return Ok(Attached::Displaced);
        }
        let thing = ThingId::from(&self.session);
        let (viewpoint, connection) = (self.viewpoint(self.seen), self.connection);
        let look = Look::Listen { viewpoint, connection };
        let listening =
            self.visitor.handles.sessions.listen(&thing, look, || Box::new(push.clone()));
        let listening = listening.await?.listening();
        if !self.visitor.hold.is_current() {
            return Ok(Attached::Displaced);
        }
        Ok(match listening {
            Some(Listening::Shown(shown)) => Attached::Shown(shown),
            // Numbers are each node's own: whoever begins here is newer than who began elsewhere.
            Some(Listening::Displaced { newest }) if self.stage == Stage::Begins => {
                self.connection = newest + 1;
                Attached::OneMoreTry
            }
            Some(Listening::Displaced { .. }) => Attached::Displaced,
            Some(Listening::NotYours) | None => Attached::NotYours,
        })
    }

    pub(super) fn viewpoint(&self, seen: EventId) -> Viewpoint {
        Viewpoint { who: self.who, agent: Some(self.visitor.identity.agent.clone()), seen }
    }

    /// The last words of a session that is closed.
    async fn read_end(&mut self, told: Told) -> End {
        let thing = ThingId::from(&self.session);
        let handles = &self.visitor.handles;
        let (session, mut room) = match handles.sessions.read_closed(&thing).await {
            Ok(read) => read,
            Err(absent) => {
                tracing::warn!(session = %self.session, %absent, "failed to read the end");
                return End::Over;
            }
        };
        let look = Look::Show(self.viewpoint(self.seen));
        let shown = session.look(&mut room, look, None, handles.now()).shown();
        let Some(Shown { view, names, .. }) = shown else { return self.refuse_all().await };
        self.names = names;
        self.catch_up(&view, told).await.err().unwrap_or(End::Over)
    }

    pub(super) async fn refuse_all(&self) -> End {
        let refused = Refused::new(NO_SUCH_USER, "you are not in the session");
        let frame = refused.into_frame(None, Some(&self.session.0));
        self.visitor.out.send(frame).await.map_or_else(End::from, |()| End::Over)
    }

    async fn catch_up(&mut self, view: &View, told: Told) -> Result<(), End> {
        let upto = EventId(view.next.0.saturating_sub(1)).max(self.seen);
        let lines = view.lines.iter().filter(|line| self.seen < line.event.id());
        let lines: Vec<_> = lines.cloned().collect();
        let live: Vec<_> = view.live.iter().filter(|(one, _)| self.seen < one.id).collect();
        let is_news = !lines.is_empty() || view.is_over;
        let show = Show {
            lines: &lines,
            upto,
            is_over: view.is_over,
            is_monitored: Some(view.is_monitored),
        };
        match told {
            Told::Always(reference) => self.show(&show, reference).await?,
            Told::IfNew if is_news => self.show(&show, None).await?,
            Told::IfNew => self.seen = upto,
        }
        for (notice, author) in live {
            self.visitor.out.send(typing_frame(&self.session, notice, author)).await?;
        }
        Ok(())
    }

    /// Sends lines in as many frames as they need.
    async fn show(&mut self, show: &Show<'_>, reference: Option<Ref>) -> Result<(), End> {
        for frame in frames_of(&self.session, &self.names, (self.seen, show), reference.as_ref()) {
            let upto = frame.position;
            self.visitor.out.send(Frame::SessionInfo(frame)).await?;
            self.seen = self.seen.max(EventId(upto));
        }
        if show.is_over { Err(End::Over) } else { Ok(()) }
    }

    /// Tells the session that this connection is lost. A session that cannot be reached now gives
    /// everybody his time to come back when it is restored.
    async fn lose(&self) {
        let connection = Connection { who: self.who, number: self.connection };
        let parting = self.visitor.working.parting();
        let lost = self.look(Look::Lose { connection, parting, delivered: None }).await;
        if let Err(Refused { text, .. }) = lost {
            tracing::debug!(session = %self.session, text, "a lost connection was not told");
        }
    }
}

/// Whether an empty answer is worth a frame.
enum Told {
    /// The client waits for it.
    Always(Option<Ref>),
    IfNew,
}

impl End {
    pub(super) fn into_result(self) -> Result<(), Disconnected> {
        match self {
            Self::Over => Ok(()),
            Self::Gone => Err(Disconnected),
        }
    }
}

async fn user_id_of(
    handles: &Handles,
    thing: &ThingId,
    who: ParticipantId,
) -> Result<String, Refused> {
    let named = handles.sessions.look(thing, Look::NameOf(who)).await?.name();
    let stranger = || Refused::new(NO_SUCH_USER, "you are not in the session");
    named.map(|name| name.0).ok_or_else(stranger)
}
