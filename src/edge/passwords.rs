//! Names and passwords of accounts. Unknown names are answered as slowly and in the same words as wrong
//! passwords, and an account at which somebody guesses is not asked any more for a while. A password is
//! checked in full once; what was proved is known again by a print under a key of this process, until
//! its account has another hash. In memory alone: each node counts for itself.

use crate::base::chance::token;
use crate::base::{Chance, Clock, Millis};
use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use aws_lc_rs::hmac;
use serde::Serialize;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

/// Passwords are checked so many at a time, and so many may wait: each costs 19 MB and a core.
const AT_A_TIME: usize = 2;
const MOST_WAITING: usize = 64;

/// Threads for this alone. The system's allocator keeps what a thread has used for that thread: checked on
/// whichever thread of many is free, passwords would leave 19 MB with each of them.
static THREADS: LazyLock<io::Result<Runtime>> = LazyLock::new(|| {
    Builder::new_current_thread().max_blocking_threads(AT_A_TIME).thread_name("passwords").build()
});

/// So many wrong passwords in so long, and an account is not asked any more for a while.
const MOST_FAILURES: usize = 5;
const FAILURE_WINDOW: Duration = Duration::from_secs(60);
/// In bytes. Of those who are no account, longer names are not even remembered.
const LONGEST_NAME: usize = 128;
/// Names that are remembered as failing. More than that is an attack: nobody unknown is asked.
const MOST_NAMES: usize = 10_000;

/// What is known of who has tried to come in.
pub struct Passwords {
    clock: Arc<dyn Clock>,
    failures: Mutex<HashMap<String, Vec<Millis>>>,
    checks: Semaphore,
    waiting: Semaphore,
    key: hmac::Key,
    /// The prints of right passwords, by the names of their accounts.
    proven: Mutex<HashMap<String, hmac::Tag>>,
    /// Whether who has proved himself goes on while others guess. A print is compared so fast that
    /// whoever guesses passwords of people would soon be through.
    lets_proven_on: bool,
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
            key: key(chance),
            proven: Mutex::default(),
            lets_proven_on: false,
            decoy: decoy(chance, known),
        }
    }

    /// For accounts of machines, whose passwords are long and made up: nobody who guesses shuts out who has
    /// come in once.
    pub fn of_machines(self) -> Self {
        Self { lets_proven_on: true, ..self }
    }

    /// Checks the password of a name; `hash` is that of its account, if there is one.
    pub async fn check(
        &self,
        name: &str,
        password: String,
        hash: Option<&str>,
    ) -> Result<(), Denial> {
        if hash.is_none() && LONGEST_NAME < name.len() {
            return Err(Denial::Wrong);
        }
        let proof = hash.map(|hash| proof(hash, &password));
        let is_proven = || proof.as_ref().is_some_and(|proof| self.is_proven(name, proof));
        if self.lets_proven_on && is_proven() {
            return Ok(());
        }
        self.check_rate(name, self.clock.now())?;
        if is_proven() {
            return Ok(());
        }
        let hash = hash.unwrap_or(&self.decoy).to_owned();
        let _place = self.waiting.try_acquire().map_err(|_| Denial::Busy)?;
        let _turn = self.checks.acquire().await.map_err(|_| Denial::Busy)?;
        // Those before it in the line may have failed meanwhile.
        let now = self.clock.now();
        self.check_rate(name, now)?;
        if let (true, Some(proof)) = (verify(password, hash).await?, proof) {
            self.note_proven(name, &proof);
            return Ok(());
        }
        tracing::info!("a login with a wrong name or password");
        self.note_failure(name, now);
        Err(Denial::Wrong)
    }

    fn is_proven(&self, name: &str, proof: &[u8]) -> bool {
        let proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        let print = proven.get(name);
        print.is_some_and(|print| hmac::verify(&self.key, proof, print.as_ref()).is_ok())
    }

    fn note_proven(&self, name: &str, proof: &[u8]) {
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        proven.insert(name.to_owned(), hmac::sign(&self.key, proof));
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

/// What is printed: with the hash of the account, so that a changed password is another one.
fn proof(hash: &str, password: &str) -> Vec<u8> {
    [hash.as_bytes(), &[0], password.as_bytes()].concat()
}

/// A key that nobody has after this process.
fn key(chance: &dyn Chance) -> hmac::Key {
    let mut key = [0; 32];
    chance.fill(&mut key);
    hmac::Key::new(hmac::HMAC_SHA256, &key)
}

async fn verify(password: String, hash: String) -> Result<bool, Denial> {
    let threads = THREADS.as_ref().map_err(|error| {
        tracing::error!(%error, "no password can be checked, there are no threads for it");
        Denial::Busy
    })?;
    let checked = threads.spawn_blocking(move || {
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
    use futures_util::future::join_all;
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

    #[actix_web::test]
    async fn a_password_is_checked_in_full_once_and_again_when_its_account_has_another() {
        let passwords = Passwords::new(Arc::new(Standing), &Counting(0.into()), None);
        let (old, new) = (cheap_hash("old"), cheap_hash("new"));
        let check = async |password: &str, hash: &str| {
            passwords.check("ada", password.to_owned(), Some(hash)).await
        };
        assert_eq!(check("old", &old).await, Ok(()));

        // Whoever needs a full check does not get one.
        passwords.waiting.close();
        assert_eq!(check("old", &old).await, Ok(()));
        for (password, hash) in [("wrong", &old), ("old", &new), ("new", &new)] {
            assert_eq!(check(password, hash).await, Err(Denial::Busy), "{password}");
        }
        let other = passwords.check("bob", "old".into(), Some(&old)).await;
        assert_eq!(other, Err(Denial::Busy));
        for _ in 0..MOST_FAILURES {
            passwords.note_failure("ada", Millis(0));
        }
        assert_eq!(check("old", &old).await, Err(Denial::TooOften), "somebody guesses");
        let machines = passwords.of_machines();
        assert_eq!(machines.check("ada", "old".into(), Some(&old)).await, Ok(()));
        let guess = machines.check("ada", "guess".into(), Some(&old)).await;
        assert_eq!(guess, Err(Denial::TooOften));
    }

    #[actix_web::test]
    async fn a_name_of_any_length_that_is_nobody_s_costs_no_memory() {
        let passwords = Passwords::new(Arc::new(Standing), &Counting(0.into()), None);
        let hash = cheap_hash("right");
        let long = "a".repeat(LONGEST_NAME + 1);

        for _ in 0..=MOST_FAILURES {
            assert_eq!(passwords.check(&long, "guess".into(), None).await, Err(Denial::Wrong));
        }

        assert!(passwords.failures.lock().unwrap().is_empty());
        assert_eq!(passwords.check(&long, "right".into(), Some(&hash)).await, Ok(()));
    }

    fn cheap_hash(password: &str) -> String {
        let cheap = argon2::Params::new(8, 1, 1, None).unwrap();
        let argon2 = Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, cheap);
        argon2.hash_password(password.as_bytes()).unwrap().to_string()
    }

    #[actix_web::test]
    async fn however_many_log_in_at_once_their_passwords_are_checked_by_two_threads() {
        let hash = cheap_hash("right");
        let check = |_| verify("right".into(), hash.clone());
        assert_eq!(join_all((0..40).map(check)).await, vec![Ok(true); 40]);

        let tasks = std::fs::read_dir("/proc/self/task").unwrap();
        let names = tasks
            .filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok());
        let n_threads = names.filter(|name| name.trim() == "passwords").count();
        assert!((1..=AT_A_TIME).contains(&n_threads), "{n_threads}");
    }

    #[test]
    fn base64_comes_back_as_it_went() {
        assert_eq!(from_base64("YWRhOnNlY3JldA=="), Some(b"ada:secret".to_vec()));
        assert_eq!(from_base64("/+8="), Some(vec![0xFF, 0xEF]));
        assert_eq!(from_base64("not base64!"), None);
        assert_eq!(from_base64(""), Some(vec![]));
    }
}
