//! Each certificate that a node may show, by each rule, and a start that waits until it is put right.

use super::{assert_tells, connect, n_errors, trusting};
use crate::cassandra::{linked, made, section};
use crate::support::certs::{Authority, Issued, Wanted, trust};
use crate::support::detour::{Detour, address_of};
use crate::support::patience::eventually;
use crate::support::ring::Ring;
use holdfast::config::{CassandraSection, Encryption};
use holdfast::store::cassandra::CassandraSession;
use holdfast::tls::{Reloader, cassandra};

/// What an operator reads by the strict rule, and by that which does not look at names; nothing if
/// the node is let in.
struct Row {
    shown: Issued,
    trusted: String,
    strict: &'static [&'static str],
    by_chain: &'static [&'static str],
}

const EXPIRED: &[&str] = &["ended on 2020-01-01", "renew it"];
const UNKNOWN: &[&str] = &["nobody who is trusted", "into trusted-cert-dir"];
const NOT_NAMED: &[&str] = &["anybody with a certificate of it could pass", "identity-allow"];
const WRONG_HOST: &[&str] = &["and not for 127.42.", "san=ip:127.42.", "verify-peer-identity"];
const OF_AUTHORITY: &[&str] = &["CA:TRUE", "basicConstraints=CA:FALSE"];

#[actix_web::test]
async fn each_certificate_of_a_node_is_let_in_or_told_with_its_remedy() {
    let node = &Ring::shared().contact_points()[0];
    for (number, row) in rows(address_of(node)).into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        trust(folder.path(), &[&row.trusted]);
        let detour = Detour::to(node, Some(row.shown.server(&[]))).await;
        let section = CassandraSection {
            contact_points: vec![detour.address.clone()],
            ..section(Ring::shared(), "holdfast")
        };
        let strict = trusting(folder.path());
        let by_chain = Encryption { verify_peer_identity: false, ..strict.clone() };

        for (tls, words) in [(strict, row.strict), (by_chain, row.by_chain)] {
            let told = connect(&section, &tls).await;
            if words.is_empty() {
                assert!(told.is_ok(), "row {number}: {}", told.err().unwrap());
            } else {
                assert_tells(&told, &[words, &[&detour.address, "sha256 "]].concat());
            }
        }
    }
    for reason in ["expired", "unknown_issuer", "wrong_name", "authority_as_node", "not_allowed"] {
        assert!(0 < n_errors(reason), "{reason} is not counted");
    }
}

fn rows(address: &str) -> Vec<Row> {
    let (authority, stranger) = (Authority::new("the authority"), Authority::new("a stranger"));
    let node = || Wanted::of("node", &[address]);
    let signed = |wanted: Wanted| (authority.issues(wanted), authority.certificate.clone());
    let foreign = (stranger.issues(node()), authority.certificate.clone());
    let own = |wanted: Wanted| {
        let shown = wanted.self_signed();
        let trusted = shown.certificate.clone();
        (shown, trusted)
    };
    // One for all nodes can carry the addresses of only some, and then not this one's.
    let of_all = own(Wanted::of("all nodes", &["10.0.0.1", "10.0.0.2"]));
    let rows: [(_, &[&str], &[&str]); 8] = [
        (signed(node()), &[], NOT_NAMED),
        (signed(Wanted::of("node", &["10.9.9.9"])), WRONG_HOST, NOT_NAMED),
        (signed(node().expired()), EXPIRED, EXPIRED),
        (foreign, UNKNOWN, UNKNOWN),
        (own(Wanted::common_name_only(address)), WRONG_HOST, &[]),
        (own(node().of_an_authority()), OF_AUTHORITY, &[]),
        (own(node().expired()), EXPIRED, EXPIRED),
        (of_all, WRONG_HOST, &[]),
    ];
    let row = |((shown, trusted), strict, by_chain)| Row { shown, trusted, strict, by_chain };
    rows.into_iter().map(row).collect()
}

#[actix_web::test]
async fn a_start_waits_until_the_certificates_are_put_right() {
    let (ring, folder) = (Ring::shared(), tempfile::tempdir().unwrap());
    let (authority, stranger) = (Authority::new("the authority"), Authority::new("a stranger"));
    let node = &ring.contact_points()[0];
    let shown = authority.issues(Wanted::of("node", &[address_of(node)]));
    let detour = Detour::to(node, Some(shown.server(&[]))).await;
    let plain = section(ring, &Ring::new_keyspace());
    made(&linked(&plain).await, 1).await;
    let section = CassandraSection { contact_points: vec![detour.address.clone()], ..plain };
    trust(folder.path(), &[&stranger.certificate]);
    let tls = cassandra(&trusting(folder.path())).unwrap().unwrap();
    let reloader = Reloader::new([tls.reload()]);
    let in_use = tls.clone();
    let opening = actix_web::rt::spawn(async move {
        CassandraSession::open(&section, Some(in_use)).await.map(|session| session.is_reachable())
    });
    eventually("it is refused", async || tls.last_failure()).await;
    assert!(!opening.is_finished());

    trust(folder.path(), &[&stranger.certificate, &authority.certificate]);
    reloader.look();

    assert!(opening.await.unwrap().unwrap());
}
