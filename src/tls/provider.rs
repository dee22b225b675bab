//! The one provider of cryptography. Configurations name it themselves, so that none depends on
//! what some other crate has brought along.

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use std::sync::Arc;

pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// Makes it the one that crates get who ask for none by name. First thing in a program; a second
/// call changes nothing.
pub fn install_provider() {
    // An error says that there is one already, which is what is wanted.
    let _ = aws_lc_rs::default_provider().install_default();
}
