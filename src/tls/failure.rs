//! Why a handshake with Cassandra failed, in words that say what to do. The driver buries the cause
//! under its own errors: what we refused is kept here by the verifier, what Cassandra refused is dug
//! out of the chain of errors.

use crate::base::error_chain::Chain;
use crate::telemetry::meters;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    Expired,
    NotYetValid,
    UnknownIssuer,
    WrongName,
    /// An authority's certificate where a node's belongs.
    AuthorityAsNode,
    /// Signed by an authority that is trusted, for somebody nobody has named.
    NotAllowed,
    BadCertificate,
    ClientCertificateRequired,
    ClientCertificateRefused,
    NoCommonCipher,
    NoCommonVersion,
    NotTls,
}

/// A failed handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub reason: Reason,
    pub text: String,
}

impl Reason {
    /// The word of the figures.
    pub fn name(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::NotYetValid => "not_yet_valid",
            Self::UnknownIssuer => "unknown_issuer",
            Self::WrongName => "wrong_name",
            Self::AuthorityAsNode => "authority_as_node",
            Self::NotAllowed => "not_allowed",
            Self::BadCertificate => "bad_certificate",
            Self::ClientCertificateRequired => "client_certificate_required",
            Self::ClientCertificateRefused => "client_certificate_refused",
            Self::NoCommonCipher => "no_common_cipher",
            Self::NoCommonVersion => "no_common_version",
            Self::NotTls => "not_tls",
        }
    }

    /// What it means with Cassandra and what to do, for what Cassandra refuses.
    pub fn remedy(self) -> &'static str {
        SIGNS.iter().find(|(_, of, _)| *of == self).map_or("", |(_, _, text)| text)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Whom {
    fn name(self) -> &'static str {
        match self {
            Self::Cassandra => "cassandra",
            Self::Peer => "peer",
        }
    }
}

/// What errors of rustls say, what it means with Cassandra, and what to do.
const SIGNS: &[(&[&str], Reason, &str)] = &[
    (
        &["CertificateRequired"],
        Reason::ClientCertificateRequired,
        "Cassandra asks for a client certificate: set client-certificate-file and \
         client-private-key-file in [encryption]",
    ),
    (
        &[
            "alert: BadCertificate",
            "alert: UnknownCA",
            "alert: CertificateUnknown",
            "alert: CertificateExpired",
            "alert: UnsupportedCertificate",
            "alert: CertificateRevoked",
            "alert: AccessDenied",
            "alert: DecryptError",
            // What Cassandra's own library says of a certificate that Java does not believe.
            "alert: InternalError",
        ],
        Reason::ClientCertificateRefused,
        "Cassandra does not accept our client certificate: put it, or its authority, into the \
         truststore of client_encryption_options, and see that it has not ended; a Cassandra that \
         speaks TLS 1.2 says the same when client-certificate-file is not set",
    ),
    (
        &["alert: HandshakeFailure", "NoCipherSuitesInCommon", "alert: InsufficientSecurity"],
        Reason::NoCommonCipher,
        "Cassandra and this node have no cipher suite in common: take the line cipher_suites out \
         of client_encryption_options (suites with ECDHE and GCM are needed, and Java 8 or later)",
    ),
    (
        &["alert: ProtocolVersion", "SupportedVersionsExtensionRequired", "ServerDoesNotSupport"],
        Reason::NoCommonVersion,
        "Cassandra speaks neither TLS 1.2 nor TLS 1.3: let its client_encryption_options accept \
         one of them",
    ),
    (
        &["corrupt message", "InvalidContentType"],
        Reason::NotTls,
        "Cassandra answers without TLS: set enabled in its client_encryption_options, or take \
         enabled out of [encryption]",
    ),
];

/// What an error of the driver or of rustls means; nothing if it does not speak of a handshake.
pub fn explain(error: &(dyn Error + 'static)) -> Option<Failure> {
    // Some errors of the driver show their cause to a debugger alone.
    let told = format!("{} {error:?}", Chain(error));
    explain_text(&told)
}

/// The same of a text that was made of an error.
pub fn explain_text(told: &str) -> Option<Failure> {
    let is_sign = |(signs, _, _): &&(&[&str], _, _)| signs.iter().any(|sign| says(told, sign));
    let (_, reason, text) = SIGNS.iter().find(is_sign)?;
    Some(Failure { reason: *reason, text: (*text).to_owned() })
}

/// An alert is `received fatal alert: X` in words and `AlertReceived(X)` to a debugger.
fn says(told: &str, sign: &str) -> bool {
    let debugged = sign.strip_prefix("alert: ").map(|alert| format!("AlertReceived({alert})"));
    told.contains(sign) || debugged.is_some_and(|debugged| told.contains(&debugged))
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    Cassandra,
    Peer,
}

/// The last refusal of each server, until the same server is accepted.
#[derive(Debug)]
pub struct Failures {
    of: Whom,
    noted: Mutex<Noted>,
}

#[derive(Debug, Default)]
struct Noted {
    by_server: BTreeMap<String, (u64, Failure)>,
    n_noted: u64,
}

impl Failures {
    pub fn new(of: Whom) -> Self {
        Self { of, noted: Mutex::default() }
    }

    /// Counts each refusal, and tells each once.
    pub fn note(&self, server: &str, failure: Failure) {
        let (reason, text) = (failure.reason.name(), failure.text.clone());
        if self.of == Whom::Cassandra {
            meters().cassandra_tls_errors.of(reason).increment(1);
        }
        let before = self.insert(server, failure);
        if before.is_none_or(|before| before.text != text) {
            let of = self.of.name();
            tracing::error!(of, server, reason, why = text, "a certificate is refused");
        }
    }

    fn insert(&self, server: &str, failure: Failure) -> Option<Failure> {
        let mut noted = self.lock();
        noted.n_noted += 1;
        let order = noted.n_noted;
        let before = noted.by_server.insert(server.to_owned(), (order, failure));
        before.map(|(_, failure)| failure)
    }

    pub fn forget(&self, server: &str) {
        self.lock().by_server.remove(server);
    }

    /// The newest of those that still hold.
    pub fn last(&self) -> Option<Failure> {
        let noted = self.lock();
        let newest = noted.by_server.values().max_by_key(|(order, _)| *order);
        newest.map(|(_, failure)| failure.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Noted> {
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::AlertDescription;

    #[test]
    fn what_cassandra_refuses_is_told_with_what_to_do() {
        let cases = [
            (AlertDescription::CertificateRequired, Reason::ClientCertificateRequired),
            (AlertDescription::UnknownCA, Reason::ClientCertificateRefused),
            (AlertDescription::HandshakeFailure, Reason::NoCommonCipher),
            (AlertDescription::ProtocolVersion, Reason::NoCommonVersion),
        ];
        for (alert, reason) in cases {
            let inner = rustls::Error::AlertReceived(alert);
            let buried = std::io::Error::other(std::io::Error::other(inner));
            assert_eq!(explain(&buried).map(|failure| failure.reason), Some(reason));
        }
        assert_eq!(explain(&std::io::Error::other("the disk is full")), None);
    }

    #[test]
    fn the_last_refusal_is_that_of_a_server_that_is_still_refused() {
        let failures = Failures::new(Whom::Cassandra);
        let failure = |text: &str| Failure { reason: Reason::Expired, text: text.to_owned() };

        failures.note("10.0.0.1", failure("one"));
        failures.note("10.0.0.2", failure("two"));
        assert_eq!(failures.last(), Some(failure("two")));

        failures.forget("10.0.0.2");
        assert_eq!(failures.last(), Some(failure("one")));

        failures.forget("10.0.0.1");
        assert_eq!(failures.last(), None);
    }
}
