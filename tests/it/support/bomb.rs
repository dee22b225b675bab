//! A planted panic: a listener that nothing wants to attach, and that goes off when the actor lets it
//! fall.

use holdfast::owned::{Ear, Hearing, Listener, Thing};
use std::sync::atomic::{AtomicBool, Ordering};

pub struct Bomb;

impl<N> Listener<N> for Bomb {
    fn hear(&mut self, _: N) -> Hearing {
        Hearing::Gone
    }
}

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "planted");
    }
}

/// Nothing happens when this one falls.
struct Dud;

impl<N> Listener<N> for Dud {
    fn hear(&mut self, _: N) -> Hearing {
        Hearing::Gone
    }
}

/// For a look that may be tried more than once: the first try is the last of its actor.
pub fn one_bomb<T: Thing>() -> impl Fn() -> Ear<T> {
    let is_planted = AtomicBool::new(true);
    move || if is_planted.swap(false, Ordering::SeqCst) { Box::new(Bomb) } else { Box::new(Dud) }
}
