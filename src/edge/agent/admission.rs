//! Who asks over plain HTTP: each request brings its own proof.

use super::Api;
use super::account::Account;
use super::refuse::Refused;
use super::socket::bearer;
use super::ticket::{Credentials, log_in};
use crate::config::AgentRole;
use crate::edge::passwords::{Denial, basic};
use actix_web::{HttpRequest, HttpResponse};

/// A ticket as bearer, or name and password.
pub async fn admit(request: &HttpRequest, api: &Api) -> Result<Account, Denial> {
    if let Some(ticket) = bearer(request) {
        return api.redeem(&ticket).await.ok_or(Denial::Wrong);
    }
    let (agent, password) = basic(request).ok_or(Denial::Wrong)?;
    log_in(api, Credentials { agent, password }).await
}

/// The same, for what is shown to supervisors alone; or the answer to whoever is none.
pub async fn admit_supervisor(request: &HttpRequest, api: &Api) -> Result<Account, HttpResponse> {
    let account = admit(request, api).await.map_err(Denial::answer)?;
    match account.role {
        AgentRole::Supervisor => Ok(account),
        AgentRole::Agent => Err(Refused::new(403, "this is for supervisors").answer()),
    }
}
