//! Leaving, removing, and what becomes of the session then.

use super::{Decided, present};
use crate::base::{Millis, ParticipantId};
use crate::chat::command::{AfterAction, Leave};
use crate::chat::draft::{Audience, Draft};
use crate::chat::effect::Count;
use crate::chat::error::Rejection;
use crate::chat::event::{EndReason, EndedBy, Fact, Key, LeaveReason};
use crate::chat::participant::{Participant, Role};
use crate::chat::state::Session;
use crate::owned::Decision;

pub fn leave(session: &Session, now: Millis, leave: Leave, key: Option<Key>) -> Decided {
    let asker = present(session, leave.asker)?;
    let who = present(session, leave.who)?;
    let is_agent = matches!(asker.joined.role, Role::Agent | Role::Supervisor);
    if !is_agent && (leave.asker != leave.who || leave.after != AfterAction::KeepAlive) {
        return Err(Rejection::NotAllowed("only agents and supervisors may remove others"));
    }
    if !who.joined.visibility.reaches(asker.joined.role) {
        return Err(Rejection::NotInSession(leave.who));
    }
    let going = Going {
        who: leave.who,
        asker: (leave.asker != leave.who).then_some(leave.asker),
        reason: reason(&leave),
        text: leave.text,
    };
    let mut draft = Draft::new(session, now, key);
    go(&mut draft, going);
    if closes(&draft.session, leave.after) {
        let end = Ending { by: ended_by(&draft.session, asker), reason: EndReason::Force };
        end_session(&mut draft, Some(leave.asker), LeaveReason::RemovedByOther, end);
    } else {
        end_if_deserted(&mut draft, ended_by(session, asker), EndReason::Quit);
    }
    Ok(draft.finish())
}

/// The server ends it all.
pub fn close(session: &Session, now: Millis, reason: LeaveReason) -> Decision<Session> {
    let mut draft = Draft::new(session, now, None);
    if session.started.is_some() {
        let reason_of_end = match reason {
            LeaveReason::Inactivity => EndReason::Inactive,
            LeaveReason::Normal
            | LeaveReason::CloseIfNoAgents
            | LeaveReason::ForceClose
            | LeaveReason::Disconnect
            | LeaveReason::RemovedByOther
            | LeaveReason::RemovedByServer
            | LeaveReason::BadKey
            | LeaveReason::Restoration => EndReason::Other,
        };
        let end = Ending { by: EndedBy::System, reason: reason_of_end };
        end_session(&mut draft, None, reason, end);
    }
    draft.finish()
}

/// One participant on his way out.
pub struct Going {
    pub who: ParticipantId,
    pub asker: Option<ParticipantId>,
    pub reason: LeaveReason,
    pub text: Option<String>,
}

/// How a session ended, for its statistics.
#[derive(Clone, Copy)]
struct Ending {
    by: EndedBy,
    reason: EndReason,
}

/// Writes down that somebody left. His leaving is seen by those who could see him.
pub fn go(draft: &mut Draft, going: Going) {
    let Going { who, asker, reason, text } = going;
    let Some(participant) = draft.session.participant(who).cloned() else { return };
    let audience = Audience::of(participant.joined.visibility);
    draft.record(audience, Fact::Left { who, asker, reason, text });
    draft.count(Count::Left(Box::new(participant.joined.clone())));
}

/// Ends a session in which nobody is left who keeps it alive (DECISIONS D6).
pub fn end_if_deserted(draft: &mut Draft, by: EndedBy, reason: EndReason) {
    if !draft.session.here().any(|known| known.keeps_alive()) {
        end_session(draft, None, LeaveReason::RemovedByServer, Ending { by, reason });
    }
}

fn end_session(draft: &mut Draft, asker: Option<ParticipantId>, reason: LeaveReason, end: Ending) {
    let here: Vec<_> = draft.session.here().map(|known| known.joined.id).collect();
    for who in here {
        go(draft, Going { who, asker, reason, text: None });
    }
    draft.record(Audience::everyone(), Fact::Closed { by: end.by, reason: end.reason });
    draft.count(Count::SessionFinished { by: end.by, reason: end.reason });
}

fn reason(leave: &Leave) -> LeaveReason {
    if leave.asker != leave.who {
        return LeaveReason::RemovedByOther;
    }
    match leave.after {
        AfterAction::KeepAlive => LeaveReason::Normal,
        AfterAction::CloseIfNoAgents => LeaveReason::CloseIfNoAgents,
        AfterAction::ForceClose => LeaveReason::ForceClose,
    }
}

fn closes(after_leaving: &Session, after: AfterAction) -> bool {
    match after {
        AfterAction::KeepAlive => false,
        // Bots do not count, nor do those whom nobody knows to be there.
        AfterAction::CloseIfNoAgents => {
            !after_leaving.here().any(|known| known.is_human_agent() && known.keeps_alive())
        }
        AfterAction::ForceClose => true,
    }
}

/// A customer who leaves first has ended the session, whoever stays behind (`csg_SessionEndedBy`).
pub fn ended_by(session: &Session, last: &Participant) -> EndedBy {
    let customer_left_first = session.customer().is_some_and(|customer| !customer.is_here());
    if customer_left_first {
        return EndedBy::Client;
    }
    if last.is_bot() {
        return EndedBy::Bot;
    }
    match last.joined.role {
        Role::Client => EndedBy::Client,
        Role::Agent => EndedBy::Agent,
        Role::Supervisor => EndedBy::Supervisor,
        Role::External | Role::System => EndedBy::System,
    }
}
