//! What a certificate says of itself, for logs, refusals and figures.

use crate::base::chance::to_hex;
use aws_lc_rs::digest::{SHA256, digest};
use rustls::pki_types::{CertificateDer, UnixTime};
use std::net::IpAddr;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

/// A certificate that ends within this many seconds is warned of.
const SOON: i64 = 30 * 86_400;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    pub subject: String,
    /// SHA-256 of the certificate, in hex digits without colons.
    pub fingerprint: String,
    /// Seconds since 1970.
    pub not_before: i64,
    pub not_after: i64,
    /// The alternative names that are DNS names or addresses, and the common name of the subject.
    pub names: Vec<String>,
    pub is_authority: bool,
}

/// The DNS names among the subject alternative names of a certificate; none if it cannot be read.
/// Another node is who one of these says.
pub fn names_of(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate) else { return Vec::new() };
    alternative_names(&parsed).filter_map(dns_name).collect()
}

impl Facts {
    /// Nothing, if it cannot be read.
    pub fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
        let (_, parsed) = X509Certificate::from_der(certificate).ok()?;
        let common = parsed.subject().iter_common_name();
        let common = common.filter_map(|name| name.as_str().ok()).map(str::to_owned);
        let mut names: Vec<String> = alternative_names(&parsed).filter_map(text_of).collect();
        for name in common {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Some(Self {
            subject: parsed.subject().to_string(),
            fingerprint: fingerprint(certificate),
            not_before: parsed.validity().not_before.timestamp(),
            not_after: parsed.validity().not_after.timestamp(),
            names,
            is_authority: parsed.is_ca(),
        })
    }

    /// The day on which it ends, as one reads it.
    pub fn ends_on(&self) -> String {
        let end = jiff::Timestamp::from_second(self.not_after);
        end.map_or_else(|_| self.not_after.to_string(), |end| end.to_string())
    }

    /// Says so if it has ended or soon will.
    pub fn warn_of_end(&self, place: &str, now: UnixTime) {
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        let (subject, ends) = (&self.subject, self.ends_on());
        if self.not_after < now {
            tracing::error!(place, subject, ends, "a certificate has ended; renew it");
        } else if self.not_after - now < SOON {
            tracing::warn!(place, subject, ends, "a certificate ends soon; renew it");
        }
    }
}

pub fn fingerprint(certificate: &[u8]) -> String {
    to_hex(digest(&SHA256, certificate).as_ref()).to_ascii_lowercase()
}

fn alternative_names<'a>(
    certificate: &'a X509Certificate<'_>,
) -> impl Iterator<Item = &'a GeneralName<'a>> {
    let names = certificate.subject_alternative_name().ok().flatten();
    names.into_iter().flat_map(|names| &names.value.general_names)
}

fn text_of(name: &GeneralName<'_>) -> Option<String> {
    dns_name(name).or_else(|| address(name).map(|address| address.to_string()))
}

fn dns_name(name: &GeneralName<'_>) -> Option<String> {
    let GeneralName::DNSName(name) = name else { return None };
    Some((*name).to_owned())
}

fn address(name: &GeneralName<'_>) -> Option<IpAddr> {
    let GeneralName::IPAddress(bytes) = name else { return None };
    let four = <[u8; 4]>::try_from(*bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(*bytes).map(IpAddr::from)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_end_are_read() {
        let names = vec!["node-a".to_owned(), "10.0.0.7".to_owned()];
        let mut parameters = rcgen::CertificateParams::new(names).unwrap();
        parameters.not_after = rcgen::date_time_ymd(2031, 2, 3);
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "someone");
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();

        let facts = Facts::of(certificate.der()).unwrap();

        assert_eq!(facts.ends_on(), "2031-02-03T00:00:00Z");
        assert!(
            ["node-a", "10.0.0.7", "someone"]
                .iter()
                .all(|name| { facts.names.iter().any(|known| known == name) })
        );
        assert_eq!(names_of(certificate.der()), ["node-a"]);
        assert_eq!(facts.fingerprint.len(), 64);
        assert!(!facts.is_authority);
    }
}
