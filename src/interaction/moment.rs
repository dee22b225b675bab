//! The moment at which desks are told of an event.

use crate::base::{AgentId, InteractionId, Millis};
use crate::interaction::event::{Event, Fact, RemoveReason};
use crate::interaction::record::Interaction;
use crate::interaction::state::Domain;
use std::collections::BTreeSet;
use std::sync::Arc;

/// An event is told when all that was stored with it is the state already.
pub(super) struct Moment<'a> {
    pub domain: &'a Domain,
    pub later: &'a [Arc<Event>],
    pub now: Millis,
}

impl Moment<'_> {
    /// An agent and whoever has the interaction beside him, or had it at that moment.
    pub fn around(&self, interaction: &InteractionId, agent: &AgentId) -> BTreeSet<AgentId> {
        let one = self.domain.interaction(interaction);
        let parties = one.into_iter().flat_map(|one| one.parties.keys());
        let gone = self.later.iter().filter_map(|event| {
            let Fact::PartyRemoved { interaction: left, agent, .. } = &event.fact else {
                return None;
            };
            (left == interaction).then_some(agent)
        });
        let asks = one.and_then(|one| one.attributes.consultation.as_ref()).map(|asked| &asked.by);
        parties.chain(gone).chain(asks).chain([agent]).cloned().collect()
    }
}

/// Who is invited to an interaction, handles it or looks on.
pub(super) fn holders(one: &Interaction) -> BTreeSet<AgentId> {
    let invited = one.invitations().into_iter().map(|(_, open)| open.agent);
    one.parties.keys().cloned().chain(invited).collect()
}

pub(super) fn removed_by_stop<'a>(
    events: &'a [Arc<Event>],
    stopped: &InteractionId,
) -> Vec<&'a AgentId> {
    let mut removed = vec![];
    for event in events {
        if let Fact::PartyRemoved { interaction, agent, reason: RemoveReason::Stopped } =
            &event.fact
            && interaction == stopped
        {
            removed.push(agent);
        }
    }
    removed
}
