//! What becomes of interactions that nobody handles after a wish. Decided once at its end, so that
//! a report which tells of a leaving and an ending does not queue in between.

use crate::base::{AgentId, InteractionId};
use crate::interaction::draft::Draft;
use crate::interaction::event::{Added, Fact};
use crate::interaction::record::{SessionPhase, Stage};

const SESSION_ENDED: &str = "session ended";

pub(super) fn settle(draft: &mut Draft<'_>) {
    for interaction in draft.take_unsettled() {
        settle_one(draft, &interaction);
    }
}

fn settle_one(draft: &mut Draft<'_>, id: &InteractionId) {
    let Some(one) = draft.domain().interaction(id).cloned() else { return };
    let is_unattended = match &one.stage {
        Stage::Queued => true,
        Stage::Handling => one.parties.is_empty(),
        Stage::Inviting { .. } | Stage::Stopped { .. } => false,
    };
    if !is_unattended {
        return;
    }
    if one.session == SessionPhase::Ended {
        let reason = SESSION_ENDED.to_owned();
        return draft.record(Fact::ProcessingStopped { interaction: id.clone(), reason });
    }
    let present = one.in_session.iter().filter(|agent| draft.domain().agent(agent).is_some());
    let present: Vec<AgentId> = present.cloned().collect();
    if present.is_empty() && one.stage == Stage::Handling {
        let queue = one.queue.clone();
        return draft.record(Fact::PlacedInQueue { interaction: id.clone(), queue });
    }
    // Whoever talks with the customer handles it, invited or not.
    for agent in present {
        let how = Added::JoinedSession;
        draft.record(Fact::PartyAdded { interaction: id.clone(), agent, how });
    }
}
