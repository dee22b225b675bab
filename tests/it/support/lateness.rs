//! How late a machine lets one be: somebody wants to be woken every 20 ms, and notes when he was woken
//! too late. What must happen in time may take longer where the machine stood still meanwhile.

use actix_web::rt::task::JoinHandle;
use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval};

const EVERY: Duration = Duration::from_millis(20);

/// Less is nothing to speak of.
const LEAST: Duration = Duration::from_millis(10);

/// Watches for as long as it lives.
pub struct Lateness {
    seen: Rc<RefCell<Seen>>,
    watching: JoinHandle<()>,
}

struct Seen {
    next_due: Instant,
    /// When he was woken, and how late that was.
    late: Vec<(Instant, Duration)>,
}

impl Lateness {
    pub fn watch() -> Self {
        let next_due = Instant::now() + EVERY;
        let seen = Rc::new(RefCell::new(Seen { next_due, late: vec![] }));
        let noted = seen.clone();
        let watching = actix_web::rt::spawn(async move {
            let mut ticks = interval(EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                let due = ticks.tick().await;
                noted.borrow_mut().woken(due, Instant::now());
            }
        });
        Self { seen, watching }
    }

    /// The longest since a moment, with what is overdue now.
    pub fn longest_since(&self, began: Instant) -> Duration {
        let seen = self.seen.borrow();
        let since = seen.late.iter().rev().take_while(|(woken, _)| began <= *woken);
        let longest = since.map(|(_, late)| *late).max().unwrap_or_default();
        longest.max(seen.next_due.elapsed())
    }
}

impl Seen {
    fn woken(&mut self, due: Instant, now: Instant) {
        self.next_due = now + EVERY;
        let late = now - due;
        if LEAST < late {
            self.late.push((now, late));
        }
    }
}

impl Drop for Lateness {
    fn drop(&mut self) {
        self.watching.abort();
    }
}
