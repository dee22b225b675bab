//! Sessions on an embedded store behind the real listeners, with a clock that only the test turns.
//! What other houses would be told is dropped.

use crate::support::counted::Counted;
use crate::support::{desk_rig, strict};
use actix_web::dev::ServerHandle;
use holdfast::base::user_data::UserData;
use holdfast::base::{
    Chance, Claim, Clock, Lane, Millis, ParticipantId, SessionId, ThingId, UserId,
};
use holdfast::chat::command::{AfterAction, Join, Leave, NoticeWish, Notify, Say};
use holdfast::chat::live::{LiveNotice, Typing};
use holdfast::chat::outbox::Destination;
use holdfast::chat::participant::{ClientVersion, Protocol};
use holdfast::chat::{
    Answer, ChatRoom, Command, Effect, EventId, Look, Policy, Role, Session, Sight, Visibility,
};
use holdfast::config::Config;
use holdfast::contact::Archivist;
use holdfast::edge::handles::{ClusterKey, Handles};
use holdfast::edge::push::Courier;
use holdfast::edge::server;
use holdfast::interaction::Domain;
use holdfast::owned::{Log, Shell, Thing};
use holdfast::ownership::actor::Doors;
use holdfast::ownership::actor::registry::Registry;
use holdfast::ownership::actor::{Arbiters, Directory, Place, Things};
use holdfast::ownership::door::OwnerTable;
use holdfast::store::embedded::EmbeddedStore;
use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use serde_json::Value;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tempfile::TempDir;

pub const SERVICE: &str = "/genesys/2/chat/customer-support";

pub struct Rig {
    pub base: String,
    pub client: reqwest::Client,
    pub handles: Handles,
    pub clock: Arc<Hands>,
    store: Arc<Counted>,
    server: ServerHandle,
    _folder: TempDir,
}

/// A customer's side of one chat.
#[derive(Clone, Debug)]
pub struct Chat {
    pub id: String,
    pub user: String,
    pub key: String,
}

/// An answer that a strict client could decode.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Value,
}

/// A clock whose hands stand still until somebody turns them.
#[derive(Default)]
pub struct Hands(AtomicU64);

struct House {
    store: Arc<Counted>,
    clock: Arc<Hands>,
    policy: Arc<Policy>,
    courier: Option<Arc<Courier>>,
}

/// Numbers that look random and are the same in each run.
struct Dice(AtomicU64);

impl Rig {
    pub fn start() -> Self {
        Self::start_with(Config::default(), Policy::default())
    }

    pub fn start_with(config: Config, policy: Policy) -> Self {
        Self::start_pushing(config, policy, None)
    }

    /// What sessions have to push goes to a courier.
    pub fn start_pushing(
        mut config: Config,
        policy: Policy,
        courier: Option<Arc<Courier>>,
    ) -> Self {
        // One thread is enough, and two cores are shared by all tests.
        config.node.arbiters = 1;
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(Hands(AtomicU64::new(1_700_000_000_000)));
        let embedded = EmbeddedStore::open(folder.path()).unwrap();
        let store = Arc::new(Counted::new(embedded.clone()));
        let policy = Arc::new(policy);
        let house = House { store: store.clone(), clock: clock.clone(), policy, courier };
        let handles = handles((&embedded, house), config);
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = server::customers(listener, &handles).unwrap();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let client = reqwest::Client::new();
        Self { base, client, handles, clock, store, server: handle, _folder: folder }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub async fn send(&self, request: RequestBuilder) -> Reply {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        assert_eq!(headers["content-type"], "application/json;charset=UTF-8");
        let body = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        strict::check(&body);
        Reply { status, headers, body }
    }

    pub async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.send(self.client.post(self.url(path)).form(form)).await
    }

    pub async fn create(&self, form: &[(&str, &str)]) -> Chat {
        Chat::of(&self.post(SERVICE, form).await)
    }

    pub async fn ask(&self, chat: &Chat, operation: &str, form: &[(&str, &str)]) -> Reply {
        let mut whole = chat.proof();
        whole.extend_from_slice(form);
        self.post(&chat.path(operation), &whole).await
    }

    pub async fn agent_joins(&self, chat: &Chat, nickname: &str) -> ParticipantId {
        self.joins(chat, nickname, Role::Agent, Visibility::All).await
    }

    pub async fn joins(
        &self,
        chat: &Chat,
        nickname: &str,
        role: Role,
        visibility: Visibility,
    ) -> ParticipantId {
        let join = Join {
            once: None,
            user_id: UserId(format!("user of {nickname}")),
            person: None,
            nickname: nickname.to_owned(),
            role,
            visibility,
            protocol: Protocol::None,
            client_version: ClientVersion::NEWEST,
            time_zone_offset: 0,
            text: None,
            user_data: UserData::default().with("secret-of-the-house", "1"),
            start: None,
        };
        self.perform(chat, Command::Join(Box::new(join))).await.participant.unwrap()
    }

    pub async fn says(&self, chat: &Chat, who: ParticipantId, text: &str) {
        self.says_to(chat, who, text, Visibility::All).await;
    }

    pub async fn says_to(&self, chat: &Chat, who: ParticipantId, text: &str, to: Visibility) {
        let say = Say {
            once: None,
            who,
            visibility: to,
            receiver: None,
            text: text.to_owned(),
            message_type: None,
            treat_as: None,
            attributes: UserData::default(),
        };
        self.perform(chat, Command::Say(say)).await;
    }

    pub async fn notifies(&self, chat: &Chat, who: ParticipantId, notice: NoticeWish) {
        let (visibility, receiver) = (Visibility::All, None);
        let attributes = UserData::default();
        let notify = Notify { once: None, who, visibility, receiver, notice, attributes };
        self.perform(chat, Command::Notify(notify)).await;
    }

    pub async fn types(&self, chat: &Chat, who: ParticipantId, preview: &str) {
        let notice = LiveNotice {
            id: EventId::default(),
            at: self.clock.now(),
            who,
            typing: Typing::Started,
            visibility: Visibility::All,
            receiver: None,
            preview: Some(preview.to_owned()),
        };
        self.look(chat, Look::Type(notice)).await;
    }

    pub async fn leaves(&self, chat: &Chat, who: ParticipantId, after: AfterAction) {
        let leave = Leave { once: None, asker: who, who, after, text: None };
        self.perform(chat, Command::Leave(leave)).await;
    }

    /// The other houses have heard everything, so nothing keeps a closed session's actor.
    pub async fn houses_confirm(&self, chat: &Chat) {
        self.houses_hear(chat).await;
        // Asked for before its end is marked, it would be brought to life again.
        while !self.store.locate(&chat.thing()).await.unwrap().closed {
            tokio::task::yield_now().await;
        }
    }

    /// The other houses have heard everything so far.
    pub async fn houses_hear(&self, chat: &Chat) {
        let upto = self.session(chat).await.0.last;
        for destination in [Destination::Interaction, Destination::History] {
            self.look(chat, Look::Confirm { destination, upto }).await;
        }
    }

    pub async fn is_asleep(&self, chat: &Chat) -> bool {
        self.store.locate(&chat.thing()).await.unwrap().asleep().is_some()
    }

    /// Turns the clock, and lets the session notice.
    pub async fn pass(&self, chat: &Chat, span: Duration) {
        self.clock.turn(span);
        self.perform(chat, Command::TimePassed).await;
    }

    pub async fn perform(&self, chat: &Chat, command: Command) -> Answer {
        self.handles.sessions.perform(&chat.thing(), command).await.unwrap()
    }

    pub async fn look(&self, chat: &Chat, look: Look) -> Sight {
        self.handles.sessions.look(&chat.thing(), look).await.unwrap()
    }

    /// How often the store was read.
    pub fn n_reads(&self) -> usize {
        self.store.n_reads()
    }

    /// The session and its transcript, as they are now.
    pub async fn session(&self, chat: &Chat) -> (Session, ChatRoom) {
        let seen = self.look(chat, Look::Whole).await;
        Session::from_snapshot(seen.whole().unwrap().events)
    }

    /// Stops the listener and waits for what it has begun.
    pub async fn stop(self) {
        self.server.stop(true).await;
    }
}

impl Chat {
    pub fn of(reply: &Reply) -> Self {
        assert_eq!((reply.status, &reply.body["statusCode"]), (200, &Value::from(0)), "{reply:?}");
        let text = |name: &str| reply.body[name].as_str().unwrap().to_owned();
        Self { id: text("chatId"), user: text("userId"), key: text("secureKey") }
    }

    pub fn path(&self, operation: &str) -> String {
        format!("{SERVICE}/{}/{operation}", self.id)
    }

    pub fn proof(&self) -> Vec<(&str, &str)> {
        vec![("userId", &self.user), ("secureKey", &self.key), ("alias", "1")]
    }

    pub fn thing(&self) -> ThingId {
        ThingId::from(&SessionId(self.id.clone()))
    }
}

impl Reply {
    /// What happened, as `type: text` of each message.
    pub fn lines(&self) -> Vec<String> {
        let line = |message: &Value| {
            let kind = message["type"].as_str().unwrap();
            match message["text"].as_str() {
                Some(text) => format!("{kind}: {text}"),
                None => kind.to_owned(),
            }
        };
        self.messages().iter().map(line).collect()
    }

    pub fn messages(&self) -> &[Value] {
        self.body["messages"].as_array().unwrap()
    }

    pub fn indexes(&self) -> Vec<u64> {
        self.messages().iter().map(|message| message["index"].as_u64().unwrap()).collect()
    }

    pub fn next(&self) -> u64 {
        self.body["nextPosition"].as_u64().unwrap()
    }

    /// HTTP status, status code, first error, whether the chat has ended.
    pub fn refusal(&self) -> (u16, u64, u64, bool) {
        let number = |value: &Value| value.as_u64().unwrap_or_default();
        let code = number(&self.body["errors"][0]["code"]);
        let ended = self.body["chatEnded"].as_bool().unwrap();
        (self.status, number(&self.body["statusCode"]), code, ended)
    }
}

impl Hands {
    pub fn turn(&self, span: Duration) {
        let millis = u64::try_from(span.as_millis()).unwrap();
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for Hands {
    fn now(&self) -> Millis {
        Millis(self.0.load(Ordering::Relaxed))
    }
}

impl Chance for Dice {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let mut mixed = self.0.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            *byte = mixed.to_be_bytes()[0];
        }
    }
}

impl Shell<Session> for House {
    fn now(&self) -> Millis {
        self.clock.now()
    }

    fn log(&self) -> &dyn Log<Session> {
        &*self.store
    }

    fn policy(&self) -> Arc<Policy> {
        self.policy.clone()
    }

    fn carry_out(&self, claim: &Claim, effects: Vec<Effect>) {
        let Some(courier) = &self.courier else { return };
        let session = SessionId(claim.thing().0.clone());
        for effect in effects {
            if let Effect::Push(note) = effect {
                courier.push(&session, *note);
            }
        }
    }
}

fn handles((embedded, house): (&EmbeddedStore, House), config: Config) -> Handles {
    let chance = Arc::new(Dice(AtomicU64::new(7)));
    let House { store, clock, policy, .. } = &house;
    let (store, clock, policy) = (store.clone(), clock.clone(), policy.clone());
    let shell: Arc<dyn Shell<Session>> = Arc::new(house);
    let lane = Lane { node: "node-a".into(), boot: "boot".into(), k: 0 };
    let doors = Doors {
        owners: store,
        alarms: Arc::new(embedded.clone()),
        shell: shell.clone(),
        clock: clock.clone(),
        chance: chance.clone(),
        place: Place::alone(lane.clone()),
        keep_closed: Duration::from_secs(7 * 86_400),
    };
    let directory = Directory::default();
    let registry = Registry::start(doors, directory.clone(), Arbiters::one());
    let routing = desk_rig::things::<Domain>(embedded, Arc::default());
    Handles {
        sessions: Things::new(directory, registry, shell),
        routing,
        routing_domain: ThingId::from("routing:Environment"),
        contacts: Archivist::new(Arc::new(embedded.clone()), clock.clone()),
        health: Arc::default(),
        clock: clock.clone(),
        chance,
        config: Arc::new(config),
        chat_policy: policy,
        cluster_key: ClusterKey(Arc::new([7; 32])),
        me: lane.process(),
        peers: None,
    }
}
