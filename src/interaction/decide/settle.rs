//! What becomes of interactions that nobody handles after a wish. Decided once at its end, so that
//! a report which tells of a leaving and an ending does not queue in between.

use crate::base::{AgentId, InteractionId};
use crate::interaction::decide::release::take_out;
use crate::interaction::decide::{consult, invite};
use crate::interaction::draft::Draft;
use crate::interaction::event::{Fact, RemoveReason};
use crate::interaction::party::{Added, Errand};
use crate::interaction::record::{Interaction, SessionPhase, Stage};
use std::sync::Arc;

const SESSION_ENDED: &str = "session ended";

pub(super) fn settle(draft: &mut Draft<'_>) {
    for interaction in draft.take_unsettled() {
        invite::end_those_of_gone_inviters(draft, &interaction);
        settle_one(draft, &interaction);
        consult::settle_those_about(draft, &interaction);
    }
}

fn settle_one(draft: &mut Draft<'_>, id: &InteractionId) {
    let Some(one) = draft.domain().interaction(id).cloned() else { return };
    if one.attributes.consultation.is_some() {
        return consult::settle(draft, &one);
    }
    let is_unattended = match &one.stage {
        Stage::Queued | Stage::InWorkbin { .. } => true,
        Stage::Handling => one.handlers().next().is_none(),
        Stage::Inviting { .. } | Stage::Stopped { .. } => false,
    };
    if !is_unattended {
        return;
    }
    if one.session == SessionPhase::Ended {
        take_out(draft, id);
        dismiss_observers(draft, &one, RemoveReason::Stopped);
        let reason = SESSION_ENDED.to_owned();
        return draft.record(Fact::ProcessingStopped { interaction: id.clone(), reason });
    }
    let present = present(draft, &one);
    if present.is_empty() && one.stage == Stage::Handling {
        dismiss_observers(draft, &one, RemoveReason::NobodyHandles);
        let queue = one.queue.clone();
        return draft.record(Fact::PlacedInQueue { interaction: id.clone(), queue });
    }
    if !present.is_empty() {
        take_out(draft, id);
    }
    // Whoever talks with the customer handles it, invited or not.
    for agent in present {
        let (how, errand) = (Added::JoinedSession, Errand::default());
        draft.record(Fact::PartyAdded { interaction: id.clone(), agent, how, errand });
    }
}

/// Agents in the session who have not come to look on.
fn present(draft: &Draft<'_>, one: &Interaction) -> Vec<AgentId> {
    let present = one.in_session.iter().filter(|agent| draft.domain().agent(agent).is_some());
    present.filter(|agent| !one.parties.contains_key(agent)).cloned().collect()
}

fn dismiss_observers(draft: &mut Draft<'_>, one: &Arc<Interaction>, reason: RemoveReason) {
    for (agent, _) in one.observers() {
        let (interaction, agent) = (one.id.clone(), agent.clone());
        draft.record(Fact::PartyRemoved { interaction, agent, reason });
    }
}
