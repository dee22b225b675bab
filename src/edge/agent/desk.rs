//! One connection's dealings with the routing domain: carries its wishes there in their order, and
//! brings it the news of its desk. What may have been missed is made good by showing the whole desk.

use super::account::profile;
use super::at_work::Working;
use super::entry;
use super::finds;
use super::insist::{insist, is_for_now};
use super::interaction_frames::{
    Client, answer, desk_frame, frame_of, wish_of_agent, wish_of_media_server,
};
use super::outbox::{Disconnected, Outbox};
use super::privilege;
use super::refuse::{NOT_LOGGED_IN, Refused, UNKNOWN_INTERACTION};
use super::seat::Hold;
use super::wire::frame::LoggedOut;
use super::wire::{Frame, Ref, Request, request};
use super::workbins;
use crate::base::{AgentId, InteractionId, Millis, ThingId};
use crate::chat::{self, Role};
use crate::edge::handles::Handles;
use crate::interaction::views::DeskView;
use crate::interaction::workbin::Following;
use crate::interaction::{
    Answer, By, Command, ConnectionId, DeskNews, Look, Rejection, ServerName, Sight, Workbin,
    measure,
};
use crate::owned::{Hearing, Listener};
use crate::ownership::Unanswered;
use std::collections::BTreeSet;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;

/// How much news of a desk waits for its connection; beyond it the whole desk is shown anew.
const MOST_NEWS: usize = 256;

/// How long to wait before the domain is asked again when it could not be reached.
const PAUSE: Duration = Duration::from_millis(200);

/// What the two ends of a connection's hearing share.
pub struct Desk {
    pub handles: Handles,
    pub out: Outbox,
    pub hold: Hold,
    pub client: Client,
    /// As whom an agent moves, changes and stops interactions.
    pub hand: By,
    pub role: Role,
    pub working: Working,
    /// Workbins of which the client hears, so that a domain that was rebuilt can be told again.
    pub follows: Mutex<BTreeSet<Workbin>>,
}

/// A frame for the domain.
pub struct Wish {
    pub reference: Option<Ref>,
    pub request: Request,
}

/// Whether the connection goes on where an earlier one was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    Anew,
    Resumed,
}

#[derive(Clone)]
struct Bell {
    news: mpsc::Sender<DeskNews>,
    is_behind: Arc<AtomicBool>,
}

/// The hearing end; nothing while nobody is logged in.
#[derive(Default)]
struct Ear(Option<(mpsc::Receiver<DeskNews>, Arc<AtomicBool>)>);

enum Heard {
    News(DeskNews),
    Missed,
    LetGo,
}

impl Listener<DeskNews> for Bell {
    fn hear(&mut self, news: DeskNews) -> Hearing {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.news.try_send(news) {
            self.is_behind.store(true, Ordering::Release);
            // The ear is let go, which it notices when it has heard what still waits.
            return Hearing::Gone;
        }
        Hearing::Goes
    }
}

impl Ear {
    fn new() -> (Bell, Self) {
        let (news, receiver) = mpsc::channel(MOST_NEWS);
        let is_behind = Arc::new(AtomicBool::new(false));
        let bell = Bell { news, is_behind: is_behind.clone() };
        (bell, Self(Some((receiver, is_behind))))
    }

    async fn next(&mut self) -> Heard {
        let Some((news, is_behind)) = &mut self.0 else { return pending().await };
        if is_behind.load(Ordering::Acquire) {
            return Heard::Missed;
        }
        news.recv().await.map_or(Heard::LetGo, Heard::News)
    }
}

/// Serves a connection until it ends.
pub async fn serve(desk: Desk, beginning: Beginning, mut wishes: mpsc::Receiver<Wish>) {
    // However it ends, the domain hears of it.
    let _ = desk.run(beginning, &mut wishes).await;
    desk.lose().await;
}

impl Desk {
    async fn run(
        &self,
        beginning: Beginning,
        wishes: &mut mpsc::Receiver<Wish>,
    ) -> Result<(), Disconnected> {
        let mut ear = match (&self.client, beginning) {
            (Client::Agent(..), Beginning::Anew) => Ear::default(),
            (Client::Agent(..), Beginning::Resumed) | (Client::MediaServer(_), _) => {
                self.listen_again().await?
            }
        };
        loop {
            tokio::select! {
                heard = ear.next() => ear = self.hear(heard, ear).await?,
                wish = wishes.recv() => match wish {
                    Some(wish) => ear = self.perform(wish, ear).await?,
                    None => return Ok(()),
                },
            }
        }
    }

    async fn hear(&self, heard: Heard, ear: Ear) -> Result<Ear, Disconnected> {
        match heard {
            Heard::News(DeskNews::Displaced) => Err(self.displaced()),
            Heard::News(news) => {
                let is_end = matches!(news, DeskNews::LoggedOut { .. });
                if let Some(frame) = frame_of(news) {
                    self.out.send(frame).await?;
                }
                Ok(if is_end { Ear::default() } else { ear })
            }
            Heard::Missed | Heard::LetGo => self.listen_again().await,
        }
    }

    async fn perform(&self, wish: Wish, ear: Ear) -> Result<Ear, Disconnected> {
        let Wish { reference, mut request } = wish;
        request.take_key(|own| self.handles.key_for(own));
        let is_login = matches!(request, Request::AgentLogin(_));
        let answered = self.answer(reference.clone(), request).await;
        let is_done = answered.is_ok();
        let frame = answered.unwrap_or_else(|refused| refused.into_frame(reference, None));
        self.out.send(frame).await?;
        if is_login && is_done { self.listen_again().await } else { Ok(ear) }
    }

    async fn answer(&self, reference: Option<Ref>, request: Request) -> Result<Frame, Refused> {
        let transferred = self.transferred(&request);
        let command = match (&self.client, request) {
            (Client::Agent(agent, ..), Request::GetWorkbinContent(wish)) => {
                let workbin = workbins::workbin(agent, wish.workbin)?;
                return self.look_into(reference, workbin.clone(), Look::Workbin(workbin)).await;
            }
            (Client::Agent(..), Request::FindInteractions(wish)) => {
                return self.find(reference, Look::Find(finds::query(wish))).await;
            }
            (Client::Agent(..), Request::GetInteractionProperties(wish)) => {
                let look = Look::Interaction(InteractionId(wish.interaction_id));
                return self.find(reference, look).await;
            }
            (Client::Agent(agent, ..), Request::WorkbinNotifications(wish)) => {
                return self.follow(reference, agent, wish).await;
            }
            (Client::Agent(agent, connection, begun), request) => {
                if let Request::StopProcessing(wish) = &request {
                    let session = ThingId(wish.interaction_id.clone());
                    entry::check_ending(&self.handles, (agent, self.role), &session).await?;
                }
                let config = &self.handles.config;
                wish_of_agent((agent, &self.hand), (connection, *begun, config), request)?
            }
            (Client::MediaServer(server), request) => {
                self.check_tenant(&request)?;
                wish_of_media_server(server, request)?
            }
        };
        let done = self.wish(command).await?;
        if let Some((session, by)) = transferred {
            self.tell_transferred(&session, by).await;
        }
        Ok(answer(reference, done))
    }

    /// A chat that an agent gives to a queue for others: they are not to wait until its customer writes.
    fn transferred(&self, request: &Request) -> Option<(ThingId, AgentId)> {
        let (Client::Agent(agent, ..), Request::Transfer(wish)) = (&self.client, request) else {
            return None;
        };
        wish.queue.as_ref()?;
        Some((ThingId(wish.interaction_id.clone()), agent.clone()))
    }

    /// The chat is in its queue already, so whatever becomes of this is no answer to its agent. If it
    /// gets lost, the chat counts as one that he has laid down.
    async fn tell_transferred(&self, session: &ThingId, by: AgentId) {
        let command = chat::Command::Transferred(by);
        if let Err(error) = self.handles.sessions.perform(session, command).await {
            tracing::debug!(%session, %error, "no session was told of the transfer");
        }
    }

    /// There are the tenants that have endpoints.
    fn check_tenant(&self, request: &Request) -> Result<(), Refused> {
        if let Request::Submit(wish) = request
            && !self.handles.config.endpoints.contains_key(&wish.tenant)
        {
            return Err(Refused::new(404, "there is no such tenant"));
        }
        Ok(())
    }

    /// From now on the client hears what changes there, or no more; either way he is shown it.
    async fn follow(
        &self,
        reference: Option<Ref>,
        agent: &AgentId,
        wish: request::WorkbinNotifications,
    ) -> Result<Frame, Refused> {
        let workbin = workbins::workbin(agent, wish.workbin)?;
        let following = if wish.on { Following::Begins } else { Following::Ends };
        let of = workbin.clone();
        let look = Look::FollowWorkbin { agent: agent.clone(), workbin: of, following };
        let shown = self.look_into(reference, workbin.clone(), look).await?;
        let mut follows = self.follows.lock().unwrap_or_else(PoisonError::into_inner);
        match following {
            Following::Begins => follows.insert(workbin),
            Following::Ends => follows.remove(&workbin),
        };
        Ok(shown)
    }

    async fn find(&self, reference: Option<Ref>, look: Look) -> Result<Frame, Refused> {
        match self.handles.routing.look(&self.handles.routing_domain, look).await? {
            Sight::Found(found) => Ok(finds::found(reference, &found)),
            Sight::Interaction(Some(view)) => {
                let Client::Agent(agent, ..) = &self.client else { return Err(not_answered()) };
                privilege::may_see((agent, self.role), &self.handles.config, &view)?;
                Ok(finds::properties(reference, agent, &view))
            }
            Sight::Interaction(None) => {
                Err(Refused::new(UNKNOWN_INTERACTION, "the interaction is unknown"))
            }
            Sight::Workbin(_)
            | Sight::Desk(_)
            | Sight::Figures(_)
            | Sight::RealTime(_)
            | Sight::WhyNotRouted(_)
            | Sight::Why(..)
            | Sight::Standing(_)
            | Sight::OnlineSessions(_)
            | Sight::Journal(_)
            | Sight::Done => Err(not_answered()),
        }
    }

    async fn look_into(
        &self,
        reference: Option<Ref>,
        workbin: Workbin,
        look: Look,
    ) -> Result<Frame, Refused> {
        match self.handles.routing.look(&self.handles.routing_domain, look).await? {
            Sight::Workbin(seen) => {
                let (lying, whole) = seen.map_err(|no| Refused::from(Unanswered::Rejected(no)))?;
                Ok(workbins::content(reference, &workbin, (&lying, whole)))
            }
            Sight::Desk(_)
            | Sight::Found(_)
            | Sight::Figures(_)
            | Sight::RealTime(_)
            | Sight::Interaction(_)
            | Sight::WhyNotRouted(_)
            | Sight::Why(..)
            | Sight::Standing(_)
            | Sight::OnlineSessions(_)
            | Sight::Journal(_)
            | Sight::Done => Err(not_answered()),
        }
    }

    /// A desk that listens anew follows nothing, and may have missed something. If the domain is rebuilt
    /// meanwhile, it knows no desk: the ear is let go, and with the next one all is followed again.
    async fn follow_again(&self) -> Result<(), Disconnected> {
        let Client::Agent(agent, ..) = &self.client else { return Ok(()) };
        let follows = self.follows.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for workbin in follows {
            let look = || {
                let (agent, workbin) = (agent.clone(), workbin.clone());
                Look::FollowWorkbin { agent, workbin, following: Following::Begins }
            };
            let followed = insist(
                async || self.look_into(None, workbin.clone(), look()).await,
                |refused: &Refused| matches!(refused.code, 503 | 504),
            );
            let followed = tokio::select! {
                followed = followed => followed,
                () = self.out.closed() => return Err(Disconnected),
            };
            let frame = match followed {
                Err(refused) if refused.code == NOT_LOGGED_IN => return Ok(()),
                Err(refused) => self.unfollowed(&workbin, &refused),
                Ok(frame) => frame,
            };
            self.out.send(frame).await?;
        }
        Ok(())
    }

    /// The client must not believe that it would hear of changes.
    fn unfollowed(&self, workbin: &Workbin, refused: &Refused) -> Frame {
        self.follows.lock().unwrap_or_else(PoisonError::into_inner).remove(workbin);
        let text = format!("{workbin} is not followed any more: {}", refused.text);
        Refused::new(refused.code, text).into_frame(None, None)
    }

    async fn wish(&self, command: Command) -> Result<Answer, Unanswered<Rejection>> {
        measure::check(&command).map_err(Unanswered::Rejected)?;
        self.handles.routing.perform(&self.handles.routing_domain, command).await
    }

    /// Listens, and shows the whole desk as it was at that moment. Tried until it works, or there
    /// is no desk of ours any more.
    async fn listen_again(&self) -> Result<Ear, Disconnected> {
        loop {
            if !self.hold.is_current() {
                return Err(Disconnected);
            }
            let listening = match &self.client {
                Client::Agent(agent, connection, begun) => {
                    self.listen(agent, (connection, *begun)).await
                }
                Client::MediaServer(server) => self.listen_as_media_server(server).await,
            };
            match listening {
                Ok((ear, desk)) => {
                    if let Some(desk) = desk {
                        self.out.send(desk_frame(&desk)).await?;
                    }
                    self.follow_again().await?;
                    return Ok(ear);
                }
                Err(Unanswered::Rejected(Rejection::Displaced(_))) => return Err(self.displaced()),
                Err(Unanswered::Rejected(_)) => {
                    let reason = "connection_lost".to_owned();
                    self.out.send(Frame::LoggedOut(LoggedOut { reason })).await?;
                    return Ok(Ear::default());
                }
                Err(unanswered) => tracing::debug!(%unanswered, "the domain cannot be heard yet"),
            }
            tokio::select! {
                () = tokio::time::sleep(PAUSE) => {}
                () = self.out.closed() => return Err(Disconnected),
            }
        }
    }

    async fn listen(
        &self,
        agent: &AgentId,
        (connection, begun): (&ConnectionId, Millis),
    ) -> Result<(Ear, Option<DeskView>), Unanswered<Rejection>> {
        let (agent, connection) = (agent.clone(), connection.clone());
        // A domain that was rebuilt holds everybody for lost who does not say otherwise.
        self.wish(Command::Resume {
            profile: Some(profile(&self.handles.config, &agent)),
            agent: agent.clone(),
            connection: connection.clone(),
            begun: Some(begun),
        })
        .await?;
        let (bell, ear) = Ear::new();
        let look = Look::ListenAtDesk { agent, connection };
        match self.attend(look, bell).await? {
            Sight::Desk(desk) => {
                let desk = desk.map_err(Unanswered::Rejected)?;
                Ok((ear, desk.map(|desk| *desk)))
            }
            Sight::Figures(_)
            | Sight::RealTime(_)
            | Sight::Workbin(_)
            | Sight::Found(_)
            | Sight::Interaction(_)
            | Sight::WhyNotRouted(_)
            | Sight::Why(..)
            | Sight::Standing(_)
            | Sight::OnlineSessions(_)
            | Sight::Journal(_)
            | Sight::Done => Ok((ear, None)),
        }
    }

    async fn listen_as_media_server(
        &self,
        server: &ServerName,
    ) -> Result<(Ear, Option<DeskView>), Unanswered<Rejection>> {
        let (bell, ear) = Ear::new();
        self.attend(Look::ListenAsMediaServer(server.clone()), bell).await?;
        Ok((ear, None))
    }

    /// A newer connection speaks for the agent, at this node or another one.
    fn displaced(&self) -> Disconnected {
        self.hold.give_up();
        Disconnected
    }

    async fn attend(&self, look: Look, bell: Bell) -> Result<Sight, Unanswered<Rejection>> {
        let domain = &self.handles.routing_domain;
        self.handles.routing.listen(domain, look, || Box::new(bell.clone())).await
    }

    /// Told until the domain has heard of it: an agent whose loss it missed counts as connected for
    /// ever, and is offered what he cannot see.
    async fn lose(&self) {
        let Client::Agent(agent, connection, _) = &self.client else { return };
        let parting = self.working.parting();
        let lost = || Command::ConnectionLost {
            agent: agent.clone(),
            connection: connection.clone(),
            parting,
        };
        if let Err(unanswered) = insist(async || self.wish(lost()).await, is_for_now).await {
            tracing::warn!(%unanswered, "a lost desk was not told");
        }
    }
}

fn not_answered() -> Refused {
    Refused::new(503, "another look was answered")
}
