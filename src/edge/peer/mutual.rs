//! TLS over TCP in which both ends prove who they are. The name of a node is a DNS name of its
//! certificate, read from the parsed certificate and never searched for in a text.

use super::transport::{Arrival, Named, Stream, Transport, TransportFuture};
use crate::base::NodeId;
use crate::base::chance::to_hex;
use aws_lc_rs::digest::{SHA256, digest};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ServerConfig};
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};
use x509_parser::extensions::GeneralName;
use x509_parser::parse_x509_certificate;

/// A configuration as it is when it is asked for: files are read again when they change.
pub type Current<T> = Arc<dyn Fn() -> Arc<T> + Send + Sync>;

/// The transport of a real cluster.
pub struct Mutual {
    /// Nothing once it is closed.
    listener: Mutex<Option<Arc<TcpListener>>>,
    client: Current<ClientConfig>,
    server: Current<ServerConfig>,
}

impl Mutual {
    /// Takes a bound socket. Must be called within a runtime.
    pub fn new(
        listener: std::net::TcpListener,
        client: Current<ClientConfig>,
        server: Current<ServerConfig>,
    ) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = Arc::new(TcpListener::from_std(listener)?);
        Ok(Self { listener: Mutex::new(Some(listener)), client, server })
    }
}

impl Transport for Mutual {
    fn dial(&self, node: &NodeId, address: &str) -> TransportFuture<Box<dyn Stream>> {
        let (node, address) = (node.clone(), address.to_owned());
        let client = (self.client)();
        Box::pin(async move {
            let name = ServerName::try_from(node.0).map_err(io::Error::other)?;
            let socket = TcpStream::connect(address).await?;
            socket.set_nodelay(true)?;
            let stream = TlsConnector::from(client).connect(name, socket).await?;
            Ok(Box::new(stream) as Box<dyn Stream>)
        })
    }

    fn accept(&self) -> TransportFuture<Pin<Box<dyn Future<Output = io::Result<Arrival>> + Send>>> {
        let (listener, server) = (self.listener().clone(), self.server.clone());
        Box::pin(async move {
            let listener = listener.ok_or(io::ErrorKind::NotConnected)?;
            let (socket, from) = listener.accept().await?;
            Ok(Box::pin(welcome(socket, from, server())) as Pin<Box<_>>)
        })
    }

    fn close(&self) {
        *self.listener() = None;
    }
}

impl Mutual {
    fn listener(&self) -> MutexGuard<'_, Option<Arc<TcpListener>>> {
        self.listener.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn welcome(
    socket: TcpStream,
    from: SocketAddr,
    server: Arc<ServerConfig>,
) -> io::Result<Arrival> {
    socket.set_nodelay(true)?;
    let stream = TlsAcceptor::from(server).accept(socket).await.map_err(|error| {
        let kind = error.kind();
        io::Error::new(kind, Unproved { from, source: error })
    })?;
    let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let Some(certificate) = certificates.first() else {
        return Err(io::Error::other(format!("{from} has no certificate")));
    };
    let named = Named::Certified(dns_names(certificate)?);
    let fingerprint = to_hex(digest(&SHA256, certificate).as_ref());
    let from = format!("{from} with certificate {fingerprint}");
    Ok(Arrival { stream: Box::new(stream), named, from })
}

/// Somebody who dialled did not prove who it is.
#[derive(Debug, thiserror::Error)]
#[error("{from} did not prove who it is")]
struct Unproved {
    from: SocketAddr,
    source: io::Error,
}

fn dns_names(certificate: &CertificateDer<'_>) -> io::Result<Vec<String>> {
    let (_, certificate) = parse_x509_certificate(certificate).map_err(io::Error::other)?;
    let names = certificate.subject_alternative_name().map_err(io::Error::other)?;
    let mut dns = Vec::new();
    for name in names.iter().flat_map(|names| &names.value.general_names) {
        if let GeneralName::DNSName(name) = name {
            dns.push((*name).to_owned());
        }
    }
    Ok(dns)
}
