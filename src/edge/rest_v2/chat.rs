//! Asking a session, whether it lives or is closed. A closed one is read from its history and
//! answers by the same rules: it says what was, and takes nothing new (decision 0014, D5).

use crate::base::{Millis, ParticipantId, SessionId, ThingId, UserId};
use crate::chat::live::{LiveNotice, Typing};
use crate::chat::transcript::{From, View, view};
use crate::chat::{Answer, ChatRoom, Command, EventId, Rejection, Session, Visibility};
use crate::edge::handles::Handles;
use crate::edge::rest_v2::fault::{Fault, NO_SUCH_USER};
use crate::owned::{Scene, Thing};
use crate::ownership::error::{Absent, Unanswered};

/// Which door of the registry a wish goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// The session exists.
    Existing,
    /// Its name was made up for this wish.
    New,
    /// Its name follows from the client's own key: the wish may have come before.
    Named,
}

/// One look at a session by one of its participants.
#[derive(Clone, Debug)]
pub struct Look {
    pub who: ParticipantId,
    pub from: From,
    pub now: Millis,
    pub typing: Option<TypingSign>,
}

/// He types, or no longer does.
#[derive(Clone, Debug)]
pub struct TypingSign {
    pub typing: Typing,
    pub preview: Option<String>,
}

/// What a look shows.
pub struct Sight {
    pub view: View,
    pub user: UserId,
}

pub async fn perform(
    handles: &Handles,
    session: &SessionId,
    command: Command,
    way: Way,
) -> Result<Answer, Fault> {
    let thing = ThingId::from(session);
    let sessions = &handles.sessions;
    match way {
        Way::Existing => {}
        Way::New | Way::Named => handles.check_start(&command)?,
    }
    let answered = match way {
        Way::Existing => sessions.perform(&thing, command.clone()).await,
        Way::New => sessions.create(&thing, command.clone()).await,
        Way::Named => sessions.perform_named(&thing, command.clone()).await,
    };
    match answered {
        Err(Unanswered::Absent(Absent::Closed)) => perform_closed(handles, &thing, command).await,
        answered => answered.map_err(Fault::from),
    }
}

/// A request that was carried out before the end gets its answer again; any other is refused.
async fn perform_closed(
    handles: &Handles,
    thing: &ThingId,
    command: Command,
) -> Result<Answer, Fault> {
    let (session, room) = handles.sessions.read_closed(thing).await?;
    let policy = &*handles.chat_policy;
    let scene = Scene { room: &room, drafted: &[], now: handles.now(), policy };
    let decision = session.decide(&scene, command)?;
    if decision.events.is_empty() { Ok(decision.answer) } else { Err(Rejection::Closed.into()) }
}

/// Performs a wish on a session that exists, and looks at what came of it.
pub async fn perform_and_look(
    handles: &Handles,
    session: &SessionId,
    command: Command,
    look: &Look,
) -> Result<(Answer, Sight), Fault> {
    let thing = ThingId::from(session);
    let performed = handles.sessions.perform_and_look(&thing, command.clone(), || look.boxed());
    match performed.await {
        Err(Unanswered::Absent(Absent::Closed)) => {
            let answer = perform_closed(handles, &thing, command).await?;
            Ok((answer, look_closed(handles, &thing, look).await?))
        }
        performed => {
            let (answer, sight) = performed?;
            Ok((answer, sight.ok_or_else(no_such_user)?))
        }
    }
}

pub async fn look(handles: &Handles, session: &SessionId, look: &Look) -> Result<Sight, Fault> {
    let thing = ThingId::from(session);
    match handles.sessions.attend(&thing, || look.boxed()).await {
        Err(Unanswered::Absent(Absent::Closed)) => look_closed(handles, &thing, look).await,
        attended => attended?.ok_or_else(no_such_user),
    }
}

async fn look_closed(handles: &Handles, thing: &ThingId, look: &Look) -> Result<Sight, Fault> {
    let (session, mut room) = handles.sessions.read_closed(thing).await?;
    look.see(&session, &mut room).ok_or_else(no_such_user)
}

fn no_such_user() -> Fault {
    Fault::out(NO_SUCH_USER, "there is no such user in the session")
}

impl Look {
    /// For the session's actor.
    fn boxed(&self) -> crate::owned::actor::Look<Session, Option<Sight>> {
        let look = self.clone();
        Box::new(move |session, room| look.see(session, room))
    }

    fn see(&self, session: &Session, room: &mut ChatRoom) -> Option<Sight> {
        let viewer = session.participant(self.who)?;
        if viewer.is_here() && session.closed.is_none() {
            room.presence.asked(self.who, self.now);
            if let Some(sign) = &self.typing {
                room.type_on(session, self.notice(sign));
            }
        }
        let user = viewer.joined.user_id.clone();
        Some(Sight { view: view(session, room, self.who, self.from)?, user })
    }

    fn notice(&self, sign: &TypingSign) -> LiveNotice {
        LiveNotice {
            id: EventId::default(),
            at: self.now,
            who: self.who,
            typing: sign.typing,
            visibility: Visibility::All,
            receiver: None,
            preview: sign.preview.clone(),
        }
    }
}
