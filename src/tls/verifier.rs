//! Whom we believe to be the server: the rules for certificates of Cassandra nodes and of other
//! nodes of ours. The trusted certificates can be swapped while connections go on.

use crate::tls::error::TlsError;
use crate::tls::facts::Facts;
use crate::tls::failure::{Failure, Failures, Reason, Whom};
use crate::tls::provider;
use crate::tls::trust::Trust;
use arc_swap::ArcSwap;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_cert_signed_by_trust_anchor};
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use std::sync::Arc;

/// How much must be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Chain, dates and the name of the server.
    Strict,
    /// Chain and dates. A certificate that is itself trusted is accepted from any server, one that a
    /// trusted authority signed only if it is allowed by name.
    ChainOnly(Vec<Allowed>),
    /// Nothing.
    AcceptAny,
}

/// A certificate that is accepted whatever the name of its server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    Name(String),
    /// SHA-256, in hex digits without colons.
    Fingerprint(String),
}

/// Verifies servers by a rule, and keeps why it refused.
#[derive(Debug)]
pub struct Verifier {
    rule: Rule,
    trusted: ArcSwap<Trusted>,
    failures: Failures,
    algorithms: WebPkiSupportedAlgorithms,
}

#[derive(Debug)]
struct Trusted {
    trust: Trust,
    /// Nothing, if nobody is trusted.
    strict: Option<Arc<WebPkiServerVerifier>>,
}

/// What is verified.
struct Presented<'a> {
    certificate: &'a CertificateDer<'a>,
    intermediates: &'a [CertificateDer<'a>],
    server: &'a ServerName<'a>,
    ocsp: &'a [u8],
    now: UnixTime,
}

impl Allowed {
    /// A name, or `sha256:` and 64 hex digits with or without colons; nothing if it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let Some((_, digits)) = text.split_once(':').filter(|(kind, _)| is_sha256(kind)) else {
            let is_name = !text.is_empty() && !text.contains(char::is_whitespace);
            return is_name.then(|| Self::Name(text.to_owned()));
        };
        let digits = digits.replace(':', "").to_ascii_lowercase();
        let fits = digits.len() == 64 && digits.chars().all(|digit| digit.is_ascii_hexdigit());
        fits.then_some(Self::Fingerprint(digits))
    }

    fn covers(&self, facts: &Facts) -> bool {
        match self {
            Self::Name(name) => facts.names.iter().any(|known| known.eq_ignore_ascii_case(name)),
            Self::Fingerprint(digits) => *digits == facts.fingerprint,
        }
    }
}

fn is_sha256(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("sha256")
}

impl Verifier {
    pub fn new(of: Whom, rule: Rule, trust: Trust) -> Result<Self, TlsError> {
        Ok(Self {
            rule,
            trusted: ArcSwap::from_pointee(Trusted::of(trust)?),
            failures: Failures::new(of),
            algorithms: provider().signature_verification_algorithms,
        })
    }

    /// Trusts these from the next handshake on; says whether one trusted so far is not among them.
    pub fn swap(&self, trust: Trust) -> Result<bool, TlsError> {
        let before = self.trusted.swap(Arc::new(Trusted::of(trust)?));
        Ok(!self.trusted.load().trust.holds_all_of(&before.trust))
    }

    pub fn failures(&self) -> &Failures {
        &self.failures
    }

    pub fn warn_of_ends(&self, place: &str, now: UnixTime) {
        self.trusted.load().trust.warn_of_ends(place, now);
    }

    fn judge(&self, presented: &Presented<'_>) -> Result<(), (Error, Option<Reason>)> {
        let trusted = self.trusted.load();
        match &self.rule {
            Rule::AcceptAny => Ok(()),
            Rule::Strict => trusted.judge_strictly(presented).map_err(|error| (error, None)),
            Rule::ChainOnly(allowed) => trusted.judge_chain(presented, allowed, self.algorithms),
        }
    }
}

impl Trusted {
    fn of(trust: Trust) -> Result<Self, TlsError> {
        if trust.certificates.is_empty() {
            return Ok(Self { trust, strict: None });
        }
        let strict = WebPkiServerVerifier::builder_with_provider(trust.roots.clone(), provider());
        Ok(Self { trust, strict: Some(strict.build().map_err(TlsError::Verifier)?) })
    }

    fn judge_strictly(&self, presented: &Presented<'_>) -> Result<(), Error> {
        let Presented { certificate, intermediates, server, ocsp, now } = presented;
        let Some(strict) = &self.strict else { return Err(CertificateError::UnknownIssuer.into()) };
        strict.verify_server_cert(certificate, intermediates, server, ocsp, *now).map(drop)
    }

    fn judge_chain(
        &self,
        presented: &Presented<'_>,
        allowed: &[Allowed],
        algorithms: WebPkiSupportedAlgorithms,
    ) -> Result<(), (Error, Option<Reason>)> {
        let Presented { certificate, intermediates, now, .. } = presented;
        let unreadable = || (CertificateError::BadEncoding.into(), None);
        let facts = Facts::of(certificate).ok_or_else(unreadable)?;
        if self.trust.certificates.iter().any(|trusted| trusted == *certificate) {
            // There is no chain that could bring out its dates.
            return judge_dates(&facts, *now).map_err(|error| (error.into(), None));
        }
        let parsed = ParsedCertificate::try_from(*certificate).map_err(|error| (error, None))?;
        let roots = &self.trust.roots;
        let algorithms = algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, *now, algorithms)
            .map_err(|error| (error, None))?;
        if allowed.iter().any(|allowed| allowed.covers(&facts)) {
            return Ok(());
        }
        let error = CertificateError::ApplicationVerificationFailure.into();
        Err((error, Some(Reason::NotAllowed)))
    }
}

fn judge_dates(facts: &Facts, now: UnixTime) -> Result<(), CertificateError> {
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    if now < facts.not_before {
        return Err(CertificateError::NotValidYet);
    }
    if facts.not_after < now {
        return Err(CertificateError::Expired);
    }
    Ok(())
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let presented = Presented { certificate, intermediates, server, ocsp, now };
        let name = server.to_str();
        match self.judge(&presented) {
            Ok(()) => {
                self.failures.forget(&name);
                Ok(ServerCertVerified::assertion())
            }
            Err((error, reason)) => {
                let reason = reason.unwrap_or_else(|| reason_of(&error));
                let text = text_of(reason, &error, &name, certificate);
                self.failures.note(&name, Failure { reason, text });
                Err(error)
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}

fn reason_of(error: &Error) -> Reason {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, Other, UnknownIssuer,
    };
    let Error::InvalidCertificate(error) = error else { return Reason::BadCertificate };
    if matches!(error, Expired | ExpiredContext { .. }) {
        return Reason::Expired;
    }
    if matches!(error, NotValidYet | NotValidYetContext { .. }) {
        return Reason::NotYetValid;
    }
    if matches!(error, NotValidForName | NotValidForNameContext { .. }) {
        return Reason::WrongName;
    }
    if *error == UnknownIssuer {
        return Reason::UnknownIssuer;
    }
    // The library has no word of its own for it.
    if matches!(error, Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity")) {
        return Reason::AuthorityAsNode;
    }
    Reason::BadCertificate
}

fn text_of(reason: Reason, error: &Error, server: &str, certificate: &[u8]) -> String {
    let facts = Facts::of(&CertificateDer::from(certificate)).unwrap_or_default();
    let what = match reason {
        Reason::Expired => format!("ended on {}; renew it", facts.ends_on()),
        Reason::NotYetValid => "is not valid yet; compare the clocks".to_owned(),
        Reason::UnknownIssuer => "comes from nobody who is trusted; put it, or the certificate of \
                                  its authority, into trusted-cert-dir"
            .to_owned(),
        Reason::WrongName => format!(
            "is for [{}] and not for {server}; issue one with that as a subject alternative name \
             (keytool -ext san=ip:{server}), or set verify-peer-identity to false",
            facts.names.join(", ")
        ),
        Reason::AuthorityAsNode => "is that of an authority (CA:TRUE) and not of a node; issue \
                                    one with basicConstraints=CA:FALSE, or set \
                                    verify-peer-identity to false and put this very one into \
                                    trusted-cert-dir"
            .to_owned(),
        Reason::NotAllowed => format!(
            "is signed by a trusted authority, and anybody with a certificate of it could pass for \
             a node; set verify-peer-identity to true, or name it in identity-allow, as one of \
             [{}] or as sha256:{}",
            facts.names.join(", "),
            facts.fingerprint
        ),
        Reason::BadCertificate
        | Reason::ClientCertificateRequired
        | Reason::ClientCertificateRefused
        | Reason::NoCommonCipher
        | Reason::NoCommonVersion
        | Reason::NotTls => format!("is not accepted ({error})"),
    };
    let (subject, fingerprint) = (facts.subject, facts.fingerprint);
    format!("the certificate of {server} ({subject}, sha256 {fingerprint}) {what}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_is_taken_as_openssl_prints_it() {
        let digits = "AB:".repeat(31) + "CD";

        let fingerprint = Allowed::parse(&format!("SHA256:{digits}"));

        let plain = "ab".repeat(31) + "cd";
        assert_eq!(fingerprint, Some(Allowed::Fingerprint(plain)));
        assert_eq!(Allowed::parse("node-a"), Some(Allowed::Name("node-a".into())));
        assert_eq!(Allowed::parse("fd00::1"), Some(Allowed::Name("fd00::1".into())));
        assert_eq!(Allowed::parse("sha256:12"), None);
        assert_eq!(Allowed::parse(""), None);
    }
}
