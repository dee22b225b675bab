//! Private keys: PKCS#8, SEC1 and PKCS#1, and PKCS#8 that is encrypted with a password.

use crate::config::Secret;
use crate::tls::error::TlsError;
use crate::tls::pem;
use pkcs8::EncryptedPrivateKeyInfo;
use pkcs8::pkcs5;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Read, write or run by everybody.
const FOR_OTHERS: u32 = 0o007;

/// Says how a key that cannot be decrypted here becomes one that can.
const RE_ENCRYPT: &str = "encrypt it anew: openssl pkcs8 -topk8 -v2 aes-256-cbc \
                          -v2prf hmacWithSHA256 -in old.pem -out new.pem";

/// The first private key of a file. Warns if others may read it.
pub fn private_key(path: &Path, password: &Secret) -> Result<PrivateKeyDer<'static>, TlsError> {
    for part in pem::parts(path)? {
        let key = match part.label.as_str() {
            "PRIVATE KEY" => PrivatePkcs8KeyDer::from(part.contents).into(),
            "EC PRIVATE KEY" => PrivateSec1KeyDer::from(part.contents).into(),
            "RSA PRIVATE KEY" => PrivatePkcs1KeyDer::from(part.contents).into(),
            "ENCRYPTED PRIVATE KEY" => decrypt(path, &part.contents, password)?,
            _ => continue,
        };
        warn_of_readers(path);
        return Ok(key);
    }
    let remedy = "name a file in PEM form that holds a PRIVATE KEY";
    Err(TlsError::content(path, "holds no private key", remedy))
}

fn decrypt(
    path: &Path,
    encrypted: &[u8],
    password: &Secret,
) -> Result<PrivateKeyDer<'static>, TlsError> {
    if password.is_empty() {
        let what = "is encrypted, and no password is configured";
        return Err(TlsError::content(
            path,
            what,
            "set [encryption] password (in other sections private-key-password)",
        ));
    }
    let key = EncryptedPrivateKeyInfo::try_from(encrypted)
        .and_then(|key| key.decrypt(password.expose()))
        .map_err(|error| undecipherable(path, &error))?;
    Ok(PrivatePkcs8KeyDer::from(key.as_bytes().to_vec()).into())
}

fn undecipherable(path: &Path, error: &pkcs8::Error) -> TlsError {
    let is_unknown = matches!(
        error,
        pkcs8::Error::EncryptedPrivateKey(
            pkcs5::Error::UnsupportedAlgorithm { .. }
                | pkcs5::Error::NoPbes1CryptSupport
                | pkcs5::Error::AlgorithmParametersInvalid { .. }
        )
    );
    if is_unknown {
        let what = format!("is encrypted in a way that is not supported ({error})");
        return TlsError::content(path, what, RE_ENCRYPT);
    }
    // A wrong password shows as a wrong padding, or by chance as a key that makes no sense.
    let what = "cannot be decrypted with the password that is configured";
    TlsError::content(
        path,
        what,
        "correct [encryption] password (in other sections private-key-password)",
    )
}

fn warn_of_readers(path: &Path) {
    let Ok(metadata) = fs::metadata(path) else { return };
    let mode = metadata.permissions().mode();
    if mode & FOR_OTHERS != 0 {
        let path = path.display();
        tracing::warn!(%path, "everybody on this machine may read the private key; chmod 600 it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pkcs8::{LineEnding, PrivateKeyInfo};
    use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_RSA_SHA256, SignatureAlgorithm};
    use std::path::PathBuf;
    use tempfile::TempDir;

    #[test]
    fn every_form_of_a_key_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let pkcs8 = made(&PKCS_ECDSA_P256_SHA256);
        let rsa = made(&PKCS_RSA_SHA256);
        let forms = [
            ("PRIVATE KEY", pkcs8.clone()),
            ("EC PRIVATE KEY", inner(&pkcs8)),
            ("RSA PRIVATE KEY", inner(&rsa)),
        ];

        for (label, der) in forms {
            let path = write(&folder, label, &der);
            let key = private_key(&path, &Secret::default()).unwrap();
            assert_eq!(key.secret_der(), der, "{label}");
            assert!(loads(key), "{label}");
        }
    }

    #[test]
    fn a_key_that_openssl_encrypted_opens_with_its_password_alone() {
        let folder = tempfile::tempdir().unwrap();
        let der = made(&PKCS_ECDSA_P256_SHA256);
        let path = write(&folder, "ENCRYPTED PRIVATE KEY", &encrypted(&der));

        let key = private_key(&path, &Secret::new("genesys")).unwrap();
        assert_eq!(key.secret_der(), der);

        let wrong = private_key(&path, &Secret::new("guess")).unwrap_err().to_string();
        assert!(wrong.contains(path.to_str().unwrap()), "{wrong}");
        assert!(wrong.contains("cannot be decrypted with the password"), "{wrong}");
        let none = private_key(&path, &Secret::default()).unwrap_err().to_string();
        assert!(none.contains("is encrypted, and no password is configured"), "{none}");
    }

    #[test]
    fn what_is_no_key_is_told_with_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let certificate = write(&folder, "CERTIFICATE", b"anything");
        let old = folder.path().join("old");
        let label = "RSA PRIVATE KEY";
        let text = format!(
            "-----BEGIN {label}-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END {label}-----\n"
        );
        fs::write(&old, text).unwrap();
        let none = Secret::default();

        let no_key = private_key(&certificate, &none).unwrap_err().to_string();
        let old_form = private_key(&old, &none).unwrap_err().to_string();
        let missing = private_key(&folder.path().join("nothing"), &none).unwrap_err().to_string();

        assert!(no_key.contains("holds no private key"), "{no_key}");
        assert!(old_form.contains("openssl pkcs8 -topk8"), "{old_form}");
        assert!(missing.contains("nothing"), "{missing}");
    }

    fn made(algorithm: &'static SignatureAlgorithm) -> Vec<u8> {
        KeyPair::generate_for(algorithm).unwrap().serialize_der()
    }

    fn inner(pkcs8: &[u8]) -> Vec<u8> {
        PrivateKeyInfo::try_from(pkcs8).unwrap().private_key.to_vec()
    }

    /// As `openssl req -newkey` does it.
    fn encrypted(pkcs8: &[u8]) -> Vec<u8> {
        let (salt, iv) = ([5; 8], [7; 8]);
        let kdf = pkcs5::pbes2::Pbkdf2Params::hmac_with_sha256(2_048, &salt).unwrap();
        let encryption = pkcs5::pbes2::EncryptionScheme::DesEde3Cbc { iv: &iv };
        let parameters = pkcs5::pbes2::Parameters { kdf: kdf.into(), encryption };
        let key = PrivateKeyInfo::try_from(pkcs8).unwrap();
        key.encrypt_with_params(parameters, "genesys").unwrap().as_bytes().to_vec()
    }

    fn write(folder: &TempDir, label: &str, der: &[u8]) -> PathBuf {
        let path = folder.path().join(label.replace(' ', "-"));
        let document = pkcs8::der::pem::encode_string(label, LineEnding::LF, der).unwrap();
        fs::write(&path, document).unwrap();
        path
    }

    fn loads(key: PrivateKeyDer<'static>) -> bool {
        crate::tls::provider().key_provider.load_private_key(key).is_ok()
    }
}
