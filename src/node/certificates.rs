//! The node's certificates and those it trusts: read at the start, read again when the files change
//! or somebody says so (SIGHUP).

use crate::config::{Config, TLS_LISTENERS};
use crate::tls::{self, CassandraTls, ListenerTls, PeerTls, Reloader, TlsError};
use rustls::ServerConfig;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::interval;

/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(60);

/// TLS of all that this node opens and calls; nothing where it speaks plainly.
pub struct Certificates {
    listeners: Vec<(&'static str, ListenerTls)>,
    pub peer: Option<PeerTls>,
    pub cassandra: Option<CassandraTls>,
}

impl Certificates {
    pub fn read(config: &Config) -> Result<Self, TlsError> {
        let mut listeners = Vec::new();
        for listener in TLS_LISTENERS {
            let Some(section) = config.tls.get(listener) else { continue };
            listeners.extend(tls::listener(listener, section)?.map(|tls| (listener, tls)));
        }
        let peer = tls::peer(&config.peer)?;
        let cassandra = tls::cassandra(&config.encryption)?;
        Ok(Self { listeners, peer, cassandra })
    }

    /// The configuration of a listener.
    pub fn of(&self, listener: &str) -> Option<Arc<ServerConfig>> {
        let found = self.listeners.iter().find(|(name, _)| *name == listener);
        found.map(|(_, tls)| tls.config.clone())
    }

    /// Looks after the files until it is aborted.
    pub fn keep(&self) -> io::Result<JoinHandle<()>> {
        let mut told = signal(SignalKind::hangup())?;
        let reloader = Arc::new(self.reloader());
        Ok(actix::spawn(async move {
            let mut looks = interval(LOOK);
            looks.reset();
            loop {
                let reloader = reloader.clone();
                let read = tokio::select! {
                    _ = looks.tick() => spawn_blocking(move || reloader.look()),
                    _ = told.recv() => {
                        tracing::info!("told to read the certificates anew");
                        spawn_blocking(move || reloader.reload())
                    }
                };
                if let Err(error) = read.await {
                    tracing::error!(%error, "failed to look after the certificates");
                }
            }
        }))
    }

    fn reloader(&self) -> Reloader {
        let listeners = self.listeners.iter().map(|(_, tls)| tls.reload());
        let peer = self.peer.iter().map(PeerTls::reload);
        let cassandra = self.cassandra.iter().map(CassandraTls::reload);
        Reloader::new(listeners.chain(peer).chain(cassandra))
    }
}
