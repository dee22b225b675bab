//! A decision in the making: each fact is numbered and folded into a scratch copy, so that the next
//! rule sees it.

use crate::base::{InteractionId, Millis, Position};
use crate::interaction::command::Answer;
use crate::interaction::desks::Desks;
use crate::interaction::effect::Effect;
use crate::interaction::event::{Event, Fact, RevokeReason};
use crate::interaction::policy::Policy;
use crate::interaction::state::{Domain, InHand};
use crate::owned::{Decision, Scene, Thing};
use crate::workflow::Happening;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

pub struct Draft<'a> {
    domain: Domain,
    scene: &'a Scene<'a, Domain>,
    key: Option<String>,
    events: Vec<Event>,
    effects: Vec<Effect>,
    unsettled: BTreeSet<InteractionId>,
    stirred: VecDeque<(InteractionId, Happening)>,
    n_given: BTreeMap<InteractionId, usize>,
    in_hand_before: InHand,
    begun: BTreeSet<InteractionId>,
    routable: bool,
}

impl<'a> Draft<'a> {
    pub fn new(domain: &Domain, scene: &'a Scene<'a, Domain>) -> Self {
        Self {
            domain: domain.clone(),
            scene,
            key: None,
            events: vec![],
            effects: vec![],
            unsettled: BTreeSet::new(),
            stirred: VecDeque::new(),
            n_given: BTreeMap::new(),
            in_hand_before: domain.in_hand().clone(),
            begun: BTreeSet::new(),
            routable: false,
        }
    }

    /// The domain with everything drafted.
    pub fn domain(&self) -> &Domain {
        &self.domain
    }

    pub fn policy(&self) -> &'a Policy {
        self.scene.policy
    }

    pub fn room(&self) -> &'a Desks {
        self.scene.room
    }

    pub fn now(&self) -> Millis {
        self.scene.now
    }

    /// The position that the next fact will have.
    pub fn next_position(&self) -> Position {
        self.domain.last().next()
    }

    /// Keeps the wish's key with its first event.
    pub fn set_key(&mut self, key: Option<String>) {
        self.key = key;
    }

    pub fn record(&mut self, fact: Fact) {
        self.note(&fact);
        let event =
            Event { position: self.next_position(), at: self.now(), key: self.key.take(), fact };
        self.domain.apply(&event);
        self.events.push(event);
    }

    pub fn ask(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Interactions of which it must be said what becomes of them.
    pub fn take_unsettled(&mut self) -> BTreeSet<InteractionId> {
        std::mem::take(&mut self.unsettled)
    }

    /// Something happened that strategies and views may be concerned with.
    pub fn stir(&mut self, interaction: InteractionId, happening: Happening) {
        self.stirred.push_back((interaction, happening));
    }

    pub fn take_stirred(&mut self) -> Option<(InteractionId, Happening)> {
        self.stirred.pop_front()
    }

    /// Counts one more strategy that begins with an interaction, and says how many there were before.
    pub fn count_given(&mut self, interaction: &InteractionId) -> usize {
        let n_given = self.n_given.entry(interaction.clone()).or_default();
        *n_given += 1;
        *n_given - 1
    }

    /// How many each view has given to its strategy, as it was before this wish.
    pub fn in_hand_before(&self) -> &InHand {
        &self.in_hand_before
    }

    /// Interactions that somebody has come to handle.
    pub fn take_begun(&mut self) -> BTreeSet<InteractionId> {
        std::mem::take(&mut self.begun)
    }

    /// Whether anything was drafted after which somebody may be offered something.
    pub fn is_routable(&self) -> bool {
        self.routable
    }

    pub fn finish(self, answer: Answer) -> Decision<Domain> {
        Decision { events: self.events, effects: self.effects, answer }
    }

    fn note(&mut self, fact: &Fact) {
        if let Some((interaction, happening)) = stirs(fact) {
            self.stir(interaction.clone(), happening);
        }
        match fact {
            Fact::Rejected { interaction, .. }
            | Fact::Revoked { interaction, .. }
            | Fact::PartyRemoved { interaction, .. }
            | Fact::SessionJoined { interaction, .. }
            | Fact::SessionEnded { interaction, .. } => {
                self.unsettled.insert(interaction.clone());
                self.routable = true;
            }
            Fact::PartyAdded { interaction, errand, .. } => {
                if errand.part.handles() {
                    self.begun.insert(interaction.clone());
                }
                self.routable = true;
            }
            Fact::PlacedInQueue { .. }
            | Fact::PlacedInWorkbin { .. }
            | Fact::TakenFromWorkbin { .. }
            | Fact::StrategyMoved { .. }
            | Fact::HandedTo { .. }
            | Fact::RefusalLapsed { .. }
            | Fact::ProcessingStopped { .. }
            | Fact::AgentLoggedIn { .. }
            | Fact::AgentLoggedOut { .. }
            | Fact::ConnectionLost { .. }
            | Fact::Resumed { .. }
            | Fact::MediaAdded { .. }
            | Fact::MediaRemoved { .. }
            | Fact::MediaReady { .. }
            | Fact::MediaNotReady { .. }
            | Fact::DoNotDisturbSet { .. }
            | Fact::DoNotDisturbCleared { .. } => self.routable = true,
            Fact::InteractionSubmitted { .. }
            | Fact::PropertiesChanged { .. }
            | Fact::HandlingTimed { .. }
            | Fact::InteractionHeld { .. }
            | Fact::InteractionResumed { .. }
            | Fact::AddressChanged { .. }
            | Fact::SessionLeft { .. }
            | Fact::CursorMoved { .. }
            | Fact::Invited { .. }
            | Fact::MediaReasonChanged { .. }
            | Fact::Forgotten { .. } => {}
        }
    }
}

/// What a fact is to strategies and views.
fn stirs(fact: &Fact) -> Option<(&InteractionId, Happening)> {
    match fact {
        Fact::Rejected { interaction, agent, errand, .. }
        | Fact::Revoked { interaction, agent, errand, reason: RevokeReason::Expired, .. }
            if errand.is_routing() =>
        {
            Some((interaction, Happening::Refused { agent: agent.clone() }))
        }
        Fact::SessionEnded { interaction, .. } => Some((interaction, Happening::SessionEnded)),
        Fact::Rejected { interaction, .. }
        | Fact::Revoked { interaction, .. }
        | Fact::PlacedInQueue { interaction, .. }
        | Fact::PlacedInWorkbin { interaction, .. }
        | Fact::PropertiesChanged { interaction, .. }
        | Fact::AddressChanged { interaction, .. }
        | Fact::HandedTo { interaction, .. } => Some((interaction, Happening::Looked)),
        Fact::InteractionSubmitted { .. }
        | Fact::TakenFromWorkbin { .. }
        | Fact::StrategyMoved { .. }
        | Fact::HandlingTimed { .. }
        | Fact::InteractionHeld { .. }
        | Fact::InteractionResumed { .. }
        | Fact::SessionJoined { .. }
        | Fact::SessionLeft { .. }
        | Fact::CursorMoved { .. }
        | Fact::Invited { .. }
        | Fact::PartyAdded { .. }
        | Fact::PartyRemoved { .. }
        | Fact::RefusalLapsed { .. }
        | Fact::ProcessingStopped { .. }
        | Fact::Forgotten { .. }
        | Fact::AgentLoggedIn { .. }
        | Fact::AgentLoggedOut { .. }
        | Fact::ConnectionLost { .. }
        | Fact::Resumed { .. }
        | Fact::MediaAdded { .. }
        | Fact::MediaRemoved { .. }
        | Fact::MediaReady { .. }
        | Fact::MediaNotReady { .. }
        | Fact::MediaReasonChanged { .. }
        | Fact::DoNotDisturbSet { .. }
        | Fact::DoNotDisturbCleared { .. } => None,
    }
}
