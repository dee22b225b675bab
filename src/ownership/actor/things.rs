//! The one way to reach an owned thing, wherever it lives and wherever it is in its life: active,
//! asleep, dead a moment ago. A caller waits at most the deadline and is never told that something
//! moved.

use crate::base::{Claim, Process, ThingId};
use crate::owned::{Attend, Ear, OwnedActor, Perform, PerformAndLook, Refusal, Shell, Thing};
use crate::ownership::actor::hand_on::HandOn;
use crate::ownership::actor::intake::{Intake, nothing_new};
use crate::ownership::actor::moves::NotMoved;
use crate::ownership::actor::open::{Open, Rouse};
use crate::ownership::actor::recheck::{Hold, Recheck};
use crate::ownership::actor::registry::{Fenced, Registry, RenewClaim};
use crate::ownership::actor::remote::{
    Ask, Ears, Forwarding, Letter, Road, Told, Touched, forward,
};
use crate::ownership::actor::search::{MOMENT, Search};
use crate::ownership::actor::sightings::Sightings;
use crate::ownership::actor::take_over::Origin;
use crate::ownership::actor::{Directory, Place};
use crate::ownership::error::{Absent, Unanswered};
use crate::ownership::peers::Peers;
use crate::ownership::restoration::Asker;
use crate::telemetry::{Naps, meters};
use actix::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A request has one deadline, whatever happens on its way.
pub const DEADLINE: Duration = Duration::from_secs(2);

/// How often an actor may end under one request. A request that makes it panic must not be tried
/// until the session is closed for repair.
const MOST_TRIES: usize = 2;

/// The other nodes, and where this one stands among them.
#[derive(Clone)]
pub(super) struct Others {
    pub peers: Arc<dyn Peers>,
    pub place: Place,
}

/// Cheap to clone; every edge holds one.
pub struct Things<T: Thing> {
    directory: Directory<T>,
    registry: Addr<Registry<T>>,
    pub(super) shell: Arc<dyn Shell<T>>,
    /// None while this node is alone.
    pub(super) others: Option<Others>,
    pub(super) sightings: Arc<Sightings>,
    intake: Arc<Intake>,
    asker: Asker,
}

impl<T: Thing> Things<T> {
    pub fn new(
        directory: Directory<T>,
        registry: Addr<Registry<T>>,
        shell: Arc<dyn Shell<T>>,
    ) -> Self {
        let (sightings, intake) = (Arc::default(), Arc::default());
        let (others, asker) = (None, Asker::Server);
        Self { directory, registry, shell, others, sightings, intake, asker }
    }

    /// The same, with ways to other nodes.
    pub fn with_peers(self, peers: Arc<dyn Peers>, place: Place) -> Self {
        Self { others: Some(Others { peers, place }), ..self }
    }

    /// The same, for somebody who wants something of these things.
    pub fn for_asker(&self, asker: Asker) -> Self {
        Self { asker, ..self.clone() }
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
        match self.ask(thing, Ask::Look(look), None).await? {
            Told::Sight(sight) => Ok(sight),
            Told::Answer(_) | Told::Both(..) => Err(another_form()),
        }
    }

    /// Looks at a thing and hears of it from then on. The listener is made anew for each try; when
    /// it is dropped, whoever is behind it listens again.
    pub async fn listen(
        &self,
        thing: &ThingId,
        look: T::Look,
        listener: impl Fn() -> Ear<T> + Send + Sync,
    ) -> Result<T::Sight, Unanswered<T::Rejection>> {
        match self.ask(thing, Ask::Listen(look), Some(&listener)).await? {
            Told::Sight(sight) => Ok(sight),
            Told::Answer(_) | Told::Both(..) => Err(another_form()),
        }
    }

    /// Performs a wish on a thing that exists, and looks at it as soon as the wish is carried out:
    /// one way to the actor instead of two.
    pub async fn perform_and_look(
        &self,
        thing: &ThingId,
        command: T::Command,
        look: T::Look,
    ) -> Result<(T::Answer, T::Sight), Unanswered<T::Rejection>> {
        match self.ask(thing, Ask::PerformAndLook { command, look }, None).await? {
            Told::Both(answer, sight) => Ok((answer, sight)),
            Told::Answer(_) | Told::Sight(_) => Err(another_form()),
        }
    }

    /// Makes a thing active, if it exists and nobody else owns it.
    pub async fn wake(&self, thing: &ThingId) -> Result<(), Absent> {
        self.open(Open::new(thing.clone(), Origin::Existing, None)).await.map(drop)
    }

    /// The same, for something that may sleep and has the right to.
    pub async fn wake_unless_asleep(&self, thing: &ThingId) -> Result<(), Absent> {
        let open = Open::new(thing.clone(), Origin::Existing, None);
        self.open(open.with(Rouse::Never).as_own_wish()).await.map(drop)
    }

    /// The same, because the time of its sleep is over.
    pub async fn wake_at_deadline(&self, thing: &ThingId) -> Result<(), Absent> {
        let open = Open::new(thing.clone(), Origin::Existing, None);
        self.open(open.with(Rouse::AtDeadline).as_own_wish()).await.map(drop)
    }

    /// Makes a named thing active, with an empty history if it has none.
    pub async fn wake_named(&self, thing: &ThingId) -> Result<(), Absent> {
        self.open(Open::new(thing.clone(), Origin::Named, None)).await.map(drop)
    }

    /// Makes a thing active here because another process has let go of it.
    pub async fn take(&self, thing: &ThingId, from: &Process) -> Result<(), Absent> {
        let open = Open::new(thing.clone(), Origin::Existing, Some(from.clone()));
        self.open(open).await.map(drop)
    }

    /// Hands a thing that is active here on to the first of several processes that takes it.
    pub async fn hand_on(&self, what: HandOn) -> Result<(), NotMoved> {
        self.registry.send(what).await.unwrap_or(Err(NotMoved::Stayed))
    }

    /// Lets nothing new begin on this node; what would begin here begins on another one, or is
    /// refused. What is there goes on.
    pub fn begin_nothing_new(&self) {
        self.intake.shut();
    }

    /// Takes that back.
    pub fn begin_again(&self) {
        self.intake.open();
    }

    /// All that is active on this node.
    pub fn all_active(&self) -> Vec<ThingId> {
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

    /// The process of another node that last answered for a thing. A hint, and nothing if the thing
    /// lives here or was never asked for from here.
    pub fn owner_elsewhere(&self, thing: &ThingId) -> Option<Process> {
        if self.directory.find(thing).is_some() { None } else { self.sightings.of(thing) }
    }

    /// How many things of this node wait for a store that does not answer.
    pub fn n_suspended(&self) -> usize {
        self.directory.suspended().count()
    }

    /// How much things of this kind have slept.
    pub fn naps(&self) -> &Naps {
        self.directory.naps()
    }

    /// How many things are active on this node.
    pub fn n_active(&self) -> usize {
        self.directory.n_active()
    }

    /// Looks whether a thing that is active here is still this process's, and ends its actor if
    /// somebody has claimed above. What whoever asks believes does not count.
    pub async fn recheck(&self, thing: &ThingId) -> Result<Hold, Absent> {
        let rechecked = self.registry.send(Recheck(thing.clone())).await;
        rechecked.unwrap_or_else(|error| Err(Absent::Unavailable(error.to_string())))
    }

    async fn perform_on(
        &self,
        thing: &ThingId,
        command: T::Command,
        origin: Origin,
    ) -> Result<T::Answer, Unanswered<T::Rejection>> {
        match self.ask(thing, Ask::Perform { command, origin }, None).await? {
            Told::Answer(answer) => Ok(answer),
            Told::Sight(_) | Told::Both(..) => Err(another_form()),
        }
    }

    /// Asks for somebody who begins here and waits as long as a request may take.
    async fn ask(
        &self,
        thing: &ThingId,
        ask: Ask<T>,
        ears: Ears<'_, T>,
    ) -> Result<Told<T>, Unanswered<T::Rejection>> {
        let until = Instant::now() + DEADLINE;
        let road = Road { until, n_hops: 0, forwarding: Forwarding::Allowed };
        let asking = self.carry(thing, ask, ears, road);
        timeout_at(until, asking).await.unwrap_or(Err(Unanswered::TimedOut))
    }

    /// Carries a request to whoever owns the thing, here or elsewhere; to another one if the first
    /// ends before it answers.
    pub(super) async fn carry(
        &self,
        thing: &ThingId,
        ask: Ask<T>,
        ears: Ears<'_, T>,
        road: Road,
    ) -> Result<Told<T>, Unanswered<T::Rejection>> {
        let mut search = Search::of(ask.repeat());
        let answered = self.try_all(thing, ask, (ears, road), &mut search).await;
        search.sum_up(answered)
    }

    async fn try_all(
        &self,
        thing: &ThingId,
        mut ask: Ask<T>,
        (ears, road): (Ears<'_, T>, Road),
        search: &mut Search,
    ) -> Result<Told<T>, Unanswered<T::Rejection>> {
        if let Some(other) = self.better_place(thing, &ask, road)
            && let Some(answered) =
                self.begin_there((other, thing), ask.clone(), road, search).await
        {
            return answered;
        }
        let may_begin = ask.origin() == Origin::Existing || self.intake.is_open();
        if !may_begin {
            // Its name may be that of something that is there: a creation that is asked for again.
            ask.as_existing();
        }
        search.begin_with(self.likely_owner(thing, &ask, road));
        let mut n_ended = 0;
        let mut rouse = ask.rouse();
        while n_ended < MOST_TRIES && search.may_go_on() {
            let owner = match self.find(thing, (ask.origin(), rouse), search).await {
                Ok(address) => {
                    ask.as_opened();
                    match self.serve(&address, ask.clone(), ears).await {
                        Served::Answered(answered) => return answered,
                        Served::Ended(touched) => search.has_tried(touched),
                    }
                    n_ended += 1;
                    tokio::time::sleep(MOMENT).await;
                    continue;
                }
                Err(Absent::Elsewhere(owner)) => owner,
                Err(Absent::NotFound) if !may_begin => {
                    return Err(Unanswered::Absent(nothing_new()));
                }
                Err(Absent::Asleep { upto }) => match ask.look_asleep(upto) {
                    Some(sight) => {
                        meters().looks_asleep.increment(1);
                        return Ok(Told::Sight(sight));
                    }
                    None => {
                        rouse = Rouse::ForRequest;
                        continue;
                    }
                },
                Err(Absent::NotFound) if is_made_by(thing, &ask) => {
                    n_ended += 1;
                    continue;
                }
                Err(Absent::AwaitsRestoration) if search.waits_for_others(road).await => {
                    continue;
                }
                Err(absent) => return Err(Unanswered::Absent(absent)),
            };
            let Some(peers) = self.way_to(&owner, road, search) else {
                return Err(Unanswered::Absent(Absent::Elsewhere(owner)));
            };
            let outcome = forward(peers, (&owner, thing), (Letter::of(&ask), ears), road).await;
            if let Some(answered) = self.weigh(thing, owner, outcome, search).await {
                return answered;
            }
        }
        Err(Unanswered::TimedOut)
    }

    /// Where to ask next: the actor of this node, or who is held for the owner.
    async fn find(
        &self,
        thing: &ThingId,
        (origin, rouse): (Origin, Rouse),
        search: &mut Search,
    ) -> Result<Addr<OwnedActor<T>>, Absent> {
        match search.guess() {
            Some(owner) => Err(Absent::Elsewhere(owner)),
            None => {
                let open = Open::new(thing.clone(), origin, search.dead.clone());
                self.reach(open.with(rouse)).await
            }
        }
    }

    /// What an actor of this node answers, unless it ends before it can.
    async fn serve(
        &self,
        address: &Addr<OwnedActor<T>>,
        ask: Ask<T>,
        ears: Ears<'_, T>,
    ) -> Served<T> {
        // What is still in the mailbox was not even read. A look that follows a wish waits with the actor.
        let if_closed = match ask {
            Ask::PerformAndLook { .. } => Touched::Perhaps,
            Ask::Perform { .. } | Ask::Look(_) | Ask::Listen(_) => Touched::Never,
        };
        let answered = match ask {
            Ask::Perform { command, .. } => {
                address.send(Perform(command)).await.map(|answer| answer.map(Told::Answer))
            }
            Ask::PerformAndLook { command, look } => {
                let answered = address.send(PerformAndLook { command, look }).await;
                answered.map(|both| both.map(|(answer, sight)| Told::Both(answer, sight)))
            }
            Ask::Look(look) => {
                let seen = address.send(Attend { look, listener: None }).await;
                seen.map(|sight| sight.map(Told::Sight))
            }
            Ask::Listen(look) => {
                let seen = address.send(Attend { look, listener: ears.map(|ears| ears()) }).await;
                seen.map(|sight| sight.map(Told::Sight))
            }
        };
        match answered {
            Ok(Ok(told)) => Served::Answered(Ok(told)),
            Ok(Err(Refusal::Gone)) => Served::Ended(Touched::Never),
            Ok(Err(Refusal::Lost)) => Served::Ended(Touched::Perhaps),
            Err(MailboxError::Closed) => Served::Ended(if_closed),
            Ok(Err(refusal)) => Served::Answered(Err(refusal.into())),
            Err(MailboxError::Timeout) => Served::Answered(Err(Unanswered::TimedOut)),
        }
    }

    /// The actor of a thing, if it is active on this node.
    pub(super) fn active(&self, thing: &ThingId) -> Option<Addr<OwnedActor<T>>> {
        self.directory.find(thing)
    }

    async fn reach(&self, open: Open<T>) -> Result<Addr<OwnedActor<T>>, Absent> {
        match self.directory.find(&open.thing) {
            Some(address) => Ok(address),
            None => self.open(open).await,
        }
    }

    async fn open(&self, open: Open<T>) -> Result<Addr<OwnedActor<T>>, Absent> {
        check_name::<T>(&open.thing)?;
        let asker = match open.origin {
            Origin::Existing => self.asker,
            Origin::Named | Origin::New => self.asker.as_maker(),
        };
        let open = open.asked_by(asker);
        let opened = self.registry.send(open).await;
        opened.unwrap_or_else(|error| Err(Absent::Unavailable(error.to_string())))
    }
}

/// What comes of a request to an actor of this node.
enum Served<T: Thing> {
    Answered(Result<Told<T>, Unanswered<T::Rejection>>),
    Ended(Touched),
}

/// Whether a request makes the thing if there is none. Not to be found is then what another one was
/// told, who only looked for it, and with whom this one waited.
fn is_made_by<T: Thing>(thing: &ThingId, ask: &Ask<T>) -> bool {
    ask.origin() == Origin::Named && T::can_be_named(thing)
}

/// What is of another kind is none of these things, whatever it is.
pub(super) fn check_name<T: Thing>(thing: &ThingId) -> Result<(), Absent> {
    if T::can_be_named(thing) { Ok(()) } else { Err(Absent::NotFound) }
}

/// An answer in the form of another question, which only a node of another version gives.
fn another_form<R>() -> Unanswered<R> {
    Unanswered::Absent(Absent::Unavailable("the answer is of another form".into()))
}

impl<T: Thing> Clone for Things<T> {
    fn clone(&self) -> Self {
        Self {
            directory: self.directory.clone(),
            registry: self.registry.clone(),
            shell: self.shell.clone(),
            others: self.others.clone(),
            sightings: self.sightings.clone(),
            intake: self.intake.clone(),
            asker: self.asker,
        }
    }
}
