//! The one way to reach an owned thing, wherever it is in its life: active, asleep, dead a moment
//! ago. A caller waits at most the deadline and is never told that something moved.

use crate::base::{Claim, Process, ThingId};
use crate::owned::{
    Attend, Ear, History, OwnedActor, Perform, PerformAndLook, Refusal, Shell, Thing,
};
use crate::ownership::actor::Directory;
use crate::ownership::actor::moves::{HandOn, NotMoved};
use crate::ownership::actor::registry::{Fenced, Open, Registry, RenewClaim};
use crate::ownership::actor::take_over::Origin;
use crate::ownership::error::{Absent, Unanswered};
use actix::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// A request has one deadline, whatever happens on its way.
pub const DEADLINE: Duration = Duration::from_secs(2);

/// How often an actor may end under one request. A request that makes it panic must not be tried
/// until the session is closed for repair.
const MOST_TRIES: usize = 2;

/// How long to let a dead actor's news travel before asking again.
const MOMENT: Duration = Duration::from_millis(10);

/// Cheap to clone; every edge holds one.
pub struct Things<T: Thing> {
    directory: Directory<T>,
    registry: Addr<Registry<T>>,
    shell: Arc<dyn Shell<T>>,
}

impl<T: Thing> Things<T> {
    pub fn new(
        directory: Directory<T>,
        registry: Addr<Registry<T>>,
        shell: Arc<dyn Shell<T>>,
    ) -> Self {
        Self { directory, registry, shell }
    }

    /// Performs a wish on a thing that exists.
    pub async fn perform(
        &self,
        thing: &ThingId,
        command: T::Command,
    ) -> Result<T::Answer, Unanswered<T::Rejection>> {
        self.perform_on(thing, command, Origin::Existing).await
    }

    /// Makes a thing whose name was made up a moment ago, by its first wish.
    pub async fn create(
        &self,
        thing: &ThingId,
        command: T::Command,
    ) -> Result<T::Answer, Unanswered<T::Rejection>> {
        self.perform_on(thing, command, Origin::New).await
    }

    /// Performs a wish on a thing that everybody can name and the first one makes.
    pub async fn perform_named(
        &self,
        thing: &ThingId,
        command: T::Command,
    ) -> Result<T::Answer, Unanswered<T::Rejection>> {
        self.perform_on(thing, command, Origin::Named).await
    }

    /// Looks at a thing, or changes what stands beside it.
    pub async fn look(
        &self,
        thing: &ThingId,
        look: T::Look,
    ) -> Result<T::Sight, Unanswered<T::Rejection>> {
        let attend = || Attend { look: look.clone(), listener: None };
        within_deadline(self.ask(thing, Origin::Existing, attend)).await
    }

    /// Looks at a thing and hears of it from then on. The listener is made anew for each try; when
    /// it is dropped, whoever is behind it listens again.
    pub async fn listen(
        &self,
        thing: &ThingId,
        look: T::Look,
        listener: impl Fn() -> Ear<T>,
    ) -> Result<T::Sight, Unanswered<T::Rejection>> {
        let attend = || Attend { look: look.clone(), listener: Some(listener()) };
        within_deadline(self.ask(thing, Origin::Existing, attend)).await
    }

    /// Performs a wish on a thing that exists, and looks at it as soon as the wish is carried out:
    /// one way to the actor instead of two.
    pub async fn perform_and_look(
        &self,
        thing: &ThingId,
        command: T::Command,
        look: T::Look,
    ) -> Result<(T::Answer, T::Sight), Unanswered<T::Rejection>> {
        let wish = || PerformAndLook { command: command.clone(), look: look.clone() };
        within_deadline(self.ask(thing, Origin::Existing, wish)).await
    }

    /// Makes a thing active, if it exists and nobody else owns it.
    pub async fn wake(&self, thing: &ThingId) -> Result<(), Absent> {
        self.open(thing, Origin::Existing).await.map(drop)
    }

    /// Makes a named thing active, with an empty history if it has none.
    pub async fn wake_named(&self, thing: &ThingId) -> Result<(), Absent> {
        self.open(thing, Origin::Named).await.map(drop)
    }

    /// Makes a thing active here because another process has let go of it.
    pub async fn take(&self, thing: &ThingId, from: &Process) -> Result<(), Absent> {
        check_name::<T>(thing)?;
        let open = Open::new(thing.clone(), Origin::Existing).instead_of(from.clone());
        self.send_to_registry(open).await.map(drop)
    }

    /// Hands a thing that is active here on to the first of several processes that takes it.
    pub async fn hand_on(&self, what: HandOn) -> Result<(), NotMoved> {
        self.registry.send(what).await.unwrap_or(Err(NotMoved::Stayed))
    }

    /// All that is active on this node.
    pub fn active(&self) -> Vec<ThingId> {
        self.directory.all().into_iter().map(|(thing, _)| thing).collect()
    }

    /// Whether a thing is active on this node.
    pub fn is_active(&self, thing: &ThingId) -> bool {
        self.directory.find(thing).is_some()
    }

    /// Says that somebody has claimed above a claim of this process.
    pub fn fenced(&self, claim: Claim) {
        self.registry.do_send(Fenced(claim));
    }

    /// Asks that a thing be claimed anew.
    pub fn renew(&self, claim: Claim) {
        self.registry.do_send(RenewClaim(claim));
    }

    /// How many things are active on this node.
    pub fn n_active(&self) -> usize {
        self.directory.n_active()
    }

    /// The state of a thing that is closed, from its history. Only for those whose end is stored:
    /// of others the last words could vanish.
    pub async fn read_closed(&self, thing: &ThingId) -> Result<(T, T::Room), Absent> {
        check_name::<T>(thing)?;
        let read = self.shell.log().read(thing).await;
        let History { header, events } =
            read.map_err(|error| Absent::Unavailable(error.to_string()))?;
        if header.is_none() && events.is_empty() {
            return Err(Absent::NotFound);
        }
        Ok(T::replay(header.map(|header| header.snapshot), events))
    }

    async fn perform_on(
        &self,
        thing: &ThingId,
        command: T::Command,
        origin: Origin,
    ) -> Result<T::Answer, Unanswered<T::Rejection>> {
        within_deadline(self.ask(thing, origin, || Perform(command.clone()))).await
    }

    /// Asks whichever actor serves the thing; another one if the first ends before it answers.
    async fn ask<M, A>(
        &self,
        thing: &ThingId,
        mut origin: Origin,
        message: impl Fn() -> M,
    ) -> Result<A, Unanswered<T::Rejection>>
    where
        OwnedActor<T>: Handler<M> + Actor<Context = Context<OwnedActor<T>>>,
        M: Message<Result = Result<A, Refusal<T::Rejection>>> + Send + 'static,
        A: Send + 'static,
    {
        for _ in 0..MOST_TRIES {
            let address = self.reach(thing, origin).await?;
            // Once it was opened, its claim is no longer the first one.
            if origin == Origin::New {
                origin = Origin::Named;
            }
            match address.send(message()).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(Refusal::Gone)) | Err(MailboxError::Closed) => self.wait().await,
                Ok(Err(refusal)) => return Err(refusal.into()),
                Err(MailboxError::Timeout) => return Err(Unanswered::TimedOut),
            }
        }
        Err(Unanswered::TimedOut)
    }

    async fn reach(
        &self,
        thing: &ThingId,
        origin: Origin,
    ) -> Result<Addr<OwnedActor<T>>, Unanswered<T::Rejection>> {
        match self.directory.find(thing) {
            Some(address) => Ok(address),
            None => self.open(thing, origin).await.map_err(Unanswered::Absent),
        }
    }

    async fn open(&self, thing: &ThingId, origin: Origin) -> Result<Addr<OwnedActor<T>>, Absent> {
        check_name::<T>(thing)?;
        self.send_to_registry(Open::new(thing.clone(), origin)).await
    }

    async fn send_to_registry(&self, open: Open<T>) -> Result<Addr<OwnedActor<T>>, Absent> {
        let opened = self.registry.send(open).await;
        opened.unwrap_or_else(|error| Err(Absent::Unavailable(error.to_string())))
    }

    async fn wait(&self) {
        tokio::time::sleep(MOMENT).await;
    }
}

/// What is of another kind is none of these things, whatever it is.
fn check_name<T: Thing>(thing: &ThingId) -> Result<(), Absent> {
    if T::can_be_named(thing) { Ok(()) } else { Err(Absent::NotFound) }
}

async fn within_deadline<A, R>(
    work: impl Future<Output = Result<A, Unanswered<R>>>,
) -> Result<A, Unanswered<R>> {
    tokio::time::timeout(DEADLINE, work).await.unwrap_or(Err(Unanswered::TimedOut))
}

impl<T: Thing> Clone for Things<T> {
    fn clone(&self) -> Self {
        Self {
            directory: self.directory.clone(),
            registry: self.registry.clone(),
            shell: self.shell.clone(),
        }
    }
}
