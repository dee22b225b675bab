//! The model agrees with every assignment: it went to somebody who could take it, who had a ground
//! to have it, and whom it was not just taken from because he did not want it.

use super::day::{Day, Holding, Offer};
use super::{Book, Check, Terms};
use std::collections::BTreeMap;

pub fn check(day: &Day, terms: Terms, book: &mut Book) {
    for offer in day.offers.iter().filter(|one| one.is_of_router()) {
        book.examined(Check::Assignment, 1);
        if offer.was_able == Some(false) {
            book.broken(Check::Assignment, || {
                format!("{}: offered to {}, who was not ready", offer.interaction, offer.agent)
            });
        }
    }
    for offer in day.offers.iter().filter(|one| one.is_of_router()) {
        if !day.knows(&offer.agent, offer.skill.as_deref()) {
            let (id, agent, skill) = (&offer.interaction, &offer.agent, &offer.skill);
            book.broken(Check::Assignment, || {
                let skill = skill.as_deref().unwrap_or_default();
                format!("{id}: offered to {agent}, who knows nothing of {skill}")
            });
        }
    }
    for holding in &day.holdings {
        book.examined(Check::Assignment, 1);
        if !holding.has_ground {
            book.broken(Check::Assignment, || {
                let how = holding.operation;
                let (id, agent) = (&holding.interaction, &holding.agent);
                format!("{id}: {agent} has it by {how:?}, which nobody asked for")
            });
        }
    }
    check_refusals(day, terms, book);
    check_snapshots(day, terms, book);
}

/// Whom the servers name as a party, his desk was told so.
fn check_snapshots(day: &Day, terms: Terms, book: &mut Book) {
    let mut holdings = BTreeMap::<(&str, &str), Vec<&Holding>>::new();
    for one in &day.holdings {
        holdings.entry((&one.interaction, &one.agent)).or_default().push(one);
    }
    for snapshot in &day.snapshots {
        let parties = snapshot.interactions.iter().flat_map(|one| {
            one.parties.iter().map(|agent| (one.interaction_id.as_str(), agent.as_str()))
        });
        for key in parties.filter(|(_, agent)| day.capacities.contains_key(*agent)) {
            if !day.saw_all(key.1) {
                continue;
            }
            book.examined(Check::Assignment, 1);
            let at = snapshot.at;
            let is_known = holdings.get(&key).into_iter().flatten().any(|one| {
                let is_over = one.ended_at.is_some_and(|ended| ended + terms.skew < at);
                one.from <= at + terms.skew && !is_over
            });
            if !is_known {
                let (id, agent) = key;
                book.broken(Check::Assignment, || {
                    format!("{id}: {agent} does not know that he has it")
                });
            }
        }
    }
}

/// Nobody is asked the same twice in a row.
fn check_refusals(day: &Day, terms: Terms, book: &mut Book) {
    let mut last = BTreeMap::<&str, &Offer>::new();
    for offer in day.offers.iter().filter(|one| one.is_routing()) {
        let before = last.insert(&offer.interaction, offer);
        let Some(before) = before.filter(|_| offer.is_of_router()) else { continue };
        let is_same = before.agent == offer.agent && before.was_refused();
        let refused = before.ended_at.unwrap_or(0);
        // His "no" arrived before he was told so.
        if is_same && offer.at + terms.skew < refused + terms.reoffer_after {
            book.broken(Check::Assignment, || {
                format!("{}: {} was asked again at once", offer.interaction, offer.agent)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::centre::judge::testing::{Script, broken};

    #[test]
    fn an_offer_to_somebody_who_is_not_ready_is_found() {
        let mut script = Script::new(&[("ada", 1)]);
        script.ready("ada").not_ready("ada").routed("ada", "1", 7);

        assert_eq!(broken(&script.evidence()), [Check::Assignment]);
    }

    #[test]
    fn an_offer_to_somebody_who_lacks_the_skill_is_found() {
        let mut script = Script::new(&[("ada", 1)]);
        script.about("1", "billing").ready("ada").routed("ada", "1", 7);
        assert_eq!(broken(&script.evidence()), [Check::Assignment]);

        script.knows("ada", "billing");
        assert_eq!(broken(&script.evidence()), []);
    }

    #[test]
    fn a_holding_out_of_nowhere_is_found() {
        let mut script = Script::new(&[("ada", 1)]);
        script.ready("ada").accepted("ada", "1");

        assert_eq!(broken(&script.evidence()), [Check::Assignment]);
    }

    #[test]
    fn who_has_said_no_is_not_asked_again_at_once() {
        let mut script = Script::new(&[("ada", 1)]);
        script.ready("ada").routed("ada", "1", 7).rejected("ada", 7).pass(5).routed("ada", "1", 9);
        assert_eq!(broken(&script.evidence()), [Check::Assignment]);

        let mut later = Script::new(&[("ada", 1)]);
        later.ready("ada").routed("ada", "1", 7).rejected("ada", 7).pass(61).routed("ada", "1", 9);
        assert_eq!(broken(&later.evidence()), []);
    }
}
