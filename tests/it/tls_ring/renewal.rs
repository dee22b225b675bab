//! Certificates change while a session goes on: new connections use the new ones, and none stays that
//! was made when somebody was trusted who is trusted no longer.

use super::{showing, trusting};
use crate::cassandra::{linked, made, section};
use crate::support::certs::{Authority, Wanted, trust};
use crate::support::detour::{Detour, Guest, address_of};
use crate::support::patience::eventually;
use crate::support::ring::Ring;
use holdfast::config::CassandraSection;
use holdfast::store::cassandra::{CassandraRows, CassandraSession};
use holdfast::store::ring::rows::Rows;
use holdfast::tls::{CassandraTls, Reloader, cassandra};

#[actix_web::test]
async fn certificates_change_without_a_restart_and_who_is_trusted_no_longer_is_left() {
    let (ring, folder) = (Ring::shared(), tempfile::tempdir().unwrap());
    let trusted = folder.path().join("trusted");
    let node = &ring.contact_points()[0];
    let [old, new, clients] = ["old", "new", "clients"].map(Authority::new);
    let by = |authority: &Authority| {
        authority.issues(Wanted::of("node", &[address_of(node)])).server(&[&clients])
    };
    let client = || clients.issues(Wanted::of("chatclient", &[]));
    let (first, second) = (client(), client());
    let own = first.write(folder.path(), "chatclient");
    trust(&trusted, &[&old.certificate]);
    let detour = Detour::to(node, Some(by(&old))).await;
    let tls = cassandra(&showing(&own, &trusting(&trusted))).unwrap().unwrap();
    let reloader = Reloader::new([tls.reload()]);
    let session = session_by(&detour, tls).await;
    let rows = CassandraRows(session.clone());
    let at_first = detour.guests();
    assert!(!at_first.is_empty() && all_showed(&at_first, &first.der), "{}", at_first.len());

    // A new certificate of our own, and a new authority beside the old one: nothing is disturbed.
    second.overwrite(&own);
    trust(&trusted, &[&old.certificate, &new.certificate]);
    reloader.look();
    assert_eq!(rows.claims(&"nothing".into()).await, Ok(vec![]));
    assert_eq!(detour.guests(), at_first);

    // Connections that break come back with what is new.
    detour.show(by(&new));
    detour.cut();
    eventually("it is back", async || answers(&rows).await).await;
    let renewed = detour.guests();
    assert!(all_showed(&renewed, &second.der));

    // The old authority goes: nobody can know who signed for whom, so all are made anew.
    std::fs::remove_file(trusted.join("0.crt")).unwrap();
    reloader.look();
    let is_left =
        async || (none_of(&renewed, &detour.guests()) && !detour.guests().is_empty()).then_some(());
    eventually("the old connections are left", is_left).await;
    eventually("it answers", async || answers(&rows).await).await;

    // The one who signs for the node goes: better no connection than that one.
    let last = detour.guests();
    trust(&trusted, &[&old.certificate]);
    std::fs::remove_file(trusted.join("1.crt")).unwrap();
    reloader.look();
    let is_alone = async || detour.guests().is_empty().then_some(());
    eventually("nobody is believed any more", is_alone).await;
    let refused = rows.claims(&"nothing".into()).await.unwrap_err().to_string();
    assert!(refused.contains("cannot be believed"), "{refused}");
    eventually("it is told", async || (!session.is_reachable()).then_some(())).await;

    trust(&trusted, &[&old.certificate, &new.certificate]);
    reloader.look();
    eventually("it answers again", async || answers(&rows).await).await;
    assert!(none_of(&last, &detour.guests()));
    eventually("it is told", async || session.is_reachable().then_some(())).await;
}

async fn session_by(detour: &Detour, tls: CassandraTls) -> CassandraSession {
    let plain = section(Ring::shared(), &Ring::new_keyspace());
    made(&linked(&plain).await, 1).await;
    let section = CassandraSection { contact_points: vec![detour.address.clone()], ..plain };
    CassandraSession::open(&section, Some(tls)).await.unwrap()
}

async fn answers(rows: &CassandraRows) -> Option<()> {
    rows.claims(&"nothing".into()).await.ok().map(drop)
}

fn all_showed(guests: &[Guest], certificate: &[u8]) -> bool {
    guests.iter().all(|guest| guest.certificate.as_deref() == Some(certificate))
}

fn none_of(before: &[Guest], now: &[Guest]) -> bool {
    before.iter().all(|guest| !now.contains(guest))
}
