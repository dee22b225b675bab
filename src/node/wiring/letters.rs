//! What is written in a mail: the transcript, as far as the customer may see it.

use crate::base::{Clock, InteractionId, Millis, SessionId, ThingId};
use crate::chat::document::{Document, SavedNotices, Source};
use crate::chat::look::Whole;
use crate::chat::{Event, Look, Session};
use crate::esp::Fault;
use crate::node::wiring::again::ask_until;
use crate::node::wiring::chat::Ways;
use crate::node::wiring::mail::{Letter, Mailer};
use crate::owned::Thing;
use crate::ownership::restoration::Asker;
use crate::ownership::{Absent, Unanswered};
use std::sync::Arc;

const NO_SERVER: &str = "there is no [mail] server";

/// Sends the transcript under the name of a request, or says why not.
pub async fn send_transcript(
    (ways, mailer): (&Ways, Option<&Mailer>),
    (interaction, request): (&InteractionId, u64),
    to: &str,
    (clock, until): (&dyn Clock, Millis),
) -> Result<(), String> {
    let mailer = mailer.ok_or(NO_SERVER)?;
    let session = SessionId(interaction.0.clone());
    let read = ask_until((clock, until), async || read(ways, &session).await).await;
    let (state, events) = read.map_err(|fault| fault.to_string())?;
    let source = Source { id: &session, session: &state, events: &events };
    let text = Document::of_customer(source, SavedNotices::Major).to_text();
    let letter = Letter { interaction, request, to, text };
    mailer.send(&letter, (clock, until)).await.map_err(|error| {
        tracing::warn!(%interaction, request, %error, "a transcript was not sent");
        error.to_string()
    })
}

async fn read(ways: &Ways, session: &SessionId) -> Result<(Session, Vec<Arc<Event>>), Fault> {
    let thing = ThingId::from(session);
    let sessions = ways.sessions.for_asker(Asker::Workflow);
    let (state, room) = match sessions.look(&thing, Look::Whole).await {
        Ok(seen) => {
            let Whole { events, .. } = seen.whole().ok_or(Unanswered::TimedOut)?;
            Session::from_snapshot(events)
        }
        Err(Unanswered::Absent(Absent::Closed)) => sessions.read_closed(&thing).await?,
        Err(unanswered) => return Err(unanswered.into()),
    };
    Ok((state, room.transcript))
}
