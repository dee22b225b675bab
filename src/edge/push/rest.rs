//! How long a provider is left in peace, and how long a push that it does not take.

use crate::edge::push::outcome::{NotNow, Whose};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// A push that has failed so often may be what the provider fails on. From then on it waits alone.
const SUSPECT: u32 = 3;

/// A time that cannot be counted is as good as this one.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3_600);

/// The rest of one provider. It is longer each time, until something gets through.
#[derive(Default)]
pub struct Rest(Mutex<State>);

#[derive(Default)]
struct State {
    until: Option<Instant>,
    /// Since something got through.
    n_failures: u32,
}

/// How long a push is put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    pub until: Instant,
    /// Whether everything waits that goes the same way.
    pub is_for_all: bool,
}

impl Rest {
    /// Puts a push off that was tried so often in vain, for no longer than `longest`, whatever the
    /// provider wishes.
    pub fn put_off(&self, not_now: &NotNow, n_attempts: u32, longest: Duration) -> Pause {
        let now = Instant::now();
        let after = |n_times: u32| {
            let pause = not_now.pause(n_times).min(longest).min(FOREVER);
            now.checked_add(pause).unwrap_or(now)
        };
        let is_for_all = match not_now.whose {
            Whose::Device => false,
            Whose::Anybody => n_attempts < SUSPECT,
            Whose::Provider => true,
        };
        if !is_for_all {
            return Pause { until: after(n_attempts), is_for_all };
        }
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those that were under way together have failed once.
        if state.until.is_none_or(|until| until <= now) {
            state.n_failures = state.n_failures.saturating_add(1);
        }
        let until = after(state.n_failures);
        let until = state.until.map_or(until, |before| before.max(until));
        state.until = Some(until);
        Pause { until, is_for_all }
    }

    /// Something got through.
    pub fn succeeded(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).n_failures = 0;
    }

    /// Whether the provider is to be left in peace now.
    pub fn is_on(&self) -> bool {
        self.until().is_some()
    }

    /// Waits until it is over.
    pub async fn over(&self) {
        while let Some(until) = self.until() {
            sleep_until(until).await;
        }
    }

    /// When it will be over, if it is on.
    pub fn until(&self) -> Option<Instant> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.until.filter(|until| Instant::now() < *until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);

    #[tokio::test(start_paused = true)]
    async fn a_provider_rests_longer_each_time_until_something_gets_through() {
        let rest = Rest::default();
        let mut pauses = Vec::new();
        for _ in 0..3 {
            pauses.push(fails(&rest, Whose::Anybody, 1));
            // What was under way at the same time is no failure of its own.
            fails_meanwhile(&rest);
            rest.over().await;
        }
        assert_eq!(pauses, [(1, true), (2, true), (4, true)]);

        rest.succeeded();

        assert_eq!(fails(&rest, Whose::Anybody, 2), (1, true), "however often it was tried");
    }

    #[tokio::test(start_paused = true)]
    async fn a_push_that_keeps_failing_waits_alone() {
        let rest = Rest::default();
        for n_attempts in 1..SUSPECT {
            assert!(fails(&rest, Whose::Anybody, n_attempts).1);
            rest.over().await;
            rest.succeeded();
        }

        assert_eq!(fails(&rest, Whose::Anybody, SUSPECT), (4, false));
        assert_eq!(fails(&rest, Whose::Device, 1), (1, false));
        assert!(!rest.is_on(), "others go on");
        assert!(fails(&rest, Whose::Provider, SUSPECT).1, "that is not its own fault");
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_gets_a_longer_rest_than_a_push_is_worth() {
        let rest = Rest::default();
        for whose in [Whose::Device, Whose::Provider] {
            let not_now = not_now(Duration::from_secs(u64::MAX), whose);
            for longest in [HOUR, Duration::MAX] {
                let pause = rest.put_off(&not_now, 1, longest);
                assert_eq!(pause.until - Instant::now(), longest.min(FOREVER));
            }
        }
    }

    fn fails(rest: &Rest, whose: Whose, n_attempts: u32) -> (u64, bool) {
        let Pause { until, is_for_all } =
            rest.put_off(&not_now(Duration::from_secs(1), whose), n_attempts, HOUR);
        ((until - Instant::now()).as_secs(), is_for_all)
    }

    fn fails_meanwhile(rest: &Rest) {
        rest.put_off(&not_now(Duration::from_secs(1), Whose::Anybody), 1, HOUR);
    }

    fn not_now(after: Duration, whose: Whose) -> NotNow {
        NotNow { why: String::new(), after, is_named: false, whose }
    }
}
