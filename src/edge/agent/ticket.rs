//! One-use tickets: a password over HTTPS gives one, and it opens one socket within half a minute,
//! at any node: a ticket names the node that gave it out, which alone can take it back.
//! Unknown accounts are answered as slowly and in the same words as wrong passwords.

use super::Api;
use super::account::Account;
use super::issuer::{SECRET, ask_issuer, parts};
use super::moving::refuse_if_moving;
use crate::base::chance::token;
use crate::base::{AgentId, Chance, Millis, NodeId};
use crate::ownership::peers::Peers;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

const LIFE: Duration = Duration::from_secs(30);
const MOST_TICKETS: usize = 10_000;

/// Passwords are checked so many at a time, and so many may wait: each costs 19 MB and a core.
const AT_A_TIME: usize = 2;
const MOST_WAITING: usize = 64;

/// So many wrong passwords in so long, and an account is not asked any more for a while.
const MOST_FAILURES: usize = 5;
const FAILURE_WINDOW: Duration = Duration::from_secs(60);
/// Names that are remembered as failing. More than that is an attack: nobody unknown is asked.
const MOST_NAMES: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    pub agent: String,
    pub password: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Issued {
    ticket: String,
    expires_in: u64,
}

#[derive(Serialize)]
struct Denied {
    code: u16,
    text: &'static str,
}

/// Everything that is known of logins; in memory alone.
pub struct Tickets {
    /// This node.
    issuer: NodeId,
    issued: Mutex<HashMap<String, (Account, Millis)>>,
    failures: Mutex<HashMap<String, Vec<Millis>>>,
    checks: Semaphore,
    waiting: Semaphore,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// Unknown account or wrong password: the same to whoever asks.
    Wrong,
    TooOften,
    Busy,
}

impl Tickets {
    pub fn of(issuer: NodeId) -> Self {
        Self {
            issuer,
            issued: Mutex::default(),
            failures: Mutex::default(),
            checks: Semaphore::new(AT_A_TIME),
            waiting: Semaphore::new(MOST_WAITING),
        }
    }

    pub fn issue(
        &self,
        chance: &dyn Chance,
        account: Account,
        now: Millis,
    ) -> Result<String, Denial> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        if MOST_TICKETS <= issued.len() {
            issued.retain(|_, (_, until)| now < *until);
        }
        if MOST_TICKETS <= issued.len() {
            return Err(Denial::Busy);
        }
        let secret = token(chance, SECRET);
        issued.insert(secret.clone(), (account, now + LIFE));
        Ok(format!("{}.{secret}", self.issuer))
    }

    /// Takes a ticket back, wherever it was given out: it counts once.
    pub async fn redeem(
        &self,
        ticket: &str,
        peers: Option<&Arc<dyn Peers>>,
        now: Millis,
    ) -> Option<Account> {
        let (issuer, secret) = parts(ticket)?;
        if issuer == self.issuer.as_str() {
            return self.take_back(secret, now);
        }
        ask_issuer(peers?, &issuer.into(), secret).await
    }

    /// Takes a ticket of this node back.
    pub(super) fn take_back(&self, secret: &str, now: Millis) -> Option<Account> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let (account, until) = issued.remove(secret)?;
        (now < until).then_some(account)
    }

    fn check_rate(&self, agent: &str, now: Millis) -> Result<(), Denial> {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let forget_old = |times: &mut Vec<Millis>| {
            times.retain(|at| now.since(*at) < FAILURE_WINDOW);
            times.len()
        };
        if MOST_NAMES <= failures.len() {
            failures.retain(|_, times| 0 < forget_old(times));
        }
        let is_full = MOST_NAMES <= failures.len();
        let is_refused = match failures.get_mut(agent) {
            Some(times) => MOST_FAILURES <= forget_old(times),
            None => is_full,
        };
        if is_refused { Err(Denial::TooOften) } else { Ok(()) }
    }

    fn note_failure(&self, agent: &str, now: Millis) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.entry(agent.to_owned()).or_default().push(now);
    }
}

/// `POST /api/v1/agent/ticket`
pub async fn post(
    request: HttpRequest,
    body: web::Payload,
    api: web::Data<Api>,
) -> actix_web::Result<HttpResponse> {
    if let Some(refused) = refuse_if_moving(&api) {
        return Ok(refused);
    }
    let mut body = body.into_inner();
    let reading = web::Json::<Credentials>::from_request(&request, &mut body);
    // Nobody is known yet, so nobody may hold a connection by typing slowly (B2).
    let Ok(credentials) = timeout(api.pace.login, reading).await else {
        return Ok(HttpResponse::RequestTimeout().finish());
    };
    let issued = log_in(&api, credentials?.into_inner()).await.and_then(|account| {
        let handles = &api.handles;
        api.tickets.issue(&*handles.chance, account, handles.now())
    });
    Ok(match issued {
        Ok(ticket) => HttpResponse::Ok()
            .insert_header(("cache-control", "no-store"))
            .json(Issued { ticket, expires_in: LIFE.as_secs() }),
        Err(denial) => denial.answer(),
    })
}

/// The account of a name and its password.
pub async fn log_in(api: &Api, credentials: Credentials) -> Result<Account, Denial> {
    let Credentials { agent, password } = credentials;
    api.tickets.check_rate(&agent, api.handles.now())?;
    let known = api.handles.config.agents.get(&agent);
    let hash = known.map_or(api.decoy.as_str(), |known| known.password_hash.expose()).to_owned();
    let _place = api.tickets.waiting.try_acquire().map_err(|_| Denial::Busy)?;
    let _turn = api.tickets.checks.acquire().await.map_err(|_| Denial::Busy)?;
    // Those before it in the line may have failed meanwhile.
    let now = api.handles.now();
    api.tickets.check_rate(&agent, now)?;
    let is_right = verify(password, hash).await?;
    match known {
        Some(known) if is_right => Ok(Account { agent: AgentId(agent), role: known.role }),
        Some(_) | None => {
            tracing::info!("a login with a wrong name or password");
            api.tickets.note_failure(&agent, now);
            Err(Denial::Wrong)
        }
    }
}

async fn verify(password: String, hash: String) -> Result<bool, Denial> {
    let checked = web::block(move || {
        let Ok(hash) = PasswordHash::new(&hash) else { return false };
        Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()
    });
    checked.await.map_err(|_| Denial::Busy)
}

/// A hash that costs what those of real accounts cost, and that no password has.
pub fn decoy(handles: &crate::edge::handles::Handles) -> String {
    let one = handles.config.agents.values().map(|agent| agent.password_hash.expose()).next();
    if let Some(one) = one {
        return one.to_owned();
    }
    let secret = token(&*handles.chance, SECRET);
    let hashed = Argon2::default().hash_password(secret.as_bytes());
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
    use crate::config::AgentRole;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Chance for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(7, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    #[actix_web::test]
    async fn a_ticket_counts_once_and_for_half_a_minute() {
        let (tickets, chance) = (Tickets::of("node-a".into()), Counting(0.into()));
        let first = tickets.issue(&chance, account(), Millis(0)).unwrap();
        let second = tickets.issue(&chance, account(), Millis(0)).unwrap();

        assert_eq!(tickets.redeem(&first, None, Millis(29_999)).await, Some(account()));
        assert_eq!(tickets.redeem(&first, None, Millis(29_999)).await, None);
        assert_eq!(tickets.redeem(&second, None, Millis(30_000)).await, None);
        assert_eq!(tickets.redeem("", None, Millis(0)).await, None);
    }

    #[test]
    fn the_sixth_wrong_password_in_a_minute_is_not_even_checked() {
        let tickets = Tickets::of("node-a".into());
        for n in 0..5 {
            assert_eq!(tickets.check_rate("ada", Millis(n)), Ok(()));
            tickets.note_failure("ada", Millis(n));
        }

        assert_eq!(tickets.check_rate("ada", Millis(59_999)), Err(Denial::TooOften));
        assert_eq!(tickets.check_rate("bob", Millis(59_999)), Ok(()));
        assert_eq!(tickets.check_rate("ada", Millis(60_001)), Ok(()));
    }

    fn account() -> Account {
        Account { agent: "ada".into(), role: AgentRole::Agent }
    }
}
