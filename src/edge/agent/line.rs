//! The connection below a socket, and below its TLS, so that one whose client neither reads nor goes away can be ended:
//! a writer that waits for such a client would otherwise wait for ever.

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use std::any::Any;
use std::net::{Shutdown, TcpStream as StdStream};
use std::os::fd::AsFd;
use std::sync::Arc;

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

/// To be given to `HttpServer::on_connect` of the agent listener.
pub fn on_connect(connection: &dyn Any, data: &mut Extensions) {
    let below_tls = || connection.downcast_ref::<TlsStream<TcpStream>>().map(|tls| tls.get_ref().0);
    let Some(stream) = connection.downcast_ref::<TcpStream>().or_else(below_tls) else { return };
    match stream.as_fd().try_clone_to_owned() {
        Ok(descriptor) => drop(data.insert(Line::of(descriptor.into()))),
        Err(error) => tracing::debug!(%error, "failed to keep a connection's handle"),
    }
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
