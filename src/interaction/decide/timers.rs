//! What is due. Each thing done here leaves an event, so that no deadline rings twice.

use crate::base::{AgentId, InteractionId};
use crate::interaction::command::Answer;
use crate::interaction::decide::{conduct, desk, handling, offer};
use crate::interaction::draft::Draft;
use crate::interaction::event::{Fact, LogoutReason};
use crate::interaction::ids::Ticket;

pub(super) fn time_passed(draft: &mut Draft<'_>) -> Answer {
    log_out_the_lost(draft);
    expire_invitations(draft);
    take_what_is_forgotten(draft);
    forgive_refusals(draft);
    forget_what_is_over(draft);
    conduct::stir_what_is_due(draft);
    Answer::Done
}

fn log_out_the_lost(draft: &mut Draft<'_>) {
    let (now, window) = (draft.now(), draft.policy().resume_window);
    let lost = &draft.domain().calendar().lost;
    let due = lost.iter().take_while(|(at, _)| *at + window <= now);
    let due: Vec<AgentId> = due.map(|(_, agent)| agent.clone()).collect();
    for agent in due {
        desk::log_out(draft, &agent, LogoutReason::ConnectionLost);
    }
}

fn expire_invitations(draft: &mut Draft<'_>) {
    let now = draft.now();
    let invitations = &draft.domain().calendar().invitations;
    let due = invitations.iter().take_while(|((deadline, _), _)| *deadline <= now);
    let due: Vec<(Ticket, InteractionId)> =
        due.map(|((_, ticket), interaction)| (*ticket, interaction.clone())).collect();
    for (ticket, interaction) in due {
        offer::expire(draft, ticket, &interaction);
    }
}

fn take_what_is_forgotten(draft: &mut Draft<'_>) {
    let now = draft.now();
    let handled = &draft.domain().calendar().handled;
    let due = handled.iter().take_while(|(until, _)| *until <= now);
    let due: Vec<InteractionId> = due.map(|(_, interaction)| interaction.clone()).collect();
    for interaction in due {
        handling::expire(draft, &interaction);
    }
}

fn forgive_refusals(draft: &mut Draft<'_>) {
    let (now, span) = (draft.now(), draft.policy().reoffer_after);
    let refusals = &draft.domain().calendar().refusals;
    let due = refusals.iter().take_while(|(at, _, _)| *at + span <= now);
    let due: Vec<(InteractionId, AgentId)> =
        due.map(|(_, interaction, agent)| (interaction.clone(), agent.clone())).collect();
    for (interaction, agent) in due {
        draft.record(Fact::RefusalLapsed { interaction, agent });
    }
}

fn forget_what_is_over(draft: &mut Draft<'_>) {
    let (now, span) = (draft.now(), draft.policy().keep_stopped);
    let over = &draft.domain().calendar().over;
    let due = over.iter().take_while(|(at, _)| *at + span <= now);
    let due: Vec<InteractionId> = due.map(|(_, interaction)| interaction.clone()).collect();
    for interaction in due {
        draft.record(Fact::Forgotten { interaction });
    }
}
