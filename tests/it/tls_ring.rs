//! TLS to a real Cassandra, the whole way through the driver: who gets in, and what an operator reads
//! when somebody does not. Cassandra's own TLS where it is about what Cassandra asks for; where it is
//! about the certificate it shows, TLS ends just before it.

mod renewal;
mod shown;

use crate::cassandra::{made, section};
use crate::support::certs::{Authority, Pair, Wanted, trust};
use crate::support::detour::address_of;
use crate::support::ring::{self, Ring, RingShape};
use holdfast::base::error_chain::Chain;
use holdfast::config::{CassandraSection, Encryption, Secret};
use holdfast::store::cassandra::{CassandraSession, Link, Patience};
use holdfast::telemetry::recorder;
use holdfast::tls::cassandra;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// A section that trusts what is in a folder.
pub fn trusting(folder: &Path) -> Encryption {
    let trusted_cert_dir = Some(folder.to_owned());
    Encryption { enabled: true, trusted_cert_dir, ..Encryption::default() }
}

pub fn showing(pair: &Pair, section: &Encryption) -> Encryption {
    Encryption {
        client_certificate_file: Some(pair.certificate.clone()),
        client_private_key_file: Some(pair.key.clone()),
        ..section.clone()
    }
}

/// Connects once; otherwise what an operator reads.
pub async fn connect(section: &CassandraSection, tls: &Encryption) -> Result<Link, String> {
    let tls = cassandra(tls).map_err(|error| Chain(&error).to_string())?;
    let link = Link::connect(section, tls, Patience::AtMost(Duration::ZERO)).await;
    link.map_err(|error| Chain(&error).to_string())
}

#[track_caller]
pub fn assert_tells(told: &Result<Link, String>, words: &[&str]) {
    let told = told.as_ref().err().expect("it was let in");
    for word in words {
        assert!(told.contains(word), "'{word}' is not in: {told}");
    }
}

/// How many connections failed for this reason, in this process.
pub fn n_errors(reason: &str) -> u64 {
    let name = format!("holdfast_cassandra_tls_errors_total{{reason=\"{reason}\"}} ");
    let page = recorder::render();
    page.lines().find_map(|line| line.strip_prefix(&name)?.parse().ok()).unwrap_or_default()
}

#[actix_web::test]
async fn a_ring_that_wants_certificates_lets_in_who_has_one_and_the_others_read_what_they_lack() {
    let ring =
        Ring::start(RingShape { encryption: ring::Encryption::Both, ..RingShape::default() });
    let (section, folder) = (section(&ring, "holdfast"), tempfile::tempdir().unwrap());
    let (certificate, key) = ring.client_certificate();
    let ours = Pair { certificate: certificate.to_owned(), key: key.to_owned() };
    let nobody = trusting(ring.trusted());
    let right = showing(&ours, &nobody);
    let address = address_of(&section.contact_points[0]).to_owned();

    let link = connect(&section, &right).await.unwrap();
    made(&link, 1).await;
    assert!(CassandraSession::over(link).await.unwrap().is_reachable());

    let before = n_errors("client_certificate_required");
    let lacks = ["asks for a client certificate", "client-certificate-file", "[encryption]"];
    assert_tells(&connect(&section, &nobody).await, &lacks);
    assert!(before < n_errors("client_certificate_required"));
    let stranger = Authority::new("a stranger");
    let strange = stranger.issues(Wanted::of("chatclient", &[])).write(folder.path(), "strange");
    let refused =
        ["does not accept our client certificate", "truststore", &section.contact_points[0]];
    assert_tells(&connect(&section, &showing(&strange, &nobody)).await, &refused);
    trust(&folder.path().join("strangers"), &[&stranger.certificate]);
    let unknown = showing(&ours, &trusting(&folder.path().join("strangers")));
    let unknown_node = ["CN=cassandra-1", &address, "sha256 ", "put it", "into trusted-cert-dir"];
    assert_tells(&connect(&section, &unknown).await, &unknown_node);
    let plain = connect(&section, &Encryption::default()).await;
    assert_tells(&plain, &["Cassandra does not answer at", "enabled in [encryption]"]);

    the_program_says_the_same(&section, &right, &nobody);
    the_ring_of_the_guide_works_too(&ring, &section, folder.path()).await;
}

/// Each node vouches for itself, and has its address in its common name alone.
async fn the_ring_of_the_guide_works_too(ring: &Ring, section: &CassandraSection, folder: &Path) {
    let address = address_of(&section.contact_points[0]);
    let shown = Wanted::common_name_only(address).self_signed();
    let own = Wanted::of("chatclient", &[]).self_signed();
    let ours = own.write(folder, "chatclient");
    std::fs::write(&ours.key, own.encrypted_key("genesys")).unwrap();
    ring.node(1).kill();
    ring.node(1).show(&shown.key_store(), &[&own.certificate]);
    ring.node(1).start();
    trust(&folder.join("nodes"), &[&shown.certificate]);
    let strict = showing(&ours, &trusting(&folder.join("nodes")));
    let strict = Encryption { password: Secret::new("genesys"), ..strict };

    let remedies = [address, "keytool -ext san=ip:", "verify-peer-identity to false"];
    assert_tells(&connect(section, &strict).await, &remedies);
    let lenient = Encryption { verify_peer_identity: false, ..strict };
    let link = connect(section, &lenient).await.unwrap();
    assert!(CassandraSession::over(link).await.unwrap().is_reachable(), "its rows are gone");

    let wrong = Encryption { password: Secret::new("guess"), ..lenient };
    let cannot =
        ["chatclient.key", "cannot be decrypted with the password", "[encryption] password"];
    assert_tells(&connect(section, &wrong).await, &cannot);
}

fn the_program_says_the_same(section: &CassandraSection, right: &Encryption, nobody: &Encryption) {
    let missing = Pair { certificate: "/nowhere/a.pem".into(), key: "/nowhere/a.key".into() };

    // Whoever does not wait says nothing of waiting, and a first try may take its time.
    let checked = check(section, right, 5);
    let lacks = check(section, nobody, 5);
    let unreadable = check(section, &showing(&missing, nobody), 0);

    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    assert_eq!(lacks.status.code(), Some(4), "{lacks:?}");
    let told = String::from_utf8(lacks.stderr).unwrap();
    let (line, end) = told.trim_end().rsplit_once('\n').unwrap();
    assert!(line.contains("waiting for Cassandra: TLS fails"), "{told}");
    for line in [line, end] {
        assert!(line.contains("client-certificate-file"), "{told}");
        assert!(line.contains(&section.contact_points[0]), "{told}");
    }
    assert_eq!(unreadable.status.code(), Some(3), "{unreadable:?}");
    assert!(String::from_utf8(unreadable.stderr).unwrap().contains("/nowhere/a."));
}

/// `holdfast schema check`, with this configuration and nothing else.
fn check(section: &CassandraSection, tls: &Encryption, wait: u64) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
    command.args(["schema", "check", "--wait", &wait.to_string()]);
    let mut set = |option: &str, value: &str| {
        command.args(["--set", &format!("{option}={value}")]);
    };
    set("cassandra.contact-points", &section.contact_points.join(","));
    set("cassandra.keyspace", &section.keyspace);
    set("encryption.enabled", "true");
    let files = [
        ("trusted-cert-dir", &tls.trusted_cert_dir),
        ("client-certificate-file", &tls.client_certificate_file),
        ("client-private-key-file", &tls.client_private_key_file),
    ];
    for (option, file) in files {
        if let Some(file) = file {
            set(&format!("encryption.{option}"), file.to_str().unwrap());
        }
    }
    command.env_clear().current_dir(env!("CARGO_TARGET_TMPDIR")).stdin(Stdio::null());
    command.output().unwrap()
}

#[actix_web::test]
async fn a_ring_that_wants_no_certificate_gets_along_with_and_without() {
    let ring =
        Ring::start(RingShape { encryption: ring::Encryption::Server, ..RingShape::default() });
    let (section, folder) = (section(&ring, "holdfast"), tempfile::tempdir().unwrap());
    let without = trusting(ring.trusted());
    let own = Wanted::of("chatclient", &[]).self_signed().write(folder.path(), "chatclient");

    assert!(connect(&section, &without).await.is_ok());
    assert!(connect(&section, &showing(&own, &without)).await.is_ok());
    let by_chain = Encryption { verify_peer_identity: false, ..without };
    let unnamed = ["identity-allow", "verify-peer-identity to true", "cassandra-1", "sha256:"];
    assert_tells(&connect(&section, &by_chain).await, &unnamed);
    let named = Encryption { identity_allow: vec!["cassandra-1".to_owned()], ..by_chain };
    assert!(connect(&section, &named).await.is_ok());
}
