//! The end that answers: takes connections of other nodes, and hands their calls to the [`Callee`].

use super::connection::{self, Ending};
use super::greeting::{NoGreeting, be_greeted};
use super::listenings::Listenings;
use super::outbox::{NotSent, Outbox};
use super::seldom::Seldom;
use super::terms::PeerConfig;
use super::transport::Arrival;
use super::wire::{Asked, Frame, Hello, Refusal};
use crate::base::NodeId;
use crate::base::error_chain::Chain;
use crate::ownership::peers::{Answering, Callee};
use crate::telemetry::{Held, meters};
use std::error::Error;
use std::future::Future;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How long to wait when the system has no connection to give: it may be out of file handles.
const PAUSE: Duration = Duration::from_millis(100);

/// Takes connections for as long as it is run. Dropped, it ends them all.
pub async fn serve(config: Arc<PeerConfig>, callee: Arc<dyn Callee>) {
    let door = Arc::new(Door {
        handshakes: Arc::new(Semaphore::new(config.limits.most_handshakes)),
        places: Arc::new(Semaphore::new(config.limits.most_connections)),
        complaints: Seldom::default(),
        config,
        callee,
    });
    let mut guests = JoinSet::new();
    loop {
        let arriving = tokio::select! {
            arriving = door.config.transport.accept() => arriving,
            Some(_) = guests.join_next() => continue,
        };
        let arriving = match arriving {
            Ok(arriving) => arriving,
            Err(error) => {
                door.complain(&error, "");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        match door.handshakes.clone().try_acquire_owned() {
            Ok(handshake) => drop(guests.spawn(door.clone().receive(arriving, handshake))),
            Err(_) => door.complain(&io::Error::other("too many at the door"), ""),
        }
    }
}

/// Where those who dial stand until they have said who they are.
struct Door {
    config: Arc<PeerConfig>,
    callee: Arc<dyn Callee>,
    handshakes: Arc<Semaphore>,
    places: Arc<Semaphore>,
    complaints: Seldom,
}

impl Door {
    async fn receive(
        self: Arc<Self>,
        arriving: impl Future<Output = io::Result<Arrival>>,
        handshake: OwnedSemaphorePermit,
    ) {
        let greeted = timeout(self.config.pace.handshake, self.greeted(arriving)).await;
        let (arrival, hello) = match greeted {
            Ok(Some(greeted)) => greeted,
            Ok(None) => return,
            Err(_) => return self.complain(&NoGreeting::Late, ""),
        };
        drop(handshake);
        let Ok(_place) = self.places.clone().try_acquire_owned() else {
            return self.complain(&io::Error::other("too many connections"), &arrival.from);
        };
        let guest = Guest::new(self.config.clone(), self.callee.clone(), &hello);
        guest.stay(arrival, &hello).await;
    }

    async fn greeted(
        &self,
        arriving: impl Future<Output = io::Result<Arrival>>,
    ) -> Option<(Arrival, Hello)> {
        let mut arrival = match arriving.await {
            Ok(arrival) => arrival,
            Err(error) => {
                self.complain(&error, "");
                return None;
            }
        };
        match be_greeted(&mut *arrival.stream, &self.config, &arrival.named).await {
            Ok(hello) => Some((arrival, hello)),
            Err(no_greeting) => {
                self.complain(&no_greeting, &arrival.from);
                None
            }
        }
    }

    fn complain(&self, error: &(dyn Error + 'static), from: &str) {
        if let Some(n_untold) = self.complaints.may_tell() {
            tracing::warn!(error = %Chain(error), from, n_untold, "a peer connection was refused");
        }
    }
}

/// Another node that dialled this one.
struct Guest {
    config: Arc<PeerConfig>,
    callee: Arc<dyn Callee>,
    node: NodeId,
    calls: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    listenings: Arc<Listenings>,
}

impl Guest {
    fn new(config: Arc<PeerConfig>, callee: Arc<dyn Callee>, hello: &Hello) -> Self {
        let limits = config.limits;
        let room_for_bytes = limits.most_bytes_in_work.max(limits.longest_frame);
        Self {
            callee,
            node: hello.process.node.clone(),
            calls: Arc::new(Semaphore::new(limits.most_in_work)),
            bytes: Arc::new(Semaphore::new(room_for_bytes)),
            listenings: Listenings::new(limits.most_listenings),
            config,
        }
    }

    async fn stay(&self, arrival: Arrival, hello: &Hello) {
        let Hello { process, program, protocol } = hello;
        tracing::info!(peer = %process, program, protocol, from = arrival.from, "a peer came");
        let _counted = Held::one_of(meters().peer_links.of("inward"));
        let (outbox, waiting) = Outbox::new(&self.config.limits);
        let hear = |frame| self.hear(frame, &outbox);
        let ending = connection::run(arrival.stream, (&outbox, waiting), &self.config, hear).await;
        tracing::info!(peer = %process, why = %Chain(&ending), "a peer went");
        self.listenings.break_off();
    }

    fn hear(&self, frame: Frame, outbox: &Outbox) -> Result<(), Ending> {
        match frame {
            Frame::Call(asked) => self.called(asked, outbox),
            Frame::Listen(asked) => self.listened(asked, outbox),
            Frame::Close { id } => self.listenings.close(id),
            Frame::Hello(_)
            | Frame::Answer { .. }
            | Frame::Refused { .. }
            | Frame::News { .. }
            | Frame::Ping(_)
            | Frame::Pong(_)
            | Frame::Unknown(_) => return Err(Ending::OutOfTurn),
        }
        Ok(())
    }

    fn called(&self, asked: Asked, outbox: &Outbox) {
        match self.admit(&asked) {
            Ok(work) => work.begin(self.callee.called(&self.node, asked.call), outbox),
            Err(why) => outbox.insist(&Frame::Refused { id: asked.id, why }),
        }
    }

    fn listened(&self, asked: Asked, outbox: &Outbox) {
        let id = asked.id;
        let teller = || self.listenings.open(id, outbox).ok_or(Refusal::Busy);
        match self.admit(&asked).and_then(|work| Ok((work, teller()?))) {
            Ok((work, teller)) => {
                work.begin(self.callee.listened(&self.node, asked.call, teller), outbox);
            }
            Err(why) => outbox.insist(&Frame::Refused { id, why }),
        }
    }

    fn admit(&self, asked: &Asked) -> Result<Work, Refusal> {
        let Asked { id, call } = asked;
        let is_meant = call.boot.as_ref().is_none_or(|boot| *boot == self.config.me.boot);
        if !is_meant {
            return Err(Refusal::WrongBoot);
        }
        let n_bytes = u32::try_from(call.body.len()).unwrap_or(u32::MAX);
        let place = self.calls.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
        let bytes = self.bytes.clone().try_acquire_many_owned(n_bytes);
        let places = (place, bytes.map_err(|_| Refusal::Busy)?);
        let within = call.within.min(self.config.pace.longest_call);
        Ok(Work { id: *id, within, places })
    }
}

/// A call that is carried out, and what it takes up meanwhile.
struct Work {
    id: u64,
    within: Duration,
    places: (OwnedSemaphorePermit, OwnedSemaphorePermit),
}

impl Work {
    /// Carries it out beside the reading. After its time nobody waits for it, so it is let go.
    fn begin(self, answering: Answering, outbox: &Outbox) {
        let outbox = outbox.clone();
        tokio::spawn(async move {
            let Self { id, within, places: _places } = self;
            let Ok(body) = timeout(within, answering).await else { return };
            if outbox.send(&Frame::Answer { id, body }).await == Err(NotSent::TooLong) {
                tracing::error!("an answer is too long for the link");
                outbox.insist(&Frame::Refused { id, why: Refusal::TooLong });
            }
        });
    }
}
