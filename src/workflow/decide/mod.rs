//! One step of a script: from what happened to what it waits for next.

mod advance;
mod runner;
mod start;
mod view;

use crate::base::{Millis, UserData};
use crate::workflow::command::{Answer, Brief, Happening};
use crate::workflow::effect::Wish;
use crate::workflow::state::{Awaits, PAUSE, Script};
use crate::workflow::strategy::{Block, Process};
use runner::Runner;
pub use view::{Taking, looks_at_time, view_for};

/// More blocks in one step than any sound strategy has: it goes round.
const MOST_BLOCKS: usize = 100;

/// What a step gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// Nothing, if the strategy has ended.
    pub script: Option<Script>,
    pub wishes: Vec<Wish>,
}

/// Goes on with a script. What does not concern it changes nothing.
pub fn step(
    process: &Process,
    script: Script,
    happening: &Happening,
    (brief, now): (&Brief, Millis),
) -> Step {
    if matches!(happening, Happening::Routed { .. }) {
        return Step::default();
    }
    let Some(strategy) = process.strategies.get(&script.strategy) else {
        return wait_for_the_strategy(script, now);
    };
    let mut runner = Runner::new(strategy, script, (brief, now));
    let Some(block) = strategy.blocks.get(&runner.script.block) else {
        let gone = format!("there is no block '{}' any more", runner.script.block);
        return begin_again(runner, &gone);
    };
    if !fits(&runner.script.awaits, block) {
        let other = format!("block '{}' has become another", runner.script.block);
        return begin_again(runner, &other);
    }
    match go_on(&mut runner, block, happening) {
        Way::Stay => {}
        Way::Again => runner.run(),
        Way::To(next) => runner.go(&next),
        Way::Error(why) => runner.fail(&why),
    }
    runner.finish()
}

/// What follows from a happening.
enum Way {
    Stay,
    /// Begins the block at which it stands.
    Again,
    To(String),
    Error(String),
}

fn go_on(runner: &mut Runner<'_>, block: &Block, happening: &Happening) -> Way {
    let now = runner.now;
    match runner.script.awaits.clone() {
        Awaits::Turn => Way::Again,
        Awaits::Pause { until } if until <= now => Way::Again,
        Awaits::Pause { .. } => Way::Stay,
        Awaits::LastAgent { .. } | Awaits::Agent { .. } => routed(runner, block, happening),
        Awaits::Answer { request, until } => {
            if let Happening::Answered { request: answered, answer } = happening
                && *answered == request
            {
                return take_answer(runner, block, answer);
            }
            if until <= now { Way::Error("no answer came in time".into()) } else { Way::Stay }
        }
        Awaits::Time { until } => waited(runner, block, until),
    }
}

fn routed(runner: &mut Runner<'_>, block: &Block, happening: &Happening) -> Way {
    let Block::Route { timed_out, .. } = block else { return Way::Again };
    let now = runner.now;
    if *happening == Happening::SessionEnded {
        if let Awaits::LastAgent { request, .. } | Awaits::Agent { request, .. } =
            runner.script.awaits
        {
            runner.wish(Wish::CancelRoute { request });
        }
        return Way::To(timed_out.clone());
    }
    if let Awaits::LastAgent { until, attempts_left, .. } = &mut runner.script.awaits {
        let is_refused = matches!(happening, Happening::Refused { .. });
        *attempts_left = attempts_left.map(|left| left - i64::from(is_refused));
        let is_over = *until <= now || attempts_left.is_some_and(|left| left <= 0);
        if is_over && let Err(fault) = start::route_to_all(runner, block) {
            return Way::Error(fault.to_string());
        }
        return Way::Stay;
    }
    if let Awaits::Agent { request, until } = runner.script.awaits
        && until <= now
    {
        runner.wish(Wish::CancelRoute { request });
        return Way::To(timed_out.clone());
    }
    Way::Stay
}

fn take_answer(runner: &mut Runner<'_>, block: &Block, answer: &Answer) -> Way {
    match (answer, block) {
        (
            Answer::Done(result),
            Block::Esp { ok, .. }
            | Block::StartBot { ok, .. }
            | Block::StopBot { ok, .. }
            | Block::SendTranscript { ok, .. },
        ) => {
            runner.script.result = result.clone();
            Way::To(ok.clone())
        }
        (Answer::Failed(fault), _) => Way::Error(fault.clone()),
        (Answer::Done(_), _) => Way::Again,
    }
}

fn waited(runner: &Runner<'_>, block: &Block, until: Millis) -> Way {
    let Block::Wait { until: condition, next, .. } = block else { return Way::Again };
    if until <= runner.now {
        return Way::To(next.clone());
    }
    match condition.as_ref().map(|condition| condition.holds(&runner.variables())) {
        Some(Ok(true)) => Way::To(next.clone()),
        Some(Err(fault)) => Way::Error(fault.to_string()),
        Some(Ok(false)) | None => Way::Stay,
    }
}

/// Whether a block waits for what the script waits for.
fn fits(awaits: &Awaits, block: &Block) -> bool {
    match awaits {
        Awaits::Turn | Awaits::Pause { .. } => true,
        Awaits::LastAgent { .. } | Awaits::Agent { .. } => matches!(block, Block::Route { .. }),
        Awaits::Answer { .. } => block.waits_for_answer(),
        Awaits::Time { .. } => matches!(block, Block::Wait { .. }),
    }
}

fn begin_again(mut runner: Runner<'_>, why: &str) -> Step {
    runner.complain(&format!("{why}, begins again"));
    if let Awaits::LastAgent { request, .. } | Awaits::Agent { request, .. } = runner.script.awaits
    {
        runner.wish(Wish::CancelRoute { request });
    }
    runner.script.result = UserData::default();
    let start = runner.strategy.start.clone();
    runner.go(&start);
    runner.finish()
}

fn wait_for_the_strategy(mut script: Script, now: Millis) -> Step {
    if script.next_deadline().is_some_and(|deadline| now < deadline) {
        return Step { script: Some(script), wishes: Vec::new() };
    }
    let mut wishes = vec![Wish::Complain(format!("there is no strategy '{}'", script.strategy))];
    if let Awaits::LastAgent { request, .. } | Awaits::Agent { request, .. } = script.awaits {
        wishes.push(Wish::CancelRoute { request });
    }
    script.awaits = Awaits::Pause { until: now + PAUSE };
    Step { script: Some(script), wishes }
}

#[cfg(test)]
mod tests;
