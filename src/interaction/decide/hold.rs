//! Who handles an interaction may keep its customer waiting. It stays with him, and takes his place.

use crate::base::{AgentId, InteractionId};
use crate::interaction::command::{Answer, By};
use crate::interaction::decide::{check_right, living, logged_in};
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::event::Fact;

pub(super) fn hold(
    draft: &mut Draft<'_>,
    agent: AgentId,
    interaction: InteractionId,
) -> Result<Answer, Rejection> {
    logged_in(draft, &agent)?;
    let one = living(draft, &interaction)?;
    check_right(&one, &By::Agent(agent.clone()))?;
    if one.held_at.is_none() {
        draft.record(Fact::InteractionHeld { interaction, agent });
    }
    Ok(Answer::Done)
}

pub(super) fn end(
    draft: &mut Draft<'_>,
    agent: AgentId,
    interaction: InteractionId,
) -> Result<Answer, Rejection> {
    logged_in(draft, &agent)?;
    let one = living(draft, &interaction)?;
    check_right(&one, &By::Agent(agent.clone()))?;
    if one.held_at.is_some() {
        draft.record(Fact::InteractionResumed { interaction, agent });
    }
    Ok(Answer::Done)
}
