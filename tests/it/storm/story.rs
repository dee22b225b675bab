//! What the log of the routing domain tells, folded by rules that know nothing of its own.

use holdfast::base::Position;
use holdfast::interaction::{Domain, Fact, Stage};
use holdfast::owned::History;
use std::collections::{BTreeMap, BTreeSet};

/// Where an interaction is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Queued,
    Offered { agent: String, ticket: u64 },
    With(String),
    Stopped,
}

#[derive(Default)]
pub struct Story {
    pub last: u64,
    /// Whether it was read from the first event on.
    pub is_whole: bool,
    pub places: BTreeMap<String, Place>,
    /// Who was offered what, by ticket.
    pub offers: BTreeMap<u64, (String, String)>,
    pub accepted: BTreeSet<u64>,
    pub rejected: BTreeSet<u64>,
    pub complaints: Vec<String>,
}

impl Story {
    /// Read from the first event on, and there was none.
    pub fn of_nothing() -> Self {
        Self { is_whole: true, ..Self::default() }
    }

    /// Reads on. What was read before must be just what the history begins with.
    pub fn read(&mut self, history: History<Domain>) {
        match history.header {
            Some(header) if self.last == 0 => {
                self.is_whole = header.upto == Position::NONE;
                let held = header.snapshot.interactions.iter();
                let places =
                    held.map(|one| (one.id.0.clone(), Place::of(&one.stage, one.handlers())));
                self.places = places.collect();
                self.last = header.upto.0;
            }
            Some(header) => {
                let known = (self.last, &self.places);
                let held = header.snapshot.interactions.iter();
                let places =
                    held.map(|one| (one.id.0.clone(), Place::of(&one.stage, one.handlers())));
                let kept = (header.upto.0, &places.collect());
                if known != kept {
                    self.complain(&format!("{known:?} was known, and {kept:?} is kept"));
                }
            }
            None => self.is_whole = true,
        }
        for event in &history.events {
            self.last += 1;
            if event.position.0 != self.last {
                self.complain(&format!("event {} follows {}", event.position, self.last - 1));
            }
            self.take(&event.fact);
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "what moves nothing does not count")]
    fn take(&mut self, fact: &Fact) {
        match fact {
            Fact::InteractionSubmitted { interaction, .. } => {
                let before = self.places.insert(interaction.0.clone(), Place::Queued);
                self.expect(before.is_none(), || format!("{interaction} is submitted again"));
            }
            Fact::Invited { ticket, interaction, agent, .. } => {
                let (agent, ticket) = (agent.0.clone(), ticket.0.0);
                self.offers.insert(ticket, (agent.clone(), interaction.0.clone()));
                self.go((&interaction.0, &Place::Queued), Place::Offered { agent, ticket });
            }
            Fact::PartyAdded { interaction, agent, how, .. } => {
                let ticket = match how {
                    holdfast::interaction::party::Added::Accepted { ticket } => ticket.0.0,
                    other => return self.complain(&format!("{agent} came by {other:?}")),
                };
                self.accepted.insert(ticket);
                let offered = Place::Offered { agent: agent.0.clone(), ticket };
                self.go((&interaction.0, &offered), Place::With(agent.0.clone()));
            }
            Fact::Rejected { interaction, agent, ticket, .. } => {
                self.rejected.insert(ticket.0.0);
                let offered = Place::Offered { agent: agent.0.clone(), ticket: ticket.0.0 };
                self.go((&interaction.0, &offered), Place::Queued);
            }
            Fact::PartyRemoved { interaction, agent, .. } => {
                self.go((&interaction.0, &Place::With(agent.0.clone())), Place::Queued);
            }
            Fact::ProcessingStopped { interaction, .. } => {
                self.places.insert(interaction.0.clone(), Place::Stopped);
            }
            Fact::Revoked { .. } | Fact::Forgotten { .. } | Fact::AgentLoggedOut { .. } => {
                self.complain(&format!("nobody wished for {fact:?}"));
            }
            _ => {}
        }
    }

    fn go(&mut self, (interaction, from): (&str, &Place), to: Place) {
        let how = format!("{interaction} goes to {to:?}");
        let before = self.places.insert(interaction.to_owned(), to);
        self.expect(before.as_ref() == Some(from), || format!("{how} and was {before:?}"));
    }

    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.complain(&what());
        }
    }

    fn complain(&mut self, what: &str) {
        self.complaints.push(format!("in the log: {what}"));
    }
}

impl Place {
    fn of<'a>(
        stage: &Stage,
        mut handlers: impl Iterator<Item = &'a holdfast::base::AgentId>,
    ) -> Self {
        match stage {
            Stage::Queued | Stage::InWorkbin { .. } => Self::Queued,
            Stage::Inviting { agent, ticket, .. } => {
                Self::Offered { agent: agent.0.clone(), ticket: ticket.0.0 }
            }
            Stage::Handling => Self::With(handlers.next().unwrap().0.clone()),
            Stage::Stopped { .. } => Self::Stopped,
        }
    }
}
