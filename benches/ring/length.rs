//! What a message and a whole session are made of, and whether late messages cost more than early
//! ones.

use crate::clock;
use crate::counted::Passed;
use crate::owner::Owner;
use crate::ring::Ring;
use crate::session::event;
use crate::spread::{float, histogram, millis};
use holdfast::base::Claim;
use std::ops::RangeInclusive;

/// Twenty messages around the first, the 100th and the 2,000th. The first event is the joining.
const STRETCHES: [RangeInclusive<u64>; 3] = [2..=21, 91..=110, 1_991..=2_010];

pub async fn measure(ring: &Ring) {
    println!("### By the number of the message, one session alone\n");
    println!("| messages | statements each | bytes written | bytes read | p50 ms |");
    println!("|---|---|---|---|---|");
    let owner = Owner::start(ring);
    let claim = owner.create("long").await;
    let mut next = 1;
    for stretch in STRETCHES {
        for position in next..*stretch.start() {
            owner.append(&claim, vec![event(position)]).await;
        }
        next = stretch.end() + 1;
        measure_stretch(&owner, &claim, stretch).await;
    }
    println!();
    whole(ring).await;
}

async fn measure_stretch(owner: &Owner, claim: &Claim, stretch: RangeInclusive<u64>) {
    let (mut latency, before) = (histogram(), owner.rows.passed());
    for position in stretch.clone() {
        let begun = clock::now();
        owner.append(claim, vec![event(position)]).await;
        latency.saturating_record(clock::now() - begun);
    }
    let Passed { n_statements, written, read } = owner.rows.passed() - before;
    let each = |sum| float(sum) / float(latency.len());
    println!(
        "| {}–{} | {:.1} | {:.0} | {:.0} | {:.2} |",
        stretch.start() - 1,
        stretch.end() - 1,
        each(n_statements),
        each(written),
        each(read),
        millis(&latency, 0.5),
    );
}

/// A customer comes, twenty messages, and it is closed.
async fn whole(ring: &Ring) {
    let owner = Owner::start(ring);
    let claim = owner.create("whole").await;
    let created = owner.rows.passed();
    for position in 1..=21 {
        owner.append(&claim, vec![event(position)]).await;
    }
    owner.close(&claim).await;
    let all = owner.rows.passed();
    println!(
        "A whole session of a joining and 20 messages, alone: {} statements, {} of them to create \
         it; {} bytes written, {} read.\n",
        all.n_statements, created.n_statements, all.written, all.read
    );
}
