//! What every store must keep, one file per door and one function per promise. They ask for no more
//! than a store that needs a quorum can give: an owner is fenced by a later opening and by nothing
//! else, and a store may say at any time that it does not answer.
//!
//! Each function takes a store and uses things named after its promise, so that one store, fresh
//! for each run, serves all of them. [`Note`] is the thing that is stored. It is in builds for work,
//! not in releases: what needs a real ring is run by the integration tests.

#![expect(clippy::unwrap_used, reason = "tests")]

pub mod alarms;
pub mod archive;
pub mod contacts;
pub mod log;
pub mod owners;

use crate::base::{Claim, ClaimRow, Epoch, Lane, Millis, Parting, Position, ThingId};
use crate::owned::{
    Decision, Ear, Entry, Header, History, Log, Recorded, Repeat, Room, Scene, StoreError,
    StoreFuture, Thing,
};
use crate::ownership::door::OwnerTable;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How often a store may say that it does not answer, before a test calls it broken.
const MOST_TRIES: usize = 100;

/// The smallest thing there is: lines, one after the other.
#[derive(Clone, Default)]
pub struct Note(Vec<String>);

#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub position: Position,
    pub text: String,
}

/// A note has no readers.
#[derive(Default)]
pub struct Desk;

/// What a store told of a note: the lines before the header's end, if it has one, and those after.
#[derive(Debug, PartialEq, Eq)]
pub struct Told {
    pub header: Option<(u64, Vec<String>)>,
    pub lines: Vec<(u64, String)>,
}

impl Thing for Note {
    type Command = ();
    type Event = Line;
    type Effect = ();
    type Answer = ();
    type Rejection = String;
    type Look = ();
    type Sight = ();
    type News = ();
    type Policy = ();
    type Room = Desk;
    type Snapshot = Vec<String>;

    fn can_be_named(_: &ThingId) -> bool {
        true
    }

    fn kind() -> &'static str {
        "note"
    }

    fn repeat((): &()) -> Repeat {
        Repeat::AnsweredAlike
    }

    fn decide(&self, _: &Scene<'_, Self>, (): ()) -> Result<Decision<Self>, String> {
        Err("a note has no wishes".to_owned())
    }

    fn apply(&mut self, event: &Line) {
        self.0.push(event.text.clone());
    }

    fn look(&self, _: &mut Desk, (): (), _: Option<Ear<Self>>, _: Millis) {}

    fn next_deadline(&self, _: &Desk, (): &()) -> Option<Millis> {
        None
    }

    fn time_passed() {}

    fn is_over(&self, _: &Desk) -> bool {
        false
    }

    fn snapshot(&self, _: &Desk) -> Vec<String> {
        self.0.clone()
    }

    fn from_snapshot(snapshot: Vec<String>) -> (Self, Desk) {
        (Self(snapshot), Desk)
    }

    fn weight(snapshot: &Vec<String>) -> usize {
        snapshot.len()
    }
}

impl Recorded for Line {
    fn position(&self) -> Position {
        self.position
    }

    fn key(&self) -> Option<&str> {
        None
    }
}

impl Room<Note> for Desk {
    fn remember(&mut self, _: &Arc<Line>) {}

    fn committed(&mut self, _: &Note, _: &[Arc<Line>], _: Millis, (): &()) -> Vec<()> {
        vec![]
    }

    fn restored(&mut self, _: &Note, _: Parting, _: Millis, (): &()) -> Vec<()> {
        vec![]
    }
}

impl From<History<Note>> for Told {
    fn from(history: History<Note>) -> Self {
        let header = history.header.map(|header| (header.upto.0, header.snapshot));
        let lines = history.events.iter().map(|line| (line.position.0, line.text.clone()));
        Self { header, lines: lines.collect() }
    }
}

/// Asks until the store answers.
pub async fn insist<R>(mut ask: impl FnMut() -> StoreFuture<R>) -> Result<R, StoreError> {
    for _ in 0..MOST_TRIES {
        match ask().await {
            Err(StoreError::Unavailable(_)) => {}
            told => return told,
        }
    }
    panic!("the store did not answer {MOST_TRIES} times");
}

pub async fn append(
    store: &impl Log<Note>,
    claim: &Claim,
    entries: &[Entry<Line>],
) -> Result<(), StoreError> {
    insist(|| store.append(claim, entries.to_vec())).await
}

/// Writes a claim.
pub async fn make_claim(store: &impl OwnerTable, claim: &Claim) {
    insist(|| store.claim(claim.thing(), claim.epoch(), claim.lane())).await.unwrap();
}

/// Claims and opens, as one who has read these claims below its own.
pub async fn open(
    store: &(impl Log<Note> + OwnerTable),
    claim: &Claim,
    below: &[&Claim],
) -> Result<Told, StoreError> {
    make_claim(store, claim).await;
    let claims = rows(below);
    insist(|| store.open(claim, &claims)).await.map(Told::from)
}

/// The same as one who knows what they left.
pub async fn reopen(
    store: &(impl Log<Note> + OwnerTable),
    claim: &Claim,
    below: &[&Claim],
) -> Result<(), StoreError> {
    make_claim(store, claim).await;
    let claims = rows(below);
    insist(|| store.reopen(claim, &claims)).await
}

fn rows(claims: &[&Claim]) -> Vec<ClaimRow> {
    let row = |claim: &&Claim| ClaimRow {
        epoch: claim.epoch(),
        lane: claim.lane().clone(),
        released: None,
    };
    claims.iter().map(row).collect()
}

pub async fn seal(
    store: &impl Log<Note>,
    claim: &Claim,
    upto: u64,
    snapshot: &[&str],
) -> Result<(), StoreError> {
    let snapshot: Vec<_> = snapshot.iter().map(|line| (*line).to_owned()).collect();
    let header = || Header { upto: Position(upto), snapshot: snapshot.clone() };
    insist(|| store.seal(claim, header())).await
}

pub async fn read(store: &impl Log<Note>, thing: &str) -> Result<Told, StoreError> {
    insist(|| store.read(&thing.into())).await.map(Told::from)
}

/// The claim of a node of its own, for each epoch another.
pub fn claim(thing: &str, micros: u64) -> Claim {
    Claim::won(ThingId::from(thing), epoch(micros), lane(micros))
}

pub fn epoch(micros: u64) -> Epoch {
    Epoch { micros: micros * 1_000, tie: 0 }
}

pub fn lane(n: u64) -> Lane {
    Lane { node: format!("node-{n}").as_str().into(), boot: "boot".into(), k: 0 }
}

/// A line that is a wish of its own.
pub fn line(position: u64, text: &str) -> Entry<Line> {
    part(position, text, 0)
}

/// A line of a wish with `more` lines to follow.
pub fn part(position: u64, text: &str, more: u32) -> Entry<Line> {
    let event = Arc::new(Line { position: Position(position), text: text.to_owned() });
    Entry { event, more }
}

/// What is told of a note that was never sealed.
pub fn lines(expected: &[(u64, &str)]) -> Told {
    let lines = expected.iter().map(|(position, text)| (*position, (*text).to_owned()));
    Told { header: None, lines: lines.collect() }
}

/// What is told of a sealed note.
pub fn sealed(upto: u64, snapshot: &[&str], after: &[(u64, &str)]) -> Told {
    let snapshot = snapshot.iter().map(|line| (*line).to_owned()).collect();
    Told { header: Some((upto, snapshot)), ..lines(after) }
}
