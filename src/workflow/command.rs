//! What can happen to a script, and what a step knows of its interaction.

use crate::base::expression::{Variable, Variables};
use crate::base::{AgentId, InteractionId, MediaType, Millis, QueueName, UserData};
use crate::workflow::strategy;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Why a step is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    /// A view gave the interaction to the strategy.
    Begun,
    /// Perhaps a deadline is over; perhaps a condition holds that did not.
    Looked,
    /// The answer to a request. One to another request than the last is no longer wanted.
    Answered { request: u64, answer: Answer },
    /// An agent took what was routed.
    Routed { agent: AgentId },
    /// An agent rejected or missed it.
    Refused { agent: AgentId },
    /// Its session is over: nobody is there any more for whom an agent is looked for.
    SessionEnded,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    Done(UserData),
    Failed(String),
}

/// An interaction, as far as expressions can look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brief {
    pub id: InteractionId,
    /// The interaction for which this one was made.
    pub parent: Option<InteractionId>,
    pub media: MediaType,
    pub subtype: String,
    pub queue: QueueName,
    pub priority: i64,
    pub submitted_at: Millis,
    pub placed_at: Millis,
    /// Who handled it last.
    pub last_agent: Option<AgentId>,
    pub user_data: Arc<UserData>,
}

impl Brief {
    /// What conditions of views see of it.
    pub fn variables(&self, now: Millis) -> Variables<'_> {
        self.variables_with(&self.user_data, now)
    }

    /// The same with other user data.
    pub(super) fn variables_with<'a>(
        &'a self,
        user_data: &'a UserData,
        now: Millis,
    ) -> Variables<'a> {
        let last_agent = self.last_agent.as_ref().map_or("", |agent| agent.as_str());
        let parent = self.parent.as_ref().map_or("", |parent| parent.as_str());
        let age = |since: Millis| {
            Variable::Number(i64::try_from(now.since(since).as_secs()).unwrap_or(i64::MAX))
        };
        Variables::at(now)
            .with(strategy::USER_DATA, Variable::UserData(user_data))
            .with(strategy::LAST_AGENT, Variable::Text(last_agent))
            .with(strategy::INTERACTION_ID, Variable::Text(self.id.as_str()))
            .with(strategy::PARENT_ID, Variable::Text(parent))
            .with(strategy::MEDIA_TYPE, Variable::Text(&self.media.0))
            .with(strategy::SUBTYPE, Variable::Text(&self.subtype))
            .with(strategy::QUEUE, Variable::Text(&self.queue.0))
            .with(strategy::PRIORITY, Variable::Number(self.priority))
            .with(strategy::AGE_IN_QUEUE, age(self.placed_at))
            .with(strategy::AGE, age(self.submitted_at))
    }
}
