//! Where a thing goes when its owner goes. Pure. Rendezvous hashing: every node comes to the same
//! answer without asking, and a node that comes or goes moves no more than its own share.

use crate::base::{Process, ThingId};

/// Who of those that are there is to have a thing.
pub fn place<'a>(thing: &ThingId, among: &'a [Process]) -> Option<&'a Process> {
    among.iter().max_by_key(|process| (weight(thing, process), *process))
}

/// All that are there, the best one for a thing first.
pub fn ranked(thing: &ThingId, among: &[Process]) -> Vec<Process> {
    let mut ranked = among.to_vec();
    ranked.sort_by_key(|process| std::cmp::Reverse((weight(thing, process), process.clone())));
    ranked
}

/// A node keeps its share when it starts again, so its boot is left out.
fn weight(thing: &ThingId, process: &Process) -> u64 {
    let bytes = thing.0.bytes().chain([0]).chain(process.node.0.bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    finish(hash)
}

/// FNV alone hardly mixes its last bytes upwards; without this, one node would win nearly all.
fn finish(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_spread_evenly() {
        let nodes = nodes(&["node-a", "node-b", "node-c"]);

        let n_at_first = things().filter(|thing| place(thing, &nodes) == nodes.first()).count();

        assert!((250..420).contains(&n_at_first), "{n_at_first} of 1,000");
    }

    #[test]
    fn who_goes_moves_only_his_own_share() {
        let all = nodes(&["node-a", "node-b", "node-c"]);
        let left = nodes(&["node-a", "node-c"]);

        for thing in things() {
            let before = place(&thing, &all).unwrap();
            if before.node.0 != "node-b" {
                assert_eq!(place(&thing, &left), Some(before));
            }
        }
    }

    #[test]
    fn the_second_best_is_who_gets_it_when_the_best_goes() {
        let all = nodes(&["node-a", "node-b", "node-c"]);

        for thing in things().take(50) {
            let ranked = ranked(&thing, &all);
            assert_eq!(ranked.first(), place(&thing, &all));
            assert_eq!(ranked.get(1), place(&thing, &ranked[1..]));
        }
    }

    #[test]
    fn nobody_there_means_nobody() {
        assert_eq!(place(&ThingId("x".into()), &[]), None);
    }

    fn things() -> impl Iterator<Item = ThingId> {
        (0..1_000).map(|n| ThingId(format!("session-{n}")))
    }

    fn nodes(names: &[&str]) -> Vec<Process> {
        names.iter().map(|node| Process { node: (*node).into(), boot: "1".into() }).collect()
    }
}
