//! Whom a node believes to be Cassandra, and what it shows to Cassandra: each kind of certificate
//! against each of the rules, with a small server in Cassandra's place.

use crate::support::certs::{Authority, Issued, Wanted, trust};
use holdfast::config::{Encryption, Secret};
use holdfast::tls::{CassandraTls, Failure, Reason, Reloader, cassandra};
use rustls::pki_types::ServerName;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

const ADDRESS: &str = "127.0.0.1";

/// What becomes of a handshake under `strict`, `chain only` and `accept any`.
struct Row {
    name: &'static str,
    shown: Issued,
    trusted: Vec<String>,
    strict: Option<Reason>,
    chain_only: Option<Reason>,
}

#[actix_web::test]
async fn each_certificate_is_judged_by_each_rule_as_the_table_says() {
    for row in rows() {
        let folder = tempfile::tempdir().unwrap();
        let trusted: Vec<_> = row.trusted.iter().map(String::as_str).collect();
        trust(folder.path(), &trusted);
        let server = Server::start(&row.shown, None).await;
        let strict = section(folder.path());
        let chain_only = Encryption { verify_peer_identity: false, ..strict.clone() };
        let any =
            Encryption { verify_peer_cert: false, insecure_accept_any: true, ..strict.clone() };

        let by_rule = [(strict, row.strict), (chain_only, row.chain_only), (any, None)];
        for (rule, (section, expected)) in by_rule.into_iter().enumerate() {
            let tls = cassandra(&section).unwrap().unwrap();
            let got = server.call(&tls).await.err();
            assert_eq!(got.map(|failure| failure.reason), expected, "{} by rule {rule}", row.name);
            assert_eq!(tls.last_failure().is_some(), expected.is_some(), "{}", row.name);
        }
    }
}

fn rows() -> Vec<Row> {
    let authority = Authority::new("the authority");
    let stranger = Authority::new("a stranger");
    let usurper = Wanted::of("a node", &[ADDRESS]).self_signed();
    let trusted_usurper = usurper.certificate.clone();
    let usurper = Authority::usurped(usurper);
    let good = || Wanted::of("node", &[ADDRESS]);
    let signed = |wanted: Wanted| (authority.issues(wanted), vec![authority.certificate.clone()]);
    let own = |wanted: Wanted| {
        let issued = wanted.self_signed();
        let trusted = vec![issued.certificate.clone()];
        (issued, trusted)
    };
    let foreign = (stranger.issues(good()), vec![authority.certificate.clone()]);
    let usurped = (usurper.issues(good()), vec![trusted_usurper]);
    use Reason::{AuthorityAsNode, Expired, NotAllowed, NotYetValid, UnknownIssuer, WrongName};
    let cases = [
        ("signed, with the address", signed(good()), None, Some(NotAllowed)),
        (
            "signed, for another address",
            signed(Wanted::of("x", &["10.9.9.9"])),
            Some(WrongName),
            Some(NotAllowed),
        ),
        (
            "signed, with a name alone",
            signed(Wanted::of("x", &["localhost"])),
            Some(WrongName),
            Some(NotAllowed),
        ),
        ("signed, expired", signed(good().expired()), Some(Expired), Some(Expired)),
        (
            "signed, not yet valid",
            signed(good().not_yet_valid()),
            Some(NotYetValid),
            Some(NotYetValid),
        ),
        ("of an unknown authority", foreign, Some(UnknownIssuer), Some(UnknownIssuer)),
        ("signed by a trusted node", usurped, None, Some(NotAllowed)),
        (
            "self-signed, common name only",
            own(Wanted::common_name_only(ADDRESS)),
            Some(WrongName),
            None,
        ),
        ("self-signed, with the address", own(good()), None, None),
        ("self-signed, expired", own(good().expired()), Some(Expired), Some(Expired)),
        ("self-signed authority", own(good().of_an_authority()), Some(AuthorityAsNode), None),
        (
            "self-signed authority, expired",
            own(good().of_an_authority().expired()),
            Some(Expired),
            Some(Expired),
        ),
        (
            "self-signed, unknown",
            (good().self_signed(), vec![authority.certificate.clone()]),
            Some(UnknownIssuer),
            Some(UnknownIssuer),
        ),
    ];
    let row = |(name, (shown, trusted), strict, chain_only)| Row {
        name,
        shown,
        trusted,
        strict,
        chain_only,
    };
    cases.into_iter().map(row).collect()
}

#[actix_web::test]
async fn with_a_shared_authority_only_those_who_are_named_pass() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("shared");
    trust(folder.path(), &[&authority.certificate]);
    let shown = authority.issues(Wanted::of("cassandra.internal", &["cassandra.internal"]));
    let server = Server::start(&shown, None).await;
    let of = |allow: &str| Encryption {
        verify_peer_identity: false,
        identity_allow: vec![allow.to_owned()],
        ..section(folder.path())
    };
    let fingerprint = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &shown.der);
    let digits: Vec<_> = fingerprint.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();

    for allow in ["cassandra.internal", &format!("sha256:{}", digits.join(":"))] {
        let tls = cassandra(&of(allow)).unwrap().unwrap();
        assert_eq!(server.call(&tls).await, Ok(()), "{allow}");
    }
    let tls = cassandra(&of("somebody.else")).unwrap().unwrap();
    let refused = server.call(&tls).await.unwrap_err();
    assert_eq!(refused.reason, Reason::NotAllowed);
    assert!(refused.text.contains("cassandra.internal"), "{refused}");
    assert!(cassandra(&of("sha256:12")).unwrap_err().to_string().contains("64 hex digits"));
}

#[actix_web::test]
async fn a_refusal_names_the_certificate_and_the_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let shown = Wanted::common_name_only(ADDRESS).self_signed();
    trust(folder.path(), &[&shown.certificate]);
    let server = Server::start(&shown, None).await;
    let tls = cassandra(&section(folder.path())).unwrap().unwrap();

    let text = server.call(&tls).await.unwrap_err().text;

    assert!(text.contains("CN=127.0.0.1"), "{text}");
    assert!(text.contains("keytool -ext san=ip:127.0.0.1"), "{text}");
}

#[actix_web::test]
async fn a_server_that_asks_for_a_certificate_gets_ours_or_we_say_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, clients) = (Authority::new("of nodes"), Authority::new("of clients"));
    trust(&folder.path().join("trusted"), &[&authority.certificate]);
    let shown = authority.issues(Wanted::of("node", &[ADDRESS]));
    let server = Server::start(&shown, Some(&clients)).await;
    let plain = section(&folder.path().join("trusted"));
    let ours = clients.issues(Wanted::of("chatclient", &[])).write(folder.path(), "ours");
    let strange = authority.issues(Wanted::of("chatclient", &[])).write(folder.path(), "strange");
    let with = |pair: &crate::support::certs::Pair| Encryption {
        client_certificate_file: Some(pair.certificate.clone()),
        client_private_key_file: Some(pair.key.clone()),
        ..plain.clone()
    };

    let call = async |section: &Encryption| {
        let tls = cassandra(section).unwrap().unwrap();
        server.call(&tls).await.map_err(|failure| failure.reason)
    };
    assert_eq!(call(&with(&ours)).await, Ok(()));
    assert_eq!(call(&plain).await, Err(Reason::ClientCertificateRequired));
    assert_eq!(call(&with(&strange)).await, Err(Reason::ClientCertificateRefused));
    let does_not_ask = Server::start(&shown, None).await;
    let tls = cassandra(&with(&ours)).unwrap().unwrap();
    assert_eq!(does_not_ask.call(&tls).await, Ok(()));
}

#[actix_web::test]
async fn an_encrypted_key_is_opened_by_its_password() {
    let folder = tempfile::tempdir().unwrap();
    let (authority, clients) = (Authority::new("of nodes"), Authority::new("of clients"));
    trust(&folder.path().join("trusted"), &[&authority.certificate]);
    let shown = authority.issues(Wanted::of("node", &[ADDRESS]));
    let server = Server::start(&shown, Some(&clients)).await;
    let ours = clients.issues(Wanted::of("chatclient", &[]));
    let pair = ours.write(folder.path(), "chatclient");
    std::fs::write(&pair.key, ours.encrypted_key("genesys")).unwrap();
    let with = |password: &str| Encryption {
        client_certificate_file: Some(pair.certificate.clone()),
        client_private_key_file: Some(pair.key.clone()),
        password: Secret::new(password),
        ..section(&folder.path().join("trusted"))
    };

    let tls = cassandra(&with("genesys")).unwrap().unwrap();
    assert_eq!(server.call(&tls).await, Ok(()));

    let wrong = cassandra(&with("guess")).unwrap_err().to_string();
    assert!(wrong.contains("chatclient.key cannot be decrypted with the password"), "{wrong}");
    let other = authority.issues(Wanted::of("chatclient", &[])).write(folder.path(), "other");
    let mixed = Encryption { client_private_key_file: Some(other.key), ..with("") };
    let mixed = cassandra(&mixed).unwrap_err().to_string();
    assert!(mixed.contains("other.key is not the key of"), "{mixed}");
}

#[actix_web::test]
async fn a_server_without_tls_is_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    trust(folder.path(), &[&Authority::new("of nodes").certificate]);
    let tls = cassandra(&section(folder.path())).unwrap().unwrap();
    let listener = TcpListener::bind((ADDRESS, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    actix_web::rt::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"\x84\x00\x00\x00\x00\x00\x00\x00\x2eprotocol error").await.unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest).await;
    });

    let failure = Server { address }.call(&tls).await.unwrap_err();

    assert_eq!(failure.reason, Reason::NotTls);
}

#[actix_web::test]
async fn what_is_trusted_changes_with_the_files_and_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (Authority::new("old"), Authority::new("new"));
    let by_old = Server::start(&old.issues(Wanted::of("node", &[ADDRESS])), None).await;
    let by_new = Server::start(&new.issues(Wanted::of("node", &[ADDRESS])), None).await;
    trust(folder.path(), &[&old.certificate]);
    let tls = cassandra(&section(folder.path())).unwrap().unwrap();
    let reloader = Reloader::new([tls.reload()]);
    let removals = tls.removals();
    let calls = async || (by_old.call(&tls).await.is_ok(), by_new.call(&tls).await.is_ok());
    assert_eq!(calls().await, (true, false));

    trust(folder.path(), &[&old.certificate, &new.certificate]);
    reloader.look();
    assert_eq!(calls().await, (true, true));
    assert!(!removals.has_changed().unwrap());

    std::fs::write(folder.path().join("0.crt"), "-----BEGIN CERTIFICATE-----\nhalf of it").unwrap();
    reloader.look();
    assert_eq!(calls().await, (true, true), "a damaged file must not count");

    std::fs::remove_file(folder.path().join("0.crt")).unwrap();
    reloader.look();
    assert_eq!(calls().await, (false, true));
    assert!(removals.has_changed().unwrap());
}

#[test]
fn a_folder_without_a_certificate_is_refused_and_one_with_a_key_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let issued = Wanted::of("node", &[ADDRESS]).self_signed();
    std::fs::write(folder.path().join("both.pem"), issued.key_store()).unwrap();
    std::fs::write(folder.path().join("readme.txt"), "nothing").unwrap();

    let refused = cassandra(&section(folder.path())).unwrap_err().to_string();
    assert!(refused.contains("holds no certificate to trust"), "{refused}");

    std::fs::write(folder.path().join("der.cer"), &issued.der).unwrap();
    assert!(cassandra(&section(folder.path())).is_ok());

    let unset = Encryption { trusted_cert_dir: None, ..section(folder.path()) };
    assert!(cassandra(&unset).is_err());
    let unconfirmed = Encryption { verify_peer_cert: false, ..section(folder.path()) };
    let unconfirmed = cassandra(&unconfirmed).unwrap_err().to_string();
    assert!(unconfirmed.contains("insecure-accept-any"), "{unconfirmed}");
    assert!(cassandra(&Encryption::default()).unwrap().is_none());
}

/// A server that greets with one byte.
struct Server {
    address: SocketAddr,
}

impl Server {
    async fn start(shown: &Issued, clients: Option<&Authority>) -> Self {
        let config = shown.server(&clients.into_iter().collect::<Vec<_>>());
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind((ADDRESS, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        actix_web::rt::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                actix_web::rt::spawn(async move {
                    let mut stream = acceptor.accept(stream).await?;
                    stream.write_all(b"!").await?;
                    stream.shutdown().await
                });
            }
        });
        Self { address }
    }

    /// Connects as the driver does, and says why if it does not work.
    async fn call(&self, tls: &CassandraTls) -> Result<(), Failure> {
        let name = ServerName::IpAddress(Ipv4Addr::LOCALHOST.into());
        let stream = TcpStream::connect(self.address).await.unwrap();
        let connector = TlsConnector::from(tls.config.clone());
        let greeting = async {
            let mut stream = connector.connect(name, stream).await?;
            let mut byte = [0];
            stream.read_exact(&mut byte).await?;
            Ok::<_, io::Error>(())
        };
        let error = match greeting.await {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        // As it comes out of the driver.
        let buried = io::Error::other(error);
        Err(tls.why(&buried).unwrap_or_else(|| panic!("{buried:?} is not explained")))
    }
}

fn section(trusted: &Path) -> Encryption {
    let trusted_cert_dir = Some(trusted.to_owned());
    Encryption { enabled: true, trusted_cert_dir, ..Encryption::default() }
}
