//! Whether an asynchronous chat waits, is served, or wants somebody, and until when it is to be looked
//! after (`GCTI_Chat_AsyncStatus`, `GCTI_Chat_AsyncCheckAt`). Other chats have neither.

use super::Decided;
use crate::base::{AgentId, ParticipantId, UserData, Value};
use crate::chat::audience::Audience;
use crate::chat::dormancy::{self, CHECK_AT, STATUS, Status, is_asynchronous, promised};
use crate::chat::draft::Draft;
use crate::chat::error::Rejection;
use crate::chat::event::{Control, Fact, LeaveReason, Notice};
use crate::chat::idle::kind_of_notice;
use crate::chat::idle_watch::check_at;
use crate::chat::participant::{Participant, Role, Visibility};
use crate::chat::policy::Policy;
use crate::chat::state::Session;
use crate::owned::Scene;
use std::time::Duration;

/// A workflow places a session on hold.
pub fn hold(session: &Session, scene: &Scene<'_, Session>) -> Decided {
    check_asynchronous(session, "only asynchronous chats are placed on hold")?;
    let mut draft = Draft::new(session, scene.now, None);
    change_status(&mut draft, Status::OnHold);
    Ok(draft.finish())
}

/// A workflow lets the time without activity begin anew.
pub fn begin_anew(session: &Session, scene: &Scene<'_, Session>) -> Decided {
    check_asynchronous(session, "only asynchronous chats have an idle time of their own")?;
    super::limits::check_pace(scene)?;
    super::limits::check_room_left(session, scene)?;
    let mut draft = Draft::new(session, scene.now, None);
    let overrides = (*session.idle.overrides).clone();
    let notice = Notice::IdleSet { overrides, of: Control::Asynchronous };
    let (who, attributes) = (ParticipantId::NOBODY, UserData::default());
    let fact = Fact::Noticed { who, notice, attributes };
    draft.record_beside(Audience::of(Visibility::Int), fact);
    promise(&mut draft, scene);
    Ok(draft.finish())
}

/// An agent has placed its interaction in a queue for others. Should one of them be there already, or
/// the chat be wanted anyway, there is nothing to say.
pub fn transferred(session: &Session, scene: &Scene<'_, Session>, by: &AgentId) -> Decided {
    let mut draft = Draft::new(session, scene.now, None);
    let is_laid_down = matches!(session.status(), Some(Status::Served | Status::OnHold));
    let mut serving = session.here().filter(|known| known.is_visible_agent());
    if is_laid_down && serving.all(|known| known.joined.person.as_ref() == Some(by)) {
        change_status(&mut draft, Status::Transferred);
    }
    Ok(draft.finish())
}

fn check_asynchronous(session: &Session, otherwise: &'static str) -> Result<(), Rejection> {
    if session.started.is_none() {
        return Err(Rejection::NotStarted);
    }
    let is_fine = is_asynchronous(&session.user_data);
    if is_fine { Ok(()) } else { Err(Rejection::not_allowed(otherwise)) }
}

/// Somebody has said something. If it was the customer, no agent is there, and the chat was on hold or
/// about to be closed, it wants somebody now.
pub fn wake(draft: &mut Draft, scene: &Scene<'_, Session>, author: &Participant, to: Audience) {
    let is_customers = author.joined.role == Role::Client && to.visibility == Visibility::All;
    let session = &draft.session;
    let is_laid_down = matches!(session.status(), Some(Status::OnHold | Status::Alerted));
    if is_customers && is_laid_down && !is_served(session) {
        change_status(draft, Status::Answered);
    }
    promise(draft, scene);
}

/// The same for a notice, if its kind counts (`async-idle-notices`).
pub fn wake_by_notice(
    draft: &mut Draft,
    scene: &Scene<'_, Session>,
    (author, notice): (&Participant, &Notice),
    to: Audience,
) {
    let counted = scene.policy.patience.notices;
    if kind_of_notice(notice).is_some_and(|kind| counted.counts(kind)) {
        wake(draft, scene, author, to);
    }
}

/// Somebody has come.
pub fn came(draft: &mut Draft, scene: &Scene<'_, Session>, who: ParticipantId) {
    let came = draft.session.participant(who);
    let is_agent = came.is_some_and(|known| known.is_visible_agent());
    if is_agent && is_asynchronous(&draft.session.user_data) {
        change_status(draft, Status::Served);
    }
    promise(draft, scene);
}

/// Somebody has gone. Without its last agent the chat is on hold, if he has laid it down, and wants
/// another one, if his desk was lost.
pub fn gone(
    draft: &mut Draft,
    scene: &Scene<'_, Session>,
    (who, reason): (ParticipantId, LeaveReason),
) {
    let gone = draft.session.participant(who);
    let was_agent = gone.is_some_and(|known| known.is_visible_agent());
    let is_served = draft.session.status() == Some(Status::Served);
    if was_agent && is_served && !self::is_served(&draft.session) {
        change_status(draft, without_agent(reason));
    }
    promise(draft, scene);
}

fn without_agent(reason: LeaveReason) -> Status {
    match reason {
        LeaveReason::Disconnect | LeaveReason::Restoration => Status::DeskLost,
        LeaveReason::Normal
        | LeaveReason::CloseIfNoAgents
        | LeaveReason::ForceClose
        | LeaveReason::RemovedByOther
        | LeaveReason::RemovedByServer
        | LeaveReason::BadKey
        | LeaveReason::Inactivity => Status::OnHold,
    }
}

/// Nobody did anything for long. An agent who is there sees it himself.
pub fn alerted(draft: &mut Draft, scene: &Scene<'_, Session>) {
    if is_asynchronous(&draft.session.user_data) && !is_served(&draft.session) {
        change_status(draft, Status::Alerted);
    }
    promise(draft, scene);
}

fn is_served(session: &Session) -> bool {
    session.here().any(|known| known.is_visible_agent())
}

/// What the interaction of a chat shows from its beginning.
pub fn begin(user_data: &mut UserData, scene: &Scene<'_, Session>) {
    if is_asynchronous(user_data) {
        let Policy { patience, .. } = scene.policy;
        let close = scene.now + patience.until_alert + patience.until_close;
        user_data.set(STATUS, Status::New.value());
        user_data.set(CHECK_AT, dormancy::seconds(close + patience.margin()));
    }
}

/// Moves the time on at which the chat is to be looked after, if it would come too early.
pub fn promise(draft: &mut Draft, scene: &Scene<'_, Session>) {
    let session = &draft.session;
    let patience = &scene.policy.patience;
    let Some(close) = check_at(session, scene.room.idle_watch(), patience) else { return };
    let margin = patience.margin();
    let enough = dormancy::seconds(close + margin / 2);
    if promised(&session.user_data).is_some_and(|promised| enough <= promised) {
        return;
    }
    // A whole second more, since parts of one are cut off.
    let promised = dormancy::seconds(close + margin + Duration::from_secs(1));
    change_data(draft, UserData::default().with(CHECK_AT, Value::Number(promised)));
}

fn change_status(draft: &mut Draft, status: Status) {
    change_data(draft, UserData::default().with(STATUS, status.value()));
}

/// The server itself changes user data; what is so already is not changed.
pub fn change_data(draft: &mut Draft, added: UserData) {
    let known = &draft.session.user_data;
    if added.0.iter().any(|(key, value)| known.get(key) != Some(value)) {
        let who = ParticipantId::NOBODY;
        draft.record_beside(Audience::of(Visibility::Int), Fact::DataChanged { who, added });
    }
}

#[cfg(test)]
mod tests;
