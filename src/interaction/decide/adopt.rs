//! What lies in queues and workbins, or is being offered, when another process goes on with the domain:
//! its workflow may be another one. What it knows goes to its views, which look at it anew, for their
//! conditions may have changed; what it does not know is offered to everybody.

use crate::interaction::draft::Draft;
use crate::interaction::event::Fact;
use crate::interaction::record::Interaction;
use crate::interaction::running::Keeper;
use crate::workflow::Happening;
use std::sync::Arc;

pub(super) fn adopt_what_lies(draft: &mut Draft<'_>) {
    if draft.room().is_adopted() {
        return;
    }
    // What is offered comes back to where it was, should nobody take it.
    let lies = |one: &&Arc<Interaction>| {
        one.is_queued() || one.workbin().is_some() || one.invited().is_some()
    };
    let lying: Vec<_> = draft.domain().interactions().filter(lies).cloned().collect();
    for one in lying {
        adopt(draft, &one);
    }
}

/// A strategy that the workflow no longer has waits for it; without any workflow it is at its end.
fn adopt(draft: &mut Draft<'_>, one: &Interaction) {
    if one.running.is_some() && draft.policy().workflow.is_none() {
        draft.record(Fact::StrategyMoved { interaction: one.id.clone(), running: None });
    }
    let keeper = match one.workbin() {
        Some(workbin) => match draft.policy().queue_of_workbin(&workbin.name) {
            Some(queue) if queue == one.queue => Keeper::Views,
            Some(_) | None => Keeper::Routing,
        },
        None => draft.policy().keeper_of(&one.queue),
    };
    if keeper != one.keeper {
        draft.record(Fact::HandedTo { interaction: one.id.clone(), keeper });
    } else if one.is_left_to_views() {
        draft.stir(one.id.clone(), Happening::Looked);
    }
}
