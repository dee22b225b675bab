//! The terminal clients' TLS, and the sockets that they open with it or without.

use crate::base::error_chain::Chain;
use crate::tls::{pem, provider};
use reqwest::Url;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::{WebSocketStream, client_async};

/// Bytes both ways, plain or secured.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}

impl<W: AsyncRead + AsyncWrite + Unpin + Send> Wire for W {}

pub type Socket = WebSocketStream<Box<dyn Wire>>;

/// Believes the authorities of a file alone, or those of the system if none is named.
pub fn config(authority: Option<&Path>) -> Result<ClientConfig, String> {
    let failed = |error: rustls::Error| format!("TLS cannot be spoken: {error}");
    let builder = ClientConfig::builder_with_provider(provider());
    let builder = builder.with_safe_default_protocol_versions().map_err(failed)?;
    let builder = match authority {
        Some(file) => builder.with_root_certificates(roots(file)?),
        None => builder.with_platform_verifier().map_err(failed)?,
    };
    Ok(builder.with_no_client_auth())
}

fn roots(file: &Path) -> Result<RootCertStore, String> {
    let certificates = pem::certificates(file).map_err(|error| Chain(&error).to_string())?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let added = roots.add(certificate);
        added.map_err(|error| format!("{} cannot be used: {error}", file.display()))?;
    }
    Ok(roots)
}

/// Opens a socket at an address that begins with `ws://`, or with `wss://` if there is TLS for it.
pub async fn open(address: &str, tls: Option<&Arc<ClientConfig>>) -> Result<Socket, Error> {
    let url = Url::parse(address).map_err(unusable)?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let stream = TcpStream::connect((host.as_str(), url.port_or_known_default().unwrap_or(80)));
    let stream = stream.await?;
    stream.set_nodelay(true)?;
    let wire: Box<dyn Wire> = match tls {
        Some(config) => {
            let name = ServerName::try_from(host).map_err(unusable)?;
            Box::new(TlsConnector::from(config.clone()).connect(name, stream).await?)
        }
        None => Box::new(stream),
    };
    let (socket, _) = client_async(address, wire).await?;
    Ok(socket)
}

fn unusable(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    io::Error::new(io::ErrorKind::InvalidInput, error).into()
}
