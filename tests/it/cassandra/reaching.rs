//! What the loss of nodes of the ring costs: of one of three hardly anything, of two everything, and
//! each change is told once.

use super::{linked, made, section};
use crate::support::ring::{Ring, RingShape, RingSize};
use futures_util::future::join;
use holdfast::base::{Epoch, Position};
use holdfast::config::CassandraSection;
use holdfast::store::cassandra::{CassandraRows, CassandraSession};
use holdfast::store::ring::rows::{EventRow, NoAnswer, Rows};
use std::fmt::Debug;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tracing::field::{Field, Visit};
use tracing::subscriber::set_global_default;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry;

/// Appends of an event each, one after the other, while a node is frozen.
const N_APPENDS: u64 = 100;

static N_LOST: AtomicU32 = AtomicU32::new(0);
static N_BACK: AtomicU32 = AtomicU32::new(0);

#[actix_web::test]
async fn one_frozen_node_of_three_costs_little_and_two_are_told_of_once() {
    set_global_default(registry().with(Listener)).unwrap();
    let ring = Ring::start(RingShape { size: RingSize::Three, ..RingShape::default() });
    let section = CassandraSection { speculative_delay_ms: 100, ..section(&ring, "holdfast") };
    let link = linked(&section).await;
    made(&link, 3).await;
    let session = CassandraSession::over(link).await.unwrap();
    let rows = CassandraRows(session.clone());
    append(&rows, 1_000).await.unwrap();

    ring.node(2).freeze();
    let took = appends(&rows).await;
    // Asked first and waited for, the frozen node would hold every third one up for ten seconds. A
    // busy machine holds up a few.
    let (most, slowest) = (took[took.len() * 9 / 10], took[took.len() - 1]);
    assert!(most < Duration::from_millis(1_500), "of ten appends nine took up to {most:?}");
    assert!(slowest < Duration::from_secs(8), "an append took {slowest:?}");
    assert_eq!(told(), (0, 0));
    assert!(session.is_reachable());

    ring.node(3).freeze();
    wait(|| !session.is_reachable()).await;
    let (one, other) = join(append(&rows, 2_000), append(&rows, 3_000)).await;
    assert!(one.is_err() && other.is_err());
    assert!(Duration::from_secs(3) < session.silence());
    assert_eq!(told(), (1, 0));

    ring.node(3).thaw();
    wait(|| session.is_reachable()).await;
    assert_eq!(told(), (1, 1));
    while append(&rows, 2_000).await.is_err() {}
    ring.node(2).thaw();
    assert_eq!(told(), (1, 1));
}

/// How long each of many appends took, the quickest first.
#[expect(clippy::print_stdout, reason = "a measure is for people")]
async fn appends(rows: &CassandraRows) -> Vec<Duration> {
    let mut all = Vec::new();
    for position in 1..=N_APPENDS {
        #[expect(clippy::disallowed_methods, reason = "real time is what is measured")]
        let began = Instant::now();
        append(rows, position).await.unwrap();
        all.push(began.elapsed());
    }
    all.sort();
    let n = all.len();
    println!(
        "one of three frozen: p50 {:?}, p90 {:?}, most {:?}",
        all[n / 2],
        all[n * 9 / 10],
        all[n - 1]
    );
    all
}

/// Writes an event and then looks at a lane, as every append does.
async fn append(rows: &CassandraRows, position: u64) -> Result<(), NoAnswer> {
    let event = EventRow {
        position: Position(position),
        key: None,
        more: 0,
        version: 1,
        body: "hello".into(),
    };
    // Many things, so that each node is asked first now and then.
    let thing = format!("thing-{position}");
    let epoch = Epoch { micros: 1_795_264_496_789_000, tie: 1 };
    rows.insert_events(&thing.as_str().into(), epoch, &[event]).await?;
    let lane = format!("node-{position}:b1:0").parse().unwrap();
    rows.fences(&lane).await.map(drop)
}

async fn wait(is_so: impl Fn() -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(50));
    for _ in 0..1_200 {
        ticks.tick().await;
        if is_so() {
            return;
        }
    }
    panic!("it did not come to be");
}

fn told() -> (u32, u32) {
    (N_LOST.load(Ordering::Acquire), N_BACK.load(Ordering::Acquire))
}

/// Counts the events of the log that have the two numbers.
struct Listener;

impl<S: tracing::Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        event.record(&mut Numbers);
    }
}

struct Numbers;

impl Visit for Numbers {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match (field.name(), value) {
            ("event", 59_520) => N_LOST.fetch_add(1, Ordering::AcqRel),
            ("event", 59_521) => N_BACK.fetch_add(1, Ordering::AcqRel),
            _ => 0,
        };
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
