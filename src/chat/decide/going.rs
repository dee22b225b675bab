//! Who goes, whom he takes along, and the end of a session in which nobody is left.

use crate::base::ParticipantId;
use crate::chat::audience::Audience;
use crate::chat::bots::{Ending, Engagement, ended};
use crate::chat::draft::Draft;
use crate::chat::effect::Count;
use crate::chat::event::{EndReason, EndedBy, Fact, LeaveReason};
use crate::chat::participant::{Participant, Role, Visibility};
use crate::chat::state::Session;

/// One participant on his way out.
pub struct Going {
    pub who: ParticipantId,
    pub asker: Option<ParticipantId>,
    pub reason: LeaveReason,
    pub text: Option<String>,
}

/// How a session ended, for its statistics.
#[derive(Clone, Copy)]
pub(super) struct Ended {
    pub by: EndedBy,
    pub reason: EndReason,
}

/// Writes down that somebody left. His leaving is seen by those who could see him.
pub fn go(draft: &mut Draft, going: Going) {
    let Going { who, asker, reason, text } = going;
    // A bot may have gone with the customer before it was its turn.
    let Some(participant) = draft.session.participant(who).cloned().filter(|who| who.is_here())
    else {
        return;
    };
    let audience = Audience::of(participant.joined.visibility);
    draft.record(audience, Fact::Left { who, asker, reason, text });
    if participant.joined.role == Role::Client {
        follow_customer(draft);
    }
}

/// Ends a session in which nobody is left who keeps it alive, and which is not on hold (decision 0014,
/// D6).
pub fn end_if_deserted(draft: &mut Draft, by: EndedBy, reason: EndReason) {
    if !draft.session.is_held() && !draft.session.here().any(|known| known.keeps_alive()) {
        let end = ending(&draft.session, by, reason);
        end_session(draft, None, LeaveReason::RemovedByServer, end);
    }
}

/// A customer who left first has ended the session in his way, whoever stayed behind and whatever
/// became of it later.
pub(super) fn ending(session: &Session, by: EndedBy, reason: EndReason) -> Ended {
    match session.tally.customer_quit() {
        None => Ended { by, reason },
        Some(LeaveReason::Disconnect) => {
            Ended { by: EndedBy::Client, reason: EndReason::Disconnect }
        }
        Some(_) => Ended { by: EndedBy::Client, reason: EndReason::Quit },
    }
}

pub(super) fn end_session(
    draft: &mut Draft,
    asker: Option<ParticipantId>,
    reason: LeaveReason,
    end: Ended,
) {
    let leaves = draft.session.here().filter(|known| !known.is_voice());
    let leaving: Vec<_> = leaves.map(|known| known.joined.id).collect();
    for who in leaving {
        go(draft, Going { who, asker, reason, text: None });
    }
    draft.record(Audience::everyone(), Fact::Closed { by: end.by, reason: end.reason });
    draft.count(Count::SessionFinished { by: end.by, reason: end.reason });
}

/// The kind of participant that somebody is, as the one who ended a session.
pub fn ended_by(last: &Participant) -> EndedBy {
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

/// A bot goes, and the log says why.
pub fn end_bot(draft: &mut Draft, who: ParticipantId, ending: Ending, reason: LeaveReason) {
    let Some(known) = draft.session.participant(who).cloned() else { return };
    draft.record_beside(Audience::of(Visibility::Vip), ended(who, ending));
    go(draft, Going { who, asker: None, reason, text: None });
    let reason = match reason {
        LeaveReason::Disconnect => EndReason::Disconnect,
        LeaveReason::Normal
        | LeaveReason::CloseIfNoAgents
        | LeaveReason::ForceClose
        | LeaveReason::RemovedByOther
        | LeaveReason::RemovedByServer
        | LeaveReason::BadKey
        | LeaveReason::Inactivity
        | LeaveReason::Restoration => EndReason::Quit,
    };
    end_if_deserted(draft, ended_by(&known), reason);
}

/// Bots that were to stop when an agent comes do so.
pub fn make_way(draft: &mut Draft) {
    let ending = || Ending::new("AGENT", "AGENT_ARRIVED");
    stop_those(draft, ending, |engaged| engaged.stops_on_agent_arrival);
}

/// The same, when the customer goes.
fn follow_customer(draft: &mut Draft) {
    let ending = || Ending::new("CUSTOMER", "CUSTOMER_LEFT");
    stop_those(draft, ending, |engaged| engaged.stops_on_customer_left);
}

fn stop_those(draft: &mut Draft, ending: impl Fn() -> Ending, which: fn(&Engagement) -> bool) {
    let engaged = draft.session.here().filter_map(|known| {
        let is_meant = known.joined.bot.as_deref().is_some_and(which);
        is_meant.then_some(known.joined.id)
    });
    for who in engaged.collect::<Vec<_>>() {
        draft.record_beside(Audience::of(Visibility::Vip), ended(who, ending()));
        let reason = LeaveReason::RemovedByServer;
        go(draft, Going { who, asker: None, reason, text: None });
    }
}
