//! A script goes from block to block until one waits or ends.

use crate::base::UserData;
use crate::workflow::decide::MOST_BLOCKS;
use crate::workflow::decide::runner::Runner;
use crate::workflow::decide::start::start;
use crate::workflow::state::{Awaits, PAUSE};

/// What the last fault was, among the results.
const FAULT: &str = "Fault";

impl Runner<'_> {
    /// Goes to another block and on from there.
    pub(super) fn go(&mut self, block: &str) {
        self.script.block = block.to_owned();
        self.run();
    }

    /// Begins the block at which it stands, and those behind it, until one waits or ends.
    pub(super) fn run(&mut self) {
        self.script.awaits = Awaits::Turn;
        while !self.is_over && self.script.awaits == Awaits::Turn {
            self.n_blocks += 1;
            if MOST_BLOCKS < self.n_blocks {
                return self.pause("it goes round without a pause");
            }
            let Some(block) = self.strategy.blocks.get(&self.script.block) else {
                return self.pause("there is no such block");
            };
            match start(self, block) {
                Ok(Some(next)) => self.script.block = next,
                Ok(None) => return,
                Err(fault) => self.take_fault(&fault.to_string()),
            }
        }
    }

    /// Leaves the block by its error port, and goes on.
    pub(super) fn fail(&mut self, why: &str) {
        self.script.awaits = Awaits::Turn;
        self.take_fault(why);
        if self.script.awaits == Awaits::Turn {
            self.run();
        }
    }

    fn take_fault(&mut self, why: &str) {
        self.script.result = UserData::default().with(FAULT, why);
        let block = self.strategy.blocks.get(&self.script.block);
        match block.and_then(|block| self.strategy.error_port(block)) {
            Some(next) => self.script.block = next.to_owned(),
            None => self.pause(why),
        }
    }

    fn pause(&mut self, why: &str) {
        self.complain(&format!("{why}, pauses"));
        self.script.awaits = Awaits::Pause { until: self.now + PAUSE };
    }
}
