//! Epochs as Cassandra keeps them: a `timeuuid`, whose order is by time first and then by its low
//! eight bytes, each of them signed. An epoch keeps both, so that its own order is exactly that one.

use crate::base::Epoch;
use scylla::value::CqlTimeuuid;

/// Tenths of a microsecond from 1582, where a `timeuuid` begins to count, to 1970.
const TICKS_TO_1970: u64 = 122_192_928_000_000_000;

/// What fits into the time of a `timeuuid`; it ends in the year 5236.
const LAST_TICK: u64 = (1 << 60) - 1;

const VERSION_OF_TIME: u64 = 1 << 12;

/// Turns signed bytes into what is in order as one signed number: the first byte keeps its sign,
/// the sign of the others is the other way round.
const SIGNS: u64 = 0x0080_8080_8080_8080;

pub fn timeuuid(epoch: Epoch) -> CqlTimeuuid {
    let ticks = epoch.micros.saturating_mul(10).saturating_add(TICKS_TO_1970).min(LAST_TICK);
    let (low, middle, high) = (ticks & 0xffff_ffff, (ticks >> 32) & 0xffff, ticks >> 48);
    let time = low << 32 | middle << 16 | VERSION_OF_TIME | high;
    CqlTimeuuid::from_u64_pair(time, epoch.tie.cast_unsigned() ^ SIGNS)
}

/// The epoch of a `timeuuid`. A stranger's may be finer than a microsecond; that is lost.
pub fn epoch(stored: CqlTimeuuid) -> Epoch {
    let (time, rest) = stored.as_u64_pair();
    let ticks = (time & 0x0fff) << 48 | (time >> 16 & 0xffff) << 32 | time >> 32;
    let micros = ticks.saturating_sub(TICKS_TO_1970) / 10;
    Epoch { micros, tie: (rest ^ SIGNS).cast_signed() }
}

/// The time stamp of what is written under an epoch.
pub fn stamp(epoch: Epoch) -> i64 {
    i64::try_from(epoch.micros).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn epochs_come_back_and_keep_their_order(one in any_epoch(), other in any_epoch()) {
            prop_assert_eq!(epoch(timeuuid(one)), one);
            prop_assert_eq!(timeuuid(one).cmp(&timeuuid(other)), one.cmp(&other));
        }

        #[test]
        fn epochs_of_one_time_keep_their_order(one: i64, other: i64) {
            let at = |tie| timeuuid(Epoch { micros: 1_795_264_496_789_000, tie });
            prop_assert_eq!(at(one).cmp(&at(other)), one.cmp(&other));
        }
    }

    #[test]
    fn a_known_timeuuid_says_its_time() {
        let known: CqlTimeuuid = "d2177dd0-eaa2-11de-a572-001b779c76e3".parse().unwrap();

        // 2009-12-17T00:26:29.805Z.
        assert_eq!(epoch(known).micros, 1_261_009_589_805_000);
        assert_eq!(timeuuid(epoch(known)).as_bytes()[8..], known.as_bytes()[8..]);
    }

    fn any_epoch() -> impl Strategy<Value = Epoch> {
        (0_u64..100_000_000_000_000_000, any::<i64>())
            .prop_map(|(micros, tie)| Epoch { micros, tie })
    }
}
