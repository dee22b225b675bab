//! A certificate with its key, as it is shown to the other side. Whoever shows it asks anew for each
//! handshake, so that it can be swapped while connections go on.

use crate::config::Secret;
use crate::telemetry::meters;
use crate::tls::error::TlsError;
use crate::tls::facts::Facts;
use crate::tls::{key, pem, provider};
use arc_swap::ArcSwap;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::UnixTime;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys, SignatureScheme};
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// Where a certificate and its key lie.
#[derive(Clone)]
pub struct KeyFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub password: Secret,
}

/// What is shown. Clones show the same.
#[derive(Clone)]
pub struct Shown {
    /// Where it is shown, as figures and logs call it.
    place: &'static str,
    current: Arc<ArcSwap<CertifiedKey>>,
}

impl KeyFiles {
    /// Both, if both are given.
    pub fn of(
        certificate: Option<&PathBuf>,
        key: Option<&PathBuf>,
        password: &Secret,
    ) -> Option<Self> {
        let (certificate, key) = (certificate?.clone(), key?.clone());
        Some(Self { certificate, key, password: password.clone() })
    }

    /// Reads both, and makes sure that they belong together.
    pub fn read(&self) -> Result<CertifiedKey, TlsError> {
        let certificates = pem::certificates(&self.certificate)?;
        let key = key::private_key(&self.key, &self.password)?;
        let made = CertifiedKey::from_der(certificates, key, &provider());
        made.map_err(|error| self.unusable(&error))
    }

    fn unusable(&self, error: &Error) -> TlsError {
        if matches!(error, Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) {
            let what = format!("is not the key of {}", self.certificate.display());
            return TlsError::content(&self.key, what, "name a certificate and its own key");
        }
        if matches!(error, Error::InvalidCertificate(_)) {
            let what = format!("holds a certificate that cannot be read ({error})");
            return TlsError::content(&self.certificate, what, "write it again");
        }
        let what = format!("holds a key that cannot be used ({error})");
        let remedy = "use an ECDSA key, or one of RSA with 2048 bits or more";
        TlsError::content(&self.key, what, remedy)
    }

    pub fn paths(&self) -> [PathBuf; 2] {
        [self.certificate.clone(), self.key.clone()]
    }
}

impl Shown {
    pub fn new(place: &'static str, first: CertifiedKey) -> Self {
        tell(place, &first);
        Self { place, current: Arc::new(ArcSwap::from_pointee(first)) }
    }

    /// Shows another one from the next handshake on.
    pub fn swap(&self, next: CertifiedKey) {
        tell(self.place, &next);
        self.current.store(Arc::new(next));
    }

    pub fn warn_of_end(&self, now: UnixTime) {
        if let Some(facts) = facts(&self.current.load()) {
            facts.warn_of_end(self.place, now);
        }
    }
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Shown").field(&self.place).finish()
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.current.load_full())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn facts(key: &CertifiedKey) -> Option<Facts> {
    key.cert.first().and_then(Facts::of)
}

fn tell(place: &'static str, key: &CertifiedKey) {
    let Some(facts) = facts(key) else { return };
    meters().certificate_not_after.of(place).set(seconds(facts.not_after));
    tracing::info!(
        place,
        subject = facts.subject,
        sha256 = facts.fingerprint,
        not_after = facts.ends_on(),
        "a certificate is shown"
    );
    facts.warn_of_end(place, UnixTime::now());
}

/// A point in time as a figure.
pub fn seconds(since_1970: i64) -> f64 {
    since_1970 as f64
}
