//! Ways through a strategy.

use crate::workflow::strategy::{Block, Strategy};
use std::collections::{BTreeMap, BTreeSet};

impl Strategy {
    /// Every port of a block, its error port or that of the strategy included, as far as it can fail.
    pub(super) fn ways<'a>(&'a self, block: &'a Block) -> Vec<(&'a str, &'a str)> {
        let mut ways = block.ports();
        if block.can_fail() {
            ways.extend(self.error_port(block).map(|error| ("error", error)));
        }
        ways
    }

    pub fn error_port<'a>(&'a self, block: &'a Block) -> Option<&'a str> {
        block.error().or(self.fault.as_deref())
    }

    /// Blocks that can be reached from the start, without going on from those that `ends` names.
    pub(super) fn reached(&self, ends: impl Fn(&Block) -> bool) -> BTreeSet<&str> {
        self.reached_from(&self.start, ends)
    }

    /// The same from another block.
    pub(super) fn reached_from<'a>(
        &'a self,
        from: &'a str,
        ends: impl Fn(&Block) -> bool,
    ) -> BTreeSet<&'a str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![from];
        while let Some(name) = open.pop() {
            let Some(block) = self.blocks.get(name) else { continue };
            if reached.insert(name) && !ends(block) {
                open.extend(self.ways(block).into_iter().map(|(_, next)| next));
            }
        }
        reached
    }

    /// Blocks that lie on a round way in which no block is a `pause`, in the order of names.
    pub(super) fn rounds(&self, pause: impl Fn(&Block) -> bool) -> Vec<&str> {
        let mut left: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (name, block) in self.blocks.iter().filter(|(_, block)| !pause(block)) {
            left.insert(name, self.ways(block).into_iter().map(|(_, next)| next).collect());
        }
        // What leads nowhere lies on no round way; what then leads nowhere neither; and so on. The
        // same backwards.
        loop {
            let n_before = left.len();
            let names: BTreeSet<&str> = left.keys().copied().collect();
            left.retain(|_, nexts| nexts.iter().any(|next| names.contains(next)));
            let entered: BTreeSet<&str> = left.values().flatten().copied().collect();
            left.retain(|name, _| entered.contains(name));
            if left.len() == n_before {
                return left.into_keys().collect();
            }
        }
    }
}
