//! What one connection is and where its frames go: to the session they name, or to the routing
//! domain. Each has a queue of its own, so that a session that is slow holds up no other.

use super::Api;
use super::account::Account;
use super::at_work::{AtWork, working};
use super::attendance::{self, MOST_WORK, Opening, Work};
use super::chat_frames::{self, Identity};
use super::desk::{self, Beginning, Desk, Wish};
use super::goodbye::Goodbye;
use super::interaction_frames::Client;
use super::outbox::{Disconnected, Outbox};
use super::privilege;
use super::refuse::{NO_SUCH_USER, Refused};
use super::seat::{resume_token, resumed};
use super::signs::Signs;
use super::visitor::Visitor;
use super::wire::frame::{Beat, Moved, Registered};
use super::wire::request::{ClientType, Register, Resume};
use super::wire::{Frame, Ref, Request, RequestFrame};
use crate::base::chance::hex;
use crate::base::{Millis, SessionId};
use crate::chat::participant::ClientVersion;
use crate::interaction::{ConnectionId, ServerName};
use actix_web::rt;
use actix_web::web::Data;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::future::pending;
use std::sync::Mutex;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

/// Sessions that one connection may attend at a time.
const MOST_SESSIONS: usize = 200;
/// Frames for the domain that may wait.
const MOST_WISHES: usize = 64;
/// How long what was begun may take before its client is let go: somewhat longer than a request.
const MOST_WORKED: Duration = Duration::from_millis(2_500);
/// The name under which this node's own chats are submitted.
const OWN_MEDIA_SERVER: &str = "chat";

pub struct Connection {
    api: Data<Api>,
    account: Account,
    out: Outbox,
    stage: Option<Stage>,
}

/// What is there once the client has registered.
struct Stage {
    visitor: Visitor,
    client_type: ClientType,
    wishes: mpsc::Sender<Wish>,
    sessions: BTreeMap<String, mpsc::Sender<Work>>,
    ended: oneshot::Receiver<Goodbye>,
    /// Ends when nobody works for this connection any more.
    at_work: AtWork,
    signs: Signs,
}

impl Connection {
    pub fn new(api: Data<Api>, account: Account, out: Outbox) -> Self {
        Self { api, account, out, stage: None }
    }

    pub fn now(&self) -> Millis {
        self.api.handles.now()
    }

    pub fn is_registered(&self) -> bool {
        self.stage.is_some()
    }

    /// Ends when another connection takes this one's place.
    pub async fn replaced(&mut self) -> Goodbye {
        match &mut self.stage {
            Some(stage) => (&mut stage.ended).await.unwrap_or(Goodbye::Replaced),
            None => pending().await,
        }
    }

    /// Ends all work of this connection in order, and tells how far each session was shown.
    pub async fn move_on(&mut self) -> Result<(), Disconnected> {
        let n_attended = match self.stage.take() {
            Some(Stage { visitor, wishes, sessions, mut at_work, .. }) => {
                let n_attended = sessions.values().filter(|work| !work.is_closed()).count();
                at_work.will_move();
                drop((visitor, wishes, sessions));
                // A session or a domain that cannot be reached does not keep the client.
                let _ = timeout(MOST_WORKED, at_work.ended()).await;
                n_attended
            }
            None => 0,
        };
        if n_attended == 0 { self.out.send(Frame::Moved(Moved::default())).await } else { Ok(()) }
    }

    /// Takes one frame of the client.
    pub async fn take(&mut self, text: &str) -> Result<(), Disconnected> {
        match serde_json::from_str(text) {
            Ok(RequestFrame { reference, request }) => self.dispatch(reference, request).await,
            Err(error) => {
                let refused = Refused::new(400, format!("not a frame: {error}"));
                self.out.send(refused.into_frame(reference_in(text), None)).await
            }
        }
    }

    async fn dispatch(
        &mut self,
        reference: Option<Ref>,
        request: Request,
    ) -> Result<(), Disconnected> {
        if let Err(refused) = self.may(&request) {
            return self.out.send(refused.into_frame(reference, None)).await;
        }
        self.show_work(&request);
        let taken = match request {
            Request::Ping(_) => return self.out.send(Frame::Pong(Beat { reference })).await,
            Request::Pong(_) => return Ok(()),
            Request::Register(register) => {
                return self.register(reference, register).await;
            }
            Request::Join(join) => self.join(reference.clone(), join),
            request @ (Request::Message(_)
            | Request::Notify(_)
            | Request::Release(_)
            | Request::UpdateData(_)
            | Request::HandToBot(_)
            | Request::TakeFromBot(_)
            | Request::Transcript(_)) => self.hand_to_session(reference.clone(), request),
            request @ (Request::AgentLogin(_)
            | Request::AgentLogout(_)
            | Request::AddMedia(_)
            | Request::RemoveMedia(_)
            | Request::Ready(_)
            | Request::NotReady(_)
            | Request::ChangeMediaStateReason(_)
            | Request::DoNotDisturbOn(_)
            | Request::DoNotDisturbOff(_)
            | Request::ChangeAgentState(_)
            | Request::Accept(_)
            | Request::Reject(_)
            | Request::Transfer(_)
            | Request::Conference(_)
            | Request::Consult(_)
            | Request::Intrude(_)
            | Request::WithdrawInvitation(_)
            | Request::Assign(_)
            | Request::KeepWaiting(_)
            | Request::PlaceOnHold(_)
            | Request::EndWaiting(_)
            | Request::LeaveInteraction(_)
            | Request::StopProcessing(_)
            | Request::PlaceInQueue(_)
            | Request::PlaceInWorkbin(_)
            | Request::Pull(_)
            | Request::GetWorkbinContent(_)
            | Request::GetInteractionProperties(_)
            | Request::FindInteractions(_)
            | Request::WorkbinNotifications(_)
            | Request::ChangeProperties(_)
            | Request::Submit(_)) => self.hand_to_domain(reference.clone(), request),
        };
        match taken {
            Ok(()) => Ok(()),
            Err(refused) => self.out.send(refused.into_frame(reference, None)).await,
        }
    }

    /// Every request of an agent's desk is a sign that he works, chat or not (decision 0038).
    fn show_work(&mut self, request: &Request) {
        if matches!(request, Request::Ping(_) | Request::Pong(_)) {
            return;
        }
        if let Some(Stage { client_type: ClientType::AgentApplication, visitor, signs, .. }) =
            &mut self.stage
        {
            signs.give(visitor);
        }
    }

    /// Who has not registered is refused for that.
    fn may(&self, request: &Request) -> Result<(), Refused> {
        let Some(stage) = &self.stage else { return Ok(()) };
        let Visitor { handles, identity, .. } = &stage.visitor;
        privilege::check((&identity.agent, identity.role), &handles.config, request)
    }

    async fn register(
        &mut self,
        reference: Option<Ref>,
        register: Register,
    ) -> Result<(), Disconnected> {
        let registered = match self.check(&register) {
            Ok(identity) => self.begin(reference, identity, register),
            Err(refused) => return self.out.send(refused.into_frame(reference, None)).await,
        };
        let (registered, resume) = registered;
        self.out.send(Frame::Registered(registered)).await?;
        self.resume(resume);
        Ok(())
    }

    fn check(&self, register: &Register) -> Result<Identity, Refused> {
        if self.stage.is_some() {
            return Err(Refused::new(409, "registered already"));
        }
        let agent = &self.account.agent;
        if register.resume.is_some() && self.resumed(register).is_none() {
            return Err(Refused::new(403, "not a resume token of this account"));
        }
        self.check_client_type(register.client_type)?;
        let version = register.client_version.unwrap_or(ClientVersion::DEFAULT.0);
        if !(ClientVersion::DEFAULT.0..=ClientVersion::NEWEST.0).contains(&version) {
            return Err(Refused::new(400, "clientVersion is 101 to 106"));
        }
        let configured = self.api.handles.config.agents.get(&agent.0);
        let configured = configured.map(|one| one.nickname.clone()).filter(|one| !one.is_empty());
        let nickname = register.nickname.clone().or(configured);
        Ok(Identity {
            agent: agent.clone(),
            role: self.account.role_as(register.user_type)?,
            nickname: nickname.unwrap_or_else(|| agent.0.clone()),
            client_version: ClientVersion(version),
            time_zone_offset: register.time_zone_offset,
        })
    }

    /// Who brings interactions in is no agent, and no agent brings any in.
    fn check_client_type(&self, client_type: ClientType) -> Result<(), Refused> {
        let name = &self.account.agent.0;
        let account = self.api.handles.config.agents.get(name);
        if account.is_some_and(|account| account.is_reporting) {
            let text = "this account makes reports, and nothing else (docs/api/reporting.md)";
            return Err(Refused::new(403, text));
        }
        let is_media_server = account.is_some_and(|account| account.is_media_server);
        match client_type {
            ClientType::MediaServer if name == OWN_MEDIA_SERVER => {
                Err(Refused::new(403, "this name is the node's own"))
            }
            ClientType::MediaServer if !is_media_server => {
                let text =
                    format!("this account is no media server's: [agents.{name}] media-server");
                Err(Refused::new(403, text))
            }
            ClientType::AgentApplication if is_media_server => {
                Err(Refused::new(403, "this account is a media server's, and no agent's"))
            }
            ClientType::MediaServer | ClientType::AgentApplication => Ok(()),
        }
    }

    /// When the connection began that this one goes on from.
    fn resumed(&self, register: &Register) -> Option<Millis> {
        let token = &register.resume.as_ref()?.token;
        resumed(&self.api.handles.cluster_key, &self.account.agent.0, token)
    }

    /// Takes the agent's seat; from here on an earlier connection of his is none.
    fn begin(
        &mut self,
        reference: Option<Ref>,
        identity: Identity,
        register: Register,
    ) -> (Registered, Option<Resume>) {
        let handles = self.api.handles.clone();
        let agent = identity.agent.0.clone();
        // Above the one it goes on from, whatever the clock of that node said.
        let after = self.resumed(&register).map_or(Millis(0), |earlier| Millis(earlier.0 + 1));
        let begun = handles.now().max(after);
        let (client_type, resume) = (register.client_type, register.resume);
        let seat = match client_type {
            ClientType::AgentApplication => format!("agent:{agent}"),
            ClientType::MediaServer => format!("media server:{agent}"),
        };
        let (hold, ended) = self.api.seats.take(&seat);
        let connection_id = format!("{}-{}", hex(&*handles.chance, 8), hold.connection);
        let client = match client_type {
            ClientType::AgentApplication => {
                Client::Agent(identity.agent.clone(), ConnectionId(connection_id.clone()), begun)
            }
            ClientType::MediaServer => Client::MediaServer(ServerName(agent.clone())),
        };
        let beginning = if resume.is_some() { Beginning::Resumed } else { Beginning::Anew };
        let (wishes, queue) = mpsc::channel(MOST_WISHES);
        let (out, hold_of_desk) = (self.out.clone(), hold.clone());
        let (working, at_work) = working();
        let desk = Desk {
            handles: handles.clone(),
            out,
            hold: hold_of_desk,
            client,
            role: identity.role,
            hand: privilege::hand_of(&identity.agent, identity.role, &handles.config),
            working: working.clone(),
            follows: Mutex::default(),
        };
        rt::spawn(desk::serve(desk, beginning, queue));
        let registered = Registered {
            reference,
            resume_token: resume_token(
                &handles.cluster_key,
                &agent,
                (begun, &hex(&*handles.chance, 8)),
            ),
            agent,
            connection_id,
            resume_window: handles.chat_policy.resume_window.as_secs(),
            ping_interval: self.api.pace.ping_every.as_secs(),
        };
        let visitor = Visitor { handles, out: self.out.clone(), hold, identity, working };
        let sessions = BTreeMap::new();
        let signs = Signs::default();
        self.stage = Some(Stage { visitor, client_type, wishes, sessions, ended, at_work, signs });
        (registered, resume)
    }

    fn resume(&mut self, resume: Option<Resume>) {
        let Some(stage) = &mut self.stage else { return };
        let sessions = resume.into_iter().flat_map(|resume| resume.sessions);
        for resumed in sessions.take(MOST_SESSIONS) {
            let session = SessionId(resumed.session_id.clone());
            stage.attend(session, None, Opening::Resume(resumed));
        }
    }

    fn join(
        &mut self,
        reference: Option<Ref>,
        join: Box<super::wire::request::Join>,
    ) -> Result<(), Refused> {
        let stage = self.stage.as_mut().ok_or_else(not_registered)?;
        if stage.client_type == ClientType::MediaServer {
            return Err(Refused::new(403, "not for media servers"));
        }
        let agent = &stage.visitor.identity.agent;
        let (session, start) = chat_frames::destination(&stage.visitor.handles, agent, &join)?;
        stage.sessions.retain(|_, work| !work.is_closed());
        if let Some(work) = stage.sessions.get(&session.0) {
            return hand(work, Work { reference, request: Request::Join(join) });
        }
        if MOST_SESSIONS <= stage.sessions.len() {
            return Err(Refused::new(429, "too many sessions over one connection"));
        }
        stage.attend(session, reference, Opening::Join(join, start));
        Ok(())
    }

    fn hand_to_session(&mut self, reference: Option<Ref>, request: Request) -> Result<(), Refused> {
        let stage = self.stage.as_mut().ok_or_else(not_registered)?;
        let work = request.session().and_then(|session| stage.sessions.get(session));
        let work = work.ok_or_else(|| Refused::new(NO_SUCH_USER, "you are not in the session"))?;
        hand(work, Work { reference, request })
    }

    fn hand_to_domain(&mut self, reference: Option<Ref>, request: Request) -> Result<(), Refused> {
        let stage = self.stage.as_mut().ok_or_else(not_registered)?;
        hand(&stage.wishes, Wish { reference, request })
    }
}

impl Stage {
    fn attend(&mut self, session: SessionId, reference: Option<Ref>, opening: Opening) {
        let (work, queue) = mpsc::channel(MOST_WORK);
        self.sessions.insert(session.0.clone(), work);
        let visitor = self.visitor.clone();
        rt::spawn(attendance::attend(visitor, session, (reference, opening), queue));
    }
}

fn hand<W>(queue: &mpsc::Sender<W>, work: W) -> Result<(), Refused> {
    queue.try_send(work).map_err(|refused| match refused {
        mpsc::error::TrySendError::Full(_) => Refused::new(503, "too many requests wait"),
        mpsc::error::TrySendError::Closed(_) => {
            Refused::new(NO_SUCH_USER, "you are not in the session")
        }
    })
}

fn not_registered() -> Refused {
    Refused::new(401, "register first")
}

/// The reference in a frame that could not be read otherwise.
fn reference_in(text: &str) -> Option<Ref> {
    #[derive(Deserialize)]
    struct Referred {
        #[serde(rename = "ref")]
        reference: Option<Ref>,
    }
    serde_json::from_str::<Referred>(text).ok()?.reference
}
