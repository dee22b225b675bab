//! The houses of a node behind a real agent listener, with accounts of its own; customers are made
//! directly.

use super::bomb::one_bomb;
use super::patience::eventually;
use super::streets::{Everybody, Streets};
use crate::support::accounts::cheap_hash;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use holdfast::base::{
    AgentId, BootId, Chance, Claim, Clock, Lane, Millis, ParticipantId, SessionId, ThingId,
    UserData, UserId,
};
use holdfast::chat::command::{Join, Once, Say};
use holdfast::chat::participant::{ClientVersion, Protocol};
use holdfast::chat::transcript::From;
use holdfast::chat::{self, Command, EventId, Fact, Look, Role, Session, Visibility};
use holdfast::config::{Agent, AgentRole, Config, Privilege, Secret};
use holdfast::contact::Archivist;
use holdfast::contact::response::Library;
use holdfast::edge::agent::{self, Pace};
use holdfast::edge::handles::{ClusterKey, Handles, StartOrigin};
use holdfast::interaction::{self, Capacity, Domain, MediaType, Scope, Scopes, ServerName};
use holdfast::owned::{Log, Shell, Thing};
use holdfast::ownership::Unanswered;
use holdfast::ownership::actor::{
    Arbiters, Directory, Doors, Place, Registry, Switchboard, Things,
};
use holdfast::ownership::restoration::Restoration;
use holdfast::store::EmbeddedStore;
use rand::Rng;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub const PASSWORD: &str = "correct horse";

pub struct DeskRig {
    pub address: SocketAddr,
    pub handles: Handles,
    pub api: Data<agent::Api>,
    pub ground: Arc<Ground>,
}

/// What nodes have in common.
pub struct Ground {
    pub store: EmbeddedStore,
    pub streets: Arc<Streets>,
    _folder: tempfile::TempDir,
}

/// What differs from a node as it is.
pub struct Settings {
    pub resume_window: Duration,
    pub delivering_timeout: Duration,
    pub longest_text: usize,
    pub pace: Pace,
    pub restoration: Restoration,
    pub responses: Arc<Library>,
}

/// A customer in a chat, without any edge.
pub struct Customer {
    pub session: SessionId,
    pub who: ParticipantId,
}

impl Default for Settings {
    fn default() -> Self {
        let resume_window = Duration::from_secs(15);
        let delivering_timeout = Duration::from_secs(30);
        let longest_text = chat::Policy::default().longest_text;
        let (pace, restoration) = (Pace::default(), Restoration::default());
        let responses = Arc::default();
        Self { resume_window, delivering_timeout, longest_text, pace, restoration, responses }
    }
}

impl DeskRig {
    pub async fn start() -> Self {
        Self::start_with(Settings::default()).await
    }

    pub async fn start_with(settings: Settings) -> Self {
        let rig = Self::start_in(&Ground::new(), "node-a", &settings);
        rig.handles.routing.wake_named(&rig.handles.routing_domain).await.unwrap();
        rig
    }

    /// Two nodes that know each other; the first one has the routing domain.
    pub async fn start_two(settings: [Settings; 2]) -> [Self; 2] {
        let ground = Ground::new();
        let [first, second] = settings;
        let first = Self::start_in(&ground, "node-a", &first);
        first.handles.routing.wake_named(&first.handles.routing_domain).await.unwrap();
        [first, Self::start_in(&ground, "node-b", &second)]
    }

    fn start_in(ground: &Arc<Ground>, name: &str, settings: &Settings) -> Self {
        let chat_policy = Arc::new(chat_policy(settings));
        let lane = Lane { node: name.into(), boot: BootId("boot".into()), k: 0 };
        let restoration = &settings.restoration;
        let sessions = ground.things::<Session>(&lane, chat_policy.clone(), restoration);
        let routing = Arc::new(routing_policy(settings));
        let routing = ground.things::<Domain>(&lane, routing, restoration);
        let routing_domain = ThingId::from("routing:Environment");
        let handles = Handles {
            sessions,
            routing,
            routing_domain,
            contacts: Archivist::new(Arc::new(ground.store.clone()), Arc::new(WallClock))
                .with_responses(settings.responses.clone()),
            clock: Arc::new(WallClock),
            chance: Arc::new(Dice),
            config: Arc::new(config()),
            chat_policy,
            cluster_key: ClusterKey(Arc::new([7; 32])),
            health: Arc::default(),
            me: lane.process(),
            peers: Some(ground.streets.clone()),
        };
        let api = Data::new(agent::Api::new(handles.clone(), settings.pace));
        let switchboard = Switchboard::new(lane.process())
            .with_things(&handles.sessions)
            .with_things(&handles.routing)
            .with(agent::TICKETS, agent::Api::answerer(&api));
        ground.streets.add(&lane.node, Arc::new(switchboard));
        let address = serve(&api);
        Self { address, handles, api, ground: ground.clone() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A customer begins a chat.
    pub async fn customer(&self, nickname: &str) -> Customer {
        self.customer_with(nickname, UserData::default()).await
    }

    pub async fn customer_with(&self, nickname: &str, user_data: UserData) -> Customer {
        let session = self.handles.new_session_id();
        let start = self.handles.new_start(StartOrigin {
            subject: "a question".into(),
            tenant: "Environment".into(),
            service: "customer-support".into(),
            queue: "chat-inbound".into(),
        });
        let join = Join {
            once: None,
            user_id: UserId(format!("user of {nickname}")),
            person: None,
            nickname: nickname.into(),
            role: Role::Client,
            visibility: Visibility::All,
            protocol: Protocol::None,
            client_version: ClientVersion::NEWEST,
            time_zone_offset: 0,
            text: None,
            user_data,
            start: Some(Box::new(start)),
        };
        let thing = ThingId::from(&session);
        let joined = self.handles.sessions.create(&thing, Command::Join(Box::new(join))).await;
        Customer { session, who: joined.unwrap().participant.unwrap() }
    }

    /// Says something until it is answered; with its key it is said once.
    pub async fn says(&self, customer: &Customer, text: &str) {
        let say = Say {
            once: Some(Once { id: format!("{:032x}", rand::random::<u128>()) }),
            who: customer.who,
            visibility: Visibility::All,
            receiver: None,
            text: text.into(),
            message_type: None,
            treat_as: None,
            attributes: UserData::default(),
        };
        let thing = ThingId::from(&customer.session);
        eventually("it is said", || async {
            match self.handles.sessions.perform(&thing, Command::Say(say.clone())).await {
                Err(Unanswered::TimedOut) => None,
                answered => Some(answered.unwrap()),
            }
        })
        .await;
    }

    /// The texts that a customer sees.
    pub async fn texts(&self, customer: &Customer) -> Vec<String> {
        let (who, from, typing) = (customer.who, From::Id(EventId(1)), None);
        let thing = ThingId::from(&customer.session);
        let seen = self.handles.sessions.look(&thing, Look::Poll { who, from, typing });
        let lines = seen.await.unwrap().polled().unwrap().view.lines.into_iter();
        let texts = lines.filter_map(|line| {
            let Fact::Said { words, .. } = &line.event.fact else { return None };
            Some(words.text.clone())
        });
        texts.collect()
    }

    /// What stands in the user data of a session.
    pub async fn datum(&self, customer: &Customer, key: &str) -> Option<String> {
        let thing = ThingId::from(&customer.session);
        let seen = self.handles.sessions.look(&thing, Look::Whole).await.unwrap();
        let (session, _) = Session::replay(None, seen.whole().unwrap().events);
        session.user_data.text(key)
    }

    /// Whether the session waits for somebody whose connection is lost.
    pub async fn has_lost_somebody(&self, session: &SessionId) -> bool {
        let seen = self.handles.sessions.look(&ThingId::from(session), Look::Whole).await.unwrap();
        !seen.whole().unwrap().lost.is_empty()
    }

    /// Makes the actor of a session panic once, and waits until it is taken over.
    pub async fn panic(&self, session: &SessionId) {
        let thing = ThingId::from(session);
        // Whether it is asked again after the panic is not this test's matter.
        let _ = self.handles.sessions.listen(&thing, Look::Whole, one_bomb::<Session>()).await;
    }
}

fn serve(api: &Data<agent::Api>) -> SocketAddr {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let routes = agent::configure(api.clone());
    let server = HttpServer::new(move || App::new().configure(routes.clone()))
        .on_connect(agent::on_connect)
        .workers(1)
        .disable_signals()
        .listen(listener)
        .unwrap();
    actix_web::rt::spawn(server.run());
    address
}

impl Ground {
    fn new() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(folder.path()).unwrap();
        Arc::new(Self { store, streets: Arc::default(), _folder: folder })
    }

    fn things<T: Thing>(
        &self,
        lane: &Lane,
        policy: Arc<T::Policy>,
        restoration: &Restoration,
    ) -> Things<T>
    where
        EmbeddedStore: Log<T>,
    {
        let restoration = restoration.clone();
        let view = Arc::new(Everybody);
        let place = Place { view, restoration, ..Place::alone(lane.clone()) };
        things_at(&self.store, policy, place.clone()).with_peers(self.streets.clone(), place)
    }
}

/// The way to things of one kind, on a store, that nobody outside hears of.
pub fn things<T: Thing>(store: &EmbeddedStore, policy: Arc<T::Policy>) -> Things<T>
where
    EmbeddedStore: Log<T>,
{
    let lane = Lane { node: "node-a".into(), boot: BootId("boot".into()), k: 0 };
    things_at(store, policy, Place::alone(lane))
}

fn things_at<T: Thing>(store: &EmbeddedStore, policy: Arc<T::Policy>, place: Place) -> Things<T>
where
    EmbeddedStore: Log<T>,
{
    let shell: Arc<dyn Shell<T>> = Arc::new(House { store: store.clone(), policy });
    let doors = Doors {
        owners: Arc::new(store.clone()),
        alarms: Arc::new(store.clone()),
        shell: shell.clone(),
        clock: Arc::new(WallClock),
        chance: Arc::new(Dice),
        place,
        keep_closed: Duration::from_secs(3_600),
    };
    let directory = Directory::default();
    let registry = Registry::start(doors, directory.clone(), Arbiters::start(1));
    Things::new(directory, registry, shell)
}

/// What other houses would be told is dropped.
struct House<T: Thing> {
    store: EmbeddedStore,
    policy: Arc<T::Policy>,
}

impl<T: Thing> Shell<T> for House<T>
where
    EmbeddedStore: Log<T>,
{
    fn now(&self) -> Millis {
        WallClock.now()
    }

    fn log(&self) -> &dyn Log<T> {
        &self.store
    }

    fn policy(&self) -> Arc<T::Policy> {
        self.policy.clone()
    }

    fn carry_out(&self, _: &Claim, _: Vec<T::Effect>) {}
}

struct WallClock;

impl Clock for WallClock {
    fn now(&self) -> Millis {
        #[expect(clippy::disallowed_methods, reason = "these tests run at the pace of the world")]
        let now = SystemTime::now();
        Millis(now.duration_since(UNIX_EPOCH).unwrap().as_millis().try_into().unwrap())
    }
}

struct Dice;

impl Chance for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

fn chat_policy(settings: &Settings) -> chat::Policy {
    chat::Policy {
        resume_window: settings.resume_window,
        longest_text: settings.longest_text,
        send_rate: 1_000,
        send_burst: 10_000,
        most_bytes: 100_000_000,
        ..chat::Policy::default()
    }
}

fn routing_policy(settings: &Settings) -> interaction::Policy {
    let names = ["ada", "bob", "sue"].map(AgentId::from);
    let most = [(MediaType::from("email"), 1), (MediaType::from("chat"), 3)];
    let scope = Scope { capacity: Some(Capacity::of_numbers(most)), ..Scope::default() };
    let agents = names.into_iter().map(|name| (name, scope.clone())).collect();
    let options = [("email.on-hold-queue".to_owned(), "return".to_owned())].into();
    let sales = Scope { options, ..Scope::default() };
    let groups = [("sales".into(), sales)].into();
    interaction::Policy {
        resume_window: settings.resume_window,
        delivering_timeout: settings.delivering_timeout,
        scopes: Scopes { agents, groups, ..Scopes::default() },
        media_servers: ["chat", "mail"].map(ServerName::from).into(),
        ..interaction::Policy::default()
    }
}

/// Of ada and bob. The rig's domain does not hear of its sessions, so they come to these unasked.
fn privileges() -> Vec<Privilege> {
    let mut privileges = Config::default().privileges.agent;
    privileges.extend([Privilege::PullFromQueues, Privilege::BargeIn, Privilege::Coach]);
    privileges
}

fn config() -> Config {
    let mut config = Config::default();
    for (name, role) in [
        ("ada", AgentRole::Agent),
        ("bob", AgentRole::Agent),
        ("sue", AgentRole::Supervisor),
        ("eve", AgentRole::Agent),
        ("kim", AgentRole::Agent),
        ("mail", AgentRole::Agent),
        ("rep", AgentRole::Agent),
    ] {
        let password_hash = Secret::new(&cheap_hash(PASSWORD));
        let nickname = name.to_uppercase();
        let capacity_chat = Some(3);
        let groups = if name == "ada" { vec!["sales".to_owned()] } else { vec![] };
        let privileges = match name {
            "ada" | "bob" => Some(privileges()),
            // May do everything an agent does, but end what is to last.
            "kim" => Some(
                privileges().into_iter().filter(|one| *one != Privilege::ReleaseAsync).collect(),
            ),
            _ => None,
        };
        let (is_media_server, is_reporting) = (name == "mail", name == "rep");
        let agent = Agent {
            password_hash,
            role,
            nickname,
            capacity_chat,
            privileges,
            is_media_server,
            is_reporting,
            groups,
            ..Agent::default()
        };
        config.agents.insert(name.into(), agent);
    }
    config
}
