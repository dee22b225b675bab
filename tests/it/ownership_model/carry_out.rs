//! What a step does to the world.

use super::bounds::{Beginning, Bounds, Mutant};
use super::log::Log;
use super::rows::Row;
use super::step::{Step, Verdict};
use super::world::{Left, Phase, Stage, World};
use holdfast::base::Epoch;

impl Bounds {
    /// Nothing if the step does not fit the stage of its node.
    pub fn carry_out(&self, world: &mut World, step: Step) -> Option<()> {
        match step {
            Step::Crash(node) => crash(world, node),
            Step::Panic(node) => return panic(world, node),
            Step::Claim(node, epoch) => self.claim(world, node, epoch),
            Step::ClaimAcknowledged(node) => return self.claim_acknowledged(world, node),
            Step::GiveWay(node) => world.nodes[node].stage = Stage::Idle,
            Step::Fence { node, lanes, below } => return fence(world, node, lanes, below),
            Step::FencesAcknowledged(node) => return self.fences_acknowledged(world, node),
            Step::Restored(node, log) => return self.restored(world, node, log),
            Step::NothingVerified(node, verdict) => {
                return self.nothing_verified(world, node, verdict);
            }
            Step::Sealed(node) => return self.sealed(world, node),
            Step::SealVerified(node, verdict) => return seal_verified(world, node, verdict),
            Step::Submit(node, batch) => return self.submit(world, node, batch),
            Step::WriteAcknowledged(node) => return self.write_acknowledged(world, node),
            Step::Verified(node, verdict) => return verified(world, node, verdict),
            Step::GiveUpPosition(node) => return give_up_position(world, node),
            Step::Release(node) => return release(world, node),
            Step::Clean(row) => clean(world, row),
            Step::LeftAcknowledged(node) => return self.left_acknowledged(world, node),
            Step::LeftVerified(node, verdict) => return left_verified(world, node, verdict),
        }
        Some(())
    }

    fn claim(&self, world: &mut World, node: usize, epoch: Epoch) {
        let too_early = self.is(Mutant::ReadsClaimsTooEarly);
        let early = too_early.then(|| world.rows.committed_claims());
        world.n_takeovers += 1;
        world.rows.issue(Row::Claim(epoch, world.lane(node)));
        world.nodes[node].begun = Some(epoch);
        world.nodes[node].stage = Stage::Claiming { epoch, early };
    }

    fn claim_acknowledged(&self, world: &mut World, node: usize) -> Option<()> {
        let Stage::Claiming { epoch, early } = &mut world.nodes[node].stage else { return None };
        let (epoch, early) = (*epoch, early.take());
        world.rows.commit(Row::Claim(epoch, world.lane(node)));
        let must = match early {
            Some(early) => early,
            None if self.is(Mutant::ReadsClaimsAtOne) => Vec::new(),
            None => world.rows.committed_claims(),
        };
        world.nodes[node].stage = Stage::ReadingClaims { epoch, must };
        Some(())
    }

    fn fences_acknowledged(&self, world: &mut World, node: usize) -> Option<()> {
        let Stage::Fencing { epoch, below, lanes } = world.nodes[node].stage.clone() else {
            return None;
        };
        if !self.is(Mutant::RestoresBeforeFence) {
            for lane in lanes {
                world.rows.commit(Row::Fence { lane, below: epoch });
            }
        }
        let must = world.rows.committed_history(&below);
        world.nodes[node].stage = Stage::Restoring { epoch, below, must };
        Some(())
    }

    fn restored(&self, world: &mut World, node: usize, log: Option<Log>) -> Option<()> {
        let Stage::Restoring { epoch, .. } = world.nodes[node].stage else { return None };
        match log {
            Some(log) => seal(world, node, epoch, log),
            None if self.is(Mutant::FindsNothingUnverified) => {
                self.found_nothing(world, node, epoch)
            }
            None => {
                let fenced = self.look_begins(world, node, epoch);
                world.nodes[node].stage = Stage::VerifyingNothing { epoch, fenced };
            }
        }
        Some(())
    }

    fn nothing_verified(&self, world: &mut World, node: usize, verdict: Verdict) -> Option<()> {
        let Stage::VerifyingNothing { epoch, .. } = world.nodes[node].stage else { return None };
        match verdict {
            Verdict::Clean => self.found_nothing(world, node, epoch),
            Verdict::Fenced => world.nodes[node].stage = Stage::Idle,
        }
        Some(())
    }

    fn found_nothing(&self, world: &mut World, node: usize, epoch: Epoch) {
        match self.beginning {
            Beginning::Nothing => seal(world, node, epoch, Log::default()),
            Beginning::Served => world.fault = Some("a thing that is there is not found"),
        }
    }

    fn sealed(&self, world: &mut World, node: usize) -> Option<()> {
        let Stage::Sealing { epoch, log } = world.nodes[node].stage else { return None };
        world.rows.commit(Row::Header { epoch, past: log });
        if self.is(Mutant::NoVerifyAfterSeal) {
            world.activate(node, epoch, log);
            return Some(());
        }
        let fenced = self.look_begins(world, node, epoch);
        world.nodes[node].stage = Stage::VerifyingSeal { epoch, log, fenced };
        Some(())
    }

    fn submit(&self, world: &mut World, node: usize, batch: Log) -> Option<()> {
        let Stage::Active { epoch, log, skipped, .. } = world.nodes[node].stage else {
            return None;
        };
        for key in batch.whole_keys() {
            world.tries[usize::from(key)] += 1;
        }
        let known = batch.whole_keys().find(|key| log.holds(*key));
        if let Some(key) = known.filter(|_| !self.is(Mutant::NoIdempotencyKeys)) {
            world.acknowledge(epoch, key, log);
            return Some(());
        }
        if self.is(Mutant::BroadcastsBeforeDurable) {
            world.show(log.followed_by(batch));
        }
        let read_in_flight = self.look_begins(world, node, epoch);
        for row in events(epoch, log.len() + skipped, batch) {
            world.rows.issue(row);
        }
        let phase = Phase::Writing { batch, read_in_flight };
        world.nodes[node].stage = Stage::Active { epoch, log, phase, skipped };
        Some(())
    }

    fn write_acknowledged(&self, world: &mut World, node: usize) -> Option<()> {
        let Stage::Active { epoch, log, phase, skipped } = world.nodes[node].stage else {
            return None;
        };
        let phase = self.written(world, node, Left { epoch, log, phase }, skipped)?;
        world.nodes[node].stage = Stage::Active { epoch, log, phase, skipped };
        Some(())
    }

    fn left_acknowledged(&self, world: &mut World, node: usize) -> Option<()> {
        let left = world.nodes[node].left?;
        let phase = self.written(world, node, left, 0)?;
        world.nodes[node].left = Some(Left { phase, ..left });
        Some(())
    }

    /// The store has taken a batch; a look at the own lane begins.
    fn written(&self, world: &mut World, node: usize, of: Left, skipped: u8) -> Option<Phase> {
        let Phase::Writing { batch, read_in_flight } = of.phase else { return None };
        for row in events(of.epoch, of.log.len() + skipped, batch) {
            world.rows.commit(row);
        }
        let joins = self.is(Mutant::JoinsReadInFlight);
        let fenced = if joins { read_in_flight } else { self.look_begins(world, node, of.epoch) };
        Some(Phase::Verifying { batch, fenced })
    }

    /// Whether a look at the own lane that begins now must see a fence above the claim.
    fn look_begins(&self, world: &World, node: usize, epoch: Epoch) -> bool {
        !self.is(Mutant::VerifiesAtOne) && world.rows.is_surely_fenced(world.lane(node), epoch)
    }
}

fn crash(world: &mut World, node: usize) {
    world.n_crashes += 1;
    let own = &mut world.nodes[node];
    own.boot += 1;
    own.stage = Stage::Idle;
    own.begun = None;
    own.left = None;
}

fn panic(world: &mut World, node: usize) -> Option<()> {
    let Stage::Active { epoch, log, phase, .. } = world.nodes[node].stage else { return None };
    world.nodes[node].left = Some(Left { epoch, log, phase });
    world.nodes[node].stage = Stage::Idle;
    Some(())
}

fn fence(world: &mut World, node: usize, lanes: Vec<u8>, below: Vec<Epoch>) -> Option<()> {
    let Stage::ReadingClaims { epoch, .. } = world.nodes[node].stage else { return None };
    for lane in &lanes {
        world.rows.issue(Row::Fence { lane: *lane, below: epoch });
    }
    world.nodes[node].stage = Stage::Fencing { epoch, below, lanes };
    Some(())
}

fn seal(world: &mut World, node: usize, epoch: Epoch, log: Log) {
    world.rows.issue(Row::Header { epoch, past: log });
    world.nodes[node].stage = Stage::Sealing { epoch, log };
}

fn seal_verified(world: &mut World, node: usize, verdict: Verdict) -> Option<()> {
    let Stage::VerifyingSeal { epoch, log, .. } = world.nodes[node].stage else { return None };
    match verdict {
        Verdict::Clean => world.activate(node, epoch, log),
        Verdict::Fenced => world.nodes[node].stage = Stage::Idle,
    }
    Some(())
}

fn verified(world: &mut World, node: usize, verdict: Verdict) -> Option<()> {
    let Stage::Active { epoch, log, phase: Phase::Verifying { batch, .. }, skipped } =
        world.nodes[node].stage
    else {
        return None;
    };
    world.nodes[node].stage = Stage::Idle;
    if verdict == Verdict::Clean {
        let log = answer(world, epoch, log, batch);
        if !world.rows.holds(Row::Released(epoch)) {
            world.nodes[node].stage = Stage::Active { epoch, log, phase: Phase::Ready, skipped };
        }
    }
    Some(())
}

fn left_verified(world: &mut World, node: usize, verdict: Verdict) -> Option<()> {
    let Left { epoch, log, phase: Phase::Verifying { batch, .. } } =
        world.nodes[node].left.take()?
    else {
        return None;
    };
    if verdict == Verdict::Clean {
        answer(world, epoch, log, batch);
    }
    Some(())
}

/// Everybody hears of the batch, and its clients are answered.
fn answer(world: &mut World, epoch: Epoch, log: Log, batch: Log) -> Log {
    let log = log.followed_by(batch);
    world.show(log);
    for key in batch.whole_keys() {
        world.acknowledge(epoch, key, log);
    }
    log
}

fn give_up_position(world: &mut World, node: usize) -> Option<()> {
    let Stage::Active { epoch, log, phase: Phase::Writing { batch, .. }, skipped } =
        world.nodes[node].stage
    else {
        return None;
    };
    let skipped = skipped + batch.len();
    world.nodes[node].stage = Stage::Active { epoch, log, phase: Phase::Ready, skipped };
    Some(())
}

fn release(world: &mut World, node: usize) -> Option<()> {
    let Stage::Active { epoch, phase, .. } = world.nodes[node].stage else { return None };
    world.rows.issue(Row::Released(epoch));
    if phase == Phase::Ready {
        world.nodes[node].stage = Stage::Idle;
    }
    Some(())
}

fn clean(world: &mut World, row: Row) {
    world.rows.delete(row);
    for node in &mut world.nodes {
        if let Some(must) = node.stage.must_mut() {
            must.retain(|other| *other != row);
        }
    }
}

fn events(epoch: Epoch, first: u8, batch: Log) -> impl Iterator<Item = Row> {
    (first..).zip(batch.words()).map(move |(position, word)| Row::Event { epoch, position, word })
}
