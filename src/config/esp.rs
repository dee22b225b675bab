//! `[esp-clients.<name>]`: accounts of systems that act on chat sessions over the ESP listener.

use crate::config::secret::Secret;
use crate::config::spec::{Opt, Section};

#[derive(Clone, Default)]
pub struct EspClient {
    /// `password-hash`
    pub password_hash: Secret,
}

impl Section for EspClient {
    const OPTIONS: &'static [Opt<Self>] = &[Opt::new(
        "password-hash",
        |s: &mut Self| &mut s.password_hash,
        "Argon2id hash of the password, made by `holdfast hash-password`.",
    )];
}
