//! Asking a session, whether it lives or is closed. A closed one is read from its history and
//! answers by the same rules: it says what was, and takes nothing new (decision 0014, D5).

use crate::base::{SessionId, ThingId};
use crate::chat::look::Polled;
use crate::chat::{Answer, Command, Look};
use crate::edge::handles::Handles;
use crate::edge::rest_v2::fault::{Fault, NO_SUCH_USER};
use crate::owned::Thing;
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
    Ok(sessions.recall_if_closed(answered, (&thing, command)).await?)
}

/// Performs a wish on a session that exists, and looks at what came of it.
pub async fn perform_and_look(
    handles: &Handles,
    session: &SessionId,
    command: Command,
    look: Look,
) -> Result<(Answer, Polled), Fault> {
    let thing = ThingId::from(session);
    match handles.sessions.perform_and_look(&thing, command.clone(), look.clone()).await {
        Err(Unanswered::Absent(Absent::Closed)) => {
            let answer = handles.sessions.perform_closed(&thing, command).await?;
            Ok((answer, look_closed(handles, &thing, look).await?))
        }
        performed => {
            let (answer, sight) = performed?;
            Ok((answer, sight.polled().ok_or_else(no_such_user)?))
        }
    }
}

pub async fn look(handles: &Handles, session: &SessionId, look: Look) -> Result<Polled, Fault> {
    let thing = ThingId::from(session);
    match handles.sessions.look(&thing, look.clone()).await {
        Err(Unanswered::Absent(Absent::Closed)) => look_closed(handles, &thing, look).await,
        seen => seen?.polled().ok_or_else(no_such_user),
    }
}

async fn look_closed(handles: &Handles, thing: &ThingId, look: Look) -> Result<Polled, Fault> {
    let (session, mut room) = handles.sessions.read_closed(thing).await?;
    let seen = session.look(&mut room, look, None, handles.now());
    seen.polled().ok_or_else(no_such_user)
}

fn no_such_user() -> Fault {
    Fault::out(NO_SUCH_USER, "there is no such user in the session")
}
