//! The node's own listeners with TLS: customers, agents on their sockets, terminals; certificates that
//! are changed beneath a running node.

use crate::support::certs::{Authority, Pair, Wanted};
use crate::support::patience::eventually;
use crate::support::process::Process;
use crate::support::screen::{Screen, holdfast};
use futures_util::{SinkExt, StreamExt};
use holdfast::config::Peer;
use holdfast::tls::{PeerTls, Reloader, names_of, peer, provider};
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::client::TlsStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

/// A node whose customers and agents come over TLS.
struct Secured {
    node: Process,
    authority: Authority,
    pair: Pair,
    folder: tempfile::TempDir,
}

impl Secured {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let authority = Authority::new("the authority");
        let pair =
            authority.issues(Wanted::of("first", &["127.0.0.1"])).write(folder.path(), "node");
        std::fs::write(folder.path().join("ca.pem"), &authority.certificate).unwrap();
        let settings: Vec<_> =
            ["customer", "agent", "health"].map(|name| settings(name, &pair)).concat();
        let settings: Vec<_> = settings.iter().map(String::as_str).collect();
        let node = Process::start(&folder.path().join("data"), &settings);
        Self { node, authority, pair, folder }
    }

    fn authority_file(&self) -> String {
        self.folder.path().join("ca.pem").to_str().unwrap().to_owned()
    }

    async fn connect(&self, url: &str) -> TlsStream<TcpStream> {
        let address: SocketAddr = url.strip_prefix("https://").unwrap().parse().unwrap();
        let config = ClientConfig::builder_with_provider(provider());
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = config.with_root_certificates(self.authority.roots()).with_no_client_auth();
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::IpAddress(address.ip().into());
        TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap()
    }

    fn client(&self) -> reqwest::Client {
        let certificate = reqwest::Certificate::from_pem(self.authority.certificate.as_bytes());
        let builder = reqwest::Client::builder().tls_certs_only([certificate.unwrap()]);
        builder.build().unwrap()
    }
}

#[actix_web::test]
async fn new_certificates_are_shown_without_a_restart_while_old_connections_go_on() {
    let secured = Secured::start();
    let mut before = secured.connect(&secured.node.health).await;
    let first = shown(&before);
    assert_eq!(livez(&mut before).await, "200");

    let second = secured.authority.issues(Wanted::of("second", &["127.0.0.1"]));
    second.overwrite(&secured.pair);
    secured.node.tell_to_reload();

    eventually("the new certificate is shown", || async {
        let after = secured.connect(&secured.node.health).await;
        (shown(&after) == second.der).then_some(())
    })
    .await;
    assert_ne!(first, second.der);
    assert_eq!(livez(&mut before).await, "200");

    std::fs::write(&secured.pair.key, "no key at all").unwrap();
    secured.node.tell_to_reload();
    eventually("the failed reading is counted", || async {
        let page = secured.client().get(format!("{}/metrics", secured.node.health));
        let page = page.send().await.unwrap().text().await.unwrap();
        page.contains("holdfast_tls_reloads_total{result=\"failed\"}").then_some(())
    })
    .await;
    assert_eq!(shown(&secured.connect(&secured.node.health).await), second.der);
}

#[actix_web::test]
async fn an_agent_comes_over_a_secured_socket_and_figures_tell_when_certificates_end() {
    let secured = Secured::start();
    let credentials = json!({ "agent": "agent", "password": secured.node.first_password().trim() });
    let ticket = secured.client().post(format!("{}/api/v1/agent/ticket", secured.node.agent));
    let ticket: Value = ticket.json(&credentials).send().await.unwrap().json().await.unwrap();
    let ticket = ticket["ticket"].as_str().unwrap();

    let stream = secured.connect(&secured.node.agent).await;
    let address = secured.node.agent.replacen("https", "wss", 1);
    let address = format!("{address}/api/v1/agent/socket?ticket={ticket}");
    let (mut socket, _) = client_async(address, stream).await.unwrap();
    socket.send(Message::text(r#"{"type":"register"}"#)).await.unwrap();
    let answer = socket.next().await.unwrap().unwrap().into_text().unwrap();

    assert!(answer.contains("registered"), "{answer}");
    let page = secured.client().get(format!("{}/metrics", secured.node.health));
    let page = page.send().await.unwrap().text().await.unwrap();
    for listener in ["customer", "agent", "health"] {
        let line = format!(
            "holdfast_tls_certificate_not_after_timestamp_seconds{{listener=\"{listener}\"}} 6709"
        );
        assert!(page.contains(&line), "{line} in {page}");
    }
}

#[test]
fn terminals_talk_over_tls_with_an_authority_and_not_without() {
    let secured = Secured::start();
    let authority = secured.authority_file();
    let data = secured.folder.path().join("data");
    let data = data.to_str().unwrap();
    let agent = ["talk", "agent", "--url", &secured.node.agent, "--ca", &authority];
    let agent = [&agent[..], &["--data-folder", data, "--auto-accept"]].concat();
    let mut agent = Screen::start("agent", &agent);
    agent.waits_for("logged in");
    let customer = ["talk", "customer", "--url", &secured.node.customer, "--ca", &authority];
    let mut customer = Screen::start("customer", &customer);

    agent.waits_for("you are in chat #1");
    customer.types("is this private?");
    agent.waits_for("is this private?");
    agent.types("quite");
    customer.waits_for("quite");

    let other = Authority::new("somebody else").certificate;
    let file = secured.folder.path().join("other.pem");
    std::fs::write(&file, other).unwrap();
    let file = file.to_str().unwrap();
    let stranger = ["talk", "customer", "--url", &secured.node.customer, "--ca", file];
    let (code, _, complaints) = holdfast(&stranger, &[]);
    assert_ne!(code, Some(0));
    assert!(complaints.contains("is not trusted"), "{complaints}");
    assert!(complaints.contains("--ca"), "{complaints}");
}

#[test]
fn certificates_that_cannot_be_used_are_told_before_anything_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let issued = Authority::new("ours").issues(Wanted::of("node", &["127.0.0.1"]));
    let pair = issued.write(folder.path(), "node");
    let check = |pair: &Pair, more: &str| {
        let settings = settings("customer", pair);
        let mut line = vec!["check-config", "--data-folder", folder.path().to_str().unwrap()];
        let others = ["listen.customer", "listen.agent", "listen.health"];
        let others = others.map(|listener| format!("{listener}=127.0.0.1:0"));
        let all = settings.iter().chain(&others).map(String::as_str).chain([more]);
        all.filter(|one| !one.is_empty()).for_each(|one| line.extend(["--set", one]));
        holdfast(&line, &[])
    };

    let (code, report, complaints) = check(&pair, "");
    assert_eq!(code, Some(0), "{complaints}");
    assert!(report.contains("tls customer     ok"), "{report}");

    let missing = Pair { key: folder.path().join("nowhere"), ..pair.clone() };
    let (code, _, complaints) = check(&missing, "");
    assert_eq!(code, Some(3));
    assert!(complaints.contains("nowhere"), "{complaints}");

    std::fs::write(&pair.key, issued.encrypted_key("right")).unwrap();
    let (code, _, complaints) = check(&pair, "tls.customer.private-key-password=wrong");
    assert_eq!(code, Some(3));
    assert!(complaints.contains("cannot be decrypted with the password"), "{complaints}");

    let (code, _, complaints) = check(&pair, "tls.nobody.certificate-file=x");
    assert_eq!(code, Some(3));
    assert!(complaints.contains("there is no such listener"), "{complaints}");
}

#[actix_web::test]
async fn nodes_believe_each_other_by_name_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("of nodes");
    let (a, b) =
        (node("node-a", &authority, folder.path()), node("node-b", &authority, folder.path()));
    let stranger = node("node-b", &Authority::new("of others"), &folder.path().join("others"));

    assert_eq!(meet(&a, &b, "node-b").await.as_deref(), Some("node-a"));
    assert_eq!(meet(&a, &b, "node-c").await, None);
    assert_eq!(meet(&a, &stranger, "node-b").await, None);
    assert_eq!(meet(&stranger, &b, "node-b").await, None);
}

#[actix_web::test]
async fn a_node_learns_of_a_new_authority_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let a = node("node-a", &old, folder.path());
    let b = node("node-b", &new, &folder.path().join("b"));
    assert_eq!(meet(&a, &b, "node-b").await, None);
    let reloader = Reloader::new([a.reload(), b.reload()]);

    std::fs::write(folder.path().join("trusted/new.pem"), &new.certificate).unwrap();
    std::fs::write(folder.path().join("b/trusted/old.pem"), &old.certificate).unwrap();
    reloader.look();

    assert_eq!(meet(&a, &b, "node-b").await.as_deref(), Some("node-a"));
}

fn settings(listener: &str, pair: &Pair) -> Vec<String> {
    let (certificate, key) = (pair.certificate.display(), pair.key.display());
    vec![
        format!("tls.{listener}.certificate-file={certificate}"),
        format!("tls.{listener}.private-key-file={key}"),
    ]
}

fn shown(stream: &TlsStream<TcpStream>) -> CertificateDer<'static> {
    stream.get_ref().1.peer_certificates().unwrap()[0].clone().into_owned()
}

/// The status of an answer to a probe on a connection that stays open.
async fn livez(stream: &mut TlsStream<TcpStream>) -> String {
    stream.write_all(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    while !answer.ends_with("alive") {
        let mut piece = [0; 1_024];
        let n_read = stream.read(&mut piece).await.unwrap();
        assert_ne!(n_read, 0, "{answer}");
        answer.push_str(std::str::from_utf8(&piece[..n_read]).unwrap());
    }
    answer[9..12].to_owned()
}

fn node(name: &str, authority: &Authority, folder: &Path) -> PeerTls {
    let trusted = folder.join("trusted");
    std::fs::create_dir_all(&trusted).unwrap();
    std::fs::write(trusted.join("ca.pem"), &authority.certificate).unwrap();
    let pair = authority.issues(Wanted::of(name, &[name])).write(folder, name);
    let section = Peer {
        certificate_file: Some(pair.certificate),
        private_key_file: Some(pair.key),
        trusted_cert_dir: Some(trusted),
        ..Peer::default()
    };
    peer(&section).unwrap().unwrap()
}

/// Lets one call the other by a name, and says whom the called one saw; nothing if they do not
/// believe each other.
async fn meet(caller: &PeerTls, called: &PeerTls, name: &str) -> Option<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(called.server.clone());
    let accepted = actix_web::rt::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = acceptor.accept(stream).await.ok()?;
        let certificates = stream.get_ref().1.peer_certificates()?.to_vec();
        stream.write_all(b"!").await.ok()?;
        stream.shutdown().await.ok()?;
        names_of(&certificates[0]).pop()
    });
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let called = async {
        let mut stream = TlsConnector::from(caller.client.clone()).connect(name, stream).await?;
        stream.read_u8().await
    };
    let is_answered = called.await.is_ok();
    accepted.await.unwrap().filter(|_| is_answered)
}
