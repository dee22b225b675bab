//! `[encryption]`: how the connection to Cassandra is secured, by the guide's names.

use crate::config::secret::Secret;
use crate::config::spec::{Opt, Section};
use std::path::PathBuf;

#[derive(Clone)]
pub struct Encryption {
    /// `enabled`
    pub enabled: bool,
    /// `trusted-cert-dir`
    pub trusted_cert_dir: Option<PathBuf>,
    /// `client-certificate-file`
    pub client_certificate_file: Option<PathBuf>,
    /// `client-private-key-file`
    pub client_private_key_file: Option<PathBuf>,
    /// `password`
    pub password: Secret,
    /// `verify-peer-cert`
    pub verify_peer_cert: bool,
    /// `verify-peer-identity`
    pub verify_peer_identity: bool,
    /// `identity-allow`
    pub identity_allow: Vec<String>,
    /// `insecure-accept-any`
    pub insecure_accept_any: bool,
}

impl Default for Encryption {
    fn default() -> Self {
        Self {
            enabled: false,
            trusted_cert_dir: None,
            client_certificate_file: None,
            client_private_key_file: None,
            password: Secret::default(),
            verify_peer_cert: true,
            verify_peer_identity: true,
            identity_allow: Vec::new(),
            insecure_accept_any: false,
        }
    }
}

impl Section for Encryption {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new("enabled", |s: &mut Self| &mut s.enabled, "Speak TLS with Cassandra."),
        Opt::new(
            "trusted-cert-dir",
            |s: &mut Self| &mut s.trusted_cert_dir,
            "Folder of the certificates that are trusted: those of authorities, or of the \
             Cassandra nodes themselves. Each `*.pem`, `*.crt` and `*.cer` in it counts; a file \
             with a private key is left out. Nothing else is trusted, not what the system trusts.",
        ),
        Opt::new(
            "client-certificate-file",
            |s: &mut Self| &mut s.client_certificate_file,
            "The node's own certificate, PEM, for a Cassandra that asks for one \
             (`require_client_auth`).",
        ),
        Opt::new(
            "client-private-key-file",
            |s: &mut Self| &mut s.client_private_key_file,
            "The key of that certificate, PEM; it may be encrypted (PKCS#8).",
        ),
        Opt::new(
            "password",
            |s: &mut Self| &mut s.password,
            "Password of the key, if it is encrypted.",
        ),
        Opt::new(
            "verify-peer-cert",
            |s: &mut Self| &mut s.verify_peer_cert,
            "Accept only certificates that the trusted folder stands behind and that have not \
             ended. `false` needs `insecure-accept-any` too.",
        ),
        Opt::new(
            "verify-peer-identity",
            |s: &mut Self| &mut s.verify_peer_identity,
            "Accept a certificate only from the node whose IP address it names as a subject \
             alternative name. With `false`, a certificate that lies in the trusted folder itself \
             is accepted from any node, and one that an authority signed only if \
             `identity-allow` names it.",
        ),
        Opt::new(
            "identity-allow",
            |s: &mut Self| &mut s.identity_allow,
            "With `verify-peer-identity = false`: whose certificates are accepted when they are \
             signed by a trusted authority, as names (of the subject or an alternative one) or \
             as `sha256:` and a fingerprint. Without it, whoever has any certificate of that \
             authority could pass for a Cassandra node.",
        ),
        Opt::new(
            "insecure-accept-any",
            |s: &mut Self| &mut s.insecure_accept_any,
            "Confirms that with `verify-peer-cert = false` anybody on the way may read and change \
             everything. The log says so each minute.",
        ),
    ];
}
