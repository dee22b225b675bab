//! The way to an active thing: locate, claim, fence, restore, seal, verify. Each step waits for the
//! one before it to be acknowledged; what to do is decided in [`claim`](crate::ownership::claim).

use crate::base::{Chance, Claim, Clock, Epoch, Parting, Position, Process, ThingId};
use crate::owned::{Header, History, Past, Recorded, Remains, Shell, StoreError, Thing, aside};
use crate::ownership::actor::Place;
use crate::ownership::actor::legacy::Legacy;
use crate::ownership::claim::{
    ClaimPlan, ClaimRow, Location, Released, Route, plan_epoch, plan_fences, plan_route,
};
use crate::ownership::door::{AlarmTable, OwnerTable};
use crate::ownership::error::Absent;
use crate::telemetry::meters;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// What the registry needs of the world.
pub struct Doors<T: Thing> {
    pub owners: Arc<dyn OwnerTable>,
    pub alarms: Arc<dyn AlarmTable>,
    pub shell: Arc<dyn Shell<T>>,
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    /// Where this process stands among the others.
    pub place: Place,
    /// How long a closed thing can still be read (`closed-keep`).
    pub keep_closed: Duration,
}

/// How a thing may come to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    /// It must exist already.
    Existing,
    /// Its name is known to everybody; whoever comes first makes it.
    Named,
    /// Its name was made up a moment ago, so nobody else can have claimed it.
    New,
}

/// A thing under a claim that was sealed and verified.
pub struct Opened<T: Thing> {
    pub claim: Claim,
    pub remains: Remains<T>,
    /// Everything up to here is in it.
    pub upto: Position,
    pub past: Past,
    /// Whether it slept.
    pub slept: bool,
}

/// What became of one try.
enum Outcome<T: Thing> {
    Opened(Opened<T>),
    /// Somebody claimed higher.
    GaveWay,
    /// Nobody ever wrote under a claim: a creation that was never acknowledged.
    Empty,
}

/// How often a take-over gives way to a higher claim before it gives up.
const MOST_TRIES: u32 = 5;

/// Makes this process the owner of a thing. `dead` is who could not be asked, or said "take it":
/// for this request, he counts as dead. A legacy is taken if it is all there is, and let go of if
/// somebody else has claimed; it is left alone if the store fails.
pub async fn take_over<T: Thing>(
    doors: &Doors<T>,
    thing: &ThingId,
    (origin, dead): (Origin, Option<&Process>),
    legacy: &mut Option<Legacy<T>>,
) -> Result<Opened<T>, Absent> {
    let origin = known_origin::<T>(origin);
    for _ in 0..MOST_TRIES {
        let location = match origin {
            Origin::New => Location::default(),
            Origin::Existing | Origin::Named => locate(doors, thing, origin, dead).await?,
        };
        let newest = location.newest.as_ref().map(|row| row.epoch);
        match claim_and_restore(doors, thing, (origin, newest), legacy).await {
            Ok(Outcome::Opened(opened)) => {
                return Ok(Opened { slept: location.asleep().is_some(), ..opened });
            }
            Ok(Outcome::Empty) => return Err(Absent::NotFound),
            Ok(Outcome::GaveWay) | Err(StoreError::Fenced { .. }) => give_way(doors).await,
            Err(error) => return Err(absent(thing, &error)),
        }
    }
    Err(Absent::Unavailable("others claim the same session".into()))
}

fn known_origin<T: Thing>(origin: Origin) -> Origin {
    match origin {
        // Whoever claimed it first may have been overtaken before he had written anything.
        Origin::Existing if T::is_known_by_name() => Origin::Named,
        Origin::Existing | Origin::Named | Origin::New => origin,
    }
}

/// The newest claim, if the thing may be taken over now.
async fn locate<T: Thing>(
    doors: &Doors<T>,
    thing: &ThingId,
    origin: Origin,
    dead: Option<&Process>,
) -> Result<Location, Absent> {
    let location = where_it_is(doors, thing, origin, dead).await?;
    leave_alone(doors, thing, &location)?;
    Ok(location)
}

/// The newest claim, if it is for nobody else. Whoever asks may have found its owner dead.
pub(super) async fn where_it_is<T: Thing>(
    doors: &Doors<T>,
    thing: &ThingId,
    origin: Origin,
    dead: Option<&Process>,
) -> Result<Location, Absent> {
    let origin = known_origin::<T>(origin);
    let mut location = read_location(doors, thing).await?;
    if location.newest.is_none() && !location.closed && origin == Origin::Existing {
        // A claim that was cleaned behind the reading is gone, and the one above it not yet seen.
        location = read_location(doors, thing).await?;
    }
    let place = &doors.place;
    let is_living = |owner: &Process| dead != Some(owner) && place.view.is_living(owner);
    match plan_route(&location, &place.me, is_living) {
        Route::TakeOver => {
            leave_to_strangers(thing, &location)?;
            Ok(location)
        }
        Route::NoSuchThing if origin == Origin::Named => Ok(location),
        Route::NoSuchThing => Err(Absent::NotFound),
        Route::Closed => Err(Absent::Closed),
        Route::Forward(owner) => Err(Absent::Elsewhere(owner)),
    }
}

/// What a server of another program has claimed is not claimed here: its transcript cannot be read,
/// and the claim would only keep that server from going on.
fn leave_to_strangers(thing: &ThingId, location: &Location) -> Result<(), Absent> {
    let Some(row) = location.newest.as_ref().filter(|row| row.lane.is_strange()) else {
        return Ok(());
    };
    let creator = &row.lane.node;
    tracing::error!(
        %thing,
        %creator,
        "its newest row in the table owner is that of a server of another program, whose row in \
         the table transcripts cannot be read here: let that server end the session, or take its \
         rows away with 'holdfast sweep --delete' once they are older than session-max-age",
    );
    Err(Absent::InRepair)
}

/// A living owner who only cannot be reached from here is not robbed with every request.
fn leave_alone<T: Thing>(
    doors: &Doors<T>,
    thing: &ThingId,
    location: &Location,
) -> Result<(), Absent> {
    let Place { me, view, contests, .. } = &doors.place;
    let Some(row) = location.newest.as_ref().filter(|row| row.released.is_none()) else {
        return Ok(());
    };
    let owner = row.lane.process();
    if owner == *me || !view.is_living(&owner) {
        return Ok(());
    }
    let mut contests = contests.lock().unwrap_or_else(PoisonError::into_inner);
    contests.claim(thing, row.epoch, doors.clock.now()).map_err(|wait| {
        let wait = wait.as_millis();
        Absent::Unavailable(format!(
            "{owner} owns it and cannot be reached; for {wait} ms it keeps it"
        ))
    })
}

async fn read_location<T: Thing>(doors: &Doors<T>, thing: &ThingId) -> Result<Location, Absent> {
    doors.owners.locate(thing).await.map_err(|error| absent(thing, &error))
}

async fn claim_and_restore<T: Thing>(
    doors: &Doors<T>,
    thing: &ThingId,
    (origin, newest): (Origin, Option<Epoch>),
    legacy: &mut Option<Legacy<T>>,
) -> Result<Outcome<T>, StoreError> {
    let epoch = plan_epoch(newest, doors.clock.now(), tie(doors));
    let claim = Claim::won(thing.clone(), epoch, (doors.place.lane)());
    let began = Instant::now();
    let outcome = restore_under(doors, &claim, origin, legacy).await;
    match &outcome {
        Ok(Outcome::Opened(opened)) if opened.past != Past::Nothing => {
            meters().restore_duration.record(began.elapsed());
        }
        Ok(Outcome::Opened(_)) => {}
        Ok(Outcome::GaveWay | Outcome::Empty) | Err(_) => doors.owners.forget(&claim),
    }
    outcome
}

async fn restore_under<T: Thing>(
    doors: &Doors<T>,
    claim: &Claim,
    origin: Origin,
    legacy: &mut Option<Legacy<T>>,
) -> Result<Outcome<T>, StoreError> {
    let epoch = claim.epoch();
    let mut steps = Steps::begin();
    if let Some(legacy) = legacy {
        legacy.tried.push(epoch);
    }
    doors.owners.claim(claim.thing(), epoch, claim.lane()).await?;
    let claims = doors.owners.claims(claim.thing()).await?;
    if plan_fences(&claims, epoch) == ClaimPlan::GiveWay {
        return Ok(Outcome::GaveWay);
    }
    steps.done("claimed");
    let Some(found) = gather(doors, claim, (&claims, origin), legacy, &mut steps).await? else {
        return Ok(Outcome::Empty);
    };
    let is_renewed = found.epoch != epoch;
    let (shell, under, weight) = (doors.shell.clone(), claim.clone(), found.remains.weight);
    let seal = move || {
        let Legacy { upto, remains: Remains { thing, room, .. }, .. } = &found;
        let header = Header { upto: *upto, snapshot: thing.snapshot(room) };
        let weight = T::weight(&header.snapshot);
        (shell.log().seal(&under, header), found.weighing(weight))
    };
    let (sealing, found) = aside(weight, seal).await;
    if let Err(error) = sealing.await {
        // Whoever was fenced, or does not fit what is stored, is wrong about what is there.
        let is_as_before = matches!(error, StoreError::Unavailable(_));
        *legacy = (is_renewed && is_as_before).then_some(found);
        return Err(error);
    }
    steps.done("sealed");
    steps.tell_if_slow(claim, weight);
    tell_former_owners(doors, claim, &claims);
    let past = match (is_renewed, found.upto) {
        (true, _) => Past::Renewed,
        (false, Position::NONE) => Past::Nothing,
        (false, _) => Past::Restored(parting(&claims, epoch)),
    };
    let Legacy { upto, remains, .. } = found;
    Ok(Outcome::Opened(Opened { claim: claim.clone(), remains, upto, past, slept: false }))
}

/// All that was left, and by which claim: what this process remembers if nobody else has claimed since,
/// otherwise what its log holds, which is this claim's from now on.
async fn gather<T: Thing>(
    doors: &Doors<T>,
    claim: &Claim,
    (claims, origin): (&[ClaimRow], Origin),
    legacy: &mut Option<Legacy<T>>,
    steps: &mut Steps,
) -> Result<Option<Legacy<T>>, StoreError> {
    let log = doors.shell.log();
    legacy.take_if(|legacy| !legacy.is_whole(claims));
    if legacy.is_some() {
        log.reopen(claim, claims).await?;
        steps.done("fenced");
        return Ok(legacy.take());
    }
    let history = log.open(claim, claims).await?;
    steps.done("read");
    let (upto, weight) = (last_position(&history), n_events(&history));
    if upto == Position::NONE && origin == Origin::Existing {
        return Ok(None);
    }
    let snapshot = history.header.map(|header| header.snapshot);
    let (thing, room) = aside(weight, || T::replay(snapshot, history.events)).await;
    steps.done("replayed");
    let remains = Remains { thing, room, weight };
    Ok(Some(Legacy { epoch: claim.epoch(), upto, remains, tried: vec![] }))
}

/// When each step of a take-over was done, for whoever wonders why one took so long.
struct Steps {
    began: Instant,
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Nobody should wait longer for a session that moves.
    const SLOW: Duration = Duration::from_secs(1);

    fn begin() -> Self {
        Self { began: Instant::now(), done: Vec::with_capacity(4) }
    }

    fn done(&mut self, step: &'static str) {
        self.done.push((step, self.began.elapsed()));
    }

    fn tell_if_slow(&self, claim: &Claim, n_events: usize) {
        if Self::SLOW < self.began.elapsed() {
            let (thing, done) = (claim.thing(), &self.done);
            tracing::debug!(%thing, n_events, ?done, "a take-over was slow");
        }
    }
}

/// Who lives and was deprived of a thing is told, so that he looks at his lane now and not within a
/// second. He never trusts the word alone.
fn tell_former_owners<T: Thing>(doors: &Doors<T>, claim: &Claim, claims: &[ClaimRow]) {
    let Place { me, view, takers, .. } = &doors.place;
    for row in claims.iter().filter(|row| row.epoch < claim.epoch() && row.released.is_none()) {
        let owner = row.lane.process();
        if owner != *me && view.is_living(&owner) {
            takers.tell_claimed(&owner, claim.thing());
        }
    }
}

/// An owner who has handed it on told everybody where to go.
fn parting(claims: &[ClaimRow], mine: Epoch) -> Parting {
    let before = claims.iter().filter(|row| row.epoch < mine).max_by_key(|row| row.epoch);
    match before.and_then(|row| row.released) {
        Some(Released::Moved) => Parting::Moving,
        Some(Released::Asleep) | None => Parting::Lost,
    }
}

/// Those that are to be applied, and those whose effect a snapshot holds.
fn n_events<T: Thing>(history: &History<T>) -> usize {
    let header = history.header.as_ref().map_or(0, |header| T::weight(&header.snapshot));
    header + history.events.len()
}

fn last_position<T: Thing>(history: &History<T>) -> Position {
    let header = history.header.as_ref().map_or(Position::NONE, |header| header.upto);
    history.events.last().map_or(header, |event| event.position())
}

/// Somebody claimed higher: a little later, he is the owner.
async fn give_way<T: Thing>(doors: &Doors<T>) {
    meters().claims_given_way.increment(1);
    let mut dice = [0];
    doors.chance.fill(&mut dice);
    tokio::time::sleep(Duration::from_millis(50 + u64::from(dice[0]) * 150 / 256)).await;
}

fn tie<T: Thing>(doors: &Doors<T>) -> i64 {
    let mut bytes = [0; 8];
    doors.chance.fill(&mut bytes);
    i64::from_le_bytes(bytes)
}

/// What cannot be read will not be read by asking again: somebody has to mend it.
fn absent(thing: &ThingId, error: &StoreError) -> Absent {
    match error {
        StoreError::Damaged { .. } => {
            tracing::error!(%thing, %error, "failed to restore");
            Absent::InRepair
        }
        StoreError::Fenced { .. } | StoreError::Gap { .. } | StoreError::Unavailable(_) => {
            Absent::Unavailable(error.to_string())
        }
    }
}
