//! How long things took and what went wrong on the way, for each phase. Times are counted from when
//! a message was planned, not from when there was time to send it: a server that holds up its
//! clients cannot hide that. Pure.

use crate::cli::torture::check::Micros;
use crate::cli::torture::phase::Phase;
use hdrhistogram::{CreationError, Histogram};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Microseconds; what takes longer counts as this.
const LONGEST: u64 = 3_600_000_000;

/// To so many digits times are told apart.
const DIGITS: u8 = 3;

#[derive(Clone, Debug)]
pub struct Figures([PhaseFigures; Phase::ALL.len()]);

#[derive(Clone, Debug)]
pub struct PhaseFigures {
    /// Microseconds from plan to acknowledgement.
    pub acked: Histogram<u64>,
    /// Microseconds from plan to the first sight of it by the other side.
    pub delivered: Histogram<u64>,
    /// Requests that did not succeed, by kind.
    pub failures: BTreeMap<String, u64>,
    pub n_requests: u64,
    pub n_retries: u64,
    /// Sockets that were opened again.
    pub n_reconnects: u64,
}

impl Figures {
    pub fn new() -> Result<Self, CreationError> {
        let new = PhaseFigures::new;
        Ok(Self([new()?, new()?, new()?]))
    }

    pub fn of(&self, phase: Phase) -> &PhaseFigures {
        let [baseline, planned, fault] = &self.0;
        match phase {
            Phase::Baseline => baseline,
            Phase::Planned => planned,
            Phase::Fault => fault,
        }
    }

    pub fn of_mut(&mut self, phase: Phase) -> &mut PhaseFigures {
        let [baseline, planned, fault] = &mut self.0;
        match phase {
            Phase::Baseline => baseline,
            Phase::Planned => planned,
            Phase::Fault => fault,
        }
    }

    /// A sum over all phases.
    pub fn total(&self, of: impl Fn(&PhaseFigures) -> u64) -> u64 {
        self.0.iter().map(of).sum()
    }

    /// For the report: the phases in which anything happened.
    pub fn to_json(&self) -> Value {
        let phases = Phase::ALL.into_iter().filter(|phase| 0 < self.of(*phase).n_requests);
        phases.map(|phase| (phase.name().to_owned(), self.of(phase).to_json())).collect()
    }
}

impl PhaseFigures {
    fn new() -> Result<Self, CreationError> {
        Ok(Self {
            acked: Histogram::new_with_max(LONGEST, DIGITS)?,
            delivered: Histogram::new_with_max(LONGEST, DIGITS)?,
            failures: BTreeMap::new(),
            n_requests: 0,
            n_retries: 0,
            n_reconnects: 0,
        })
    }

    pub fn fail(&mut self, kind: &str) {
        *self.failures.entry(kind.to_owned()).or_default() += 1;
    }

    pub fn n_failures(&self) -> u64 {
        self.failures.values().sum()
    }

    fn to_json(&self) -> Value {
        json!({
            "requests": self.n_requests,
            "failures": self.failures,
            "retries": self.n_retries,
            "reconnects": self.n_reconnects,
            "sentToAcknowledged": times(&self.acked),
            "sentToDelivered": times(&self.delivered),
        })
    }
}

/// Microseconds as seconds.
pub fn seconds(micros: Micros) -> f64 {
    std::time::Duration::from_micros(micros).as_secs_f64()
}

/// In milliseconds.
fn times(times: &Histogram<u64>) -> Value {
    let at = |quantile| seconds(times.value_at_quantile(quantile)) * 1_000.0;
    json!({
        "n": times.len(),
        "p50": at(0.5),
        "p99": at(0.99),
        "p99.9": at(0.999),
        "max": seconds(times.max()) * 1_000.0,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_has_the_phases_in_which_something_happened() {
        let mut figures = Figures::new().unwrap();
        figures.of_mut(Phase::Fault).n_requests = 2;
        figures.of_mut(Phase::Fault).acked.saturating_record(1_500);
        figures.of_mut(Phase::Fault).fail("http 503");

        let report = figures.to_json();

        assert_eq!(report.as_object().unwrap().len(), 1);
        assert_eq!(report["fault"]["failures"]["http 503"], 1);
        assert_eq!(report["fault"]["sentToAcknowledged"]["max"], 1.5);
        assert_eq!(figures.total(PhaseFigures::n_failures), 1);
    }
}
