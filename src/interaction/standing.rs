//! What an interaction is to an agent at the moment he wishes to come into its session, or to end it
//! for others. Plain data, made at the moment of asking; what follows from it is the edge's to say.

use crate::base::{AgentId, InteractionId};
use crate::interaction::agent::Hindrance;
use crate::interaction::party::Part;
use crate::interaction::record::{Interaction, Stage};
use crate::interaction::state::Domain;
use crate::interaction::workbin::Workbin;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// What he is to it, or is invited to be.
    pub part: Option<Part>,
    /// As what a colleague who handles it has asked him about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consulted: Option<Part>,
    /// Whether somebody handles it.
    pub is_handled: bool,
    /// The workbin in which it lies.
    pub workbin: Option<Workbin>,
    /// What keeps him from having one more of its medium by his own wish.
    pub hindrance: Option<Hindrance>,
}

impl Standing {
    /// Whether he handles it, or is asked to.
    pub fn handles(&self) -> bool {
        self.part.is_some_and(Part::handles)
    }
}

/// Nothing if the interaction is not known.
pub fn standing(domain: &Domain, agent: &AgentId, id: &InteractionId) -> Option<Standing> {
    let one = domain.interaction(id)?;
    let invited = one.invitations().into_iter().find(|(_, open)| open.agent == *agent);
    let party = one.parties.get(agent).map(|party| party.part);
    let media = &one.attributes.media;
    let hindrance = match domain.agent(agent) {
        Some(agent) => agent.hindrance_of_own_wish(media),
        None => Some(Hindrance::NotLoggedInForMedia),
    };
    Some(Standing {
        part: party.or_else(|| invited.map(|(_, open)| open.errand.part)),
        consulted: consulted(domain, one, agent),
        is_handled: one.stage == Stage::Handling,
        workbin: one.workbin().cloned(),
        hindrance,
    })
}

fn consulted(domain: &Domain, one: &Interaction, agent: &AgentId) -> Option<Part> {
    let questions = one.consultations.iter().filter_map(|id| domain.interaction(id));
    let mut of_his = questions.filter(|question| {
        let is_invited = question.invitations().iter().any(|(_, open)| open.agent == *agent);
        is_invited || question.parties.contains_key(agent)
    });
    of_his.find_map(|question| question.attributes.consultation.as_ref().map(|asked| asked.part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::command::Command;
    use crate::interaction::support::Life;

    #[test]
    fn who_is_invited_or_has_it_is_told_from_who_has_nothing_to_do_with_it() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        let of = |life: &Life, agent: &str| standing(&life.domain, &agent.into(), &"1".into());

        let invited = of(&life, "ada").unwrap();
        life.accept("1");
        life.ready_agent("sue");
        let (agent, interaction) = ("sue".into(), "1".into());
        life.wish(Command::Intrude { agent, interaction, part: Part::Coach });
        let (has_it, coach) = (of(&life, "ada").unwrap(), of(&life, "sue").unwrap());
        let stranger = of(&life, "bob").unwrap();

        assert_eq!((invited.part, invited.is_handled), (Some(Part::Handler), false));
        assert_eq!((has_it.part, has_it.is_handled), (Some(Part::Handler), true));
        assert!(coach.part == Some(Part::Coach) && !coach.handles());
        assert_eq!(stranger.part, None);
        assert_eq!(stranger.hindrance, Some(Hindrance::NotLoggedInForMedia));
        assert_eq!(standing(&life.domain, &"ada".into(), &"2".into()), None);
    }
}
