//! One-use tickets: a password over HTTPS gives one, and it opens one socket within half a minute,
//! at any node: a ticket names the node that gave it out, which alone can take it back.

use super::Api;
use super::account::Account;
use super::issuer::{SECRET, Unredeemed, ask_issuer, parts};
use super::moving::refuse_if_moving;
use crate::base::chance::token;
use crate::base::{AgentId, Chance, Millis, NodeId};
use crate::edge::passwords::Denial;
use crate::ownership::peers::Peers;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::timeout;

const LIFE: Duration = Duration::from_secs(30);
const MOST_TICKETS: usize = 10_000;

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

/// The tickets of this node; in memory alone.
pub struct Tickets {
    /// This node.
    issuer: NodeId,
    issued: Mutex<HashMap<String, (Account, Millis)>>,
}

impl Tickets {
    pub fn of(issuer: NodeId) -> Self {
        Self { issuer, issued: Mutex::default() }
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

    /// Takes a ticket back, wherever it was given out: it counts once. Alone, a node knows no other's.
    pub async fn redeem(
        &self,
        ticket: &str,
        peers: Option<&Arc<dyn Peers>>,
        now: Millis,
    ) -> Result<Account, Unredeemed> {
        let (issuer, secret) = parts(ticket).ok_or(Unredeemed::Worthless)?;
        if issuer == self.issuer.as_str() {
            return self.take_back(secret, now).ok_or(Unredeemed::Worthless);
        }
        ask_issuer(peers.ok_or(Unredeemed::Worthless)?, &issuer.into(), secret).await
    }

    /// Takes a ticket of this node back.
    pub(super) fn take_back(&self, secret: &str, now: Millis) -> Option<Account> {
        let mut issued = self.issued.lock().unwrap_or_else(PoisonError::into_inner);
        let (account, until) = issued.remove(secret)?;
        (now < until).then_some(account)
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
    let known = api.handles.config.agents.get(&agent);
    let hash = known.map(|known| known.password_hash.expose());
    api.passwords.check(&agent, password, hash).await?;
    let account = known.map(|known| Account { agent: AgentId(agent), role: known.role });
    account.ok_or(Denial::Wrong)
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

        assert_eq!(tickets.redeem(&first, None, Millis(29_999)).await, Ok(account()));
        assert_eq!(tickets.redeem(&first, None, Millis(29_999)).await, Err(Unredeemed::Worthless));
        assert_eq!(tickets.redeem(&second, None, Millis(30_000)).await, Err(Unredeemed::Worthless));
        assert_eq!(tickets.redeem("", None, Millis(0)).await, Err(Unredeemed::Worthless));
    }

    fn account() -> Account {
        Account { agent: "ada".into(), role: AgentRole::Agent }
    }
}
