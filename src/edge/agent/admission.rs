//! Who asks over plain HTTP: each request brings its own proof.

use super::Api;
use super::account::Account;
use super::socket::bearer;
use super::ticket::{Credentials, log_in};
use crate::edge::passwords::{Denial, basic};
use actix_web::HttpRequest;

/// A ticket as bearer, or name and password.
pub async fn admit(request: &HttpRequest, api: &Api) -> Result<Account, Denial> {
    if let Some(ticket) = bearer(request) {
        return api.redeem(&ticket).await.ok_or(Denial::Wrong);
    }
    let (agent, password) = basic(request).ok_or(Denial::Wrong)?;
    log_in(api, Credentials { agent, password }).await
}
