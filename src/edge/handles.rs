//! What the edges hold of the node: ways to reach sessions, time and chance, the settings they
//! translate by. Cheap to clone.

use crate::base::chance::{hex, token};
use crate::base::{Chance, Clock, Millis, Process, SessionId, ThingId, UserId};
use crate::chat::command::Start;
use crate::chat::{ChatRoom, Command, Policy, Rejection, Session};
use crate::config::Config;
use crate::contact::Archivist;
use crate::interaction::Domain;
use crate::owned::{Scene, Thing};
use crate::ownership::actor::Things;
use crate::ownership::peers::Peers;
use crate::ownership::restoration::Asker;
use crate::telemetry::Health;
use std::sync::Arc;

#[derive(Clone)]
pub struct Handles {
    pub sessions: Things<Session>,
    pub routing: Things<Domain>,
    /// The name of the routing domain.
    pub routing_domain: ThingId,
    pub contacts: Archivist,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    pub config: Arc<Config>,
    pub chat_policy: Arc<Policy>,
    pub cluster_key: ClusterKey,
    pub health: Arc<Health>,
    /// This start of this node.
    pub me: Process,
    /// Ways to other nodes; none while this one is alone.
    pub peers: Option<Arc<dyn Peers>>,
}

/// The secret that all nodes of a cluster share: what one of them sealed, every other opens.
#[derive(Clone)]
pub struct ClusterKey(pub Arc<[u8; 32]>);

/// 22 letters and digits: 130 bits, which nobody guesses.
const SESSION_ID: usize = 22;

impl Handles {
    pub fn now(&self) -> Millis {
        self.clock.now()
    }

    pub fn new_session_id(&self) -> SessionId {
        SessionId(token(&*self.chance, SESSION_ID))
    }

    /// The same, for those who speak over one edge.
    pub fn for_asker(self, asker: Asker) -> Self {
        Self { sessions: self.sessions.for_asker(asker), ..self }
    }

    /// The key of a request: the client's own, or one made for this request alone, so that what the
    /// node tries again by itself is carried out once.
    pub fn key_for(&self, own: Option<String>) -> String {
        own.unwrap_or_else(|| token(&*self.chance, SESSION_ID))
    }

    /// 16 hex digits, as the API shows user ids. Not a secret.
    pub fn new_user_id(&self) -> UserId {
        UserId(hex(&*self.chance, 8))
    }

    /// Names the node on which a session lives, as far as this one knows.
    pub fn alias_of(&self, session: &SessionId) -> String {
        let owner = self.sessions.owner_elsewhere(&ThingId::from(session));
        owner.map_or_else(|| self.me.node.0.clone(), |owner| owner.node.0)
    }

    /// A session about to begin, with secrets of its own.
    pub fn new_start(&self, origin: StartOrigin) -> Start {
        let StartOrigin { subject, tenant, service, queue } = origin;
        let enforce = self.config.settings.session_password_enforce;
        Start {
            subject,
            tenant,
            service,
            queue,
            media_type: "chat".into(),
            salt: hex(&*self.chance, 16),
            password: enforce.then(|| token(&*self.chance, SESSION_ID)),
        }
    }

    /// Whether a session could begin with this wish. Asked before its name is claimed: a claim is
    /// stored, and one that nothing follows would stay for ever, as would the actor.
    pub fn check_start(&self, command: &Command) -> Result<(), Rejection> {
        let (room, policy) = (ChatRoom::default(), &*self.chat_policy);
        let scene = Scene { room: &room, drafted: &[], now: self.now(), policy };
        Session::default().decide(&scene, command.clone()).map(drop)
    }
}

/// Where a session is asked for.
pub struct StartOrigin {
    pub subject: String,
    pub tenant: String,
    pub service: String,
    pub queue: String,
}
