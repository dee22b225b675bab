//! The clock of the measurement, and figures as people read them.

pub use crate::apart::clock::{nanos, now};
use hdrhistogram::Histogram;

/// Latencies up to two minutes, in nanoseconds, to three digits.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1_000, 120_000_000_000, 3).unwrap()
}

/// p50, p99 and p99.9 in milliseconds.
pub fn quantiles(taken: &Histogram<u64>) -> String {
    let each = [0.5, 0.99, 0.999].map(|quantile| millis(taken.value_at_quantile(quantile)));
    format!("{:.1} / {:.1} / {:.1}", each[0], each[1], each[2])
}

pub fn millis(nanos: u64) -> f64 {
    float(nanos) / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "figures of a measurement are far below 2^52")]
pub fn float(number: u64) -> f64 {
    number as f64
}

/// The middle one, with the least and the greatest.
pub fn spread(values: &[f64], n_digits: usize) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (least, middle) = (sorted[0], sorted[sorted.len() / 2]);
    let most = sorted[sorted.len() - 1];
    format!("{middle:.n_digits$} ({least:.n_digits$}–{most:.n_digits$})")
}

/// Tells the first few of the things that went wrong.
pub fn complain(n_before: u64, what: &str) {
    const MOST: u64 = 5;
    const LONGEST: usize = 200;
    if n_before < MOST {
        println!("went wrong: {}", what.chars().take(LONGEST).collect::<String>());
    }
}
