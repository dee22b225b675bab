//! The servers' figures of the day are those that were counted here: exactly for an agent whose desk
//! saw everything, at least that much for one who was away for a while. What a queue counts is known
//! here between bounds, for who goes and who answers may cross; but everything that came into a
//! queue must have gone out of it in one of the ways there are.

use super::day::{Day, OfferEnd};
use super::wait::waits;
use super::{Book, Check, Terms};
use crate::cli::centre::journal::Journal;
use crate::cli::torture::desk::MEDIA;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The ways out of a queue.
const WAYS_OUT: [&str; 4] = ["answered", "abandoned", "stopped", "moved"];

pub fn check(journal: &Journal, day: &Day, terms: Terms, book: &mut Book) {
    let Some((before, after)) = &journal.figures else {
        return book.not_checked(Check::Figures, "the figures could not be read");
    };
    if before["since"] != after["since"] {
        return book
            .not_checked(Check::Figures, "a new day began meanwhile, with figures of its own");
    }
    check_agents(day, (before, after), book);
    check_queues(journal, day, (before, after), terms, book);
}

fn check_agents(day: &Day, (before, after): (&Value, &Value), book: &mut Book) {
    for (agent, counted) in count(day) {
        let grown = |name: &str| {
            let of = |figures: &Value| of_agent(figures, agent)[name].as_u64().unwrap_or(0);
            of(after).saturating_sub(of(before))
        };
        let saw_all = day.saw_all(agent);
        for (name, counted) in counted {
            let told = grown(name);
            book.examined(Check::Figures, 1);
            let is_right = if saw_all { told == counted } else { counted <= told };
            if !is_right {
                let what =
                    || format!(": {agent} {name}: the figures say {told}, counted here {counted}");
                book.broken(Check::Figures, what);
            }
        }
    }
}

/// What is counted of an agent.
const NAMES: [&str; 6] = ["offered", "accepted", "rejected", "missed", "withdrawn", "handled"];

type Counts = BTreeMap<&'static str, u64>;

fn count(day: &Day) -> BTreeMap<&str, Counts> {
    let none = || NAMES.map(|name| (name, 0)).into_iter().collect::<Counts>();
    let desks = day.capacities.keys();
    let mut agents: BTreeMap<&str, Counts> = desks.map(|agent| (agent.as_str(), none())).collect();
    let mut add = |agent, name| *agents.entry(agent).or_default().entry(name).or_default() += 1;
    for offer in &day.offers {
        add(&offer.agent, "offered");
        match &offer.end {
            OfferEnd::Accepted => add(&offer.agent, "accepted"),
            OfferEnd::Rejected => add(&offer.agent, "rejected"),
            OfferEnd::Missed => add(&offer.agent, "missed"),
            OfferEnd::Revoked(_) => add(&offer.agent, "withdrawn"),
            OfferEnd::Open | OfferEnd::Unknown => {}
        }
    }
    let over = day.holdings.iter().filter(|one| one.ended_at.is_some());
    for holding in over.filter(|one| one.handles()) {
        add(&holding.agent, "handled");
    }
    agents
}

fn of_agent<'a>(figures: &'a Value, agent: &str) -> &'a Value {
    let rows = figures["agents"].as_array();
    let row = rows.into_iter().flatten().find(|row| row["agent"] == agent);
    let media = row.and_then(|row| row["media"].as_array()).into_iter().flatten();
    media.into_iter().find(|media| media["media"] == MEDIA).unwrap_or(&Value::Null)
}

fn check_queues(
    journal: &Journal,
    day: &Day,
    (before, after): (&Value, &Value),
    terms: Terms,
    book: &mut Book,
) {
    let grown = |name: &str| sum(after, name).saturating_sub(sum(before, name));
    let (entered, gone) = (grown("entered"), WAYS_OUT.map(grown).iter().sum::<u64>());
    let n_waiting = sum(after, "waiting");
    book.examined(Check::Figures, 1);
    if entered != gone + n_waiting {
        book.broken(Check::Figures, || {
            format!(": {entered} came into queues, {gone} went out of them, {n_waiting} wait")
        });
    }
    let came: BTreeSet<&str> =
        journal.customers.iter().filter_map(|one| one.session.as_deref()).collect();
    let waits = waits(journal, day);
    let seen: BTreeSet<&str> = waits.iter().map(|wait| wait.interaction).collect();
    let n_unseen = came.difference(&seen).count() as u64;
    let n_ended = day.holdings.iter().filter(|one| one.handles()).count() as u64;
    let n_waits = waits.len() as u64;
    between("entered", entered, (n_waits + n_unseen, n_waits + n_unseen + n_ended), terms, book);
    check_abandoned(journal, day, grown("abandoned"), terms, book);
}

/// Who went and was had by nobody has given up; more than went cannot have.
fn check_abandoned(journal: &Journal, day: &Day, told: u64, terms: Terms, book: &mut Book) {
    let had: BTreeSet<&str> = day.holdings.iter().map(|one| one.interaction.as_str()).collect();
    let went = journal.customers.iter().filter(|one| one.went.is_some());
    let went: Vec<&str> = went.filter_map(|one| one.session.as_deref()).collect();
    let least = went.iter().filter(|session| !had.contains(*session)).count() as u64;
    between("abandoned", told, (least, went.len() as u64), terms, book);
}

fn between(name: &str, told: u64, (least, most): (u64, u64), terms: Terms, book: &mut Book) {
    book.examined(Check::Figures, 1);
    // What nobody was there to see may be more.
    let most = if terms.is_disturbed { u64::MAX } else { most };
    if !(least..=most).contains(&told) {
        let what = || format!(": {name}: the figures say {told}, counted here {least} to {most}");
        book.broken(Check::Figures, what);
    }
}

/// Over all queues.
fn sum(figures: &Value, name: &str) -> u64 {
    let queues = figures["queues"].as_array().into_iter().flatten();
    let of_chats = queues.filter(|queue| queue["media"] == MEDIA);
    of_chats.filter_map(|queue| queue[name].as_u64()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::centre::judge::testing::{Script, broken};
    use serde_json::json;

    #[test]
    fn figures_that_differ_are_found() {
        assert_eq!(broken(&with_figures(1, (1, 1))), []);
        assert_eq!(broken(&with_figures(2, (1, 1))), [Check::Figures]);
        assert_eq!(broken(&with_figures(1, (2, 1))), [Check::Figures]);
    }

    fn with_figures(
        n_offered: u64,
        (entered, answered): (u64, u64),
    ) -> crate::cli::centre::judge::Evidence {
        let mut script = Script::new(&[("ada", 1)]);
        script.ready("ada").routed("ada", "1", 7).accepted("ada", "1");
        let mut evidence = script.evidence();
        let none = json!({"since": "today", "queues": [], "agents": []});
        let agents = json!([{"agent": "ada", "media": [{"media": "chat", "offered": n_offered, "accepted": 1}]}]);
        let queues =
            json!([{"queue": "q", "media": "chat", "entered": entered, "answered": answered}]);
        let after = json!({"since": "today", "queues": queues, "agents": agents});
        evidence.journal.figures = Some((none, after));
        evidence
    }
}
