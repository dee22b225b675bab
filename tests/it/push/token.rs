//! Keys of providers, and the check of what was signed with them.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pkcs8::der::pem::{LineEnding, encode_string};
use serde_json::{Value, json};

/// A key of which the provider has the public half.
pub struct Signer {
    /// As its owner has it.
    pub pem: String,
    pub id: String,
    public: Vec<u8>,
    algorithm: &'static str,
    check: &'static dyn VerificationAlgorithm,
}

impl Signer {
    pub fn of_apple(id: &str) -> Self {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let der = EcdsaKeyPair::generate_pkcs8(algorithm, &SystemRandom::new()).unwrap();
        let public = EcdsaKeyPair::from_pkcs8(algorithm, der.as_ref()).unwrap();
        Self {
            pem: pem(der.as_ref()),
            id: id.to_owned(),
            public: public.public_key().as_ref().to_vec(),
            algorithm: "ES256",
            check: &ECDSA_P256_SHA256_FIXED,
        }
    }

    pub fn of_google(id: &str) -> Self {
        let key = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = key.as_der().unwrap();
        Self {
            pem: pem(der.as_ref()),
            id: id.to_owned(),
            public: key.public_key().as_ref().to_vec(),
            algorithm: "RS256",
            check: &RSA_PKCS1_2048_8192_SHA256,
        }
    }

    /// What a token claims, if this key signed it and its head is as it has to be.
    pub fn claims(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (head, claims) = signed.split_once('.')?;
        let read = |part: &str| {
            let bytes = URL_SAFE_NO_PAD.decode(part).ok()?;
            serde_json::from_slice::<Value>(&bytes).ok()
        };
        let wanted = json!({ "alg": self.algorithm, "typ": "JWT", "kid": self.id });
        let key = UnparsedPublicKey::new(self.check, &self.public);
        key.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
        (read(head)? == wanted).then(|| read(claims))?
    }
}

fn pem(der: &[u8]) -> String {
    let label = ["PRIVATE", "KEY"].join(" ");
    encode_string(&label, LineEnding::LF, der).unwrap()
}
