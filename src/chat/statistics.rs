//! Numbers folded from the events of a session, attached to its interaction at the end. A human
//! agent or supervisor counts where the customer can see him; bots are counted apart.

use crate::base::{Millis, UserData};
use crate::chat::event::{EndReason, EndedBy, Event, Fact, LeaveReason};
use crate::chat::participant::{Participant, Role, Style, Visibility};
use crate::chat::state::Session;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Running numbers of one session (the seed's `csg_*` key-values).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    from_agents: Said,
    from_customers: Said,
    from_bots: Said,
    agents: Arc<BTreeSet<String>>,
    coaches: Arc<BTreeSet<String>>,
    monitors: Arc<BTreeSet<String>>,
    n_bots: u64,
    first_agent: Option<Millis>,
    first_reply: Option<Millis>,
    customer_left: Option<(Millis, LeaveReason)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Said {
    n_messages: u64,
    n_characters: u64,
}

impl Tally {
    /// Folds one event in; `author` is as he was before it.
    pub fn fold(&mut self, author: Option<&Arc<Participant>>, event: &Event) {
        match &event.fact {
            Fact::Joined { joined, .. } => {
                self.fold_joined(joined, event.at);
            }
            Fact::Said { words, .. } => {
                if let Some(author) = author
                    && event.visibility == Visibility::All
                {
                    self.fold_said(author, words.text.chars().count() as u64, event.at);
                }
            }
            Fact::Left { reason, .. } => {
                if author.is_some_and(|author| author.joined.role == Role::Client) {
                    self.customer_left = Some((event.at, *reason));
                }
            }
            Fact::Noticed { .. }
            | Fact::DataChanged { .. }
            | Fact::ContactFound { .. }
            | Fact::Closed { .. } => {}
        }
    }

    fn fold_joined(&mut self, joined: &crate::chat::participant::Joined, at: Millis) {
        if !matches!(joined.role, Role::Agent | Role::Supervisor) {
            return;
        }
        if joined.style == Style::Bot {
            self.n_bots += 1;
            return;
        }
        let person = joined.person.as_ref().map_or(&joined.nickname, |person| &person.0);
        let group = match joined.visibility {
            Visibility::All => &mut self.agents,
            Visibility::Int => &mut self.coaches,
            Visibility::Vip => &mut self.monitors,
        };
        Arc::make_mut(group).insert(person.clone());
        if joined.visibility == Visibility::All {
            self.first_agent.get_or_insert(at);
        }
    }

    fn fold_said(&mut self, author: &Participant, n_characters: u64, at: Millis) {
        let said = match author.joined.role {
            Role::Client => &mut self.from_customers,
            Role::Agent | Role::Supervisor if author.is_bot() => &mut self.from_bots,
            Role::Agent | Role::Supervisor => {
                self.first_reply.get_or_insert(at);
                &mut self.from_agents
            }
            Role::External | Role::System => return,
        };
        said.n_messages += 1;
        said.n_characters += n_characters;
    }

    /// What is attached to the interaction when the session has ended.
    pub fn attached(&self, session: &Session, ended: Millis) -> UserData {
        let mut attached = UserData::default();
        let mut put = |key: &str, number: u64| {
            attached.set(key, i64::try_from(number).unwrap_or(i64::MAX));
        };
        let started = session.started_at;
        let seconds = |at: Millis| at.since(started).as_secs();
        put("csg_MessagesFromAgentsCount", self.from_agents.n_messages);
        put("csg_MessagesFromAgentsSize", self.from_agents.n_characters);
        put("csg_MessagesFromCustomersCount", self.from_customers.n_messages);
        put("csg_MessagesFromCustomersSize", self.from_customers.n_characters);
        put("csg_MessagesFromBotsCount", self.from_bots.n_messages);
        put("csg_MessagesFromBotsSize", self.from_bots.n_characters);
        put("csg_PartiesAsAgentCount", self.agents.len() as u64);
        put("csg_PartiesAsCoachCount", self.coaches.len() as u64);
        put("csg_PartiesAsMonitorCount", self.monitors.len() as u64);
        put("csg_PartiesAsBotCount", self.n_bots);
        put("csg_SessionTotalTime", seconds(ended));
        put("csg_SessionUntilFirstAgentTime", self.first_agent.map_or(0, seconds));
        put("csg_SessionUntilFirstReplyTime", self.first_reply.map_or(0, seconds));
        let with_customer = self.customer_left.map_or(ended, |(at, _)| at);
        put("csg_SessionWithCustomerTime", seconds(with_customer));
        self.attach_ending(session, &mut attached);
        attached
    }

    fn attach_ending(&self, session: &Session, attached: &mut UserData) {
        if let Some(started) = &session.started {
            attached.set("csg_MediaType", started.media_type.as_str());
            attached.set("csg_TenantId", started.tenant.as_str());
        }
        if let Some(closing) = &session.closed {
            attached.set("csg_SessionEndedBy", closing.by.name());
            attached.set("csg_SessionEndedReason", self.reason_name(closing.by, closing.reason));
            attached.set("csg_SessionEndedAgent", self.agent_presence(session));
        }
    }

    /// A customer who left first has ended the session in his way, whatever came later.
    fn reason_name(&self, by: EndedBy, reason: EndReason) -> &'static str {
        match (by, self.customer_left) {
            (EndedBy::Client, Some((_, LeaveReason::Disconnect))) => "DISCONNECT",
            (EndedBy::Client, Some(_)) => "QUIT",
            _ => reason.name(),
        }
    }

    /// `ABSENT`: no agent ever came; `PRESENT`: one was there at the end; `VISITED`: neither.
    fn agent_presence(&self, session: &Session) -> &'static str {
        if self.agents.is_empty() {
            return "ABSENT";
        }
        let closing = session.closed.map(|closing| closing.at);
        let stayed = session.participants.values().any(|known| {
            known.is_visible_agent()
                && known
                    .left
                    .is_none_or(|_| closing.is_some() && self.left_with_the_end(known, session))
        });
        if stayed { "PRESENT" } else { "VISITED" }
    }

    /// Whoever leaves in the run of events that ends with the closing was there at the end.
    fn left_with_the_end(&self, known: &Participant, session: &Session) -> bool {
        let closing = session.closed.map_or(0, |closing| closing.position.0);
        let n_leaving = session.participants.len() as u64;
        known.left.is_some_and(|left| closing.saturating_sub(n_leaving) <= left.0)
    }
}
