//! Figures of several rounds as people read them, and latencies within one.

use hdrhistogram::Histogram;

/// Up to a minute, in nanoseconds, to three digits.
pub fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1_000, 60_000_000_000, 3).unwrap()
}

#[expect(clippy::cast_precision_loss, reason = "latencies and counts are far below 2^52")]
pub fn float(number: u64) -> f64 {
    number as f64
}

/// A quantile in milliseconds.
pub fn millis(latency: &Histogram<u64>, quantile: f64) -> f64 {
    float(latency.value_at_quantile(quantile)) / 1e6
}

/// The median, and from the least to the greatest.
pub fn spread(figures: impl Iterator<Item = f64>, n_digits: usize) -> String {
    let mut sorted: Vec<_> = figures.collect();
    sorted.sort_by(f64::total_cmp);
    let (least, most) = (sorted[0], sorted[sorted.len() - 1]);
    let median = sorted[sorted.len() / 2];
    format!("{median:.n_digits$} ({least:.n_digits$}–{most:.n_digits$})")
}
