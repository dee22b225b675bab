//! Names and passwords of accounts. Unknown names are answered as slowly and in the same words as wrong
//! passwords, and an account at which somebody guesses is not asked any more for a while. In memory
//! alone: each node counts for itself.

use crate::base::chance::token;
use crate::base::{Chance, Clock, Millis};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use serde::Serialize;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Passwords are checked so many at a time, and so many may wait: each costs 19 MB and a core.
const AT_A_TIME: usize = 2;
const MOST_WAITING: usize = 64;

/// So many wrong passwords in so long, and an account is not asked any more for a while.
const MOST_FAILURES: usize = 5;
const FAILURE_WINDOW: Duration = Duration::from_secs(60);
/// Names that are remembered as failing. More than that is an attack: nobody unknown is asked.
const MOST_NAMES: usize = 10_000;

/// What is known of who has tried to come in.
pub struct Passwords {
    clock: Arc<dyn Clock>,
    failures: Mutex<HashMap<String, Vec<Millis>>>,
    checks: Semaphore,
    waiting: Semaphore,
    /// Checked in place of an unknown account's password: it costs the same.
    decoy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Unknown account or wrong password: the same to whoever asks.
    Wrong,
    TooOften,
    Busy,
}

#[derive(Serialize)]
struct Denied {
    code: u16,
    text: &'static str,
}

impl Passwords {
    /// `known` is the hash of any account there is.
    pub fn new(clock: Arc<dyn Clock>, chance: &dyn Chance, known: Option<&str>) -> Self {
        Self {
            clock,
            failures: Mutex::default(),
            checks: Semaphore::new(AT_A_TIME),
            waiting: Semaphore::new(MOST_WAITING),
            decoy: decoy(chance, known),
        }
    }

    /// Checks the password of a name; `hash` is that of its account, if there is one.
    pub async fn check(
        &self,
        name: &str,
        password: String,
        hash: Option<&str>,
    ) -> Result<(), Denial> {
        self.check_rate(name, self.clock.now())?;
        let is_known = hash.is_some();
        let hash = hash.unwrap_or(&self.decoy).to_owned();
        let _place = self.waiting.try_acquire().map_err(|_| Denial::Busy)?;
        let _turn = self.checks.acquire().await.map_err(|_| Denial::Busy)?;
        // Those before it in the line may have failed meanwhile.
        let now = self.clock.now();
        self.check_rate(name, now)?;
        if verify(password, hash).await? && is_known {
            return Ok(());
        }
        tracing::info!("a login with a wrong name or password");
        self.note_failure(name, now);
        Err(Denial::Wrong)
    }

    fn check_rate(&self, name: &str, now: Millis) -> Result<(), Denial> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let forget_old = |times: &mut Vec<Millis>| {
            times.retain(|at| now.since(*at) < FAILURE_WINDOW);
            times.len()
        };
        if MOST_NAMES <= failures.len() {
            failures.retain(|_, times| 0 < forget_old(times));
        }
        let is_full = MOST_NAMES <= failures.len();
        let is_refused = match failures.get_mut(name) {
            Some(times) => MOST_FAILURES <= forget_old(times),
            None => is_full,
        };
        if is_refused { Err(Denial::TooOften) } else { Ok(()) }
    }

    fn note_failure(&self, name: &str, now: Millis) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.entry(name.to_owned()).or_default().push(now);
    }
}

/// Name and password of a request.
pub fn basic(request: &HttpRequest) -> Option<(String, String)> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let text = String::from_utf8(from_base64(value.strip_prefix("Basic ")?.trim())?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

/// Base64 as `Authorization` has it: 4 letters are 3 bytes, padded with `=`.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut bytes = Vec::new();
    let (mut bits, mut n_bits) = (0_u32, 0);
    for letter in text.trim_end_matches('=').bytes() {
        let value = LETTERS.iter().position(|known| *known == letter)?;
        bits = (bits << 6 | u32::try_from(value).ok()?) & 0xFF_FFFF;
        n_bits += 6;
        if 8 <= n_bits {
            n_bits -= 8;
            bytes.push(u8::try_from(bits >> n_bits & 0xFF).ok()?);
        }
    }
    Some(bytes)
}

async fn verify(password: String, hash: String) -> Result<bool, Denial> {
    let checked = web::block(move || {
        let Ok(hash) = PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
    });
    checked.await.map_err(|_| Denial::Busy)
}

/// A hash that costs what those of real accounts cost.
fn decoy(chance: &dyn Chance, known: Option<&str>) -> String {
    if let Some(known) = known {
        return known.to_owned();
    }
    let hashed = Argon2::default().hash_password(token(chance, 22).as_bytes());
    hashed.map_or_else(|_| String::new(), |hash| hash.to_string())
}

impl Denial {
    pub fn answer(self) -> HttpResponse {
        let (status, text) = match self {
            Self::Wrong => (StatusCode::UNAUTHORIZED, "wrong name or password"),
            Self::TooOften => (StatusCode::TOO_MANY_REQUESTS, "too many failed logins"),
            Self::Busy => (StatusCode::SERVICE_UNAVAILABLE, "too many logins at once"),
        };
        let mut answer = HttpResponse::build(status);
        match self {
            Self::Wrong => {}
            Self::TooOften => drop(answer.insert_header(("retry-after", "60"))),
            Self::Busy => drop(answer.insert_header(("retry-after", "2"))),
        }
        answer.json(Denied { code: status.as_u16(), text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU8, Ordering};

    struct Counting(AtomicU8);

    impl Chance for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(7, Ordering::Relaxed);
            }
        }
    }

    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> Millis {
            Millis(0)
        }
    }

    #[test]
    fn the_sixth_wrong_password_in_a_minute_is_not_even_checked() {
        let chance = Counting(0.into());
        let passwords = Passwords::new(Arc::new(Standing), &chance, Some("a hash"));
        for n in 0..5 {
            assert_eq!(passwords.check_rate("ada", Millis(n)), Ok(()));
            passwords.note_failure("ada", Millis(n));
        }

        assert_eq!(passwords.check_rate("ada", Millis(59_999)), Err(Denial::TooOften));
        assert_eq!(passwords.check_rate("bob", Millis(59_999)), Ok(()));
        assert_eq!(passwords.check_rate("ada", Millis(60_001)), Ok(()));
    }

    #[test]
    fn base64_comes_back_as_it_went() {
        assert_eq!(from_base64("YWRhOnNlY3JldA=="), Some(b"ada:secret".to_vec()));
        assert_eq!(from_base64("/+8="), Some(vec![0xFF, 0xEF]));
        assert_eq!(from_base64("not base64!"), None);
        assert_eq!(from_base64(""), Some(vec![]));
    }
}
