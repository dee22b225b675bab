//! `[tls.<listener>]` and `[peer]`: certificates and keys of the node's own listeners.

use crate::config::secret::Secret;
use crate::config::spec::{Opt, Section};
use std::path::PathBuf;

/// The listeners that a section `[tls.<listener>]` may be for.
pub const TLS_LISTENERS: [&str; 4] = ["customer", "agent", "health", "esp"];

/// The certificate of a listener, and its key.
#[derive(Clone, Default)]
pub struct Certificate {
    /// `certificate-file`
    pub certificate_file: Option<PathBuf>,
    /// `private-key-file`
    pub private_key_file: Option<PathBuf>,
    /// `private-key-password`
    pub private_key_password: Secret,
}

/// What a node shows to other nodes, and whom of them it believes.
#[derive(Clone, Default)]
pub struct Peer {
    /// `certificate-file`
    pub certificate_file: Option<PathBuf>,
    /// `private-key-file`
    pub private_key_file: Option<PathBuf>,
    /// `private-key-password`
    pub private_key_password: Secret,
    /// `trusted-cert-dir`
    pub trusted_cert_dir: Option<PathBuf>,
}

impl Section for Certificate {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "certificate-file",
            |s: &mut Self| &mut s.certificate_file,
            "The certificate and those between it and its authority, PEM. Read again when the \
             file changes.",
        ),
        Opt::new(
            "private-key-file",
            |s: &mut Self| &mut s.private_key_file,
            "The key of the certificate, PEM; it may be encrypted (PKCS#8). Read again when the \
             file changes.",
        ),
        Opt::new(
            "private-key-password",
            |s: &mut Self| &mut s.private_key_password,
            "Password of the key, if it is encrypted.",
        ),
    ];
}

impl Section for Peer {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "certificate-file",
            |s: &mut Self| &mut s.certificate_file,
            "The certificate that other nodes see, PEM. A DNS name among its subject \
             alternative names must be the name of this node.",
        ),
        Opt::new(
            "private-key-file",
            |s: &mut Self| &mut s.private_key_file,
            "The key of the certificate, PEM; it may be encrypted (PKCS#8).",
        ),
        Opt::new(
            "private-key-password",
            |s: &mut Self| &mut s.private_key_password,
            "Password of the key, if it is encrypted.",
        ),
        Opt::new(
            "trusted-cert-dir",
            |s: &mut Self| &mut s.trusted_cert_dir,
            "Folder of the certificates of the authorities that sign those of the nodes: each \
             `*.pem`, `*.crt` and `*.cer` in it. Nothing else is trusted. Whatever such an \
             authority signed with a DNS name and for clients can come as the node of that name: \
             let it sign nothing but the certificates of this cluster.",
        ),
    ];
}
