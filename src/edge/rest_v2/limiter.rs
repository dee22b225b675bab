//! How often one address may do something. Bounded in memory; known to this node only.

use crate::base::Millis;
use crate::edge::rest_v2::fault::until;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Addresses that are remembered at a time. When there are more, newcomers are not counted: it is
/// better to let an attacker with a million addresses in than to shut everybody out for him.
const MOST: usize = 100_000;

/// So many a minute per address, at once or spread.
pub struct Limiter {
    per_minute: u64,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// When each address will have worked off what it did.
    busy_until: HashMap<IpAddr, Millis>,
    swept_at: Millis,
}

impl Limiter {
    /// 0 means any number.
    pub fn per_minute(per_minute: u64) -> Self {
        Self { per_minute, known: Mutex::default() }
    }

    /// Counts one deed of an address, or says how long to wait.
    pub fn take(&self, address: IpAddr, now: Millis) -> Result<(), Duration> {
        if self.per_minute == 0 {
            return Ok(());
        }
        let address = household(address);
        let pace = MINUTE / u32::try_from(self.per_minute).unwrap_or(u32::MAX);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.sweep(now);
        let busy_until = known.busy_until.get(&address).copied().unwrap_or(now).max(now);
        let would_be = busy_until + pace;
        if MINUTE < would_be.since(now) {
            return Err(until(would_be - MINUTE, now));
        }
        if known.busy_until.len() < MOST || known.busy_until.contains_key(&address) {
            known.busy_until.insert(address, would_be);
        }
        Ok(())
    }
}

impl Known {
    /// Forgets, once a minute, who has nothing to work off.
    fn sweep(&mut self, now: Millis) {
        if MINUTE <= now.since(self.swept_at) {
            self.busy_until.retain(|_, until| now < *until);
            self.swept_at = now;
        }
    }
}

/// One home has 2^64 addresses of the newer kind; they count as one.
fn household(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_worth_may_come_at_once_and_then_the_pace_rules() {
        let limiter = Limiter::per_minute(10);
        for _ in 0..10 {
            assert_eq!(limiter.take(ip("10.0.0.1"), Millis(0)), Ok(()));
        }

        assert_eq!(limiter.take(ip("10.0.0.1"), Millis(0)), Err(Duration::from_secs(6)));
        assert_eq!(limiter.take(ip("10.0.0.2"), Millis(0)), Ok(()));
        assert_eq!(limiter.take(ip("10.0.0.1"), Millis(6_000)), Ok(()));
    }

    #[test]
    fn addresses_of_one_home_count_together() {
        let limiter = Limiter::per_minute(1);

        assert_eq!(limiter.take(ip("2001:db8::1"), Millis(0)), Ok(()));
        assert!(limiter.take(ip("2001:db8::2"), Millis(0)).is_err());
        assert_eq!(limiter.take(ip("2001:db8:0:1::2"), Millis(0)), Ok(()));
    }

    #[test]
    fn who_has_nothing_to_work_off_is_forgotten() {
        let limiter = Limiter::per_minute(60);
        for n in 0..=255 {
            limiter.take(IpAddr::from([10, 0, 0, n]), Millis(0)).unwrap();
        }
        limiter.take(ip("10.0.0.1"), Millis(61_000)).unwrap();

        assert_eq!(limiter.known.lock().unwrap().busy_until.len(), 1);
    }

    #[test]
    fn nothing_is_counted_without_a_limit() {
        let limiter = Limiter::per_minute(0);
        assert!((0..1_000).all(|_| limiter.take(ip("10.0.0.1"), Millis(0)).is_ok()));
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }
}
