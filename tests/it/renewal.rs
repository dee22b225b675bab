//! What has become long in the log is claimed anew by its own process, and nobody who is connected
//! notices.

use crate::support::desk_rig::things;
use crate::support::patience::eventually;
use futures_util::future::join_all;
use holdfast::base::{AgentId, Epoch, ThingId};
use holdfast::interaction::{
    Command, ConnectionId, DeskNews, Domain, Login, Look, Policy, Sight, Wanted,
};
use holdfast::owned::{Hearing, Listener};
use holdfast::ownership::actor::Things;
use holdfast::ownership::door::OwnerTable;
use holdfast::store::EmbeddedStore;
use std::sync::Arc;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const N_AGENTS: usize = 40;

/// Each of them stores an event for each agent: together more than a log should hold.
const N_ROUNDS: usize = 30;

#[actix::test]
async fn agents_hear_on_at_their_desks_when_their_routing_domain_is_claimed_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(folder.path()).unwrap();
    let routing = things::<Domain>(&store, Arc::new(Policy::default()));
    let mut desks = join_all((0..N_AGENTS).map(|n| Desk::begin(&routing, n))).await;
    let first = epoch(&store).await;

    for round in 0..N_ROUNDS {
        join_all(desks.iter().map(|desk| desk.turn(&routing, round))).await;
    }

    let anew = async || (first < epoch(&store).await).then_some(());
    eventually("the domain is claimed anew", anew).await;
    for desk in &mut desks {
        assert_eq!(desk.n_told(), (N_ROUNDS, TryRecvError::Empty), "{}", desk.agent);
        let seen = desk.look(&routing).await;
        assert!(matches!(seen, Sight::Desk(Ok(Some(_)))), "{} was lost: {seen:?}", desk.agent);
    }
}

async fn epoch(store: &EmbeddedStore) -> Epoch {
    store.locate(&domain()).await.unwrap().newest.unwrap().epoch
}

fn domain() -> ThingId {
    ThingId::from("routing:Environment")
}

struct Desk {
    agent: AgentId,
    heard: UnboundedReceiver<DeskNews>,
}

impl Desk {
    async fn begin(routing: &Things<Domain>, n: usize) -> Self {
        let (ear, heard) = unbounded_channel();
        let desk = Self { agent: AgentId(format!("agent-{n}")), heard };
        let login = Command::AgentLogin(Login {
            agent: desk.agent.clone(),
            connection: desk.connection(),
            begun: None,
            place: None,
            profile: Default::default(),
            media: vec![("chat".into(), Wanted::Ready)],
        });
        routing.perform_named(&domain(), login).await.unwrap();
        assert!(matches!(desk.listen(routing, &ear).await, Sight::Desk(Ok(Some(_)))));
        desk
    }

    /// By turns not ready and ready.
    async fn turn(&self, routing: &Things<Domain>, round: usize) {
        let (agent, media) = (self.agent.clone(), "chat".into());
        let command = if round.is_multiple_of(2) {
            Command::NotReady { agent, media, reason: String::new() }
        } else {
            Command::Ready { agent, media }
        };
        routing.perform_named(&domain(), command).await.unwrap();
    }

    /// How much was told, and whether more may come.
    fn n_told(&mut self) -> (usize, TryRecvError) {
        let mut n_told = 0;
        loop {
            match self.heard.try_recv() {
                Ok(_) => n_told += 1,
                Err(end) => return (n_told, end),
            }
        }
    }

    /// What the desk shows to the connection that began it.
    async fn look(&self, routing: &Things<Domain>) -> Sight {
        self.listen(routing, &unbounded_channel().0).await
    }

    async fn listen(&self, routing: &Things<Domain>, ear: &UnboundedSender<DeskNews>) -> Sight {
        let look = Look::ListenAtDesk { agent: self.agent.clone(), connection: self.connection() };
        routing.listen(&domain(), look, || Box::new(Ear(ear.clone()))).await.unwrap()
    }

    fn connection(&self) -> ConnectionId {
        ConnectionId(format!("connection of {}", self.agent))
    }
}

struct Ear(UnboundedSender<DeskNews>);

impl Listener<DeskNews> for Ear {
    fn hear(&mut self, news: DeskNews) -> Hearing {
        if self.0.send(news).is_ok() { Hearing::Goes } else { Hearing::Gone }
    }
}
