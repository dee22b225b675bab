//! Files in PEM form, part by part.

use crate::tls::error::TlsError;
use rustls::pki_types::CertificateDer;
use std::fs;
use std::path::Path;
use x509_parser::pem::Pem;

pub const CERTIFICATE: &str = "CERTIFICATE";

/// The parts of a file, in their order.
pub fn parts(path: &Path) -> Result<Vec<Pem>, TlsError> {
    parts_of(path, &read(path)?)
}

pub fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|source| TlsError::Read { path: path.to_owned(), source })
}

pub fn parts_of(path: &Path, bytes: &[u8]) -> Result<Vec<Pem>, TlsError> {
    // OpenSSL's own form of encryption has lines before the key that are no base64.
    if String::from_utf8_lossy(bytes).contains("Proc-Type: 4,ENCRYPTED") {
        let what = "is encrypted in an old form that is not PKCS#8";
        let remedy = "convert it: openssl pkcs8 -topk8 -in old.pem -out new.pem";
        return Err(TlsError::content(path, what, remedy));
    }
    let mut parts = Vec::new();
    for part in Pem::iter_from_buffer(bytes) {
        let remedy = "write it again, or copy it again";
        parts.push(
            part.map_err(|error| TlsError::content(path, format!("is damaged ({error})"), remedy))?,
        );
    }
    Ok(parts)
}

/// The certificates of a file, in their order: a node's own first, then those above it.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let parts = parts(path)?.into_iter();
    let certificates = parts.filter(|part| part.label == CERTIFICATE);
    let certificates: Vec<_> = certificates.map(|part| part.contents.into()).collect();
    if certificates.is_empty() {
        let remedy = "name a file in PEM form, which begins with -----BEGIN CERTIFICATE-----";
        return Err(TlsError::content(path, "holds no certificate", remedy));
    }
    Ok(certificates)
}
