//! What a routing domain remembers, and how it folds events in. The rules are in `decide`.
//!
//! The big maps are persistent, so a clone costs a few reference counts. Beside the two maps of
//! what is, there are lines and calendars made from them, which `index` keeps.

use crate::base::{AgentId, InteractionId, Position, UserData};
use crate::interaction::agent::{Agent, MediaState, Presence};
use crate::interaction::calendar::Calendar;
use crate::interaction::event::{Attributes, Event, Fact, Nature, NotReadyCause, RevokeReason};
use crate::interaction::ids::{MediaType, QueueName, ServerName};
use crate::interaction::journal::JournalSnapshot;
use crate::interaction::party::{Added, Invitation};
use crate::interaction::property;
use crate::interaction::queue::{Lane, Line};
use crate::interaction::record::{Interaction, Refusal, SessionPhase, Stage};
use crate::interaction::route::{Route, RouteEnd};
use crate::interaction::running::Keeper;
use crate::interaction::statistics::{Before, Statistics, StatisticsSnapshot};
use crate::interaction::workbin::Workbin;
use rpds::{RedBlackTreeMapSync, RedBlackTreeSetSync};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::sync::Arc;

/// How many interactions each view of a queue has given to its strategy.
pub type InHand = RedBlackTreeMapSync<(QueueName, String), u32>;

#[derive(Clone, Debug)]
pub struct Domain {
    pub(super) last: Position,
    pub(super) interactions: RedBlackTreeMapSync<InteractionId, Arc<Interaction>>,
    pub(super) agents: RedBlackTreeMapSync<AgentId, Arc<Agent>>,
    pub(super) waiting: Line<InteractionId>,
    pub(super) routable: Line<InteractionId, Lane>,
    pub(super) left_to_views: RedBlackTreeSetSync<(QueueName, InteractionId)>,
    pub(super) in_hand: InHand,
    pub(super) ready: Line<AgentId>,
    pub(super) not_ready: Line<AgentId>,
    pub(super) free: Line<AgentId>,
    pub(super) workbins: Line<InteractionId, Workbin>,
    pub(super) submissions: RedBlackTreeMapSync<(ServerName, String), InteractionId>,
    pub(super) calendar: Calendar,
    pub(super) statistics: Statistics,
}

/// The domain as it is kept at the head of an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DomainSnapshot {
    pub last: Position,
    pub interactions: Vec<Arc<Interaction>>,
    pub agents: Vec<Arc<Agent>>,
    /// Absent in what a version without figures wrote: the day then begins anew, and agents count from
    /// when they come back.
    #[serde(default)]
    pub statistics: StatisticsSnapshot,
    /// What happened lately; absent in what an older version wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub journal: Option<JournalSnapshot>,
}

impl Default for Domain {
    fn default() -> Self {
        Self {
            last: Position::NONE,
            interactions: RedBlackTreeMapSync::new_sync(),
            agents: RedBlackTreeMapSync::new_sync(),
            waiting: Line::default(),
            routable: Line::default(),
            left_to_views: RedBlackTreeSetSync::new_sync(),
            in_hand: InHand::new_sync(),
            ready: Line::default(),
            not_ready: Line::default(),
            free: Line::default(),
            workbins: Line::default(),
            submissions: RedBlackTreeMapSync::new_sync(),
            calendar: Calendar::default(),
            statistics: Statistics::default(),
        }
    }
}

impl Domain {
    pub fn to_snapshot(&self) -> DomainSnapshot {
        DomainSnapshot {
            last: self.last,
            interactions: self.interactions.values().cloned().collect(),
            agents: self.agents.values().cloned().collect(),
            statistics: self.statistics.to_snapshot(),
            journal: None,
        }
    }

    pub fn of_snapshot(snapshot: DomainSnapshot) -> Self {
        let statistics = Statistics::of_snapshot(snapshot.statistics);
        let mut domain = Self { last: snapshot.last, statistics, ..Self::default() };
        for interaction in snapshot.interactions {
            domain.put_interaction(interaction);
        }
        for agent in snapshot.agents {
            domain.put_agent(agent);
        }
        domain
    }

    pub fn last(&self) -> Position {
        self.last
    }

    pub fn interaction(&self, id: &InteractionId) -> Option<&Arc<Interaction>> {
        self.interactions.get(id)
    }

    pub fn agent(&self, id: &AgentId) -> Option<&Arc<Agent>> {
        self.agents.get(id)
    }

    pub fn interactions(&self) -> impl Iterator<Item = &Arc<Interaction>> {
        self.interactions.values()
    }

    /// In the order of their ids.
    pub fn interactions_after(
        &self,
        after: Bound<&InteractionId>,
    ) -> impl Iterator<Item = &Arc<Interaction>> {
        let range: (Bound<&InteractionId>, Bound<&InteractionId>) = (after, Bound::Unbounded);
        self.interactions.range(range).map(|(_, one)| one)
    }

    pub fn agents(&self) -> impl Iterator<Item = &Arc<Agent>> {
        self.agents.values()
    }

    /// Interactions in the queue, per medium in the order of their turns.
    pub fn waiting(&self) -> &Line<InteractionId> {
        &self.waiting
    }

    /// What agents are looked for, in lanes in the order of their turns.
    pub fn routable(&self) -> &Line<InteractionId, Lane> {
        &self.routable
    }

    /// What lies in a queue, or in a workbin that belongs to it, until one of its views takes it.
    pub fn left_to_views_of(&self, queue: &QueueName) -> impl Iterator<Item = &InteractionId> {
        let from = (queue.clone(), InteractionId::from(""));
        let of_queue = self.left_to_views.range(from..).take_while(move |(of, _)| of == queue);
        of_queue.map(|(_, id)| id)
    }

    pub fn in_hand(&self) -> &InHand {
        &self.in_hand
    }

    /// Agents who are ready, per medium in the order of their turns.
    pub fn ready(&self) -> &Line<AgentId> {
        &self.ready
    }

    /// Agents who are logged in for a medium and not ready.
    pub fn not_ready(&self) -> &Line<AgentId> {
        &self.not_ready
    }

    /// Those of them who could take one more, in the same order.
    pub fn free(&self) -> &Line<AgentId> {
        &self.free
    }

    /// What lies in workbins, per workbin in the order in which it came.
    pub fn workbins(&self) -> &Line<InteractionId, Workbin> {
        &self.workbins
    }

    /// What was submitted with this key.
    pub fn submitted(&self, server: &ServerName, key: &str) -> Option<&InteractionId> {
        self.submissions.get(&(server.clone(), key.to_owned()))
    }

    pub(super) fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    pub(super) fn fold(&mut self, event: &Event) {
        debug_assert!(event.position == self.last.next(), "gap before {}", event.position);
        self.last = event.position;
        self.count(event);
        match &event.fact {
            Fact::InteractionSubmitted { interaction, attributes, user_data } => {
                self.submit(event, interaction, attributes, user_data);
            }
            Fact::PlacedInQueue { interaction, queue, keeper } => {
                self.change(interaction, |one| place(one, (queue, *keeper), event));
            }
            Fact::PlacedInWorkbin { interaction, workbin, queue } => {
                let stage = Stage::InWorkbin { workbin: workbin.clone() };
                self.change(interaction, |one| {
                    one.keeper = if queue.is_some() { Keeper::Views } else { Keeper::Routing };
                    one.queue = queue.clone().unwrap_or_else(|| one.queue.clone());
                    // Whoever lays it aside has not refused what comes of it later.
                    one.refusals.clear();
                    lay(one, stage, event);
                });
            }
            Fact::StrategyMoved { interaction, running } => {
                self.change(interaction, |one| one.note_running(running.as_ref()));
            }
            Fact::HandedTo { interaction, keeper } => {
                self.change(interaction, |one| one.keeper = *keeper);
            }
            Fact::TakenFromWorkbin { interaction, .. } => {
                // With nobody, until the same wish says where it goes.
                self.change(interaction, |one| one.stage = Stage::Handling);
            }
            Fact::PropertiesChanged { interaction, change } => {
                self.change(interaction, |one| {
                    change.apply_to(Arc::make_mut(&mut one.user_data));
                    one.note_priority(change);
                });
            }
            Fact::HandlingTimed { interaction, until } => {
                self.change(interaction, |one| one.handled_until = Some(*until));
            }
            Fact::InteractionHeld { interaction, .. } => {
                self.change(interaction, |one| one.held_at = Some(event.at));
            }
            Fact::InteractionResumed { interaction, .. } => {
                self.change(interaction, |one| one.held_at = None);
            }
            Fact::AddressChanged { interaction, address } => {
                self.change(interaction, |one| {
                    let user_data = Arc::make_mut(&mut one.user_data);
                    user_data.set(property::CHAT_SERVER_HOST, address.host.as_str());
                    user_data.set(property::CHAT_SERVER_PORT, address.port.to_string());
                    user_data.set(property::CHAT_SERVER_APP_NAME, address.app_name.as_str());
                    one.owner.clone_from(&address.owner);
                    one.address_epoch = Some(address.epoch);
                });
            }
            Fact::SessionJoined { interaction, agent } => {
                self.change(interaction, |one| {
                    one.in_session.insert(agent.clone());
                });
            }
            Fact::SessionLeft { interaction, agent, .. } => {
                self.change(interaction, |one| {
                    one.in_session.remove(agent);
                });
            }
            Fact::SessionEnded { interaction, attached } => {
                self.change(interaction, |one| {
                    let user_data = Arc::make_mut(&mut one.user_data);
                    user_data.merge(attached);
                    user_data.set(property::IS_ONLINE, "0");
                    one.session = SessionPhase::Ended;
                    one.over_since = one.is_stopped().then_some(event.at);
                });
            }
            Fact::CursorMoved { interaction, upto } => {
                self.change(interaction, |one| one.cursor = *upto);
            }
            Fact::Invited { ticket, interaction, agent, deadline, errand, choice } => {
                let (ticket, at, deadline) = (*ticket, event.at, *deadline);
                let (agent, errand, choice) = (agent.clone(), errand.clone(), choice.clone());
                let invitation =
                    Invitation { agent: agent.clone(), deadline, errand: errand.clone() };
                let route = Route { ticket, at, agent, errand, choice, end: None };
                self.invite(interaction, invitation, route);
            }
            Fact::Rejected { ticket, interaction, agent, .. } => {
                self.withdraw(*ticket, interaction, agent, Some(Refusal::of(event)));
                self.note_route_end(*ticket, interaction, (event.at, RouteEnd::Rejected));
                // Whoever says no is not to have it, even if he looked into the session.
                self.change(interaction, |one| {
                    one.in_session.remove(agent);
                });
            }
            Fact::Revoked { ticket, interaction, agent, reason, .. } => {
                let refusal = (*reason == RevokeReason::Expired).then(|| Refusal::of(event));
                self.withdraw(*ticket, interaction, agent, refusal);
                self.note_route_end(*ticket, interaction, (event.at, RouteEnd::Revoked(*reason)));
            }
            Fact::PartyAdded { interaction, agent, how, errand } => {
                self.join(interaction, agent, (*how, errand));
                if let Added::Accepted { ticket } = how {
                    self.note_route_end(*ticket, interaction, (event.at, RouteEnd::Accepted));
                }
            }
            Fact::PartyRemoved { interaction, agent, reason } => {
                self.part(interaction, agent, *reason, event);
            }
            Fact::RefusalLapsed { interaction, agent } => {
                self.change(interaction, |one| {
                    one.refusals.remove(agent);
                });
            }
            Fact::ProcessingStopped { interaction, reason } => {
                self.end_consultation(interaction);
                self.change(interaction, |one| {
                    one.stage = Stage::Stopped { reason: reason.clone() };
                    one.in_session.clear();
                    one.refusals.clear();
                    one.held_at = None;
                    one.running = None;
                    one.handled_until = None;
                    one.over_since = (!one.is_online()).then_some(event.at);
                });
            }
            Fact::Forgotten { interaction } => self.drop_interaction(interaction),
            Fact::AgentLoggedIn { agent, connection, begun, place, profile, capacity } => {
                let presence =
                    Presence::Connected { connection: connection.clone(), since: event.position };
                let (place, capacity) = (place.clone(), capacity.clone());
                let mut one = Agent::new(agent.clone(), place, capacity, presence);
                one.note_newest(connection, *begun);
                one.profile = profile.clone();
                self.put_agent(Arc::new(one));
            }
            Fact::AgentLoggedOut { agent, .. } => self.drop_agent(agent),
            Fact::ConnectionLost { agent, counts_from } => {
                self.change_agent(agent, |one| {
                    let at = counts_from.unwrap_or(event.at);
                    one.presence = Presence::Lost { at, since: event.position };
                });
            }
            Fact::Resumed { agent, connection, begun, profile, capacity } => {
                self.change_agent(agent, |one| {
                    one.note_newest(connection, *begun);
                    let (connection, since) = (connection.clone(), event.position);
                    one.presence = Presence::Connected { connection, since };
                    one.capacity = capacity.clone();
                    if let Some(profile) = profile {
                        one.profile.clone_from(profile);
                    }
                })
            }
            Fact::MediaAdded { agent, media } => self.change_agent(agent, |one| {
                let reason = String::new();
                let cause = NotReadyCause::Asked;
                let state = MediaState::NotReady { since: event.at, reason, cause };
                one.media.insert(media.clone(), state);
            }),
            Fact::MediaRemoved { agent, media } => self.change_agent(agent, |one| {
                one.media.remove(media);
            }),
            Fact::MediaReady { agent, media } => self.change_agent(agent, |one| {
                let state = MediaState::Ready { since: event.at, turn: event.position };
                one.media.insert(media.clone(), state);
            }),
            Fact::MediaNotReady { agent, media, reason, cause } => {
                self.change_agent(agent, |one| {
                    let (reason, cause) = (reason.clone(), *cause);
                    let state = MediaState::NotReady { since: event.at, reason, cause };
                    one.media.insert(media.clone(), state);
                });
            }
            Fact::MediaReasonChanged { agent, media, reason } => {
                self.change_agent(agent, |one| {
                    if let Some(MediaState::NotReady { reason: kept, .. }) =
                        one.media.get_mut(media)
                    {
                        kept.clone_from(reason);
                    }
                });
            }
            Fact::DoNotDisturbSet { agent } => {
                self.change_agent(agent, |one| one.do_not_disturb = Some(event.at));
            }
            Fact::DoNotDisturbCleared { agent } => {
                self.change_agent(agent, |one| one.do_not_disturb = None);
            }
        }
    }

    fn count(&mut self, event: &Event) {
        let mut statistics = std::mem::take(&mut self.statistics);
        let before = Before { interactions: &self.interactions, agents: &self.agents };
        statistics.note(&before, event);
        self.statistics = statistics;
    }

    fn submit(
        &mut self,
        event: &Event,
        id: &InteractionId,
        attributes: &Attributes,
        user_data: &UserData,
    ) {
        if let Some(parent) = attributes.consultation.as_ref().map(|asked| &asked.parent)
            && self.interactions.contains_key(parent)
        {
            self.change(parent, |one| {
                one.consultations.insert(id.clone());
            });
        }
        let mut user_data = user_data.clone();
        let session = match attributes.nature {
            Nature::Session => SessionPhase::Online,
            Nature::Work => SessionPhase::Never,
        };
        if session == SessionPhase::Online {
            user_data.set(property::IS_ONLINE, "1");
        }
        self.put_interaction(Arc::new(Interaction {
            id: id.clone(),
            attributes: Arc::new(attributes.clone()),
            user_data: Arc::new(user_data),
            // It is placed in its queue by the next event of the same wish.
            queue: QueueName::from(""),
            placed_at: event.at,
            turn: event.position,
            stage: Stage::Queued,
            parties: BTreeMap::new(),
            beside: BTreeMap::new(),
            consultations: BTreeSet::new(),
            in_session: BTreeSet::new(),
            refusals: BTreeMap::new(),
            routes: vec![],
            held_at: None,
            last_agent: None,
            keeper: Keeper::Routing,
            running: None,
            last_request: 0,
            handled_until: None,
            session,
            owner: attributes.owner.clone(),
            cursor: Position::NONE,
            address_epoch: None,
            over_since: None,
        }));
    }

    fn end_consultation(&mut self, id: &InteractionId) {
        let asked = self.interaction(id).and_then(|one| one.attributes.consultation.clone());
        if let Some(parent) = asked.map(|asked| asked.parent)
            && self.interactions.contains_key(&parent)
        {
            self.change(&parent, |one| {
                one.consultations.remove(id);
            });
        }
    }

    pub(super) fn media_of(&self, id: &InteractionId) -> Option<MediaType> {
        self.interaction(id).map(|one| one.attributes.media.clone())
    }
}

fn place(one: &mut Interaction, (queue, keeper): (&QueueName, Keeper), event: &Event) {
    one.queue = queue.clone();
    one.keeper = keeper;
    lay(one, Stage::Queued, event);
}

/// At the end of where it waits.
fn lay(one: &mut Interaction, stage: Stage, event: &Event) {
    one.placed_at = event.at;
    one.turn = event.position;
    one.stage = stage;
    one.running = None;
    one.held_at = None;
    one.handled_until = None;
    one.in_session.clear();
}
