//! Invitations beside those who handle an interaction: a colleague asks a colleague, or somebody
//! comes of his own accord. It goes on with whoever has it until the other has said yes.

use crate::base::{AgentId, InteractionId};
use crate::interaction::agent::Hindrance;
use crate::interaction::command::{Answer, By};
use crate::interaction::decide::release::{release, take_back};
use crate::interaction::decide::{check_right, living, logged_in};
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Fact, RemoveReason, RevokeReason};
use crate::interaction::ids::Ticket;
use crate::interaction::party::{Added, Errand, Invitation, Operation, Part};
use crate::interaction::record::{Interaction, Stage};

/// Invites a colleague. Asked again while that invitation is open, it is the same one.
pub(super) fn invite(
    draft: &mut Draft<'_>,
    (interaction, errand): (InteractionId, Errand),
    to: AgentId,
) -> Result<Answer, Rejection> {
    let one = living(draft, &interaction)?;
    if let Some(inviter) = &errand.inviter {
        logged_in(draft, inviter)?;
        check_right(&one, &By::Agent(inviter.clone()))?;
    }
    if let Some((ticket, open)) = invitation_to(&one, &to) {
        let is_same = open.errand == errand;
        let no = Rejection::InvitedAlready { interaction, agent: to };
        return if is_same { Ok(Answer::Invited { ticket }) } else { Err(no) };
    }
    if one.parties.contains_key(&to) {
        return Err(Rejection::PartyAlready { interaction, agent: to });
    }
    check_target(draft, &one, (&to, errand.part))?;
    let ticket = Ticket(draft.next_position());
    let deadline = draft.now() + draft.policy().delivering_timeout;
    draft.record(Fact::Invited { ticket, interaction, agent: to, deadline, errand });
    Ok(Answer::Invited { ticket })
}

fn invitation_to(one: &Interaction, agent: &AgentId) -> Option<(Ticket, Invitation)> {
    one.invitations().into_iter().find(|(_, open)| open.agent == *agent)
}

/// Who only looks on needs no place and need not be ready.
pub(super) fn check_target(
    draft: &Draft<'_>,
    one: &Interaction,
    (agent, part): (&AgentId, Part),
) -> Result<(), Rejection> {
    let target = logged_in(draft, agent)?;
    let hindrance = if part.counts() {
        target.hindrance(&one.attributes.media)
    } else {
        (!target.is_connected()).then_some(Hindrance::ConnectionLost)
    };
    let cannot = |hindrance| Rejection::CannotTake { agent: agent.clone(), hindrance };
    hindrance.map_or(Ok(()), |hindrance| Err(cannot(hindrance)))
}

/// Offers what nobody handles to somebody whom a supervisor has chosen, before all others.
pub(super) fn assign(
    draft: &mut Draft<'_>,
    (supervisor, interaction): (AgentId, InteractionId),
    to: AgentId,
) -> Result<Answer, Rejection> {
    let one = living(draft, &interaction)?;
    if one.stage == Stage::Handling {
        return Err(Rejection::IsHandled { interaction, supervisor });
    }
    if let Some((ticket, _)) = invitation_to(&one, &to) {
        return Ok(Answer::Invited { ticket });
    }
    check_target(draft, &one, (&to, Part::Handler))?;
    release(draft, &interaction, (RevokeReason::Moved, RemoveReason::PlacedInQueue));
    if one.workbin().is_some() {
        // Should he not take it, it waits in its queue.
        let (interaction, queue) = (interaction.clone(), one.queue.clone());
        draft.record(Fact::PlacedInQueue { interaction, queue });
    }
    let ticket = Ticket(draft.next_position());
    let deadline = draft.now() + draft.policy().delivering_timeout;
    let errand = Errand::assignment(supervisor);
    draft.record(Fact::Invited { ticket, interaction, agent: to, deadline, errand });
    Ok(Answer::Invited { ticket })
}

/// Takes back what the agent has invited somebody to.
pub(super) fn withdraw(
    draft: &mut Draft<'_>,
    agent: &AgentId,
    ticket: Ticket,
) -> Result<Answer, Rejection> {
    let one = logged_in(draft, agent)?;
    let of_his = one.handling.keys().find(|id| {
        let open = draft.domain().interaction(id).and_then(|one| one.invitation(ticket));
        open.is_some_and(|open| open.errand.inviter.as_ref() == Some(agent))
    });
    let interaction = of_his.cloned().ok_or(Rejection::TicketExpired(ticket))?;
    take_back(draft, &interaction, (ticket, RevokeReason::Withdrawn));
    Ok(Answer::Done)
}

/// Comes to an interaction that others handle. Who looks on already may come nearer.
pub(super) fn intrude(
    draft: &mut Draft<'_>,
    (agent, part): (AgentId, Part),
    interaction: InteractionId,
) -> Result<Answer, Rejection> {
    let him = logged_in(draft, &agent)?;
    let one = living(draft, &interaction)?;
    if one.stage != Stage::Handling {
        return Err(Rejection::NobodyHandles(interaction));
    }
    if invitation_to(&one, &agent).is_some() {
        return Err(Rejection::InvitedAlready { interaction, agent });
    }
    let before = one.parties.get(&agent).map(|party| party.part);
    match before {
        Some(before) if before == part => return Ok(Answer::Done),
        Some(before) if before.handles() => {
            return Err(Rejection::PartyAlready { interaction, agent });
        }
        Some(_) | None => {}
    }
    let has_his_place = before.is_some_and(Part::counts) || !part.counts();
    let hindrance = him.hindrance_of_own_wish(&one.attributes.media);
    if let Some(hindrance) = hindrance.filter(|_| !has_his_place) {
        return Err(Rejection::CannotTake { agent, hindrance });
    }
    let errand = Errand::intrusion(part);
    draft.record(Fact::PartyAdded { interaction, agent, how: Added::Intruded, errand });
    Ok(Answer::Done)
}

/// Makes an invited agent a party. Whoever transferred it to him has it no longer.
pub(super) fn admit(draft: &mut Draft<'_>, id: &InteractionId, ticket: Ticket) {
    let Some(one) = draft.domain().interaction(id).cloned() else { return };
    let Some(Invitation { agent, errand, .. }) = one.invitation(ticket) else { return };
    let former = errand.inviter.clone().filter(|inviter| one.parties.contains_key(inviter));
    let former = former.filter(|_| errand.operation == Operation::Transfer);
    let how = Added::Accepted { ticket };
    draft.record(Fact::PartyAdded { interaction: id.clone(), agent, how, errand });
    if let Some(agent) = former {
        let reason = RemoveReason::Transferred;
        draft.record(Fact::PartyRemoved { interaction: id.clone(), agent, reason });
    }
}

/// An invitation lives as long as its inviter has the interaction. A transfer to somebody who is in
/// the session by then is as good as accepted: the former may go before the new one has said yes.
pub(super) fn end_those_of_gone_inviters(draft: &mut Draft<'_>, id: &InteractionId) {
    let Some(one) = draft.domain().interaction(id).cloned() else { return };
    for (ticket, open) in &one.beside {
        let inviter = open.errand.inviter.as_ref();
        if inviter.is_some_and(|inviter| one.is_handled_by(inviter)) {
            continue;
        }
        let is_transfer = open.errand.operation == Operation::Transfer;
        if is_transfer && one.in_session.contains(&open.agent) {
            admit(draft, id, *ticket);
        } else {
            take_back(draft, id, (*ticket, RevokeReason::Withdrawn));
        }
    }
}
