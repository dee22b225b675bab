//! Who asks over plain HTTP: each request brings its own proof.

use super::Api;
use super::account::Account;
use super::issuer::Unredeemed;
use super::privilege::lacking;
use super::socket::bearer;
use super::ticket::{Credentials, log_in};
use crate::config::Privilege;
use crate::edge::passwords::{Denial, basic};
use actix_web::{HttpRequest, HttpResponse};

/// A ticket as bearer, or name and password.
pub async fn admit(request: &HttpRequest, api: &Api) -> Result<Account, HttpResponse> {
    if let Some(ticket) = bearer(request) {
        return match api.redeem(&ticket).await {
            Err(Unredeemed::Worthless) => Err(Denial::Wrong.answer()),
            redeemed => redeemed.map_err(Unredeemed::answer),
        };
    }
    let (agent, password) = basic(request).ok_or_else(|| Denial::Wrong.answer())?;
    log_in(api, Credentials { agent, password }).await.map_err(Denial::answer)
}

/// The same, for what takes a privilege; or the answer to whoever lacks it.
pub async fn admit_with(
    (request, api): (&HttpRequest, &Api),
    needed: Privilege,
) -> Result<Account, HttpResponse> {
    let account = admit(request, api).await?;
    if account.has(&api.handles.config, needed) {
        return Ok(account);
    }
    Err(lacking(needed).answer())
}
