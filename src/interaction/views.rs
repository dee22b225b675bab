//! What one may ask of a domain. Plain data, made at the moment of asking; nothing is decided here.

use crate::base::{AgentId, Epoch, InteractionId, Millis, Process, UserData};
use crate::interaction::agent::{Agent, MediaState};
use crate::interaction::event::{Address, Attributes, Change, NotReadyCause};
use crate::interaction::ids::{MediaType, QueueName, Ticket};
use crate::interaction::party::{Errand, Invitation, Part};
use crate::interaction::property;
use crate::interaction::record::{Interaction, SessionPhase, Stage};
use crate::interaction::state::Domain;
use crate::interaction::workbin::Workbin;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// So long a session is looked after whose end was told. Its owner then has only to write down that
/// nothing is left to do.
const ENDED_LATELY: Duration = Duration::from_secs(300);

/// Bytes of user data that one answer shows, before its last interaction.
pub const MOST_BYTES: usize = 256 * 1024;

/// Everything that lies on an agent's desk: what he is shown at login and when he resumes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskView {
    pub status: AgentStatus,
    pub invitations: Vec<InvitationView>,
    pub handled: Vec<InteractionView>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentStatus {
    pub agent: AgentId,
    pub place: Option<String>,
    pub media: Vec<MediaStatus>,
    #[serde(default)]
    pub do_not_disturb: Option<Millis>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaStatus {
    pub media: MediaType,
    pub readiness: Readiness,
    pub since: Millis,
    /// How many he is offered or handles, and how many he may.
    pub load: u32,
    pub most: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Readiness {
    Ready,
    NotReady { reason: String, cause: NotReadyCause },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvitationView {
    pub ticket: Ticket,
    pub deadline: Millis,
    pub remaining: Duration,
    #[serde(default)]
    pub errand: Errand,
    pub interaction: InteractionView,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InteractionView {
    pub id: InteractionId,
    pub attributes: Arc<Attributes>,
    pub queue: QueueName,
    pub placed_at: Millis,
    pub stage: Stage,
    pub session: SessionPhase,
    #[serde(default)]
    pub held_at: Option<Millis>,
    /// Who handles it.
    pub parties: Vec<AgentId>,
    /// Who looks on, and as what.
    #[serde(default)]
    pub observers: Vec<(AgentId, Part)>,
    /// Who is invited to it, or asked about it.
    #[serde(default)]
    pub asked: Vec<AgentId>,
    /// User data and what the media server wrote beside it (`ChatServerHost`, `IsOnline` …).
    pub user_data: Arc<UserData>,
}

impl InteractionView {
    /// The workbin in which it lies.
    pub fn workbin(&self) -> Option<&Workbin> {
        match &self.stage {
            Stage::InWorkbin { workbin } => Some(workbin),
            Stage::Queued | Stage::Inviting { .. } | Stage::Handling | Stage::Stopped { .. } => {
                None
            }
        }
    }
}

/// A session that runs, and where it was last told to live. Whoever survives its node needs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnlineSession {
    pub interaction: InteractionId,
    pub host: Option<String>,
    pub port: Option<String>,
    pub app_name: Option<String>,
    pub owner: Option<Process>,
    pub epoch: Option<Epoch>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueFigures {
    pub queue: QueueName,
    pub n_waiting: usize,
    pub oldest_wait: Duration,
}

/// How many agents are logged in, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentFigures {
    /// Ready for at least one medium.
    pub n_ready: usize,
    pub n_not_ready: usize,
    /// Their connection was lost, and they may come back.
    pub n_lost: usize,
}

/// Whether an answer shows all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whole {
    Yes,
    No,
}

pub fn desk(domain: &Domain, agent: &AgentId, now: Millis) -> Option<DeskView> {
    let one = domain.agent(agent)?;
    let invitations = one.invited.iter();
    let invitations = invitations
        .filter_map(|(ticket, taken)| invitation(domain, &taken.interaction, *ticket, now));
    let handled =
        one.handling.keys().chain(&one.monitoring).filter_map(|id| interaction(domain, id));
    Some(DeskView {
        status: status(one),
        invitations: invitations.collect(),
        handled: handled.collect(),
    })
}

pub fn agent_status(domain: &Domain, agent: &AgentId) -> Option<AgentStatus> {
    domain.agent(agent).map(|one| status(one))
}

fn status(agent: &Agent) -> AgentStatus {
    let media = agent.media.iter().map(|(media, state)| {
        let (readiness, since) = match state {
            MediaState::Ready { since, .. } => (Readiness::Ready, *since),
            MediaState::NotReady { since, reason, cause } => {
                (Readiness::NotReady { reason: reason.clone(), cause: *cause }, *since)
            }
        };
        let (load, most) = (agent.load(media), agent.most(media));
        MediaStatus { media: media.clone(), readiness, since, load, most }
    });
    let (place, do_not_disturb) = (agent.place.clone(), agent.do_not_disturb);
    AgentStatus { agent: agent.id.clone(), place, media: media.collect(), do_not_disturb }
}

/// An invitation that still stands.
pub fn invitation(
    domain: &Domain,
    id: &InteractionId,
    ticket: Ticket,
    now: Millis,
) -> Option<InvitationView> {
    let one = domain.interaction(id)?;
    let Invitation { deadline, errand, .. } = one.invitation(ticket)?;
    let (remaining, interaction) = (deadline.since(now), view(one));
    Some(InvitationView { ticket, deadline, remaining, errand, interaction })
}

pub fn interaction(domain: &Domain, id: &InteractionId) -> Option<InteractionView> {
    let one = domain.interaction(id)?;
    Some(InteractionView { asked: asked(domain, one), ..view(one) })
}

fn asked(domain: &Domain, one: &Interaction) -> Vec<AgentId> {
    let about = one.consultations.iter().filter_map(|id| domain.interaction(id));
    let consulted = about.clone().flat_map(|child| child.handlers().cloned());
    let invited = about.flat_map(|child| child.invitations()).chain(one.invitations());
    consulted.chain(invited.map(|(_, open)| open.agent)).collect()
}

fn view(one: &Interaction) -> InteractionView {
    InteractionView {
        id: one.id.clone(),
        attributes: one.attributes.clone(),
        queue: one.queue.clone(),
        placed_at: one.placed_at,
        stage: one.stage.clone(),
        session: one.session,
        held_at: one.held_at,
        parties: one.handlers().cloned().collect(),
        observers: one.observers().map(|(agent, party)| (agent.clone(), party.part)).collect(),
        asked: vec![],
        user_data: one.user_data.clone(),
    }
}

/// What lies in a workbin, as it came; so many at most, and whether there is more.
pub fn workbin_content(
    domain: &Domain,
    workbin: &Workbin,
    most: usize,
) -> (Vec<InteractionView>, Whole) {
    let lying = domain.workbins().of(workbin).filter_map(|id| interaction(domain, id));
    page_of(lying, most)
}

/// So many at most, and no more than an answer may weigh.
pub(super) fn page_of(
    mut all: impl Iterator<Item = InteractionView>,
    most: usize,
) -> (Vec<InteractionView>, Whole) {
    let (mut page, mut n_bytes) = (vec![], 0);
    while page.len() < most && n_bytes < MOST_BYTES {
        let Some(one) = all.next() else { return (page, Whole::Yes) };
        n_bytes += one.user_data.n_bytes();
        page.push(one);
    }
    let whole = if all.next().is_some() { Whole::No } else { Whole::Yes };
    (page, whole)
}

/// All sessions that run, and those that ended lately.
pub fn online_sessions(domain: &Domain, now: Millis) -> Vec<OnlineSession> {
    let ended_lately = |one: &Interaction| {
        let is_late = |since: Millis| now.since(since) < ENDED_LATELY;
        one.session == SessionPhase::Ended && one.over_since.is_none_or(is_late)
    };
    let watched = domain.interactions().filter(|one| one.is_online() || ended_lately(one));
    let sessions = watched.map(|one| OnlineSession {
        interaction: one.id.clone(),
        host: one.user_data.text(property::CHAT_SERVER_HOST),
        port: one.user_data.text(property::CHAT_SERVER_PORT),
        app_name: one.user_data.text(property::CHAT_SERVER_APP_NAME),
        owner: one.owner.clone(),
        epoch: one.address_epoch,
    });
    sessions.collect()
}

/// The figures of each queue in which something waits.
pub fn queue_figures(domain: &Domain, now: Millis) -> Vec<QueueFigures> {
    let mut figures: BTreeMap<&QueueName, (usize, Millis)> = BTreeMap::new();
    for one in domain.waiting().all().filter_map(|id| domain.interaction(id)) {
        let (n_waiting, oldest) = figures.entry(&one.queue).or_insert((0, one.placed_at));
        *n_waiting += 1;
        *oldest = one.placed_at.min(*oldest);
    }
    let figures = figures.into_iter().map(|(queue, (n_waiting, oldest))| QueueFigures {
        queue: queue.clone(),
        n_waiting,
        oldest_wait: now.since(oldest),
    });
    figures.collect()
}

pub fn agent_figures(domain: &Domain) -> AgentFigures {
    let mut figures = AgentFigures::default();
    for agent in domain.agents() {
        let n_of_his_state = match (agent.is_connected(), agent.turns().next()) {
            (false, _) => &mut figures.n_lost,
            (true, Some(_)) => &mut figures.n_ready,
            (true, None) => &mut figures.n_not_ready,
        };
        *n_of_his_state += 1;
    }
    figures
}

/// What desks hear when a session has another owner.
pub(super) fn change_of_address(address: &Address) -> Change {
    let changed = UserData::default()
        .with(property::CHAT_SERVER_HOST, address.host.as_str())
        .with(property::CHAT_SERVER_PORT, address.port.to_string())
        .with(property::CHAT_SERVER_APP_NAME, address.app_name.as_str());
    Change { changed, ..Change::default() }
}

/// What desks hear when a session has ended.
pub(super) fn change_of_end(attached: &UserData) -> Change {
    let changed = attached.clone().with(property::IS_ONLINE, "0");
    Change { changed, ..Change::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Parting;
    use crate::interaction::command::{By, Command, SessionNote, Wanted};
    use crate::interaction::support::{Life, connection};

    #[test]
    fn a_desk_shows_what_is_offered_with_the_time_that_is_left_and_what_is_handled() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        life.chat("2");
        life.wait_seconds(10);

        let desk = desk(&life.domain, &"ada".into(), life.now).unwrap();

        assert_eq!(desk.handled[0].id, "1".into());
        assert_eq!(desk.invitations[0].interaction.id, "2".into());
        assert_eq!(desk.invitations[0].remaining, Duration::from_secs(20));
        assert_eq!((desk.status.media[0].load, desk.status.media[0].most), (2, 3));
    }

    #[test]
    fn each_agent_who_is_logged_in_is_counted_once() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.ready_agent("bob");
        life.ready_agent("eve");
        life.login("joe", Wanted::NotReady { reason: String::new() });
        let connection = connection("eve");
        let parting = Parting::Lost;
        life.wish(Command::ConnectionLost { agent: "eve".into(), connection, parting });

        let figures = agent_figures(&life.domain);

        assert_eq!(figures, AgentFigures { n_ready: 2, n_not_ready: 1, n_lost: 1 });
    }

    #[test]
    fn a_queue_tells_how_many_wait_and_how_long() {
        let mut life = Life::new();
        life.chat("1");
        life.wait_seconds(5);
        life.chat("2");

        let (queue, oldest_wait) = ("support".into(), Duration::from_secs(5));
        let figures = QueueFigures { queue, n_waiting: 2, oldest_wait };
        assert_eq!(queue_figures(&life.domain, life.now), [figures]);
    }

    #[test]
    fn sessions_that_run_are_listed_with_their_address() {
        let mut life = Life::new();
        life.chat("1");

        let sessions = online_sessions(&life.domain, life.now);

        assert_eq!(sessions[0].host.as_deref(), Some("node-a"));
        assert_eq!(sessions[0].epoch, None);
    }

    #[test]
    fn a_session_that_ended_is_looked_after_for_a_while() {
        let mut life = Life::new();
        life.chat("1");
        life.tell("1", [SessionNote::Ended { attached: UserData::default(), and_stop: false }]);
        life.stop("1", By::Operator);
        let ids = |life: &Life| -> Vec<_> {
            let sessions = online_sessions(&life.domain, life.now);
            sessions.into_iter().map(|one| one.interaction.0).collect()
        };

        assert_eq!(ids(&life), ["1"]);
        life.wait(ENDED_LATELY);
        assert_eq!(ids(&life), Vec::<String>::new());
    }
}
