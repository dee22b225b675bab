//! The clock of the measurement: nanoseconds since its beginning, so that they fit into a message.

use std::sync::LazyLock;
use std::time::{Duration, Instant};

static BEGINNING: LazyLock<Instant> = LazyLock::new(instant);

#[expect(clippy::disallowed_methods, reason = "a measurement measures")]
fn instant() -> Instant {
    Instant::now()
}

pub fn now() -> u64 {
    nanos(BEGINNING.elapsed())
}

pub fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap()
}
