//! Lines of those who wait for their turn, one per medium: interactions in the queue, agents who
//! are ready; and what lies in workbins, one line for each.

use crate::base::Position;
use crate::interaction::ids::MediaType;
use rpds::RedBlackTreeMapSync;
use std::cmp::Reverse;

/// Who waits, per medium or whatever else there is a line for, in the order of turns. A clone is
/// cheap.
#[derive(Clone, Debug)]
pub struct Line<T, K: Ord = MediaType>(RedBlackTreeMapSync<K, Turns<T>>);

pub type Turns<T> = RedBlackTreeMapSync<Turn, T>;

/// When it is somebody's turn: the larger priority first, then the earlier position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    priority: Reverse<i64>,
    position: Position,
}

impl Turn {
    pub fn of(priority: i64, position: Position) -> Self {
        Self { priority: Reverse(priority), position }
    }

    pub fn priority(self) -> i64 {
        self.priority.0
    }

    pub fn position(self) -> Position {
        self.position
    }
}

/// Where those stand in line whose turns can be compared at any time: of one medium, with priorities
/// that grow equally fast.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lane {
    pub media: MediaType,
    /// By how much the priority grows with each minute.
    pub growth: i64,
}

impl From<Position> for Turn {
    fn from(position: Position) -> Self {
        Self::of(0, position)
    }
}

impl<T, K: Ord> Default for Line<T, K> {
    fn default() -> Self {
        Self(RedBlackTreeMapSync::new_sync())
    }
}

impl<T, K: Ord + Clone> Line<T, K> {
    pub fn insert(&mut self, of: &K, turn: impl Into<Turn>, who: T) {
        let mut turns = self.turns(of);
        turns.insert_mut(turn.into(), who);
        self.0.insert_mut(of.clone(), turns);
    }

    pub fn remove(&mut self, of: &K, turn: impl Into<Turn>) {
        let mut turns = self.turns(of);
        turns.remove_mut(&turn.into());
        if turns.is_empty() {
            self.0.remove_mut(of);
        } else {
            self.0.insert_mut(of.clone(), turns);
        }
    }

    /// Those who wait in one line, as they stand at this moment.
    pub fn turns(&self, of: &K) -> Turns<T> {
        self.0.get(of).map_or_else(Turns::new_sync, Turns::clone)
    }

    /// Those who wait in one line, first come first.
    pub fn of(&self, of: &K) -> impl Iterator<Item = &T> {
        self.0.get(of).into_iter().flat_map(|turns| turns.values())
    }

    pub fn count(&self, of: &K) -> usize {
        self.0.get(of).map_or(0, |turns| turns.size())
    }

    /// What there is a line for: the media for which somebody waits.
    pub fn media(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }

    /// All lines, with what each is for.
    pub fn lines(&self) -> impl Iterator<Item = (&K, &Turns<T>)> {
        self.0.iter()
    }

    pub fn all(&self) -> impl Iterator<Item = &T> {
        self.0.values().flat_map(|turns| turns.values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_the_order_of_turns_and_forgets_empty_media() {
        let chat = MediaType::from("chat");
        let mut line = Line::default();
        line.insert(&chat, Position(7), "late");
        line.insert(&chat, Position(2), "early");

        line.insert(&chat, Turn::of(5, Position(9)), "urgent");

        assert_eq!(line.of(&chat).collect::<Vec<_>>(), [&"urgent", &"early", &"late"]);

        line.remove(&chat, Turn::of(5, Position(9)));
        line.remove(&chat, Position(2));
        line.remove(&chat, Position(7));
        assert_eq!(line.media().count(), 0);
    }
}
