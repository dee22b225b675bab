//! C7, C8 and C10: what is around sessions. Nobody notices what is planned, the owner that is named
//! lives, and the servers count what their clients count.

use super::{Author, Book, Check, History, Party, ViewKind, What};
use crate::cli::torture::figures::{Figures, seconds};
use crate::cli::torture::phase::{Phase, Phases};
use std::collections::{BTreeMap, BTreeSet};

/// So many messages must have been measured before two times are compared.
const ENOUGH: u64 = 100;

/// What planned work may cost.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Seconds from a message to its acknowledgement, at most.
    pub longest: f64,
    /// By how much the 99th percentile may grow.
    pub factor: f64,
}

/// What servers say they have stored, or why that says nothing.
pub type Counted = Result<u64, String>;

/// C7.
pub fn check_planned(
    histories: &[History],
    (phases, figures): (&Phases, &Figures),
    allowance: Allowance,
    book: &mut Book,
) {
    if !phases.have(Phase::Planned) {
        return book.not_checked(Check::C7, "no phase was planned");
    }
    let planned = figures.of(Phase::Planned);
    book.examined(Check::C7, planned.acked.len());
    for (kind, n) in planned.failures.iter().filter(|(kind, _)| kind.as_str() != "http 429") {
        book.broken(Check::C7, || format!("{n} requests failed: {kind}"));
    }
    let longest = seconds(planned.acked.max());
    if allowance.longest < longest {
        book.broken(Check::C7, || format!("a message was acknowledged after {longest:.3} s"));
    }
    check_pace(figures, allowance, book);
    for history in histories {
        check_parties(history, phases, book);
    }
}

fn check_pace(figures: &Figures, allowance: Allowance, book: &mut Book) {
    let [before, after] = [Phase::Baseline, Phase::Planned].map(|phase| &figures.of(phase).acked);
    if before.len() < ENOUGH || after.len() < ENOUGH {
        return;
    }
    let [before, after] = [before, after].map(|times| seconds(times.value_at_quantile(0.99)));
    if before * allowance.factor < after {
        book.broken(Check::C7, || {
            format!("99 % were acknowledged within {before:.4} s before, within {after:.4} s now")
        });
    }
}

/// Whoever has not left is not said to have left, and nobody comes twice.
fn check_parties(history: &History, phases: &Phases, book: &mut Book) {
    let mut n_joined = BTreeMap::<Author, u32>::new();
    for (position, line) in parties(history) {
        let session = &history.session;
        match line {
            What::Left(Party { who, at }) => {
                let has_said = history.goodbyes.get(&who).is_some_and(|said| *said <= at + SLACK);
                if !has_said && phases.at(at) == Phase::Planned {
                    let who = who.name();
                    let what = || format!("{session}: the {who} has not left, as {position} says");
                    book.broken(Check::C7, what);
                }
            }
            What::Joined(Party { who, at }) => {
                let n = n_joined.entry(who).or_default();
                *n += 1;
                if 1 < *n && phases.at(at) == Phase::Planned {
                    let who = who.name();
                    let what = || format!("{session}: the {who} came again, as {position} says");
                    book.broken(Check::C7, what);
                }
            }
            What::Said(..) | What::Damaged | What::Strange | What::Other => {}
        }
    }
}

/// By how much clocks may differ.
const SLACK: u64 = 2_000_000;

/// The comings and goings that anybody was shown live; documents know times to the second only.
fn parties(history: &History) -> BTreeMap<u64, What> {
    let streams = history.views.iter().filter(|view| view.kind == ViewKind::Stream);
    let lines = streams.flat_map(|view| &view.lines);
    let parties = lines.filter(|line| matches!(line.what, What::Joined(_) | What::Left(_)));
    parties.map(|line| (line.position, line.what.clone())).collect()
}

/// C8.
pub fn check_owners(histories: &[History], living: &[String], book: &mut Book) {
    if living.is_empty() {
        return book.not_checked(Check::C8, "--nodes does not say who lives");
    }
    for history in histories {
        let Some(owner) = &history.owner else { continue };
        book.examined(Check::C8, 1);
        if !living.contains(owner) {
            let session = &history.session;
            book.broken(Check::C8, || format!("{session}: its owner is said to be {owner}"));
        }
    }
}

/// C10.
pub fn check_counts(histories: &[History], counted: Option<Counted>, book: &mut Book) {
    let counted = match counted {
        None => return book.not_checked(Check::C10, "--metrics does not say where to count"),
        Some(Err(why)) => return book.not_checked(Check::C10, &why),
        Some(Ok(counted)) => counted,
    };
    let n_acked: u64 = histories.iter().map(n_acked).sum();
    let n_kept: u64 = histories.iter().map(n_kept).sum();
    book.examined(Check::C10, n_acked);
    if !(n_acked..=n_kept.max(n_acked)).contains(&counted) {
        book.broken(Check::C10, || {
            format!("servers count {counted}; {n_acked} were acknowledged, {n_kept} are kept")
        });
    }
}

fn n_acked(history: &History) -> u64 {
    history.words.iter().filter(|word| word.acked.is_some()).count() as u64
}

/// Some are kept whose acknowledgement was lost on the way.
fn n_kept(history: &History) -> u64 {
    let record = history.whole(super::Viewer::Record);
    let places = record.map(super::View::places).unwrap_or_default();
    places.keys().collect::<BTreeSet<_>>().len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::torture::check::testing::{broken, history, view_mut};
    use crate::cli::torture::check::{Line, Sight, Viewer};

    const ALLOWANCE: Allowance = Allowance { longest: 2.0, factor: 2.0 };

    #[test]
    fn quick_answers_and_no_failures_are_fine() {
        assert_eq!(planned_with(&figures(10, 15), &history()), []);
    }

    #[test]
    fn a_failed_request_is_noticed_in_planned_phases_alone() {
        let mut figures = figures(10, 10);
        figures.of_mut(Phase::Fault).fail("http 503");
        assert_eq!(planned_with(&figures, &history()), []);

        figures.of_mut(Phase::Planned).fail("http 503");
        assert_eq!(planned_with(&figures, &history()), [Check::C7]);
    }

    #[test]
    fn being_slow_is_noticed() {
        assert_eq!(planned_with(&figures(10, 30), &history()), [Check::C7]);

        let mut once = figures(10, 10);
        once.of_mut(Phase::Planned).acked.saturating_record(2_100_000);
        assert_eq!(planned_with(&once, &history()), [Check::C7]);
    }

    #[test]
    fn somebody_who_is_said_to_have_left_is_noticed_unless_he_said_so() {
        let mut history = history();
        let left = What::Left(Party { who: Author::Agent, at: 500 });
        let line = Line { position: 6_001, content: 1, sight: Sight::All, what: left };
        view_mut(&mut history, Viewer::Agent, ViewKind::Stream).lines.push(line);
        assert_eq!(planned_with(&figures(10, 10), &history), [Check::C7]);

        history.goodbyes.insert(Author::Agent, 400);
        assert_eq!(planned_with(&figures(10, 10), &history), []);
    }

    #[test]
    fn an_owner_who_does_not_live_is_found() {
        let owned = History { owner: Some("b:1".into()), ..history() };
        let check = |living: &[&str]| {
            let living: Vec<_> = living.iter().map(|one| (*one).to_owned()).collect();
            broken(&owned, |one, book| check_owners(std::slice::from_ref(one), &living, book))
        };

        assert_eq!(check(&["a:1", "b:1"]), []);
        assert_eq!(check(&["a:1"]), [Check::C8]);
        assert_eq!(check(&[]), []);
    }

    #[test]
    fn servers_count_what_clients_know_and_may_count_what_was_kept_without_their_knowing() {
        let count = |history: &History, counted| {
            broken(history, |one, book| {
                check_counts(std::slice::from_ref(one), Some(Ok(counted)), book);
            })
        };
        let mut history = history();
        assert_eq!([count(&history, 5), count(&history, 4)], [vec![], vec![Check::C10]]);
        assert_eq!(count(&history, 6), [Check::C10]);

        history.words[0].acked = None;
        assert_eq!([count(&history, 5), count(&history, 4)], [vec![], vec![]]);
    }

    fn planned_with(figures: &Figures, history: &History) -> Vec<Check> {
        let mut phases = Phases::beginning_with(Phase::Baseline);
        phases.enter(100, Phase::Planned);
        broken(history, |one, book| {
            check_planned(std::slice::from_ref(one), (&phases, figures), ALLOWANCE, book);
        })
    }

    /// Milliseconds to an acknowledgement, before and in the planned phase.
    fn figures(before: u64, after: u64) -> Figures {
        let mut figures = Figures::new().unwrap();
        for (phase, millis) in [(Phase::Baseline, before), (Phase::Planned, after)] {
            for _ in 0..200 {
                figures.of_mut(phase).acked.saturating_record(millis * 1_000);
            }
        }
        figures
    }
}
