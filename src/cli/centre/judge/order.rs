//! The most urgent is offered first, then the oldest. Tickets rise, so which offer came first is
//! certain; an agent who was offered one thing could have been offered what certainly waited then,
//! unless he had had it before.

use super::day::{Day, Offer};
use super::wait::{Wait, waits};
use super::{Book, Check, Terms};
use crate::cli::centre::journal::Journal;
use crate::cli::torture::check::Micros;
use std::cmp::Ordering;

pub fn check(journal: &Journal, day: &Day, terms: Terms, book: &mut Book) {
    let waits = waits(journal, day);
    let spans: Vec<_> = waits.iter().map(|wait| (wait, wait.spans(terms))).collect();
    for (wait, offer) in
        waits.iter().flat_map(|wait| wait.offers.iter().map(move |one| (wait, *one)))
    {
        if !offer.is_of_router() || offer.was_able.is_none() {
            continue;
        }
        book.examined(Check::Order, 1);
        let waited = spans.iter().filter(|(other, spans)| {
            let is_there = spans.iter().any(|(from, until)| {
                from + terms.skew < offer.at && offer.at + terms.skew < *until
            });
            is_there && is_takeable(day, other, offer)
        });
        for (other, _) in waited {
            if comes_before(day, (other, wait), offer.at, terms) == Some(true) {
                book.broken(Check::Order, || {
                    let (first, agent) = (offer.interaction.as_str(), &offer.agent);
                    format!(
                        "{}: it waited before {first}, which was offered to {agent}",
                        other.interaction
                    )
                });
            }
        }
    }
}

/// Whether the agent of an offer could have been offered this instead.
fn is_takeable(day: &Day, wait: &Wait<'_>, offer: &Offer) -> bool {
    wait.interaction != offer.interaction
        && !wait.refusers.contains(offer.agent.as_str())
        && day.knows(&offer.agent, wait.skill.as_deref())
}

/// Whether one has the better claim; nothing if that is not certain.
fn comes_before(
    day: &Day,
    (one, other): (&Wait<'_>, &Wait<'_>),
    at: Micros,
    terms: Terms,
) -> Option<bool> {
    let urgency = |wait: &Wait<'_>| priority_at(day, wait, at, terms);
    Some(match urgency(one)?.cmp(&urgency(other)?) {
        Ordering::Greater => true,
        Ordering::Less => false,
        Ordering::Equal => one.placed_at < other.placed_at,
    })
}

/// How urgent it was; nothing while that was being changed.
fn priority_at(day: &Day, wait: &Wait<'_>, at: Micros, terms: Terms) -> Option<i64> {
    let changes = day.urgencies.get(wait.interaction);
    // No customer is urgent by himself; who was first seen after a change has it already.
    let mut priority = if changes.is_some() { 0 } else { wait.priority };
    for (asked, answered, value) in changes.into_iter().flatten() {
        if at + terms.skew < *asked {
            break;
        }
        let is_certain = answered.is_some_and(|answered| answered + terms.skew < at);
        if !is_certain {
            return None;
        }
        priority = *value;
    }
    Some(priority)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::centre::judge::testing::{Script, broken};

    #[test]
    fn the_older_one_goes_first() {
        let mut script = Script::new(&[("ada", 2), ("bob", 1)]);
        script.placed("1", 0).placed("2", 1).pass(20);
        script.ready("ada").routed("ada", "1", 7).routed("ada", "2", 8);
        assert_eq!(broken(&script.evidence()), []);

        let mut script = Script::new(&[("ada", 2), ("bob", 1)]);
        script.placed("1", 0).placed("2", 1).pass(20);
        script
            .ready("ada")
            .routed("ada", "2", 7)
            .pass(4)
            .ready("bob")
            .pass(1)
            .routed("bob", "1", 8);
        assert_eq!(broken(&script.evidence()), [Check::Order]);
    }

    #[test]
    fn who_does_not_know_about_the_older_one_may_have_the_younger() {
        let mut script = Script::new(&[("ada", 2), ("bob", 1)]);
        script.about("1", "billing").placed("1", 0).placed("2", 1).pass(20);
        script.ready("ada").routed("ada", "2", 7).pass(4);
        script.knows("bob", "billing").ready("bob").pass(1).routed("bob", "1", 8);
        assert_eq!(broken(&script.evidence()), []);

        script.knows("ada", "billing");
        assert_eq!(broken(&script.evidence()), [Check::Order]);
    }

    #[test]
    fn who_has_said_no_to_the_older_one_may_have_the_younger() {
        let mut script = Script::new(&[("ada", 2), ("bob", 1)]);
        script.placed("1", 0).placed("2", 1).pass(20);
        script.ready("ada").routed("ada", "1", 6).rejected("ada", 6).pass(3);
        script.routed("ada", "2", 7).pass(10).ready("bob").pass(1).routed("bob", "1", 8);

        assert_eq!(broken(&script.evidence()), []);
    }
}
