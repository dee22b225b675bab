//! What stands beside the domain and is never stored: who hears at which desk, which media servers
//! hear, and whether this process has yet to take over from an earlier one.

use crate::base::{AgentId, InteractionId, Millis, Parting, Position};
use crate::interaction::door::{Declined, DeskNews, InWorkbin};
use crate::interaction::effect::Effect;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Change, Event, Fact, LogoutReason, RemoveReason, RevokeReason};
use crate::interaction::ids::{ConnectionId, QueueName, ServerName, Ticket};
use crate::interaction::journal::Journal;
use crate::interaction::moment::{Moment, holders, removed_by_stop};
use crate::interaction::party::Errand;
use crate::interaction::policy::Policy;
use crate::interaction::state::Domain;
use crate::interaction::stops::Stops;
use crate::interaction::view_checks::ViewChecks;
use crate::interaction::views;
use crate::interaction::workbin::{Following, Workbin};
use crate::owned::{Ear, Hearing, Room};
use crate::telemetry::meters;
use crate::workflow::Process;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How many workbins a desk may follow.
const MOST_FOLLOWED: usize = 100;

#[derive(Default)]
pub struct Desks {
    desks: BTreeMap<AgentId, Desk>,
    media_servers: BTreeMap<ServerName, Ear<Domain>>,
    earlier_life: Option<EarlierLife>,
    stops: Stops,
    view_checks: ViewChecks,
    /// Whether it was looked at once by the workflow of this life.
    is_adopted: bool,
    /// That workflow, for whoever looks at figures.
    pub(super) workflow: Option<Arc<Process>>,
    pub(super) journal: Journal,
}

struct Desk {
    connection: ConnectionId,
    listener: Ear<Domain>,
    /// Workbins of which it hears what changes.
    follows: BTreeSet<Workbin>,
}

/// The domain was rebuilt with agents in it, and nobody has yet said that they are not connected.
#[derive(Clone, Copy)]
struct EarlierLife {
    upto: Position,
    restored_at: Millis,
    parting: Parting,
}

impl Desks {
    pub(super) fn with(journal: Journal) -> Self {
        Self { journal, ..Self::default() }
    }

    /// Lets a desk hear. To miss nothing, do it within the same look that takes
    /// [`views::desk`]; a connection that is not the agent's is refused.
    pub fn listen(
        &mut self,
        domain: &Domain,
        agent: &AgentId,
        connection: ConnectionId,
        listener: Ear<Domain>,
    ) -> Result<(), Rejection> {
        let one = domain.agent(agent);
        if !one.is_some_and(|one| one.is_connected_by(&connection)) {
            return Err(Rejection::NotLoggedIn(agent.clone()));
        }
        let follows = BTreeSet::new();
        self.desks.insert(agent.clone(), Desk { connection, listener, follows });
        Ok(())
    }

    /// Whoever listens anew follows nothing until he says so again.
    pub fn follow(
        &mut self,
        agent: &AgentId,
        (workbin, following): (Workbin, Following),
    ) -> Result<(), Rejection> {
        let no = || Rejection::NotLoggedIn(agent.clone());
        let desk = self.desks.get_mut(agent).ok_or_else(no)?;
        match following {
            Following::Ends => {
                desk.follows.remove(&workbin);
            }
            Following::Begins if desk.follows.len() < MOST_FOLLOWED => {
                desk.follows.insert(workbin);
            }
            Following::Begins => return Err(Rejection::TooManyWorkbins(MOST_FOLLOWED)),
        }
        Ok(())
    }

    /// Lets a media server hear what became of its interactions.
    pub fn listen_as_media_server(&mut self, server: ServerName, listener: Ear<Domain>) {
        self.media_servers.insert(server, listener);
    }

    /// When the domain was rebuilt, if it is not yet said that nobody is connected.
    pub(super) fn restored_at(&self) -> Option<Millis> {
        self.earlier_life.map(|life| life.restored_at)
    }

    /// Up to which position connections belong to an earlier process, and how they lost it.
    pub(super) fn earlier_life(&self) -> Option<(Position, Parting)> {
        self.earlier_life.map(|life| (life.upto, life.parting))
    }

    /// When a stop should be told again.
    pub(super) fn stop_due_at(&self) -> Option<Millis> {
        self.stops.next_deadline()
    }

    /// When a view should look again at what lies in its queue.
    pub(super) fn views_due_at(&self) -> Option<Millis> {
        self.view_checks.next_deadline()
    }

    /// The queues whose views should look again.
    pub(super) fn queues_to_look_at(&self, now: Millis) -> Vec<QueueName> {
        self.view_checks.due(now)
    }

    pub(super) fn is_adopted(&self) -> bool {
        self.is_adopted
    }

    fn tell(&mut self, agent: &AgentId, news: &DeskNews) {
        let Some(desk) = self.desks.get_mut(agent) else { return };
        if desk.listener.hear(news.clone()) == Hearing::Gone {
            self.desks.remove(agent);
        }
    }

    fn tell_all<'a>(&mut self, agents: impl IntoIterator<Item = &'a AgentId>, news: &DeskNews) {
        for agent in agents {
            self.tell(agent, news);
        }
    }

    fn tell_media_server(&mut self, server: &ServerName, news: &DeskNews) {
        let Some(listener) = self.media_servers.get_mut(server) else { return };
        if listener.hear(news.clone()) == Hearing::Gone {
            self.media_servers.remove(server);
        }
    }

    fn tell_fact(&mut self, moment: &Moment<'_>, fact: &Fact) {
        let Moment { domain, now, .. } = *moment;
        match fact {
            Fact::Invited { ticket, interaction, agent, .. } => {
                self.tell_invited(domain, (*ticket, interaction), agent, now);
            }
            Fact::Rejected { ticket, interaction, agent, reason, errand } => {
                let why = Declined::Rejected { reason: reason.clone() };
                self.tell_inviter((*ticket, interaction, agent), errand, why);
            }
            Fact::Revoked { ticket, interaction, agent, reason, errand } => {
                let why = Declined::Revoked(*reason);
                self.tell_inviter((*ticket, interaction, agent), errand, why);
                let (ticket, interaction, reason) = (*ticket, interaction.clone(), *reason);
                self.tell(agent, &DeskNews::Revoked { ticket, interaction, reason });
            }
            Fact::PartyAdded { interaction, agent, how, errand } => {
                let around = moment.around(interaction, agent);
                let (interaction, agent) = (interaction.clone(), agent.clone());
                let (how, errand) = (*how, errand.clone());
                let news = DeskNews::PartyAdded { interaction, agent, how, errand };
                self.tell_all(&around, &news);
            }
            Fact::PartyRemoved { interaction, agent, reason } => {
                let around = moment.around(interaction, agent);
                let (interaction, agent) = (interaction.clone(), agent.clone());
                self.tell_removed(around, (interaction, agent), *reason);
            }
            Fact::PlacedInWorkbin { interaction, workbin, .. } => {
                self.tell_followers(workbin, interaction, InWorkbin::Placed);
            }
            Fact::TakenFromWorkbin { interaction, workbin } => {
                self.tell_followers(workbin, interaction, InWorkbin::Taken);
            }
            Fact::InteractionHeld { interaction, agent } => {
                let around = moment.around(interaction, agent);
                let (interaction, agent) = (interaction.clone(), agent.clone());
                self.tell_all(&around, &DeskNews::Held { interaction, agent });
            }
            Fact::InteractionResumed { interaction, agent } => {
                let around = moment.around(interaction, agent);
                let (interaction, agent) = (interaction.clone(), agent.clone());
                self.tell_all(&around, &DeskNews::Resumed { interaction, agent });
            }
            Fact::PropertiesChanged { interaction, change } => {
                let (interaction, change) = (interaction.clone(), change.clone());
                self.tell_properties(domain, interaction, change);
            }
            Fact::AddressChanged { interaction, address } => {
                let change = views::change_of_address(address);
                self.tell_properties(domain, interaction.clone(), change);
            }
            Fact::SessionEnded { interaction, attached } => {
                let change = views::change_of_end(attached);
                self.tell_properties(domain, interaction.clone(), change);
            }
            Fact::AgentLoggedOut { agent, reason } => self.tell_logged_out(agent, *reason),
            Fact::ConnectionLost { agent, .. } => {
                self.desks.remove(agent);
            }
            Fact::Resumed { agent, connection, .. } => self.displace(agent, connection),
            // Told as the agent's state, with the interaction's stopping, or to nobody.
            Fact::InteractionSubmitted { .. }
            | Fact::PlacedInQueue { .. }
            | Fact::StrategyMoved { .. }
            | Fact::HandedTo { .. }
            | Fact::SessionJoined { .. }
            | Fact::SessionLeft { .. }
            | Fact::CursorMoved { .. }
            | Fact::HandlingTimed { .. }
            | Fact::RefusalLapsed { .. }
            | Fact::ProcessingStopped { .. }
            | Fact::Forgotten { .. }
            | Fact::AgentLoggedIn { .. }
            | Fact::MediaAdded { .. }
            | Fact::MediaRemoved { .. }
            | Fact::MediaReady { .. }
            | Fact::MediaNotReady { .. }
            | Fact::MediaReasonChanged { .. }
            | Fact::DoNotDisturbSet { .. }
            | Fact::DoNotDisturbCleared { .. } => {}
        }
    }

    fn tell_invited(
        &mut self,
        domain: &Domain,
        (ticket, interaction): (Ticket, &InteractionId),
        agent: &AgentId,
        now: Millis,
    ) {
        // One that a later wish of the same batch has ended is not worth a ring.
        if let Some(invitation) = views::invitation(domain, interaction, ticket, now) {
            self.tell(agent, &DeskNews::Invited(Box::new(invitation)));
        }
    }

    /// He hears of what he has not done himself.
    fn tell_inviter(
        &mut self,
        (ticket, interaction, agent): (Ticket, &InteractionId, &AgentId),
        errand: &Errand,
        why: Declined,
    ) {
        let Some(inviter) = &errand.inviter else { return };
        if matches!(why, Declined::Revoked(reason) if !is_for_inviter(reason)) {
            return;
        }
        let (interaction, agent, errand) = (interaction.clone(), agent.clone(), errand.clone());
        self.tell(inviter, &DeskNews::Declined { ticket, interaction, agent, errand, why });
    }

    /// From whom it was taken, he hears just that.
    fn tell_removed(
        &mut self,
        mut around: BTreeSet<AgentId>,
        (interaction, agent): (InteractionId, AgentId),
        reason: RemoveReason,
    ) {
        if reason == RemoveReason::HandlingTimeout {
            around.remove(&agent);
            self.tell(&agent, &DeskNews::TakenAway { interaction: interaction.clone() });
        }
        self.tell_all(&around, &DeskNews::PartyRemoved { interaction, agent, reason });
    }

    fn tell_followers(&mut self, workbin: &Workbin, interaction: &InteractionId, what: InWorkbin) {
        let follows = self.desks.iter().filter(|(_, desk)| desk.follows.contains(workbin));
        let follows: Vec<AgentId> = follows.map(|(agent, _)| agent.clone()).collect();
        let (workbin, interaction) = (workbin.clone(), interaction.clone());
        self.tell_all(&follows, &DeskNews::WorkbinChanged { workbin, interaction, what });
    }

    fn tell_properties(&mut self, domain: &Domain, interaction: InteractionId, change: Change) {
        let Some(one) = domain.interaction(&interaction) else { return };
        if let Some(workbin) = one.workbin() {
            self.tell_followers(workbin, &interaction, InWorkbin::Changed);
        }
        self.tell_all(&holders(one), &DeskNews::PropertiesChanged { interaction, change });
    }

    fn tell_logged_out(&mut self, agent: &AgentId, reason: LogoutReason) {
        self.tell(agent, &DeskNews::LoggedOut { reason });
        self.desks.remove(agent);
    }

    fn displace(&mut self, agent: &AgentId, connection: &ConnectionId) {
        let desk = self.desks.get(agent);
        if desk.is_some_and(|desk| desk.connection != *connection) {
            self.tell(agent, &DeskNews::Displaced);
            self.desks.remove(agent);
        }
    }

    fn tell_stopped(&mut self, domain: &Domain, events: &[Arc<Event>]) {
        for event in events {
            let Fact::ProcessingStopped { interaction, reason } = &event.fact else { continue };
            let Some(one) = domain.interaction(interaction) else { continue };
            let news = DeskNews::ProcessingStopped {
                interaction: interaction.clone(),
                reason: reason.clone(),
            };
            let asks = one.attributes.consultation.as_ref().map(|asked| &asked.by);
            self.tell_all(removed_by_stop(events, interaction).into_iter().chain(asks), &news);
            self.tell_media_server(&one.attributes.submitted_by, &news);
        }
    }
}

impl Room<Domain> for Desks {
    fn remember(&mut self, event: &Arc<Event>) {
        self.journal.push(event);
    }

    fn committed(
        &mut self,
        domain: &Domain,
        events: &[Arc<Event>],
        now: Millis,
        policy: &Policy,
    ) -> Vec<Effect> {
        self.is_adopted = true;
        self.workflow.clone_from(&policy.workflow);
        self.view_checks.note(domain, policy, now);
        // The first wish of this life that was stored began by losing what the earlier one knew.
        if !events.is_empty() {
            self.earlier_life = None;
        }
        self.journal.keep(policy.journal);
        for (idx, event) in events.iter().enumerate() {
            self.journal.push(event);
            let later = events.get(idx + 1..).unwrap_or_default();
            self.tell_fact(&Moment { domain, later, now }, &event.fact);
            if let Some(result) = event.fact.offer_result() {
                meters().offers.of(result).increment(1);
            }
        }
        self.tell_stopped(domain, events);
        let touched: BTreeSet<&AgentId> =
            events.iter().filter_map(|event| event.fact.changes_status_of()).collect();
        for agent in touched {
            if let Some(status) = views::agent_status(domain, agent) {
                self.tell(agent, &DeskNews::Status(status));
            }
        }
        self.stops.note(domain, events, now);
        self.stops.due(domain, now)
    }

    fn restored(
        &mut self,
        domain: &Domain,
        parting: Parting,
        now: Millis,
        policy: &Policy,
    ) -> Vec<Effect> {
        self.workflow.clone_from(&policy.workflow);
        let anybody = domain.agents().next().is_some();
        let life = EarlierLife { upto: domain.last(), restored_at: now, parting };
        self.earlier_life = anybody.then_some(life);
        self.stops = Stops::of(domain, now);
        let mut effects = self.stops.due(domain, now);
        effects.extend(domain.open_services());
        effects
    }
}

/// Whether the inviter would not know it otherwise.
fn is_for_inviter(reason: RevokeReason) -> bool {
    match reason {
        RevokeReason::Expired | RevokeReason::LoggedOut | RevokeReason::MediaRemoved => true,
        RevokeReason::Stopped | RevokeReason::Moved | RevokeReason::Withdrawn => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::command::{By, Command, SessionNote};
    use crate::interaction::support::{Life, Notebook, connection};
    use crate::owned::Listener;
    use std::sync::Mutex;

    #[test]
    fn a_desk_hears_of_its_invitation_and_of_its_end() {
        let mut life = Life::new();
        life.ready_agent("ada");
        let heard = life.listen("ada");

        life.chat("1");
        life.wait_seconds(30);

        let heard = heard.lock().unwrap();
        assert!(matches!(heard[0], DeskNews::Invited(_)));
        assert!(matches!(heard[1], DeskNews::Status(_)));
        assert!(matches!(heard[2], DeskNews::Revoked { .. }));
        assert!(matches!(heard[3], DeskNews::Status(_)));
        assert_eq!(heard.len(), 4);
    }

    #[test]
    fn only_those_who_hold_an_interaction_hear_of_it() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.ready_agent("bob");
        let (ada, bob) = (life.listen("ada"), life.listen("bob"));

        life.chat("1");
        life.accept("1");
        life.tell("1", [SessionNote::Ended { attached: Default::default(), and_stop: false }]);
        life.stop("1", By::Agent("ada".into()));

        let is_news = |news: &&DeskNews| !matches!(news, DeskNews::Status(_));
        let ada = ada.lock().unwrap();
        let ada: Vec<_> = ada.iter().filter(is_news).collect();
        assert!(matches!(
            ada[..],
            [
                DeskNews::Invited(_),
                DeskNews::PartyAdded { .. },
                DeskNews::PropertiesChanged { .. },
                DeskNews::PartyRemoved { .. },
                DeskNews::ProcessingStopped { .. },
            ]
        ));
        assert_eq!(bob.lock().unwrap().len(), 0);
    }

    #[test]
    fn a_second_connection_takes_the_desk_over() {
        let mut life = Life::new();
        life.ready_agent("ada");
        let heard = life.listen("ada");

        life.wish(Command::Resume {
            agent: "ada".into(),
            connection: "second".into(),
            begun: None,
            profile: None,
        });
        life.chat("1");

        assert_eq!(*heard.lock().unwrap(), [DeskNews::Displaced]);
        let listener = Box::new(Notebook(heard));
        let old = connection("ada");
        assert!(life.desks.listen(&life.domain, &"ada".into(), old, listener).is_err());
    }

    #[test]
    fn a_media_server_hears_what_was_stopped() {
        let mut life = Life::new();
        let heard = Arc::new(Mutex::new(vec![]));
        life.desks.listen_as_media_server("chat".into(), Box::new(Notebook(heard.clone())));
        life.chat("1");

        life.stop("1", By::Operator);

        let (interaction, reason) = ("1".into(), "done".into());
        let stopped = DeskNews::ProcessingStopped { interaction, reason };
        assert_eq!(*heard.lock().unwrap(), [stopped]);
    }

    #[test]
    fn a_listener_that_is_gone_is_not_asked_twice() {
        let mut life = Life::new();
        life.ready_agent("ada");
        let (agent, old) = ("ada".into(), connection("ada"));
        life.desks.listen(&life.domain, &agent, old, Box::new(Gone)).unwrap();

        life.chat("1");

        assert!(life.desks.desks.is_empty());
        assert_eq!(life.invited_agent("1"), "ada", "who is heard is not who is logged in");
    }

    struct Gone;

    impl Listener<DeskNews> for Gone {
        fn hear(&mut self, _: DeskNews) -> Hearing {
            Hearing::Gone
        }
    }
}
