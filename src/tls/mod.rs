//! Certificates and keys from files to configurations of rustls, and their reload when the files
//! change.
//!
//! ```text
//! files --pem, key, trust--> facts, keys, anchors --client, server--> configurations of rustls
//!                                                  ^ swapped by reload when the files change
//! ```
//!
//! Invariants: a configuration is made once and lives as long as the node; what it shows and whom it
//! believes is swapped beneath it, whole or not at all. Only what a folder of trusted certificates
//! holds is trusted, never what the system trusts. A refusal is told with the certificate that was
//! refused and with what to do about it.
//!
//! Read in this order: [`error`], [`pem`], [`key`], [`facts`], [`trust`] (files); [`verifier`],
//! [`failure`] and [`asked`] (whom Cassandra's drivers believe, and why not), [`client`] and [`server`] (the
//! configurations), [`reload`].

pub mod asked;
pub mod client;
pub mod error;
pub mod facts;
pub mod failure;
pub mod key;
pub mod pem;
pub mod provider;
pub mod reload;
pub mod server;
pub mod shown;
pub mod trust;
pub mod verifier;

pub use client::{CassandraTls, cassandra};
pub use error::TlsError;
pub use facts::names_of;
pub use failure::{Failure, Reason, explain};
pub use provider::{install_provider, provider};
pub use reload::{Reload, Reloader};
pub use server::{ListenerTls, PeerTls, listener, peer};
