//! TLS on the node's own listeners, and between nodes.

use crate::config::{Certificate, Peer, TLS_LISTENERS};
use crate::telemetry::meters;
use crate::tls::error::TlsError;
use crate::tls::failure::Whom;
use crate::tls::provider;
use crate::tls::reload::Reload;
use crate::tls::shown::{KeyFiles, Shown, seconds};
use crate::tls::trust::Trust;
use crate::tls::verifier::{Rule, Verifier};
use arc_swap::ArcSwap;
use rustls::client::Resumption;
use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
};
use std::path::PathBuf;
use std::sync::Arc;

/// The names that figures and logs know it by.
const PEER: &str = "peer";
const TRUSTED: &str = "peer_trusted";

/// TLS on one listener.
#[derive(Clone)]
pub struct ListenerTls {
    pub config: Arc<ServerConfig>,
    files: Arc<ListenerFiles>,
}

/// TLS between nodes, of which both sides show who they are.
#[derive(Clone)]
pub struct PeerTls {
    /// Accepts only clients with a certificate of a trusted authority; who it is, its names say.
    pub server: Arc<ServerConfig>,
    /// Accepts only the node whose name is asked for.
    pub client: Arc<ClientConfig>,
    files: Arc<PeerFiles>,
}

struct ListenerFiles {
    place: &'static str,
    files: KeyFiles,
    shown: Shown,
}

struct PeerFiles {
    files: KeyFiles,
    trusted: PathBuf,
    shown: Shown,
    servers: Arc<Verifier>,
    clients: Arc<Clients>,
}

/// TLS of the listener `customer`, `agent` or `health`; nothing if it has no certificate.
pub fn listener(name: &str, section: &Certificate) -> Result<Option<ListenerTls>, TlsError> {
    let Some(place) = TLS_LISTENERS.into_iter().find(|listener| *listener == name) else {
        let what = "is for no listener".to_owned();
        let section = format!("tls.{name}");
        return Err(TlsError::Option { section, option: "certificate-file", what });
    };
    let (certificate, key) = (&section.certificate_file, &section.private_key_file);
    let password = &section.private_key_password;
    let Some(files) = KeyFiles::of(certificate.as_ref(), key.as_ref(), password) else {
        return Ok(None);
    };
    let shown = Shown::new(place, files.read()?);
    let config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Build)?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown.clone()));
    let files = Arc::new(ListenerFiles { place, files, shown });
    Ok(Some(ListenerTls { config: Arc::new(config), files }))
}

/// TLS between nodes; nothing if no certificate is configured.
pub fn peer(section: &Peer) -> Result<Option<PeerTls>, TlsError> {
    let (certificate, key) = (&section.certificate_file, &section.private_key_file);
    let password = &section.private_key_password;
    let files = KeyFiles::of(certificate.as_ref(), key.as_ref(), password);
    let (Some(files), Some(trusted)) = (files, section.trusted_cert_dir.clone()) else {
        return Ok(None);
    };
    let trust = Trust::read(&trusted)?;
    tell_end(&trust);
    let shown = Shown::new(PEER, files.read()?);
    let clients = Arc::new(Clients::new(&trust)?);
    let servers = Arc::new(Verifier::new(Whom::Peer, Rule::Strict, trust)?);
    Ok(Some(PeerTls {
        server: Arc::new(peer_server(clients.clone(), shown.clone())?),
        client: Arc::new(peer_client(servers.clone(), shown.clone())?),
        files: Arc::new(PeerFiles { files, trusted, shown, servers, clients }),
    }))
}

fn peer_server(clients: Arc<Clients>, shown: Shown) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Build)?
        .with_client_cert_verifier(clients)
        .with_cert_resolver(Arc::new(shown));
    // A resumed session is not verified: who is trusted no longer would go on.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn peer_client(servers: Arc<Verifier>, shown: Shown) -> Result<ClientConfig, TlsError> {
    let mut config = ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Build)?
        .dangerous()
        .with_custom_certificate_verifier(servers)
        .with_client_cert_resolver(Arc::new(shown));
    config.resumption = Resumption::disabled();
    Ok(config)
}

impl ListenerTls {
    /// What a [`Reloader`](crate::tls::Reloader) looks after.
    pub fn reload(&self) -> Arc<dyn Reload> {
        self.files.clone()
    }
}

impl PeerTls {
    /// What a [`Reloader`](crate::tls::Reloader) looks after.
    pub fn reload(&self) -> Arc<dyn Reload> {
        self.files.clone()
    }
}

impl Reload for ListenerFiles {
    fn place(&self) -> &'static str {
        self.place
    }

    fn paths(&self) -> Vec<PathBuf> {
        self.files.paths().to_vec()
    }

    fn reload(&self) -> Result<(), TlsError> {
        self.shown.swap(self.files.read()?);
        Ok(())
    }

    fn warn_of_end(&self, now: UnixTime) {
        self.shown.warn_of_end(now);
    }
}

impl Reload for PeerFiles {
    fn place(&self) -> &'static str {
        PEER
    }

    fn paths(&self) -> Vec<PathBuf> {
        let own = self.files.paths().into_iter();
        own.chain(std::iter::once(self.trusted.clone())).collect()
    }

    fn reload(&self) -> Result<(), TlsError> {
        let trust = Trust::read(&self.trusted)?;
        let own = self.files.read()?;
        let clients = Clients::verifier(&trust)?;
        tell_end(&trust);
        self.servers.swap(trust)?;
        self.clients.0.store(Arc::new(clients));
        self.shown.swap(own);
        Ok(())
    }

    fn warn_of_end(&self, now: UnixTime) {
        self.servers.warn_of_ends(TRUSTED, now);
        self.shown.warn_of_end(now);
    }
}

fn tell_end(trust: &Trust) {
    trust.warn_of_ends(TRUSTED, UnixTime::now());
    if let Some(end) = trust.ends() {
        meters().certificate_not_after.of(TRUSTED).set(seconds(end));
    }
}

/// Verifies clients by what is trusted at the moment.
#[derive(Debug)]
struct Clients(ArcSwap<Arc<dyn ClientCertVerifier>>);

impl Clients {
    fn new(trust: &Trust) -> Result<Self, TlsError> {
        Ok(Self(ArcSwap::from_pointee(Self::verifier(trust)?)))
    }

    fn verifier(trust: &Trust) -> Result<Arc<dyn ClientCertVerifier>, TlsError> {
        let roots = trust.roots.clone();
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
        verifier.build().map_err(TlsError::Verifier)
    }
}

impl ClientCertVerifier for Clients {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        // A node has one certificate and needs no hint which to show.
        &[]
    }

    fn verify_client_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.0.load().verify_client_cert(certificate, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.load().verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0.load().verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.load().supported_verify_schemes()
    }
}
