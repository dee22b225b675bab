//! What a node must keep to itself in its data folder: the key that seals customers' keys, and the
//! first agent's account of a node on which nobody has configured any.

use crate::base::Chance;
use crate::base::chance::{from_hex, to_hex, token};
use crate::config::{Agent, Secret};
use crate::edge::handles::ClusterKey;
use argon2::password_hash::PasswordHasher;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const CLUSTER_KEY: &str = "cluster.key";
/// Where `holdfast talk agent` looks for a password when none is given.
pub const FIRST_PASSWORD: &str = "first-agent.password";
/// The account that a node without configured agents begins with.
pub const FIRST_AGENT: &str = "agent";

#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    #[error("failed to use {path}")]
    File { path: PathBuf, source: io::Error },
    #[error("{path} does not hold a key of 64 hex digits; restore it, or remove it to begin anew")]
    NotAKey { path: PathBuf },
    #[error(
        "[cluster] key is missing: nodes that share a store need one, 64 hex digits, the same on all"
    )]
    NoKey,
    #[error("[cluster] key is not 64 hex digits")]
    BadKey,
    #[error("failed to hash a password: {0}")]
    Hash(String),
}

/// The key of this data folder, made at the first start.
pub fn cluster_key(folder: &Path, chance: &dyn Chance) -> Result<ClusterKey, SecretError> {
    let path = folder.join(CLUSTER_KEY);
    let text = read_or_make(&path, || {
        let mut key = [0; 32];
        chance.fill(&mut key);
        to_hex(&key)
    })?;
    let key = from_hex(text.trim()).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    key.map(|key| ClusterKey(Arc::new(key))).ok_or(SecretError::NotAKey { path })
}

/// The key that all nodes of a cluster are given.
pub fn shared_key(given: &Secret) -> Result<ClusterKey, SecretError> {
    let text = given.expose().trim();
    if text.is_empty() {
        return Err(SecretError::NoKey);
    }
    let key = from_hex(text).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    key.map(|key| ClusterKey(Arc::new(key))).ok_or(SecretError::BadKey)
}

/// The account of the first agent, with a password of its own in a file that only the owner of the
/// node may read. There is no password that anybody could know beforehand.
pub fn first_agent(folder: &Path, chance: &dyn Chance) -> Result<Agent, SecretError> {
    let password = read_or_make(&folder.join(FIRST_PASSWORD), || token(chance, 20))?;
    let hash = argon2::Argon2::default()
        .hash_password(password.trim().as_bytes())
        .map_err(|error| SecretError::Hash(error.to_string()))?;
    Ok(Agent {
        password_hash: Secret::new(&hash.to_string()),
        capacity_chat: Some(3),
        privileges: None,
        ..Agent::default()
    })
}

fn read_or_make(path: &Path, make: impl FnOnce() -> String) -> Result<String, SecretError> {
    let failed = |source| SecretError::File { path: path.to_owned(), source };
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let text = make();
            let mut options = OpenOptions::new();
            options.write(true).create_new(true).mode(0o600);
            let mut file = options.open(path).map_err(failed)?;
            file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
            Ok(text)
        }
        Err(error) => Err(failed(error)),
    }
}
