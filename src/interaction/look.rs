//! What one may look at in a routing domain, and who may listen to it. Plain data, for whoever asks
//! may be on another node; what is shown is made in [`views`].

use crate::base::{AgentId, InteractionId, Millis, Position};
use crate::interaction::desks::Desks;
use crate::interaction::error::Rejection;
use crate::interaction::find::{self, Found, Query};
use crate::interaction::ids::{ConnectionId, ServerName};
use crate::interaction::journal::{NoPage, Page};
use crate::interaction::route::Route;
use crate::interaction::standing::{self, Standing};
use crate::interaction::state::Domain;
use crate::interaction::statistics::RealTime;
use crate::interaction::views::{
    self, AgentFigures, DeskView, InteractionView, OnlineSession, QueueFigures, Whole,
};
use crate::interaction::why::{WhyNotRouted, why_not_routed};
use crate::interaction::workbin::{Following, Workbin};
use crate::owned::Ear;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How many interactions one answer shows.
const MOST_SHOWN: usize = 100;

/// A look at a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Look {
    /// The desk of an agent, who from then on hears at it over this connection.
    ListenAtDesk {
        agent: AgentId,
        connection: ConnectionId,
    },
    /// From now on a media server hears what becomes of its interactions.
    ListenAsMediaServer(ServerName),
    Find(Query),
    /// What lies in a workbin.
    Workbin(Workbin),
    /// From now on a desk hears what changes in a workbin, or no more.
    FollowWorkbin {
        agent: AgentId,
        workbin: Workbin,
        following: Following,
    },
    Figures,
    /// The figures of the day, of all queues and agents.
    RealTime,
    Interaction(InteractionId),
    WhyNotRouted(InteractionId),
    /// The same together with the last invitations to it, of one moment.
    Why(InteractionId),
    /// What an interaction is to an agent.
    Standing {
        agent: AgentId,
        interaction: InteractionId,
    },
    /// All sessions that run, and where they were last told to live; and those that ended lately,
    /// because an owner may die after it told the end and before it wrote it down as settled.
    OnlineSessions,
    /// What happened after a position, in order; without one, from the oldest that is kept.
    Journal {
        after: Option<Position>,
        most: usize,
    },
}

/// What a look shows. Each look has its own form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    /// The desk, or why one does not hear at it.
    Desk(Result<Option<Box<DeskView>>, Rejection>),
    Found(Found),
    /// What lies there, or why one may not follow it.
    Workbin(Result<(Vec<InteractionView>, Whole), Rejection>),
    Figures(Figures),
    RealTime(Box<RealTime>),
    Interaction(Option<Box<InteractionView>>),
    WhyNotRouted(WhyNotRouted),
    Why(WhyNotRouted, Vec<Arc<Route>>),
    /// Nothing if the interaction is not known.
    Standing(Option<Standing>),
    OnlineSessions(Vec<OnlineSession>),
    Journal(Result<Page, NoPage>),
    Done,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    pub queues: Vec<QueueFigures>,
    pub agents: AgentFigures,
}

impl Figures {
    pub fn n_waiting(&self) -> usize {
        self.queues.iter().map(|queue| queue.n_waiting).sum()
    }
}

impl Domain {
    pub(super) fn see(
        &self,
        desks: &mut Desks,
        look: Look,
        listener: Option<Ear<Self>>,
        now: Millis,
    ) -> Sight {
        match look {
            Look::ListenAtDesk { agent, connection } => {
                let listening = match listener {
                    Some(listener) => desks.listen(self, &agent, connection, listener),
                    None => Ok(()),
                };
                Sight::Desk(listening.map(|()| views::desk(self, &agent, now).map(Box::new)))
            }
            Look::ListenAsMediaServer(server) => {
                if let Some(listener) = listener {
                    desks.listen_as_media_server(server, listener);
                }
                Sight::Done
            }
            Look::Find(query) => Sight::Found(find::find(self, &query)),
            Look::Workbin(workbin) => {
                Sight::Workbin(Ok(views::workbin_content(self, &workbin, MOST_SHOWN)))
            }
            Look::FollowWorkbin { agent, workbin, following } => {
                let content = views::workbin_content(self, &workbin, MOST_SHOWN);
                let follows = desks.follow(&agent, (workbin, following));
                Sight::Workbin(follows.map(|()| content))
            }
            Look::Figures => {
                let (queues, agents) =
                    (views::queue_figures(self, now), views::agent_figures(self));
                Sight::Figures(Figures { queues, agents })
            }
            Look::RealTime => {
                Sight::RealTime(Box::new(self.real_time(desks.workflow.as_deref(), now)))
            }
            Look::Interaction(id) => {
                Sight::Interaction(views::interaction(self, &id).map(Box::new))
            }
            Look::WhyNotRouted(id) => Sight::WhyNotRouted(why_not_routed(self, &id, now)),
            Look::Why(id) => {
                let one = self.interaction(&id);
                let routes = one.map(|one| one.routes.clone()).unwrap_or_default();
                Sight::Why(why_not_routed(self, &id, now), routes)
            }
            Look::Standing { agent, interaction } => {
                Sight::Standing(standing::standing(self, &agent, &interaction))
            }
            Look::OnlineSessions => Sight::OnlineSessions(views::online_sessions(self, now)),
            Look::Journal { after, most } => Sight::Journal(desks.journal.page(after, most)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::support::{Life, Notebook, connection};

    #[test]
    fn a_desk_is_shown_and_heard_at_only_over_the_connection_that_is_the_agents() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        let at_desk = |life: &mut Life, connection| {
            let look = Look::ListenAtDesk { agent: "ada".into(), connection };
            let notebook = Notebook(Default::default());
            let heard = notebook.0.clone();
            (life.domain.see(&mut life.desks, look, Some(Box::new(notebook)), life.now), heard)
        };

        let (sight, heard) = at_desk(&mut life, connection("ada"));
        let Sight::Desk(Ok(Some(desk))) = sight else { panic!("{sight:?}") };
        assert_eq!(desk.invitations.len(), 1);
        let (sight, _) = at_desk(&mut life, "another".into());
        assert_eq!(sight, Sight::Desk(Err(Rejection::NotLoggedIn("ada".into()))));
        life.accept("1");
        assert!(!heard.lock().unwrap().is_empty());
    }

    #[test]
    fn a_sight_comes_back_as_it_went() {
        let mut life = Life::new();
        life.chat("1");
        life.ready_agent("ada");
        life.chat("2");

        for look in [
            Look::Figures,
            Look::RealTime,
            Look::OnlineSessions,
            Look::Journal { after: None, most: 5 },
            Look::Journal { after: Some(Position(1_000)), most: 5 },
            Look::Interaction("1".into()),
            Look::WhyNotRouted("2".into()),
            Look::Why("1".into()),
            Look::Standing { agent: "ada".into(), interaction: "2".into() },
            Look::ListenAtDesk { agent: "ada".into(), connection: connection("ada") },
        ] {
            let sight = life.domain.see(&mut life.desks, look, None, life.now);
            let text = serde_json::to_string(&sight).unwrap();
            assert_eq!(serde_json::from_str::<Sight>(&text).unwrap(), sight);
        }
    }

    #[test]
    fn where_it_is_and_to_whom_it_was_offered_is_told_of_one_moment() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        let look = Look::Why("1".into());

        let Sight::Why(why, routes) = life.domain.see(&mut life.desks, look, None, life.now) else {
            panic!("another form");
        };

        assert!(matches!(why, WhyNotRouted::Offered { to, .. } if to.as_str() == "ada"));
        assert_eq!(routes.iter().map(|route| route.agent.as_str()).collect::<Vec<_>>(), ["ada"]);
    }
}
