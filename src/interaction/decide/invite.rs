//! Invitations beside those who handle an interaction: a colleague asks a colleague, or somebody
//! comes of his own accord. It goes on with whoever has it until the other has said yes.

use crate::base::{AgentId, InteractionId};
use crate::interaction::agent::Hindrance;
use crate::interaction::command::{Answer, By};
use crate::interaction::decide::release::{release, take_back};
use crate::interaction::decide::{check_right, living, logged_in, place};
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Fact, RemoveReason, RevokeReason};
use crate::interaction::ids::Ticket;
use crate::interaction::party::{Added, Errand, Invitation, Operation, Part};
use crate::interaction::record::{Interaction, Stage};
use crate::interaction::routing;

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
    let before = one.parties.get(&to).map(|party| party.part);
    if before.is_some_and(|before| before.handles() || !errand.part.handles()) {
        return Err(Rejection::PartyAlready { interaction, agent: to });
    }
    check_target(draft, &one, (&to, errand.part))?;
    let ticket = Ticket(draft.next_position());
    let deadline = draft.now() + draft.policy().delivering_timeout;
    let agent = to;
    draft.record(Fact::Invited { ticket, interaction, agent, deadline, errand, choice: None });
    Ok(Answer::Invited { ticket })
}

fn invitation_to(one: &Interaction, agent: &AgentId) -> Option<(Ticket, Invitation)> {
    one.invitations().into_iter().find(|(_, open)| open.agent == *agent)
}

/// Who only looks on needs no place and need not be ready. Who coaches has his place already.
pub(super) fn check_target(
    draft: &Draft<'_>,
    one: &Interaction,
    (agent, part): (&AgentId, Part),
) -> Result<(), Rejection> {
    let target = logged_in(draft, agent)?;
    if routing::asks(draft.domain(), one, agent) {
        let (interaction, agent) = (one.id.clone(), agent.clone());
        return Err(Rejection::PartyAlready { interaction, agent });
    }
    let hindrance = if part.counts() {
        let has_his_place = one.parties.get(agent).is_some_and(|party| party.part.counts());
        let is_full = |hindrance: &Hindrance| matches!(hindrance, Hindrance::AtCapacity { .. });
        let hindrance = target.hindrance(&one.attributes.media);
        hindrance.filter(|hindrance| !(has_his_place && is_full(hindrance)))
    } else {
        (!target.is_connected()).then_some(Hindrance::ConnectionLost)
    };
    let cannot = |hindrance| Rejection::CannotTake { agent: agent.clone(), hindrance };
    hindrance.map_or(Ok(()), |hindrance| Err(cannot(hindrance)))
}

/// Offers what nobody handles to somebody whom a supervisor has chosen, before all others. Whatever
/// invitation there was, this one is the supervisor's own, and he can take it back.
pub(super) fn assign(
    draft: &mut Draft<'_>,
    (supervisor, interaction): (AgentId, InteractionId),
    to: AgentId,
) -> Result<Answer, Rejection> {
    let one = living(draft, &interaction)?;
    if one.stage == Stage::Handling {
        return Err(Rejection::IsHandled { interaction, supervisor });
    }
    let errand = Errand::assignment(supervisor);
    if let Some((ticket, open)) = invitation_to(&one, &to)
        && open.errand == errand
    {
        return Ok(Answer::Invited { ticket });
    }
    release(draft, &interaction, (RevokeReason::Moved, RemoveReason::PlacedInQueue));
    // An invitation of routing may have been the last that he could take.
    check_target(draft, &one, (&to, Part::Handler))?;
    if one.workbin().is_some() {
        // Should he not take it, it waits in its queue.
        place::into_queue(draft, &interaction, one.queue.clone());
    }
    let ticket = Ticket(draft.next_position());
    let deadline = draft.now() + draft.policy().delivering_timeout;
    let agent = to;
    draft.record(Fact::Invited { ticket, interaction, agent, deadline, errand, choice: None });
    Ok(Answer::Invited { ticket })
}

/// Takes back what the agent has invited somebody to, whether he handles it or has assigned it.
pub(super) fn withdraw(
    draft: &mut Draft<'_>,
    agent: &AgentId,
    ticket: Ticket,
) -> Result<Answer, Rejection> {
    logged_in(draft, agent)?;
    let open = &draft.domain().calendar().invitations;
    let interaction = open.iter().find(|((_, open), _)| *open == ticket).map(|(_, id)| id.clone());
    let interaction = interaction.ok_or(Rejection::TicketExpired(ticket))?;
    let open = draft.domain().interaction(&interaction).and_then(|one| one.invitation(ticket));
    if open.is_none_or(|open| open.errand.inviter.as_ref() != Some(agent)) {
        return Err(Rejection::TicketExpired(ticket));
    }
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

#[cfg(test)]
mod tests {
    use crate::interaction::capacity::Capacity;
    use crate::interaction::command::{Answer, Command};
    use crate::interaction::error::Rejection;
    use crate::interaction::party::Part;
    use crate::interaction::support::Life;

    #[test]
    fn who_looks_on_may_be_asked_to_handle_it_with_the_place_that_he_has() {
        for part in [Part::Coach, Part::Monitor] {
            let mut life = Life::new();
            life.give_capacity("sue", Capacity::of_numbers([("chat".into(), 1)]));
            life.ready_agent("ada");
            life.chat("1");
            life.accept("1");
            life.ready_agent("sue");
            life.wish(Command::Intrude { agent: "sue".into(), interaction: "1".into(), part });
            let asked = |part| Command::Conference {
                agent: "ada".into(),
                interaction: "1".into(),
                to: "sue".into(),
                part,
            };

            let looks_on = life.refused(asked(Part::Coach));
            let transfer = Command::Transfer {
                agent: "ada".into(),
                interaction: "1".into(),
                to: "sue".into(),
            };
            let Answer::Invited { ticket } = life.wish(transfer) else { panic!("not invited") };
            life.wish(Command::Accept { agent: "sue".into(), ticket });

            assert!(matches!(looks_on, Rejection::PartyAlready { .. }), "{looks_on}");
            assert_eq!(life.handlers("1"), ["sue"]);
            assert_eq!(life.domain.agent(&"sue".into()).unwrap().load(&"chat".into()), 1);
            assert!(matches!(life.refused(asked(Part::Conference)), Rejection::NotYours { .. }));
        }
    }
}
