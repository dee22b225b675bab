//! What nobody ever closed, and what nobody ever began: found by a slow walk, and taken away as an
//! owner would: claim above all, fence everybody below, see that nobody is above, close, see it again,
//! and only then delete. Nobody who
//! wakes late can go on with what is gone.

use crate::base::{Claim, Epoch, Lane, Millis, Process, ThingId};
use crate::ownership::claim::{ClaimPlan, ClaimRow, plan_epoch, plan_fences};
use crate::ownership::membership::Member;
use crate::store::ring::rows::{NoAnswer, Purge, Rows, hour};
use std::collections::BTreeSet;
use std::time::Duration;

/// A creation that came no further than its claim is over after this time for sure.
const EMPTY_AFTER: Duration = Duration::from_secs(24 * 3_600);

/// Who said something within this time may live, whatever the clocks.
const ALIVE_WITHIN: Duration = Duration::from_secs(600);

/// A thing that is left over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leftover {
    pub thing: ThingId,
    /// Its newest claim.
    pub claim: ClaimRow,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Its newest claim is older than a session gets.
    NeverClosed,
    /// It was claimed, and nothing was ever written of it.
    NeverBegun,
}

/// What is looked for.
pub struct Search {
    pub now: Millis,
    /// How old a session may get.
    pub max_age: Duration,
    /// Who lives: what they own is no leftover.
    pub alive: BTreeSet<Process>,
}

/// What became of a leftover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    Removed,
    /// Somebody took it over meanwhile.
    Taken,
}

impl Why {
    pub fn name(self) -> &'static str {
        match self {
            Self::NeverClosed => "never closed",
            Self::NeverBegun => "never begun",
        }
    }
}

/// Who said something between two looks, or a short while ago by his own clock, which need not be that
/// of this machine.
pub fn alive(before: &[Member], members: &[Member], now: Millis) -> BTreeSet<Process> {
    let alive = members.iter().filter(|member| {
        let has_spoken =
            before.iter().any(|then| then.process == member.process && then.seen != member.seen);
        has_spoken || now.since(member.seen) < ALIVE_WITHIN
    });
    alive.map(|member| member.process.clone()).collect()
}

/// Walks over everything. Only things for which `is_wanted` says so are looked at.
pub async fn find(
    rows: &impl Rows,
    search: &Search,
    is_wanted: fn(&ThingId) -> bool,
) -> Result<Vec<Leftover>, NoAnswer> {
    let mut found = Vec::new();
    for (thing, claim) in rows.sweep().await? {
        let age = search.now.since(claimed_at(claim.epoch));
        let is_alive = search.alive.contains(&claim.lane.process());
        if !is_wanted(&thing) || is_alive || age < EMPTY_AFTER {
            continue;
        }
        let why = match has_history(rows, &thing).await? {
            true if age < search.max_age => continue,
            true => Why::NeverClosed,
            false => Why::NeverBegun,
        };
        found.push(Leftover { thing, claim, why });
    }
    Ok(found)
}

/// Takes a leftover away. `boot` and `tie` are random and fresh.
pub async fn remove(
    rows: &impl Rows,
    leftover: &Leftover,
    now: Millis,
    (boot, tie): (&str, i64),
) -> Result<Removal, NoAnswer> {
    let thing = &leftover.thing;
    let lane = Lane { node: "sweep".into(), boot: boot.into(), k: 0 };
    let epoch = plan_epoch(Some(leftover.claim.epoch), now, tie);
    rows.insert_claim(thing, epoch, &lane).await?;
    let claims = rows.claims(thing).await?;
    let newest = claims.iter().find(|row| row.epoch < epoch).map(|row| row.epoch);
    let ClaimPlan::Fence(lower) = plan_fences(&claims, epoch) else { return Ok(Removal::Taken) };
    if newest != Some(leftover.claim.epoch) {
        // Our claim stays and harms nobody: whoever has it takes it over again.
        return Ok(Removal::Taken);
    }
    // A server of another program reads no fences.
    for lane in lower.iter().filter(|lane| !lane.is_strange()) {
        rows.insert_fence(lane, thing, epoch).await?;
    }
    let claim = Claim::won(thing.clone(), epoch, lane);
    if is_fenced(rows, &claim).await? {
        return Ok(Removal::Taken);
    }
    rows.insert_closed(&claim, now).await?;
    // Who had found it open before it was closed may have claimed it all the same.
    if is_fenced(rows, &claim).await? {
        return Ok(Removal::Taken);
    }
    let purge = Purge { claims, stamp: epoch.micros + 2, hour: hour(now) };
    rows.delete_thing(thing, &purge).await?;
    Ok(Removal::Removed)
}

/// Whether somebody has claimed above: his fence stands in the lane (S2).
async fn is_fenced(rows: &impl Rows, claim: &Claim) -> Result<bool, NoAnswer> {
    let fences = rows.fences(claim.lane()).await?;
    Ok(fences.iter().any(|fence| fence.thing == *claim.thing() && claim.epoch() < fence.below))
}

pub fn claimed_at(epoch: Epoch) -> Millis {
    Millis(epoch.micros / 1_000)
}

async fn has_history(rows: &impl Rows, thing: &ThingId) -> Result<bool, NoAnswer> {
    for claim in rows.claims(thing).await? {
        if rows.header(thing, &claim).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
