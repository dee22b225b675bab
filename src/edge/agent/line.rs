//! The connection below a socket, and below its TLS, so that one whose client neither reads nor goes away can be ended:
//! a writer that waits for such a client would otherwise wait for ever.

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use rustix::net::sockopt::set_tcp_user_timeout;
use std::any::Any;
use std::net::{Shutdown, TcpStream as StdStream};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone)]
pub struct Line(Arc<StdStream>);

impl Line {
    pub fn of(stream: StdStream) -> Self {
        Self(Arc::new(stream))
    }

    pub fn hang_up(&self) {
        // It may be closed already, which is as good.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// A client that has not taken what was sent to it for so long has gone, or never reads.
const LONGEST_UNREAD: Duration = Duration::from_secs(60);

/// To be given to `HttpServer::on_connect` of the agent listener.
pub fn on_connect(connection: &dyn Any, data: &mut Extensions) {
    let Some(stream) = stream_of(connection) else { return };
    match stream.as_fd().try_clone_to_owned() {
        Ok(descriptor) => drop(data.insert(Line::of(descriptor.into()))),
        Err(error) => tracing::debug!(%error, "failed to keep a connection's handle"),
    }
}

/// The same of a listener with very many connections: a handle would be a second open file for each, so
/// it is left to the system to end those that nobody reads.
pub fn limit_unread(connection: &dyn Any, _: &mut Extensions) {
    let Some(stream) = stream_of(connection) else { return };
    let millis = u32::try_from(LONGEST_UNREAD.as_millis()).unwrap_or(u32::MAX);
    if let Err(error) = set_tcp_user_timeout(stream, millis) {
        tracing::debug!(%error, "failed to limit for how long a connection is not read");
    }
}

fn stream_of(connection: &dyn Any) -> Option<&TcpStream> {
    let below_tls = || connection.downcast_ref::<TlsStream<TcpStream>>().map(|tls| tls.get_ref().0);
    connection.downcast_ref::<TcpStream>().or_else(below_tls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Certificate;
    use crate::edge::server::{Entrance, Manners, open};
    use crate::tls;
    use actix_web::{HttpRequest, HttpResponse, web};
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, RootCertStore};
    use std::net::{Ipv4Addr, TcpListener};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_rustls::TlsConnector;

    #[actix_web::test]
    async fn a_connection_that_nobody_reads_is_limited_without_a_second_handle() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut data = Extensions::new();

        limit_unread(&stream, &mut data);

        assert_eq!(rustix::net::sockopt::tcp_user_timeout(&stream), Ok(60_000));
        assert!(!data.contains::<Line>());
    }

    #[actix_web::test]
    async fn a_connection_below_tls_can_be_ended_too() {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let (certificate, key) = (folder.path().join("certificate"), folder.path().join("key"));
        std::fs::write(&certificate, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let section = Certificate {
            certificate_file: Some(certificate),
            private_key_file: Some(key),
            ..Certificate::default()
        };
        let config = tls::listener("agent", &section).unwrap().unwrap().config;
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = socket.local_addr().unwrap();
        let manners = Manners { n_workers: 1, on_connect, ..Manners::default() };
        let server = open(Entrance { socket, tls: Some(config) }, manners, |config| {
            config.route("/", web::get().to(end));
        });
        actix_web::rt::spawn(server.unwrap());
        let mut roots = RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let client = ClientConfig::builder_with_provider(tls::provider());
        let client = client.with_safe_default_protocol_versions().unwrap();
        let client = client.with_root_certificates(roots).with_no_client_auth();

        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::IpAddress(Ipv4Addr::LOCALHOST.into());
        let connector = TlsConnector::from(Arc::new(client));
        let mut stream = connector.connect(name, stream).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut answer = Vec::new();
        // However it ends, it ends without an answer.
        let _ = stream.read_to_end(&mut answer).await;

        assert_eq!(String::from_utf8_lossy(&answer), "");
    }

    async fn end(request: HttpRequest) -> HttpResponse {
        request.conn_data::<Line>().unwrap().hang_up();
        HttpResponse::Ok().body("still here")
    }
}
