//! Interactions are laid in workbins, and taken out of these and of queues by hand.

use crate::base::{AgentId, InteractionId};
use crate::interaction::command::{Answer, By, Source};
use crate::interaction::decide::release::{release, take_out};
use crate::interaction::decide::{check_right, living, logged_in, place};
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Fact, RemoveReason, RevokeReason};
use crate::interaction::party::{Added, Errand};
use crate::interaction::record::{Interaction, Stage};
use crate::interaction::views;
use crate::interaction::workbin::Workbin;

pub(super) fn put_in(
    draft: &mut Draft<'_>,
    (interaction, workbin): (InteractionId, Workbin),
    by: &By,
) -> Result<Answer, Rejection> {
    let one = living(draft, &interaction)?;
    if one.workbin() == Some(&workbin) {
        return Ok(Answer::Done);
    }
    check_right(&one, by)?;
    release(draft, &interaction, (RevokeReason::Moved, RemoveReason::PlacedInWorkbin));
    place::into_workbin(draft, &interaction, workbin);
    Ok(Answer::Done)
}

/// Takes it by hand. Who has no free place takes nothing; but he need not be ready.
pub(super) fn pull(
    draft: &mut Draft<'_>,
    (agent, interaction): (AgentId, InteractionId),
    from: &Source,
) -> Result<Answer, Rejection> {
    let him = logged_in(draft, &agent)?;
    let one = living(draft, &interaction)?;
    if !has_pulled(&one, &agent) {
        if !lies_there(&one, from) {
            return Err(Rejection::NotThere(interaction));
        }
        if let Some(hindrance) = him.hindrance_of_own_wish(&one.attributes.media) {
            return Err(Rejection::CannotTake { agent, hindrance });
        }
        take_out(draft, &interaction);
        let (interaction, errand) = (interaction.clone(), Errand::pull());
        draft.record(Fact::PartyAdded { interaction, agent, how: Added::Pulled, errand });
    }
    let view = views::interaction(draft.domain(), &interaction);
    let view = view.ok_or(Rejection::UnknownInteraction(interaction))?;
    Ok(Answer::Pulled { interaction: Box::new(view) })
}

/// Asked again, it is his already.
fn has_pulled(one: &Interaction, agent: &AgentId) -> bool {
    one.parties.get(agent).is_some_and(|party| party.how == Added::Pulled)
}

fn lies_there(one: &Interaction, from: &Source) -> bool {
    match from {
        Source::Queue => one.stage == Stage::Queued,
        Source::Workbin(workbin) => one.workbin() == Some(workbin),
    }
}
