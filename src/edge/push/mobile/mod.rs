//! Pushes to mobile devices: through Firebase (FCM, HTTP v1) and through Apple (APNs, HTTP/2 with a
//! provider token), as the two document it.
//!
//! Invariants: a device is told that there is something and from where on to ask, and what was said only
//! where the operator wants that; a device that nobody has any more is not told again; a key of a provider
//! leaves this process in signatures alone.
//!
//! Read in this order: [`alert`] (what a device is told), [`jwt`] (how a provider knows us), [`fcm`],
//! [`apns`].

pub mod alert;
pub mod apns;
pub mod fcm;
pub mod jwt;

use crate::tls::error::TlsError;
use crate::tls::trust::Trust;
use reqwest::{Certificate, ClientBuilder, redirect};
use std::path::PathBuf;
use std::time::Duration;

/// Providers want connections to be kept. One that is dead is found by asking it so often.
const ASK_IDLE: Duration = Duration::from_secs(60);

/// How a provider is reached.
#[derive(Clone)]
pub struct Line {
    /// Without a path.
    pub url: String,
    /// For one answer.
    pub timeout: Duration,
    /// Whose certificates are believed; without it, those whom the system believes.
    pub trusted_folder: Option<PathBuf>,
    /// For so long a push is worth something; providers keep it as long for a device that is off.
    pub time_to_live: Duration,
}

/// Why nothing can be sent through a provider.
#[derive(Debug, thiserror::Error)]
pub enum BadProvider {
    #[error("the credentials are not those of a service account: {0}")]
    Account(serde_json::Error),
    #[error("the credentials hold no {0} key in PEM form (PKCS#8)")]
    Key(&'static str),
    #[error("the certificates to trust")]
    Trust(#[source] TlsError),
    #[error("the client")]
    Client(#[from] reqwest::Error),
}

fn client(line: &Line) -> Result<ClientBuilder, BadProvider> {
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .timeout(line.timeout)
        .http2_keep_alive_interval(ASK_IDLE)
        .http2_keep_alive_timeout(line.timeout)
        .http2_keep_alive_while_idle(true)
        .pool_idle_timeout(None);
    if let Some(folder) = &line.trusted_folder {
        let mut roots = Vec::new();
        for certificate in Trust::read(folder).map_err(BadProvider::Trust)?.certificates {
            roots.push(Certificate::from_der(&certificate)?);
        }
        builder = builder.tls_certs_only(roots);
    }
    Ok(builder)
}
