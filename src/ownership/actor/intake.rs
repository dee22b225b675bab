//! Whether things may still begin on this node. Those that are there go on in any case.

use crate::ownership::error::Absent;
use std::sync::atomic::{AtomicBool, Ordering};

/// Open at first.
#[derive(Default)]
pub(super) struct Intake {
    is_shut: AtomicBool,
}

impl Intake {
    pub fn shut(&self) {
        self.is_shut.store(true, Ordering::Release);
    }

    pub fn open(&self) {
        self.is_shut.store(false, Ordering::Release);
    }

    pub fn is_open(&self) -> bool {
        !self.is_shut.load(Ordering::Acquire)
    }
}

/// What is said to whoever would begin something while it is shut.
pub(super) fn nothing_new() -> Absent {
    Absent::Unavailable("this node is being left: nothing new begins here".into())
}
