//! Lines of those who wait for their turn, one per medium: interactions in the queue, agents who
//! are ready. Turns are positions of the log, so no clock can change an order.

use crate::base::Position;
use crate::interaction::ids::MediaType;
use rpds::RedBlackTreeMapSync;

/// Who waits, per medium, in the order of turns. A clone is cheap.
#[derive(Clone, Debug)]
pub struct Line<T>(RedBlackTreeMapSync<MediaType, Turns<T>>);

pub type Turns<T> = RedBlackTreeMapSync<Position, T>;

impl<T> Default for Line<T> {
    fn default() -> Self {
        Self(RedBlackTreeMapSync::new_sync())
    }
}

impl<T> Line<T> {
    pub fn insert(&mut self, media: &MediaType, turn: Position, who: T) {
        let mut turns = self.turns(media);
        turns.insert_mut(turn, who);
        self.0.insert_mut(media.clone(), turns);
    }

    pub fn remove(&mut self, media: &MediaType, turn: Position) {
        let mut turns = self.turns(media);
        turns.remove_mut(&turn);
        if turns.is_empty() {
            self.0.remove_mut(media);
        } else {
            self.0.insert_mut(media.clone(), turns);
        }
    }

    /// Those who wait for one medium, as they stand at this moment.
    pub fn turns(&self, media: &MediaType) -> Turns<T> {
        self.0.get(media).map_or_else(Turns::new_sync, Turns::clone)
    }

    /// Those who wait for one medium, first come first.
    pub fn of(&self, media: &MediaType) -> impl Iterator<Item = &T> {
        self.0.get(media).into_iter().flat_map(|turns| turns.values())
    }

    /// The media for which somebody waits.
    pub fn media(&self) -> impl Iterator<Item = &MediaType> {
        self.0.keys()
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

        assert_eq!(line.of(&chat).collect::<Vec<_>>(), [&"early", &"late"]);

        line.remove(&chat, Position(2));
        line.remove(&chat, Position(7));
        assert_eq!(line.media().count(), 0);
    }
}
