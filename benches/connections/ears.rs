//! What is said, and who listens for it.

use crate::apart::heard::Heard;
use crate::watch::histogram;
use std::cell::RefCell;
use std::rc::Rc;

/// Makes a message as long as people's are: an event of some 340 bytes.
const FILLER: &str = "and so it went on for a while until somebody asked where the order was and \
                      whether it would still come today or rather on Monday since nobody is at home";

/// Whose words they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Customer,
    Agent,
}

impl Whose {
    fn mark(self) -> char {
        match self {
            Self::Customer => 'c',
            Self::Agent => 'a',
        }
    }
}

/// A message of a chat, by its number there.
pub fn words(whose: Whose, chat: usize, number: u64, due: u64) -> String {
    format!("{}{chat} {number} {due} {FILLER}", whose.mark())
}

pub type Ears = Rc<RefCell<Heard>>;

pub fn ears(whose: Whose) -> Ears {
    Rc::new(RefCell::new(Heard::of(whose.mark(), histogram())))
}
