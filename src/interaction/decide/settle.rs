//! What becomes of interactions that nobody handles after a wish. Decided once at its end, so that
//! a report which tells of a leaving and an ending does not queue in between.

use crate::base::{AgentId, InteractionId};
use crate::interaction::decide::release::take_out;
use crate::interaction::decide::{consult, invite, place};
use crate::interaction::draft::Draft;
use crate::interaction::event::{Fact, RemoveReason};
use crate::interaction::party::{Added, Errand};
use crate::interaction::record::{Interaction, SessionPhase, Stage};
use crate::interaction::running::Keeper;
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
    if one.session == SessionPhase::Ended && !is_seen_to(draft, &one) {
        take_out(draft, id);
        dismiss_observers(draft, &one, RemoveReason::Stopped);
        let reason = SESSION_ENDED.to_owned();
        return draft.record(Fact::ProcessingStopped { interaction: id.clone(), reason });
    }
    let present = present(draft, &one);
    if present.is_empty() && one.stage == Stage::Handling {
        dismiss_observers(draft, &one, RemoveReason::NobodyHandles);
        return place::into_queue(draft, id, one.queue.clone());
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

/// Whether the workflow says what becomes of it after its session.
fn is_seen_to(draft: &Draft<'_>, one: &Interaction) -> bool {
    let keeper = if one.stage == Stage::Handling {
        draft.policy().keeper_of(&one.queue)
    } else {
        one.keeper
    };
    keeper == Keeper::Views || one.running.is_some()
}

/// Agents in the session who have not come to look on, and who have a place for it. In one that is over
/// is nobody.
fn present(draft: &Draft<'_>, one: &Interaction) -> Vec<AgentId> {
    if one.session == SessionPhase::Ended {
        return vec![];
    }
    let media = &one.attributes.media;
    let has_place = |agent: &&AgentId| {
        let agent = draft.domain().agent(agent);
        agent.is_some_and(|agent| agent.hindrance_of_own_wish(media).is_none())
    };
    let present = one.in_session.iter().filter(has_place);
    present.filter(|agent| !one.parties.contains_key(agent)).cloned().collect()
}

fn dismiss_observers(draft: &mut Draft<'_>, one: &Arc<Interaction>, reason: RemoveReason) {
    for (agent, _) in one.observers() {
        let (interaction, agent) = (one.id.clone(), agent.clone());
        draft.record(Fact::PartyRemoved { interaction, agent, reason });
    }
}
