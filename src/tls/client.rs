//! TLS to Cassandra, as `[encryption]` says.

use crate::config::Encryption;
use crate::telemetry::meters;
use crate::tls::asked::Asked;
use crate::tls::error::TlsError;
use crate::tls::failure::{Failure, Whom, explain};
use crate::tls::provider;
use crate::tls::reload::Reload;
use crate::tls::shown::{KeyFiles, Shown, seconds};
use crate::tls::trust::Trust;
use crate::tls::verifier::{Allowed, Rule, Verifier};
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::UnixTime;
use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::watch;

/// The names that figures and logs know it by.
const CLIENT: &str = "cassandra_client";
const TRUSTED: &str = "cassandra_trusted";

/// What the driver gets, and what is known of its handshakes.
#[derive(Clone)]
pub struct CassandraTls {
    pub config: Arc<ClientConfig>,
    asked: Arc<Asked>,
    files: Arc<Files>,
}

/// What is read from files, and read again when they change.
struct Files {
    trusted: Option<PathBuf>,
    verifier: Arc<Verifier>,
    is_unverified: bool,
    own: Option<(KeyFiles, Shown)>,
    /// How often something that was trusted was taken away.
    removals: watch::Sender<u64>,
}

/// The configuration for the driver; nothing if the connection is to be plain.
pub fn cassandra(section: &Encryption) -> Result<Option<CassandraTls>, TlsError> {
    if !section.enabled {
        return Ok(None);
    }
    let files = Files::read(section)?;
    let config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Build)?
        .dangerous()
        .with_custom_certificate_verifier(files.verifier.clone());
    let asked = Arc::new(Asked::new(files.own.as_ref().map(|(_, shown)| shown.clone())));
    let mut config = config.with_client_cert_resolver(asked.clone());
    // A resumed session is not verified: who is trusted no longer would go on.
    config.resumption = Resumption::disabled();
    files.nag();
    Ok(Some(CassandraTls { config: Arc::new(config), asked, files: Arc::new(files) }))
}

impl CassandraTls {
    /// For a try to connect. A later error is explained by what happens from now on.
    pub fn config_for_try(&self) -> Arc<ClientConfig> {
        self.asked.forget();
        self.config.clone()
    }

    /// The last refusal of a node's certificate that still holds.
    pub fn last_failure(&self) -> Option<Failure> {
        self.files.verifier.failures().last()
    }

    /// Why connecting failed with this error, as far as TLS is the cause: what we refused, or what
    /// Cassandra did, which is counted here because the verifier does not see it.
    pub fn why(&self, error: &(dyn Error + 'static)) -> Option<Failure> {
        let failure = explain(error).or_else(|| self.asked.why_broken(error));
        if let Some(failure) = &failure {
            meters().cassandra_tls_errors.of(failure.reason.name()).increment(1);
        }
        failure.or_else(|| self.last_failure())
    }

    /// Changes whenever something that was trusted is trusted no longer; connections made before
    /// should then be made anew.
    pub fn removals(&self) -> watch::Receiver<u64> {
        self.files.removals.subscribe()
    }

    /// What a [`Reloader`](crate::tls::Reloader) looks after.
    pub fn reload(&self) -> Arc<dyn Reload> {
        self.files.clone()
    }
}

impl fmt::Debug for CassandraTls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CassandraTls").finish_non_exhaustive()
    }
}

impl Files {
    fn read(section: &Encryption) -> Result<Self, TlsError> {
        let rule = rule(section)?;
        let is_unverified = rule == Rule::AcceptAny;
        let trusted = section.trusted_cert_dir.clone().filter(|_| !is_unverified);
        let trust = match &trusted {
            Some(folder) => Trust::read(folder)?,
            None if is_unverified => Trust::none(),
            None => return Err(wrong("trusted-cert-dir", "is not set".to_owned())),
        };
        tell(&rule, &trust);
        let key = KeyFiles::of(
            section.client_certificate_file.as_ref(),
            section.client_private_key_file.as_ref(),
            &section.password,
        );
        let own = match key {
            Some(files) => Some((files.clone(), Shown::new(CLIENT, files.read()?))),
            None => None,
        };
        let verifier = Arc::new(Verifier::new(Whom::Cassandra, rule, trust)?);
        Ok(Self { trusted, verifier, is_unverified, own, removals: watch::Sender::new(0) })
    }
}

impl Reload for Files {
    fn place(&self) -> &'static str {
        "cassandra"
    }

    fn paths(&self) -> Vec<PathBuf> {
        let own = self.own.iter().flat_map(|(files, _)| files.paths());
        self.trusted.iter().cloned().chain(own).collect()
    }

    fn reload(&self) -> Result<(), TlsError> {
        let trust = self.trusted.as_deref().map(Trust::read).transpose()?;
        let own = self.own.as_ref().map(|(files, _)| files.read()).transpose()?;
        let was_removed = match trust {
            Some(trust) => {
                tell_end(&trust);
                self.verifier.swap(trust)?
            }
            None => false,
        };
        if let (Some(own), Some((_, shown))) = (own, &self.own) {
            shown.swap(own);
        }
        if was_removed {
            tracing::warn!("a certificate that was trusted for cassandra is trusted no longer");
            self.removals.send_modify(|n_removals| *n_removals += 1);
        }
        Ok(())
    }

    fn warn_of_end(&self, now: UnixTime) {
        self.verifier.warn_of_ends(TRUSTED, now);
        if let Some((_, shown)) = &self.own {
            shown.warn_of_end(now);
        }
    }

    fn nag(&self) {
        meters().cassandra_tls_unverified.set(if self.is_unverified { 1.0 } else { 0.0 });
        if self.is_unverified {
            tracing::error!(
                "ANY certificate of a Cassandra node is accepted (insecure-accept-any): whoever is \
                 on the way can read and change everything"
            );
        }
    }
}

fn rule(section: &Encryption) -> Result<Rule, TlsError> {
    if !section.verify_peer_cert {
        if section.insecure_accept_any {
            return Ok(Rule::AcceptAny);
        }
        let what = "is false, which is only accepted together with insecure-accept-any = true";
        return Err(wrong("verify-peer-cert", what.to_owned()));
    }
    if section.verify_peer_identity {
        return Ok(Rule::Strict);
    }
    let mut allowed = Vec::new();
    for text in &section.identity_allow {
        let unreadable = || {
            let what = format!("has '{text}'; write a name, or sha256: and 64 hex digits");
            wrong("identity-allow", what)
        };
        allowed.push(Allowed::parse(text).ok_or_else(unreadable)?);
    }
    Ok(Rule::ChainOnly(allowed))
}

fn wrong(option: &'static str, what: String) -> TlsError {
    TlsError::Option { section: "encryption".to_owned(), option, what }
}

fn tell(rule: &Rule, trust: &Trust) {
    tell_end(trust);
    let has_authority = trust.facts.iter().any(|facts| facts.is_authority);
    if *rule == Rule::ChainOnly(Vec::new()) && has_authority {
        tracing::warn!(
            "verify-peer-identity is false and identity-allow is empty: certificates are accepted \
             only if they lie in trusted-cert-dir themselves, not if an authority in it signed them"
        );
    }
}

fn tell_end(trust: &Trust) {
    trust.warn_of_ends(TRUSTED, UnixTime::now());
    if let Some(end) = trust.ends() {
        meters().certificate_not_after.of(TRUSTED).set(seconds(end));
    }
}
