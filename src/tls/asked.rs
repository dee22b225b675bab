//! Whether Cassandra asked who we are. Who does not like the answer breaks the connection, and with
//! TLS 1.3 the break may overtake the refusal: then only the question tells why.

use crate::tls::failure::{Failure, Reason};
use crate::tls::shown::Shown;
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::sign::CertifiedKey;
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// How errors show to a debugger that the other side broke the connection.
const BROKEN: [&str; 4] = ["ConnectionReset", "ConnectionAborted", "BrokenPipe", "UnexpectedEof"];

/// Shows our certificate, if there is one, and remembers that it was asked for.
#[derive(Debug)]
pub struct Asked {
    shown: Option<Shown>,
    was_asked: AtomicBool,
}

impl Asked {
    pub fn new(shown: Option<Shown>) -> Self {
        Self { shown, was_asked: AtomicBool::new(false) }
    }

    /// A new try begins, in which nobody asked yet.
    pub fn forget(&self) {
        self.was_asked.store(false, Ordering::Relaxed);
    }

    /// What it means when a try ends with this error; nothing unless the connection was broken after
    /// somebody had asked.
    pub fn why_broken(&self, error: &(dyn Error + 'static)) -> Option<Failure> {
        let told = format!("{error:?}");
        let is_broken = BROKEN.iter().any(|sign| told.contains(sign));
        if !is_broken || !self.was_asked.load(Ordering::Relaxed) {
            return None;
        }
        let reason = match self.shown {
            Some(_) => Reason::ClientCertificateRefused,
            None => Reason::ClientCertificateRequired,
        };
        let text =
            format!("it broke the connection after it had asked who we are: {}", reason.remedy());
        Some(Failure { reason, text })
    }
}

impl ResolvesClientCert for Asked {
    fn resolve(
        &self,
        authorities: &[&[u8]],
        schemes: &[SignatureScheme],
    ) -> Option<Arc<CertifiedKey>> {
        self.was_asked.store(true, Ordering::Relaxed);
        self.shown.as_ref()?.resolve(authorities, schemes)
    }

    fn has_certs(&self) -> bool {
        self.shown.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{self, ErrorKind};

    #[test]
    fn a_connection_that_breaks_after_the_question_lacks_a_certificate() {
        let asked = Asked::new(None);
        let broken = io::Error::other(io::Error::from(ErrorKind::ConnectionReset));
        let full = io::Error::other("the disk is full");
        assert_eq!(asked.why_broken(&broken), None, "nobody asked");

        assert!(asked.resolve(&[], &[]).is_none());

        let failure = asked.why_broken(&broken).unwrap();
        assert_eq!(failure.reason, Reason::ClientCertificateRequired);
        assert!(failure.text.contains("set client-certificate-file"), "{failure}");
        assert_eq!(asked.why_broken(&full), None, "nothing broke");
        asked.forget();
        assert_eq!(asked.why_broken(&broken), None, "that was another try");
    }
}
