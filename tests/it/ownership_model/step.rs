//! What may happen next. Where the protocol decides, the shipped decision is asked:
//! [`plan_fences`] for what follows from the claims, [`plan_epoch`] for the stamp of a claim.

use super::bounds::{Bounds, Cleaning, Clocks, Mutant};
use super::log::Log;
use super::rows::{Row, Standing, parts};
use super::world::{Left, Phase, Stage, World};
use holdfast::base::{Epoch, Lane, Millis};
use holdfast::ownership::claim::{ClaimPlan, ClaimRow, Released, plan_epoch, plan_fences};
use std::collections::BTreeSet;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// A process dies with all it knows and comes again.
    Crash(usize),
    /// An actor dies; what it left with the store goes on.
    Panic(usize),
    Claim(usize, Epoch),
    ClaimAcknowledged(usize),
    GiveWay(usize),
    Fence {
        node: usize,
        lanes: Vec<u8>,
        below: Vec<Epoch>,
    },
    FencesAcknowledged(usize),
    Restored(usize, Option<Log>),
    NothingVerified(usize, Verdict),
    Sealed(usize),
    SealVerified(usize, Verdict),
    Submit(usize, Log),
    WriteAcknowledged(usize),
    Verified(usize, Verdict),
    GiveUpPosition(usize),
    Release(usize),
    Clean(Row),
    LeftAcknowledged(usize),
    LeftVerified(usize, Verdict),
}

/// What a look at the own lane says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Clean,
    Fenced,
}

/// The steps of one node are gathered here.
pub struct Chances<'a> {
    pub bounds: &'a Bounds,
    pub world: &'a World,
    pub out: &'a mut Vec<Step>,
}

impl Chances<'_> {
    pub fn of_node(&mut self, node: usize) {
        self.deaths(node);
        self.left_over(node);
        match &self.world.nodes[node].stage {
            Stage::Idle => self.claims(node),
            Stage::Claiming { .. } => self.out.push(Step::ClaimAcknowledged(node)),
            Stage::ReadingClaims { epoch, must } => self.plans(node, *epoch, must),
            Stage::Fencing { .. } => self.out.push(Step::FencesAcknowledged(node)),
            Stage::Restoring { below, must, .. } => self.restorations(node, below, must),
            Stage::VerifyingNothing { epoch, fenced } => {
                self.looks(node, *epoch, *fenced, Step::NothingVerified);
            }
            Stage::Sealing { .. } => self.out.push(Step::Sealed(node)),
            Stage::VerifyingSeal { epoch, fenced, .. } => {
                if self.bounds.is(Mutant::CleansBeforeVerify) {
                    self.cleanings(*epoch);
                }
                self.looks(node, *epoch, *fenced, Step::SealVerified);
            }
            Stage::Active { epoch, log, phase, .. } => self.owner(node, *epoch, *log, *phase),
        }
    }

    fn deaths(&mut self, node: usize) {
        let own = &self.world.nodes[node];
        let busy = own.stage != Stage::Idle || own.left.is_some();
        if busy && self.world.n_crashes < self.bounds.n_crashes {
            self.out.push(Step::Crash(node));
        }
        let writes =
            matches!(&own.stage, Stage::Active { phase, .. } if !matches!(phase, Phase::Ready));
        if writes && self.bounds.may.panic && own.left.is_none() {
            self.out.push(Step::Panic(node));
        }
    }

    fn left_over(&mut self, node: usize) {
        match self.world.nodes[node].left {
            Some(Left { phase: Phase::Writing { .. }, .. }) => {
                self.out.push(Step::LeftAcknowledged(node));
            }
            Some(Left { phase: Phase::Verifying { fenced, .. }, epoch, .. }) => {
                // The verifier knows which claims its own process has begun to supersede.
                let superseded = self.world.nodes[node].begun.is_some_and(|begun| epoch < begun);
                if superseded && !self.bounds.is(Mutant::ForgetsItsDead) {
                    self.out.push(Step::LeftVerified(node, Verdict::Fenced));
                } else {
                    self.looks(node, epoch, fenced, Step::LeftVerified);
                }
            }
            Some(Left { phase: Phase::Ready, .. }) | None => {}
        }
    }

    fn claims(&mut self, node: usize) {
        if self.world.n_takeovers == self.bounds.n_takeovers {
            return;
        }
        let made: Vec<(Epoch, Standing)> =
            self.world.rows.claims().map(|(epoch, _, standing)| (epoch, standing)).collect();
        let stamps: BTreeSet<Epoch> = match self.bounds.clocks {
            Clocks::Any(last) => (1..=last).map(|now| stamp(None, now, node)).collect(),
            Clocks::Behind => seen_newest(&made).map(|newest| stamp(newest, 1, node)).collect(),
        };
        let free = stamps.into_iter().filter(|stamp| made.iter().all(|(epoch, _)| epoch != stamp));
        self.out.extend(free.map(|stamp| Step::Claim(node, stamp)));
    }

    /// Everything that may follow from a read of the claims.
    fn plans(&mut self, node: usize, mine: Epoch, must: &[Row]) {
        let rows = &self.world.rows;
        let (sure, open): (Vec<Seen>, Vec<Seen>) = rows
            .claims()
            .map(|(epoch, lane, _)| (epoch, lane))
            .partition(|(epoch, lane)| must.contains(&Row::Claim(*epoch, *lane)));
        let words: Vec<Epoch> = rows
            .claims()
            .map(|(epoch, ..)| epoch)
            .filter(|epoch| rows.holds(Row::Released(*epoch)))
            .collect();
        let mut found = BTreeSet::new();
        for seen in parts(&open) {
            let seen: Vec<Seen> = sure.iter().copied().chain(seen).collect();
            for released in parts(&words) {
                found.insert(self.plan(node, mine, &seen, &released));
            }
        }
        self.out.extend(found);
    }

    fn plan(&self, node: usize, mine: Epoch, seen: &[Seen], released: &[Epoch]) -> Step {
        let is_blind = self.bounds.is(Mutant::IgnoresHigherClaim);
        let rows: Vec<ClaimRow> = seen
            .iter()
            .filter(|(epoch, _)| !is_blind || *epoch <= mine)
            .map(|(epoch, lane)| claim_row(*epoch, *lane, released))
            .collect();
        let ClaimPlan::Fence(lanes) = plan_fences(&rows, mine) else { return Step::GiveWay(node) };
        let mut lanes: Vec<u8> = lanes.iter().map(number_of).collect();
        if self.bounds.is(Mutant::FencesOnlyTheNewest) {
            let lower = rows.iter().filter(|row| row.epoch < mine && row.released.is_none());
            let newest = lower.max_by_key(|row| row.epoch);
            lanes = newest.map(|row| number_of(&row.lane)).into_iter().collect();
        }
        if self.bounds.is(Mutant::ForgetsItsDead) {
            lanes.retain(|lane| *lane != self.world.lane(node));
        }
        let mut below: Vec<Epoch> =
            seen.iter().map(|(epoch, _)| *epoch).filter(|epoch| *epoch < mine).collect();
        below.sort_unstable();
        Step::Fence { node, lanes, below }
    }

    fn restorations(&mut self, node: usize, below: &[Epoch], must: &[Row]) {
        let must = |row| must.contains(&row);
        let found = self.world.rows.restorations(below, &must, self.bounds.run_end());
        self.out.extend(found.into_iter().map(|log| Step::Restored(node, log)));
    }

    /// What a look at the own lane that began some time ago may say now.
    fn looks(&mut self, node: usize, epoch: Epoch, fenced: bool, says: fn(usize, Verdict) -> Step) {
        if !fenced {
            self.out.push(says(node, Verdict::Clean));
        }
        if self.world.rows.is_perhaps_fenced(self.world.lane(node), epoch) {
            self.out.push(says(node, Verdict::Fenced));
        }
    }

    fn owner(&mut self, node: usize, epoch: Epoch, log: Log, phase: Phase) {
        match phase {
            Phase::Ready => {
                if self.bounds.may.release {
                    self.out.push(Step::Release(node));
                }
                if self.bounds.cleaning != Cleaning::Nothing {
                    self.cleanings(epoch);
                }
                self.wishes(node, log);
            }
            Phase::Writing { .. } => {
                self.out.push(Step::WriteAcknowledged(node));
                if self.bounds.is(Mutant::NextPositionAfterUnknown) {
                    self.out.push(Step::GiveUpPosition(node));
                }
                let said = self.world.rows.holds(Row::Released(epoch));
                if self.bounds.is(Mutant::ReleasesWhileWriting) && !said {
                    self.out.push(Step::Release(node));
                }
            }
            Phase::Verifying { fenced, .. } => self.looks(node, epoch, fenced, Step::Verified),
        }
    }

    /// All wishes but the last are one client's, who waits for each answer.
    fn wishes(&mut self, node: usize, log: Log) {
        let last = u8::try_from(self.bounds.wishes.len()).unwrap() - 1;
        let is_its_turn = |key: u8| {
            let before = key.checked_sub(1).map(usize::from);
            let answered = before.is_none_or(|before| self.world.acknowledged[before].is_some());
            let tries_left = self.world.tries[usize::from(key)] < self.bounds.n_tries;
            tries_left && (key == last || answered)
        };
        let wish = |key: u8| Log::of_wish(key, self.bounds.wishes[usize::from(key)]);
        let ready: Vec<u8> = self.bounds.keys().filter(|key| is_its_turn(*key)).collect();
        self.out.extend(ready.iter().map(|key| Step::Submit(node, wish(*key))));
        let mut new = ready.iter().filter(|key| !log.holds(**key));
        if self.bounds.may.gather
            && let (Some(one), Some(other)) = (new.next(), new.next())
        {
            self.out.push(Step::Submit(node, wish(*one).followed_by(wish(*other))));
        }
    }

    fn cleanings(&mut self, epoch: Epoch) {
        let claims_too = self.bounds.cleaning == Cleaning::HistoriesAndClaims;
        for (row, standing) in self.world.rows.iter() {
            let of = match row {
                Row::Claim(of, _) => claims_too.then_some(of),
                Row::Header { .. } | Row::Event { .. } => row.tells_of(),
                Row::Fence { .. } | Row::Released(_) => None,
            };
            if standing != Standing::Deleted && of.is_some_and(|of| of < epoch) {
                self.out.push(Step::Clean(row));
            }
        }
    }
}

type Seen = (Epoch, u8);

/// The newest claims that a look at the top of the partition may show.
fn seen_newest(made: &[(Epoch, Standing)]) -> impl Iterator<Item = Option<Epoch>> {
    let committed = made.iter().filter(|(_, standing)| *standing == Standing::Committed);
    let floor = committed.map(|(epoch, _)| *epoch).max();
    let above = made.iter().map(|(epoch, _)| Some(*epoch)).filter(move |epoch| floor <= *epoch);
    above.chain(floor.is_none().then_some(None))
}

fn stamp(newest: Option<Epoch>, now: u64, node: usize) -> Epoch {
    plan_epoch(newest, Millis(now), i64::try_from(node).unwrap())
}

fn claim_row(epoch: Epoch, lane: u8, released: &[Epoch]) -> ClaimRow {
    let released = released.contains(&epoch).then_some(Released::Moved);
    let lane = Lane { node: "n".into(), boot: "b".into(), k: u32::from(lane) };
    ClaimRow { epoch, lane, released }
}

fn number_of(lane: &Lane) -> u8 {
    u8::try_from(lane.k).unwrap()
}
