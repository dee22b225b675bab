//! An interaction is taken from where it is: out of its workbin, from those who are invited to it and
//! from those who have it. The same wish says where it goes.

use crate::base::InteractionId;
use crate::interaction::draft::Draft;
use crate::interaction::event::{Fact, RemoveReason, RevokeReason};
use crate::interaction::ids::Ticket;
use crate::interaction::party::Invitation;

/// Takes it from whoever is invited to it or has it, or out of its workbin.
pub(super) fn release(
    draft: &mut Draft<'_>,
    id: &InteractionId,
    (revoke, remove): (RevokeReason, RemoveReason),
) {
    let Some(one) = draft.domain().interaction(id).cloned() else { return };
    take_out(draft, id);
    for (ticket, _) in one.invitations() {
        take_back(draft, id, (ticket, revoke));
    }
    for agent in one.parties.keys().cloned() {
        let (interaction, reason) = (id.clone(), remove);
        draft.record(Fact::PartyRemoved { interaction, agent, reason });
    }
}

/// Out of its workbin, if it lies in one. The same wish says where it goes.
pub(super) fn take_out(draft: &mut Draft<'_>, id: &InteractionId) {
    let Some(one) = draft.domain().interaction(id) else { return };
    if let Some(workbin) = one.workbin().cloned() {
        draft.record(Fact::TakenFromWorkbin { interaction: id.clone(), workbin });
    }
}

/// Ends an invitation before it is answered.
pub(super) fn take_back(
    draft: &mut Draft<'_>,
    id: &InteractionId,
    (ticket, reason): (Ticket, RevokeReason),
) {
    let one = draft.domain().interaction(id);
    let Some(open) = one.and_then(|one| one.invitation(ticket)) else { return };
    let Invitation { agent, errand, .. } = open;
    draft.record(Fact::Revoked { ticket, interaction: id.clone(), agent, reason, errand });
}
