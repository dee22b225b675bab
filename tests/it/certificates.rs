//! The scripts of `certs/` make what every part of the program accepts.

use crate::support::certs::Pair;
use holdfast::config::{Certificate, Encryption, Peer, Secret};
use holdfast::tls::{cassandra, listener, names_of, peer, pem};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ServerConfig, ServerConnection};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

const PASSWORD: &str = "correct horse";

#[test]
fn what_the_scripts_make_is_accepted_everywhere() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path();
    run("make-authority", &[made.to_str().unwrap()]);
    let cassandra_1 = make(made, "cassandra-1", &["--ip", "127.0.0.1"]);
    let node_a = make(made, "node-a", &["--ip", "127.0.0.2", "--encrypt-key"]);
    let node_b = make(made, "node-b", &["--rsa"]);
    let web = make(made, "web", &["--dns", "chat.example"]);
    let client = make(made, "chatclient", &["--client"]);

    let ours = peer(&peer_section(made, &node_a)).unwrap().unwrap();
    let theirs = peer(&peer_section(made, &node_b)).unwrap().unwrap();
    let to_cassandra = cassandra(&encryption(made, &node_a)).unwrap().unwrap();
    let customers = listener("customer", &certificate(&web)).unwrap().unwrap();
    let cassandra_s = listener("customer", &certificate(&cassandra_1)).unwrap().unwrap();

    assert_eq!(shake_hands(&ours.client, "node-b", &theirs.server), Ok(()));
    assert_eq!(shake_hands(&theirs.client, "node-a", &ours.server), Ok(()));
    assert!(shake_hands(&ours.client, "node-c", &theirs.server).is_err());
    assert_eq!(shake_hands(&to_cassandra.config, "127.0.0.1", &cassandra_s.config), Ok(()));
    assert!(shake_hands(&to_cassandra.config, "127.0.0.9", &cassandra_s.config).is_err());
    assert_eq!(shake_hands(&to_cassandra.config, "chat.example", &customers.config), Ok(()));
    assert!(peer(&peer_section(made, &client)).is_ok());
    assert!(cassandra(&encryption(made, &client)).unwrap().is_some());
    let shown = pem::certificates(&node_a.certificate).unwrap();
    assert!(names_of(&shown[0]).contains(&"node-a".to_owned()));
}

#[test]
fn a_client_s_certificate_is_for_no_server_and_an_authority_is_never_made_over() {
    let folder = tempfile::tempdir().unwrap();
    let made = folder.path();
    run("make-authority", &[made.to_str().unwrap()]);
    let client = make(made, "chatclient", &["--client", "--ip", "127.0.0.1"]);
    let to_cassandra = cassandra(&encryption(made, &client)).unwrap().unwrap();
    let posing = listener("customer", &certificate(&client)).unwrap().unwrap();

    assert!(shake_hands(&to_cassandra.config, "127.0.0.1", &posing.config).is_err());
    let again = script("make-authority", &[made.to_str().unwrap()]);
    assert!(!again.status.success());
    assert!(String::from_utf8(again.stderr).unwrap().contains("there is an authority in"));
}

/// Whether both sides come to believe each other.
fn shake_hands(
    client: &Arc<ClientConfig>,
    name: &'static str,
    server: &Arc<ServerConfig>,
) -> Result<(), rustls::Error> {
    let name = ServerName::try_from(name).unwrap();
    let mut client = ClientConnection::new(client.clone(), name)?;
    let mut server = ServerConnection::new(server.clone())?;
    while client.is_handshaking() || server.is_handshaking() {
        let mut wire = Vec::new();
        client.write_tls(&mut wire).unwrap();
        server.read_tls(&mut wire.as_slice()).unwrap();
        server.process_new_packets()?;
        let mut wire = Vec::new();
        server.write_tls(&mut wire).unwrap();
        client.read_tls(&mut wire.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok(())
}

fn make(folder: &Path, name: &str, options: &[&str]) -> Pair {
    run("make-certificate", &[&[name, "--folder", folder.to_str().unwrap()], options].concat());
    let file = |ending: &str| folder.join(format!("{name}.{ending}"));
    Pair { certificate: file("pem"), key: file("key") }
}

fn run(name: &str, arguments: &[&str]) {
    let output = script(name, arguments);
    assert!(output.status.success(), "{output:?}");
}

fn script(name: &str, arguments: &[&str]) -> Output {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("certs").join(name);
    Command::new(file).args(arguments).env("KEY_PASSWORD", PASSWORD).output().unwrap()
}

fn peer_section(made: &Path, pair: &Pair) -> Peer {
    Peer {
        certificate_file: Some(pair.certificate.clone()),
        private_key_file: Some(pair.key.clone()),
        private_key_password: Secret::new(PASSWORD),
        trusted_cert_dir: Some(made.join("trusted")),
    }
}

fn encryption(made: &Path, pair: &Pair) -> Encryption {
    Encryption {
        enabled: true,
        trusted_cert_dir: Some(made.join("trusted")),
        client_certificate_file: Some(pair.certificate.clone()),
        client_private_key_file: Some(pair.key.clone()),
        password: Secret::new(PASSWORD),
        ..Encryption::default()
    }
}

fn certificate(pair: &Pair) -> Certificate {
    Certificate {
        certificate_file: Some(pair.certificate.clone()),
        private_key_file: Some(pair.key.clone()),
        ..Certificate::default()
    }
}
