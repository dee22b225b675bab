//! Answers that come late, that get lost, or that say nobody knows: what was written then stands once,
//! and is acknowledged once.

use super::{linked, made, section};
use crate::support::detour::{Answers, Detour};
use crate::support::patience::eventually;
use crate::support::ring::Ring;
use futures_util::future::{join, join_all};
use holdfast::base::Claim;
use holdfast::config::CassandraSection;
use holdfast::node::world::{Dice, WallClock};
use holdfast::store::cassandra::{CassandraRows, CassandraSession};
use holdfast::store::contract::{append, claim, line, open, part, read, seal, sealed};
use holdfast::store::ring::processes::Processes;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// As many as wait at one session before customers are told to come later.
const N_AT_ONCE: u64 = 64;

#[actix_web::test]
async fn an_append_whose_answer_is_lost_or_unknown_stands_once() {
    for (answers, thing) in [(Answers::GetLost, "lost"), (Answers::BecomeTimeouts, "late")] {
        let section = CassandraSection { request_timeout_ms: 500, ..section(Ring::shared(), "") };
        let (detour, _, store) = behind_a_detour(section).await;
        let mine = begun(&store, thing).await;
        append(&store, &mine, &[line(1, "before")]).await.unwrap();
        detour.let_answers(answers);
        let again = async {
            eventually("an answer is spoilt", async || (0 < detour.n_spoilt()).then_some(())).await;
            detour.let_answers(Answers::Arrive);
        };
        let lines = [part(2, "in", 1), line(3, "between")];

        let (appended, ()) = join(append(&store, &mine, &lines), again).await;

        assert_eq!(appended, Ok(()), "{answers:?}");
        append(&store, &mine, &[line(4, "after")]).await.unwrap();
        let all = [(1, "before"), (2, "in"), (3, "between"), (4, "after")];
        assert_eq!(read(&store, thing).await, Ok(sealed(0, &[], &all)), "{answers:?}");
        assert!(0 < detour.n_spoilt());
    }
}

#[actix_web::test]
async fn a_ring_that_takes_a_second_for_each_answer_is_slow_and_not_lost() {
    let section = CassandraSection {
        request_timeout_ms: CassandraSection::default().request_timeout_ms,
        ..section(Ring::shared(), "")
    };
    let (detour, session, store) = behind_a_detour(section).await;
    let store = &store;
    let things: Vec<_> = (0..N_AT_ONCE).map(|n| format!("slow-{n}")).collect();
    let claims = join_all(things.iter().map(|thing| begun(store, thing))).await;
    detour.slow_down(Duration::from_secs(1));

    for position in 1..=3 {
        #[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
        let began = Instant::now();
        let lines = [line(position, "hello")];
        let appended = join_all(claims.iter().map(|mine| append(store, mine, &lines))).await;

        assert!(appended.iter().all(Result::is_ok), "{appended:?}");
        // Two answers each, and one that another waits for; one append after the other would take
        // more than three minutes.
        let took = began.elapsed();
        assert!(took < Duration::from_secs(30), "round {position} took {took:?}");
        assert!(session.is_reachable());
    }
}

/// A session on a keyspace of its own, by a way of its own.
async fn behind_a_detour(section: CassandraSection) -> (Detour, CassandraSession, Processes) {
    let ring = Ring::shared();
    let straight = CassandraSection { keyspace: Ring::new_keyspace(), ..section };
    made(&linked(&straight).await, 1).await;
    let detour = Detour::to(&ring.contact_points()[0], None).await;
    let section = CassandraSection { contact_points: vec![detour.address.clone()], ..straight };
    let session = CassandraSession::open(&section, None).await.unwrap();
    let rows = Arc::new(CassandraRows(session.clone()));
    (detour, session, Processes::new(rows, Arc::new(WallClock), Arc::new(Dice)))
}

async fn begun(store: &Processes, thing: &str) -> Claim {
    let mine = claim(thing, 1);
    open(store, &mine, &[]).await.unwrap();
    seal(store, &mine, 0, &[]).await.unwrap();
    mine
}
