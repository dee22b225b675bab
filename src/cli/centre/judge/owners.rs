//! Who has what: one agent and those he let come, offered to one at a time, nobody over his capacity.

use super::day::{Day, Holding, Offer, Snapshot, overlap};
use super::{Book, Check, Terms};
use crate::edge::agent::wire::frame::Interaction;
use crate::edge::agent::wire::request::{InteractionState, VisibilityMode};
use std::collections::BTreeMap;

pub fn check(day: &Day, terms: Terms, book: &mut Book) {
    let mut holdings = BTreeMap::<&str, Vec<&Holding>>::new();
    for one in day.holdings.iter().filter(|one| one.handles()) {
        holdings.entry(&one.interaction).or_default().push(one);
    }
    let mut offers = BTreeMap::<&str, Vec<&Offer>>::new();
    for one in day.offers.iter().filter(|one| one.is_routing()) {
        offers.entry(&one.interaction).or_default().push(one);
    }
    for (interaction, of_it) in &holdings {
        check_holdings(interaction, of_it, terms, book);
    }
    for (interaction, of_it) in &offers {
        let held = holdings.get(interaction).map_or(&[][..], Vec::as_slice);
        check_offers(interaction, of_it, held, terms, book);
    }
    for strange in &day.strange {
        book.broken(Check::Owner, || strange.clone());
    }
    book.examined(Check::Capacity, day.n_loads);
    for one in &day.excesses {
        book.broken(Check::Capacity, || {
            let (agent, load, most) = (&one.agent, one.load, one.capacity);
            format!("{}: with it {agent} has {load} of at most {most}", one.interaction)
        });
    }
    for snapshot in &day.snapshots {
        check_snapshot(snapshot, day, book);
    }
}

fn check_holdings(interaction: &str, holdings: &[&Holding], terms: Terms, book: &mut Book) {
    for (at, one) in holdings.iter().enumerate() {
        book.examined(Check::Owner, 1);
        for other in holdings.iter().skip(at + 1) {
            if one.agent == other.agent || one.is_beside() || other.is_beside() {
                continue;
            }
            let both = overlap(&one.had, &other.had);
            if terms.skew < both {
                book.broken(Check::Owner, || {
                    let (he, she) = (&one.agent, &other.agent);
                    format!("{interaction}: {he} and {she} both had it for {} ms", both / 1_000)
                });
            }
        }
    }
}

fn check_offers(
    interaction: &str,
    offers: &[&Offer],
    holdings: &[&Holding],
    terms: Terms,
    book: &mut Book,
) {
    for (at, one) in offers.iter().enumerate() {
        book.examined(Check::Offer, 1);
        for other in offers.iter().skip(at + 1) {
            let both = overlap(&one.rang, &other.rang);
            let is_same = one.ticket == other.ticket && one.agent != other.agent;
            if is_same || terms.skew < both {
                book.broken(Check::Offer, || {
                    let (he, she) = (&one.agent, &other.agent);
                    format!("{interaction}: it rang at {he} and {she} for {} ms", both / 1_000)
                });
            }
        }
        for holding in holdings {
            let both = overlap(&one.rang, &holding.had);
            if terms.skew < both {
                book.broken(Check::Offer, || {
                    let (he, she) = (&one.agent, &holding.agent);
                    format!("{interaction}: it rang at {he} while {she} had it")
                });
            }
        }
    }
}

/// One look is of one moment: there is nothing to be patient about.
fn check_snapshot(snapshot: &Snapshot, day: &Day, book: &mut Book) {
    let mut loads = BTreeMap::<&str, usize>::new();
    for one in &snapshot.interactions {
        book.examined(Check::Owner, 1);
        let id = &one.interaction_id;
        let is_handled = one.state == InteractionState::Handling;
        if is_handled == one.parties.is_empty() {
            let (state, parties) = (one.state, &one.parties);
            book.broken(Check::Owner, || format!("{id}: it is {state:?} and with {parties:?}"));
        }
        for agent in who_has(one) {
            *loads.entry(agent).or_default() += 1;
        }
    }
    for (agent, load) in loads {
        let Some(most) = day.capacities.get(agent) else { continue };
        book.examined(Check::Capacity, 1);
        if (*most as usize) < load {
            let what = || format!(": {agent} has {load} of at most {most} in one look");
            book.broken(Check::Capacity, what);
        }
    }
}

/// Whose places it takes.
fn who_has(one: &Interaction) -> impl Iterator<Item = &str> {
    let observers = one.observers.iter();
    let coaches = observers.filter(|one| one.visibility_mode != VisibilityMode::Monitor);
    one.parties.iter().map(String::as_str).chain(coaches.map(|one| one.agent.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::centre::judge::testing::{Script, broken};

    #[test]
    fn what_is_given_back_is_somebody_elses_next() {
        let mut script = Script::new(&[("ada", 1), ("bob", 1)]);
        script.ready("ada").ready("bob").routed("ada", "1", 7).accepted("ada", "1");
        script.gone("ada", "1", "left").routed("bob", "1", 8).accepted("bob", "1");

        assert_eq!(broken(&script.evidence()), []);
    }

    #[test]
    fn two_agents_with_one_interaction_are_found() {
        let mut script = Script::new(&[("ada", 1), ("bob", 1)]);
        script.ready("ada").ready("bob").routed("ada", "1", 7).accepted("ada", "1");
        script.routed("bob", "1", 8).accepted("bob", "1").pass(10).beat("ada").beat("bob");

        assert_eq!(broken(&script.evidence()), [Check::Owner]);
    }

    #[test]
    fn an_interaction_that_rings_twice_at_once_is_found() {
        let mut script = Script::new(&[("ada", 1), ("bob", 1)]);
        script.ready("ada").ready("bob").routed("ada", "1", 7).routed("bob", "1", 8);
        script.pass(10).beat("ada").beat("bob");

        assert_eq!(broken(&script.evidence()), [Check::Offer]);
    }

    #[test]
    fn one_interaction_too_many_is_found() {
        let mut script = Script::new(&[("ada", 1)]);
        script.ready("ada").routed("ada", "1", 7).accepted("ada", "1").routed("ada", "2", 8);

        assert_eq!(broken(&script.evidence()), [Check::Capacity]);
    }
}
