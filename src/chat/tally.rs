//! Numbers folded from the events of a session. A human agent or supervisor counts where the
//! customer can see him; bots are counted apart.

use crate::base::{Millis, ParticipantId};
use crate::chat::event::{Event, Fact, LeaveReason};
use crate::chat::participant::{Joined, Participant, Role, Style, Visibility};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Running numbers of one session (the guide's `csg_*` key-values).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    pub(super) from_agents: Said,
    pub(super) from_customers: Said,
    pub(super) from_bots: Said,
    pub(super) agents: People,
    pub(super) coaches: People,
    pub(super) monitors: People,
    pub(super) bots: People,
    pub(super) first_agent: Option<Millis>,
    pub(super) first_bot: Option<Millis>,
    pub(super) first_reply: Option<Millis>,
    /// When the newest leaving of an agent was whom the customer could see.
    agent_left: Option<Millis>,
    customer_came: Option<Millis>,
    customer_left: Option<Millis>,
    /// Why the customer left of his own accord.
    customer_quit: Option<LeaveReason>,
}

/// Each person once, however often he came. A copy costs nothing until somebody new comes.
pub(super) type People = Arc<BTreeSet<String>>;

type Participants = BTreeMap<ParticipantId, Arc<Participant>>;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub n_messages: u64,
    pub n_characters: u64,
}

impl Tally {
    /// Folds one event in; the participants are as they were before it.
    pub fn fold(&mut self, participants: &Participants, event: &Event) {
        match &event.fact {
            Fact::Joined { joined, .. } => self.fold_joined(joined, event.at),
            Fact::Said { who, words, .. } => {
                let author = participants.get(who);
                if let Some(author) = author.filter(|_| reaches_customer(participants, event)) {
                    self.fold_said(author, words.text.chars().count() as u64, event.at);
                }
            }
            Fact::Left { who, asker, reason, .. } => {
                if let Some(leaver) = participants.get(who) {
                    self.fold_left(leaver, *asker, *reason, event.at);
                }
            }
            Fact::Noticed { .. }
            | Fact::DataChanged { .. }
            | Fact::ContactFound { .. }
            | Fact::Closed { .. } => {}
        }
    }

    fn fold_joined(&mut self, joined: &Joined, at: Millis) {
        if joined.role == Role::Client {
            self.customer_came.get_or_insert(at);
        }
        if !matches!(joined.role, Role::Agent | Role::Supervisor) {
            return;
        }
        let group = match (joined.style, joined.visibility) {
            (Style::Bot, _) => &mut self.bots,
            (Style::Human, Visibility::All) => &mut self.agents,
            (Style::Human, Visibility::Int) => &mut self.coaches,
            (Style::Human, Visibility::Vip) => &mut self.monitors,
        };
        let person = joined.person.as_ref().map_or(&joined.nickname, |person| &person.0);
        if !group.contains(person) {
            Arc::make_mut(group).insert(person.clone());
        }
        if joined.visibility == Visibility::All {
            let first = match joined.style {
                Style::Bot => &mut self.first_bot,
                Style::Human => &mut self.first_agent,
            };
            first.get_or_insert(at);
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

    fn fold_left(
        &mut self,
        leaver: &Participant,
        asker: Option<ParticipantId>,
        reason: LeaveReason,
        at: Millis,
    ) {
        if leaver.is_visible_agent() {
            self.agent_left = Some(at);
        }
        if leaver.joined.role != Role::Client {
            return;
        }
        self.customer_left = Some(at);
        let of_his_own = matches!(reason, LeaveReason::Normal | LeaveReason::Disconnect);
        if asker.is_none() && of_his_own {
            self.customer_quit = Some(reason);
        }
    }

    /// How the customer left, if he went by himself before the session was closed.
    pub fn customer_quit(&self) -> Option<LeaveReason> {
        self.customer_quit
    }

    pub(super) fn seconds_with_customer(&self, ended: Millis) -> u64 {
        let Some(came) = self.customer_came else { return 0 };
        self.customer_left.unwrap_or(ended).since(came).as_secs()
    }

    /// All that one wish leads to has one time, so whoever went with the end has its time.
    pub(super) fn agent_presence(&self, closed: Millis) -> AgentPresence {
        match self.agent_left {
            _ if self.agents.is_empty() => AgentPresence::Absent,
            Some(left) if left < closed => AgentPresence::Visited,
            Some(_) | None => AgentPresence::Present,
        }
    }
}

/// Whether an agent or supervisor, who is no bot, was seen by the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentPresence {
    /// None ever came.
    Absent,
    /// All who came had left before the end.
    Visited,
    /// One was there until the end.
    Present,
}

impl AgentPresence {
    /// As `csg_SessionEndedAgent` says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Absent => "ABSENT",
            Self::Visited => "VISITED",
            Self::Present => "PRESENT",
        }
    }
}

/// What the customer cannot see is no message to or from him.
fn reaches_customer(participants: &Participants, event: &Event) -> bool {
    let to_customer = event.receiver.is_none_or(|receiver| {
        participants.get(&receiver).is_some_and(|known| known.joined.role == Role::Client)
    });
    event.visibility == Visibility::All && to_customer
}
