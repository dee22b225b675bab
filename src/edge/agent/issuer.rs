//! Tickets between nodes: whose a ticket is stands in it, and the node that gave it out is asked to
//! take it back. So it counts once, wherever a balancer sends the socket.

use super::Api;
use super::account::Account;
use crate::base::{AgentId, NodeId};
use crate::config::AgentRole;
use crate::ownership::peers::{Answerer, Answering, Call, Outlet, Peers};
use actix_web::HttpResponse;
use actix_web::http::header::RETRY_AFTER;
use actix_web::web::Data;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// What the calls between nodes are named that take a ticket back.
pub const KIND: &str = "ticket";
/// How long the node that issued a ticket is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
const LONGEST_NAME: usize = 32;
/// 22 letters and digits: 130 bits.
pub(super) const SECRET: usize = 22;

/// What another node says of a ticket of its own.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TakenBack {
    Agent(AgentId),
    Supervisor(AgentId),
    /// Unknown, used or too old.
    Nothing,
}

/// Why nobody is let in with a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unredeemed {
    /// Unknown, used or too old.
    Worthless,
    /// The node that gave it out does not answer, so nobody knows whether it counts.
    IssuerSilent,
}

impl Unredeemed {
    pub fn answer(self) -> HttpResponse {
        match self {
            Self::Worthless => HttpResponse::Unauthorized().finish(),
            Self::IssuerSilent => HttpResponse::ServiceUnavailable()
                .insert_header((RETRY_AFTER, "1"))
                .body("the node that gave this ticket out does not answer: ask for a new ticket"),
        }
    }
}

/// Answers other nodes that were shown a ticket of this one.
pub(super) struct Issuer(pub Data<Api>);

impl From<TakenBack> for Option<Account> {
    fn from(taken: TakenBack) -> Self {
        match taken {
            TakenBack::Agent(agent) => Some(Account { agent, role: AgentRole::Agent }),
            TakenBack::Supervisor(agent) => Some(Account { agent, role: AgentRole::Supervisor }),
            TakenBack::Nothing => None,
        }
    }
}

impl From<Option<Account>> for TakenBack {
    fn from(account: Option<Account>) -> Self {
        match account {
            Some(Account { agent, role: AgentRole::Agent }) => Self::Agent(agent),
            Some(Account { agent, role: AgentRole::Supervisor }) => Self::Supervisor(agent),
            None => Self::Nothing,
        }
    }
}

impl Answerer for Issuer {
    fn answer(&self, call: Call, _: Option<Outlet>) -> Answering {
        let api = self.0.clone();
        Box::pin(async move {
            let taken = match serde_json::from_slice::<String>(&call.body) {
                Ok(secret) => api.tickets.take_back(&secret, api.handles.now()),
                Err(_) => None,
            };
            serde_json::to_vec(&TakenBack::from(taken)).unwrap_or_default()
        })
    }
}

/// The node that gave a ticket out, and what it knows it by; nothing if it is no ticket.
pub(super) fn parts(ticket: &str) -> Option<(&str, &str)> {
    let (issuer, secret) = ticket.split_once('.')?;
    let is_of_name = |byte: u8| byte == b'-' || byte.is_ascii_digit() || byte.is_ascii_lowercase();
    let is_name = (1..=LONGEST_NAME).contains(&issuer.len()) && issuer.bytes().all(is_of_name);
    let is_secret = secret.len() == SECRET && secret.bytes().all(|b| b.is_ascii_alphanumeric());
    (is_name && is_secret).then_some((issuer, secret))
}

/// Has the node that gave a ticket out take it back.
pub(super) async fn ask_issuer(
    peers: &Arc<dyn Peers>,
    issuer: &NodeId,
    secret: &str,
) -> Result<Account, Unredeemed> {
    let call = Call {
        kind: KIND.to_owned(),
        // Not the ticket: names of things are for everybody's eyes.
        thing: KIND.into(),
        boot: None,
        n_hops: 0,
        within: PATIENCE,
        body: serde_json::to_vec(secret).unwrap_or_default(),
    };
    let silent = |error: &dyn std::fmt::Display| {
        tracing::info!(%issuer, %error, "a ticket is not redeemed");
        Unredeemed::IssuerSilent
    };
    let answer = peers.call(issuer, call).await.map_err(|error| silent(&error))?;
    let taken: TakenBack = serde_json::from_slice(&answer).map_err(|error| silent(&error))?;
    Option::from(taken).ok_or(Unredeemed::Worthless)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_ticket_is_not_asked_for_anywhere() {
        let secret = "0123456789ABCDEFGHIJKL";
        assert_eq!(parts(&format!("node-a.{secret}")), Some(("node-a", secret)));

        for name in ["", "Node", "node_a", "a b", "0123456789012345678901234567890-3"] {
            assert_eq!(parts(&format!("{name}.{secret}")), None, "{name}");
        }
        for secret in ["", "0123456789ABCDEFGHIJK", "0123456789ABCDEFGHIJK.", "node-a"] {
            assert_eq!(parts(&format!("node-a.{secret}")), None, "{secret}");
        }
        assert_eq!(parts(secret), None);
    }
}
