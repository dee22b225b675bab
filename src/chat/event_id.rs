//! The number of an event on every wire: one for each position, with room between two of them.

use crate::base::Position;
use serde::{Deserialize, Serialize};

/// The number of an event on every wire (`index`, `eventId`, `last-event-id`). It rises with the
/// position and leaves room between two positions for notices that live and are never stored.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct EventId(pub u64);

impl EventId {
    /// Room for live notices after each stored event.
    pub const STRIDE: u64 = 1_000;

    pub fn of(position: Position) -> Self {
        match position {
            Position::NONE => Self(0),
            Position(n) => Self((n - 1) * Self::STRIDE + 1),
        }
    }

    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The first position whose event has this number or a higher one.
    pub fn first_position(self) -> Position {
        Position(self.0.saturating_sub(1).div_ceil(Self::STRIDE) + 1)
    }

    /// The last position whose event has this number or a lower one.
    pub fn last_position(self) -> Position {
        if self.0 == 0 { Position::NONE } else { Position((self.0 - 1) / Self::STRIDE + 1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_rise_with_positions_and_leave_room_between() {
        assert_eq!(EventId::of(Position(1)), EventId(1));
        assert_eq!(EventId::of(Position(3)), EventId(2_001));
        assert_eq!(EventId(1).first_position(), Position(1));
        assert_eq!(EventId(2).first_position(), Position(2));
        assert_eq!(EventId(1_001).first_position(), Position(2));
        assert_eq!(EventId(0).first_position(), Position(1));
        assert_eq!(EventId(1_000).last_position(), Position(1));
        assert_eq!(EventId(1_001).last_position(), Position(2));
    }

    #[test]
    fn there_is_nothing_after_the_highest_number() {
        assert_eq!(EventId(u64::MAX).next(), EventId(u64::MAX));
    }
}
