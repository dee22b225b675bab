//! A folder of certificates that are trusted. What the system trusts plays no part.

use crate::tls::error::TlsError;
use crate::tls::facts::Facts;
use crate::tls::pem::{self, CERTIFICATE};
use rustls::RootCertStore;
use rustls::pki_types::{CertificateDer, UnixTime};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const ENDINGS: [&str; 3] = ["pem", "crt", "cer"];
const BEGIN: &[u8] = b"-----BEGIN ";

/// The certificates of a folder.
#[derive(Clone, Debug)]
pub struct Trust {
    pub roots: Arc<RootCertStore>,
    pub certificates: Vec<CertificateDer<'static>>,
    pub facts: Vec<Facts>,
}

impl Trust {
    /// Reads a folder; fails if there is nothing in it to trust, or something that cannot be read.
    pub fn read(folder: &Path) -> Result<Self, TlsError> {
        let mut trust = Self::none();
        let mut roots = RootCertStore::empty();
        for path in files(folder)? {
            for certificate in usable(&path)? {
                let damaged = || {
                    let remedy = "write it again, or take it out of the folder";
                    TlsError::content(&path, "holds a certificate that cannot be read", remedy)
                };
                let facts = Facts::of(&certificate).ok_or_else(damaged)?;
                roots.add(certificate.clone()).map_err(|_| damaged())?;
                tell(&path, &facts);
                trust.certificates.push(certificate);
                trust.facts.push(facts);
            }
        }
        if trust.certificates.is_empty() {
            let what = "holds no certificate to trust";
            let remedy = "put certificates in it, as files *.pem, *.crt or *.cer without a key";
            return Err(TlsError::content(folder, what, remedy));
        }
        trust.roots = Arc::new(roots);
        Ok(trust)
    }

    /// Trusts nobody.
    pub fn none() -> Self {
        let roots = Arc::new(RootCertStore::empty());
        Self { roots, certificates: Vec::new(), facts: Vec::new() }
    }

    /// Whether every certificate of an earlier state is still there.
    pub fn holds_all_of(&self, earlier: &Self) -> bool {
        earlier.certificates.iter().all(|certificate| self.certificates.contains(certificate))
    }

    /// The earliest end of all.
    pub fn ends(&self) -> Option<i64> {
        self.facts.iter().map(|facts| facts.not_after).min()
    }

    pub fn warn_of_ends(&self, place: &str, now: UnixTime) {
        self.facts.iter().for_each(|facts| facts.warn_of_end(place, now));
    }
}

/// The files of a folder that may hold certificates, in the order of their names.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, TlsError> {
    let failed = |source| TlsError::Read { path: folder.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let ending = path.extension().map(|ending| ending.to_ascii_lowercase());
        let fits = ending.is_some_and(|ending| ENDINGS.iter().any(|known| ending == *known));
        // A link to a file counts as the file: this is how secrets are mounted into containers.
        if fits && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The certificates of a file. A key has no business here, so a file with one is left out.
fn usable(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = pem::read(path)?;
    let is_text = bytes.windows(BEGIN.len()).any(|piece| piece == BEGIN);
    let whole = CertificateDer::from(bytes.clone());
    if !is_text && Facts::of(&whole).is_some() {
        return Ok(vec![whole]);
    }
    let file = path.display();
    let parts = match pem::parts_of(path, &bytes) {
        Ok(parts) => parts,
        Err(_) if has_key(&bytes) => Vec::new(),
        Err(error) => return Err(error),
    };
    if has_key(&bytes) {
        tracing::warn!(%file, "left out: a file with a private key must not lie among those trusted");
        return Ok(Vec::new());
    }
    let certificates = parts.into_iter().filter(|part| part.label == CERTIFICATE);
    let certificates: Vec<_> = certificates.map(|part| part.contents.into()).collect();
    if certificates.is_empty() {
        tracing::warn!(%file, "left out: it holds no certificate");
    }
    Ok(certificates)
}

fn has_key(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.lines().any(|line| line.starts_with("-----BEGIN ") && line.contains("PRIVATE KEY"))
}

fn tell(path: &Path, facts: &Facts) {
    tracing::info!(
        file = %path.display(),
        subject = facts.subject,
        sha256 = facts.fingerprint,
        not_after = facts.ends_on(),
        "a certificate is trusted"
    );
}
