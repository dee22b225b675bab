//! Interactions that are looked for. An answer is bounded in what it shows and in what it looks at,
//! and says from where on to ask again.

use crate::base::{AgentId, InteractionId, UserData};
use crate::interaction::ids::{MediaType, QueueName};
use crate::interaction::record::{Interaction, Stage};
use crate::interaction::state::Domain;
use crate::interaction::views::{self, InteractionView, MOST_BYTES};
use serde::{Deserialize, Serialize};
use std::ops::Bound;

/// Interactions that one answer looks at.
const MOST_EXAMINED: usize = 10_000;
/// Interactions that one answer shows.
pub const MOST_FOUND: usize = 100;

/// What is looked for. What is not said does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    pub queue: Option<QueueName>,
    pub state: Option<State>,
    pub media: Option<MediaType>,
    /// Who has it, or is invited to it.
    pub agent: Option<AgentId>,
    /// Properties that it has with just these values.
    pub properties: UserData,
    /// The last one of an earlier answer.
    pub after: Option<InteractionId>,
    pub limit: usize,
}

/// A stage without what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    Queued,
    Inviting,
    Handling,
    InWorkbin,
    Stopped,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    pub interactions: Vec<InteractionView>,
    /// Ask on from here; nothing if everything was looked at.
    pub next: Option<InteractionId>,
}

impl From<&Stage> for State {
    fn from(stage: &Stage) -> Self {
        match stage {
            Stage::Queued => Self::Queued,
            Stage::Inviting { .. } => Self::Inviting,
            Stage::Handling => Self::Handling,
            Stage::InWorkbin { .. } => Self::InWorkbin,
            Stage::Stopped { .. } => Self::Stopped,
        }
    }
}

/// In the order of their ids.
pub fn find(domain: &Domain, query: &Query) -> Found {
    let after = query.after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
    let limit = query.limit.clamp(1, MOST_FOUND);
    let mut found = Found::default();
    let mut n_bytes = 0;
    for (idx, one) in domain.interactions_after(after).enumerate() {
        let is_full = found.interactions.len() == limit || MOST_BYTES <= n_bytes;
        if is_full || MOST_EXAMINED <= idx {
            return found;
        }
        if query.fits(one) {
            n_bytes += one.user_data.n_bytes();
            found.interactions.extend(views::interaction(domain, &one.id));
        }
        found.next = Some(one.id.clone());
    }
    Found { next: None, ..found }
}

impl Query {
    fn fits(&self, one: &Interaction) -> bool {
        let has = |agent: &AgentId| {
            let mut invited = one.invitations().into_iter();
            one.parties.contains_key(agent) || invited.any(|(_, open)| open.agent == *agent)
        };
        let mut properties = self.properties.0.iter();
        self.queue.as_ref().is_none_or(|queue| *queue == one.queue)
            && self.state.is_none_or(|state| state == State::from(&one.stage))
            && self.media.as_ref().is_none_or(|media| *media == one.attributes.media)
            && self.agent.as_ref().is_none_or(has)
            && properties.all(|(key, value)| one.user_data.0.get(key) == Some(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::command::{Command, Submission};
    use crate::interaction::support::{Life, chat};

    #[test]
    fn what_fits_is_found_by_queue_state_agent_and_property() {
        let mut life = Life::new();
        life.chat("1");
        life.ready_agent("ada");
        life.chat("2");
        life.accept("1");
        life.policy.default_capacity = Default::default();
        let found = |query: Query| -> Vec<String> {
            let query = Query { limit: 10, ..query };
            let found = find(&life.domain, &query);
            assert_eq!(found.next, None);
            found.interactions.into_iter().map(|one| one.id.0).collect()
        };

        let handled = Query { state: Some(State::Handling), ..Query::default() };
        let elsewhere = Query { queue: Some("other".into()), ..Query::default() };
        let of_ada = Query { agent: Some("ada".into()), ..Query::default() };
        let ann = UserData::default().with("FirstName", "Ann");
        let of_ann = Query { properties: ann, ..Query::default() };
        let of_bob =
            Query { properties: UserData::default().with("FirstName", "Bob"), ..Query::default() };

        assert_eq!(found(handled), ["1"]);
        assert_eq!(found(elsewhere), Vec::<String>::new());
        assert_eq!(found(of_ada), ["1", "2"]);
        assert_eq!(found(of_ann), ["1", "2"]);
        assert_eq!(found(of_bob), Vec::<String>::new());
    }

    #[test]
    fn a_page_is_cut_by_what_it_weighs_as_well() {
        let mut life = Life::new();
        let n = 20;
        for n in 0..n {
            let heavy = (0..7).map(|key| (format!("k{key}"), "x".repeat(8_000)));
            let user_data = heavy.collect();
            life.wish(Command::Submit(Submission { user_data, ..chat(&format!("{n:02}")) }));
        }

        let first = find(&life.domain, &Query { limit: n, ..Query::default() });
        let twice = [first.interactions.clone(), first.interactions.clone()].concat();
        let (page, whole) = views::page_of(twice.into_iter(), n);

        let most = MOST_BYTES / 56_000 + 1;
        assert_eq!(first.interactions.len(), most);
        assert_eq!(first.next, first.interactions.last().map(|one| one.id.clone()));
        assert_eq!((page.len(), whole), (most, views::Whole::No));
    }

    #[test]
    fn pages_follow_each_other_without_a_gap_and_end() {
        let mut life = Life::new();
        let ids = ["1", "2", "3", "4", "5"];
        ids.into_iter().for_each(|id| life.chat(id));

        let mut seen = vec![];
        let mut after = None;
        loop {
            let query = Query { after, limit: 2, ..Query::default() };
            let found = find(&life.domain, &query);
            assert!(found.interactions.len() <= 2);
            seen.extend(found.interactions.into_iter().map(|one| one.id.0));
            after = found.next;
            if after.is_none() {
                break;
            }
        }

        assert_eq!(seen, ids);
    }
}
