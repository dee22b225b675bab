//! Links over real sockets and real certificates, each made for the test that uses it.

use super::{Node, call, config, ear, settled, start};
use crate::edge::peer::{Mutual, PeerConfig};
use crate::ownership::peers::{CallError, Peers};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::client::WantsClientCert;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, ServerConfig, WantsVerifier};
use std::net::TcpListener;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test]
async fn two_nodes_call_and_hear_each_other() {
    let authority = Authority::new();
    let (a, at_a) = open("node-a", &authority.leaf("node-a"));
    let (b, at_b) = open("node-b", &authority.leaf("node-b"));
    let (a, b) = (start(a), start(b));
    a.knows("node-b", &at_b);
    b.knows("node-a", &at_a);
    let (outlet, mut news) = ear();

    let there = a.links.call(&"node-b".into(), call("say", b"hello")).await;
    let back = b.links.call(&"node-a".into(), call("long", b"")).await;
    a.links.listen(&"node-b".into(), call("listen", b""), outlet).await.unwrap();
    b.clerk.outlet().tell(b"second".to_vec());

    assert_eq!(there.unwrap(), b"node-a asked thing: hello");
    assert_eq!(back.unwrap().len(), 3_000_000);
    assert_eq!(news.recv().await.unwrap(), b"first");
    assert_eq!(news.recv().await.unwrap(), b"second");
}

#[tokio::test]
async fn a_name_of_a_host_is_resolved() {
    let authority = Authority::new();
    let (a, _) = open("node-a", &authority.leaf("node-a"));
    let (b, at_b) = open("node-b", &authority.leaf("node-b"));
    let (a, _b) = (start(a), start(b));

    a.knows("node-b", &at_b.replace("127.0.0.1", "localhost"));

    assert!(settled(&a.links, "node-b").await);
}

#[tokio::test]
async fn a_process_that_stops_breaks_the_link() {
    let authority = Authority::new();
    let (a, b, at_b) = linked(&authority).await;
    let hanging = tokio::spawn(a.links.call(&"node-b".into(), call("hang", b"")));
    a.links.call(&"node-b".into(), call("say", b"")).await.unwrap();
    let (outlet, mut news) = ear();
    a.links.listen(&"node-b".into(), call("listen", b""), outlet).await.unwrap();

    b.links.stop().await;

    assert!(matches!(hanging.await.unwrap(), Err(CallError::Lost(_))));
    while news.recv().await.is_some() {}
    assert!(tokio::net::TcpStream::connect(at_b).await.is_err());
}

#[tokio::test]
async fn a_node_is_who_its_certificate_says() {
    let authority = Authority::new();
    let (a, _) = open("node-a", &authority.leaf("node-a"));
    // It has a good certificate, of another node.
    let (b, at_b) = open("node-b", &authority.leaf("node-c"));
    let (a, _b) = (start(a), start(b));

    a.knows("node-b", &at_b);

    assert!(!settled(&a.links, "node-b").await);
}

#[tokio::test]
async fn who_dials_is_who_its_certificate_says() {
    let authority = Authority::new();
    let (a, _) = open("node-a", &authority.leaf("node-c"));
    let (b, at_b) = open("node-b", &authority.leaf("node-b"));
    let (a, _b) = (start(a), start(b));

    a.knows("node-b", &at_b);

    assert!(!settled(&a.links, "node-b").await);
}

#[tokio::test]
async fn a_part_of_a_name_or_a_pattern_is_no_name() {
    for name in ["node-a.example", "*", "xnode-a"] {
        let authority = Authority::new();
        let (a, _) = open("node-a", &authority.leaf(name));
        let (b, at_b) = open("node-b", &authority.leaf("node-b"));
        let (a, _b) = (start(a), start(b));

        a.knows("node-b", &at_b);

        assert!(!settled(&a.links, "node-b").await, "{name}");
    }
}

#[tokio::test]
async fn who_was_certified_by_somebody_else_is_refused_at_both_ends() {
    let (a, at_a) = open("node-a", &Authority::new().leaf("node-a"));
    let (b, at_b) = open("node-b", &Authority::new().leaf("node-b"));
    let (a, b) = (start(a), start(b));

    a.knows("node-b", &at_b);
    b.knows("node-a", &at_a);

    assert!(!settled(&a.links, "node-b").await);
    assert!(!settled(&b.links, "node-a").await);
}

#[tokio::test]
async fn a_stranger_whose_authority_only_he_trusts_is_refused() {
    let (ours, theirs) = (Authority::new(), Authority::new());
    let mut stranger = theirs.leaf("node-a");
    stranger.roots = ours.roots();
    let (a, _) = open("node-a", &stranger);
    let (b, at_b) = open("node-b", &ours.leaf("node-b"));
    let (a, _b) = (start(a), start(b));

    a.knows("node-b", &at_b);

    assert!(!settled(&a.links, "node-b").await);
}

#[tokio::test]
async fn who_has_no_certificate_is_refused() {
    let authority = Authority::new();
    let leaf = authority.leaf("node-a");
    let nameless = leaf.client_builder().with_no_client_auth();
    let (listener, _) = bound();
    let mutual = mutual(listener, nameless, leaf.server());
    let (b, at_b) = open("node-b", &authority.leaf("node-b"));
    let (a, _b) = (start(config("node-a", Arc::new(mutual))), start(b));

    a.knows("node-b", &at_b);

    assert!(!settled(&a.links, "node-b").await);
}

#[tokio::test]
async fn a_server_that_asks_for_no_certificate_takes_nobody() {
    let authority = Authority::new();
    let leaf = authority.leaf("node-b");
    let careless = leaf.server_builder().with_no_client_auth();
    let careless = careless.with_single_cert(leaf.chain(), leaf.key()).unwrap();
    let (listener, at_b) = bound();
    let mutual = mutual(listener, leaf.client(), careless);
    let (a, _) = open("node-a", &authority.leaf("node-a"));
    let (a, _b) = (start(a), start(config("node-b", Arc::new(mutual))));

    a.knows("node-b", &at_b);

    assert!(!settled(&a.links, "node-b").await);
}

#[tokio::test]
async fn who_speaks_no_tls_is_sent_away_and_the_others_are_served() {
    let authority = Authority::new();
    let (a, _) = open("node-a", &authority.leaf("node-a"));
    let (b, at_b) = open("node-b", &authority.leaf("node-b"));
    let (a, _b) = (start(a), start(b));
    let mut plain = tokio::net::TcpStream::connect(&at_b).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    let _mute = tokio::net::TcpStream::connect(&at_b).await.unwrap();

    a.knows("node-b", &at_b);

    assert!(settled(&a.links, "node-b").await);
    // What comes is an alert and then the end; or the end alone.
    let _ = plain.read_to_end(&mut Vec::new()).await;
}

async fn linked(authority: &Authority) -> (Node, Node, String) {
    let (a, _) = open("node-a", &authority.leaf("node-a"));
    let (b, at_b) = open("node-b", &authority.leaf("node-b"));
    let (a, b) = (start(a), start(b));
    a.knows("node-b", &at_b);
    assert!(settled(&a.links, "node-b").await);
    (a, b, at_b)
}

fn open(node: &str, leaf: &Leaf) -> (PeerConfig, String) {
    let (listener, address) = bound();
    let mutual = mutual(listener, leaf.client(), leaf.server());
    (config(node, Arc::new(mutual)), address)
}

fn bound() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

fn mutual(listener: TcpListener, client: ClientConfig, server: ServerConfig) -> Mutual {
    let (client, server) = (Arc::new(client), Arc::new(server));
    let client = Arc::new(move || client.clone());
    Mutual::new(listener, client, Arc::new(move || server.clone())).unwrap()
}

/// Who certifies nodes.
struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().der().clone();
        Self { certificate, issuer: Issuer::new(params, key) }
    }

    fn leaf(&self, name: &str) -> Leaf {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap().der().clone();
        Leaf { certificate, key, roots: self.roots() }
    }

    fn roots(&self) -> Arc<RootCertStore> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        Arc::new(roots)
    }
}

/// What one node shows, and whom it trusts.
struct Leaf {
    certificate: CertificateDer<'static>,
    key: KeyPair,
    roots: Arc<RootCertStore>,
}

impl Leaf {
    fn client(&self) -> ClientConfig {
        self.client_builder().with_client_auth_cert(self.chain(), self.key()).unwrap()
    }

    fn server(&self) -> ServerConfig {
        let provider = Arc::new(default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(self.roots.clone(), provider).build();
        let builder = self.server_builder().with_client_cert_verifier(verifier.unwrap());
        builder.with_single_cert(self.chain(), self.key()).unwrap()
    }

    fn client_builder(&self) -> ConfigBuilder<ClientConfig, WantsClientCert> {
        let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        builder.with_root_certificates(self.roots.clone())
    }

    fn server_builder(&self) -> ConfigBuilder<ServerConfig, WantsVerifier> {
        let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        builder.with_safe_default_protocol_versions().unwrap()
    }

    fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.certificate.clone()]
    }

    fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.key.serialize_der()).into()
    }
}
