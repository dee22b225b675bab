//! Signed tokens (JSON Web Tokens, RFC 7519) by which providers know who speaks.

use crate::edge::push::mobile::BadProvider;
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair as RsaKeyPair;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};

/// A key with its id.
pub struct SigningKey {
    id: String,
    key: Key,
}

enum Key {
    /// ES256, as Apple wants it.
    Ecdsa(EcdsaKeyPair),
    /// RS256, as Google wants it.
    Rsa(Box<RsaKeyPair>),
}

impl SigningKey {
    /// A key on the curve P-256.
    pub fn es256(id: &str, pem: &str) -> Result<Self, BadProvider> {
        let bad = || BadProvider::Key("P-256");
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| bad())?;
        let der = der.secret_pkcs8_der();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der);
        Ok(Self { id: id.to_owned(), key: Key::Ecdsa(key.map_err(|_| bad())?) })
    }

    pub fn rs256(id: &str, pem: &str) -> Result<Self, BadProvider> {
        let bad = || BadProvider::Key("RSA");
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| bad())?;
        let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|_| bad())?;
        Ok(Self { id: id.to_owned(), key: Key::Rsa(Box::new(key)) })
    }

    /// A token that says this.
    pub fn sign(&self, claims: &Value) -> Result<String, Unspecified> {
        let algorithm = match &self.key {
            Key::Ecdsa(_) => "ES256",
            Key::Rsa(_) => "RS256",
        };
        let head = json!({ "alg": algorithm, "typ": "JWT", "kid": self.id });
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(&head), part(claims));
        let (chance, message) = (SystemRandom::new(), signed.as_bytes());
        let signature = match &self.key {
            Key::Ecdsa(key) => key.sign(&chance, message)?.as_ref().to_vec(),
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &chance, message, &mut signature)?;
                signature
            }
        };
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
