//! What the agents remember, held against each other and against the log.

use super::book::{Book, Touch};
use super::story::{Place, Story};
use super::town::{CAPACITY, N_AGENTS, N_WORK, work_name};
use std::collections::BTreeMap;

/// Everything that is not as it should be.
pub fn check((books, whys): &(Vec<Book>, BTreeMap<String, String>), story: &Story) -> Vec<String> {
    let mut complaints = story.complaints.clone();
    for book in books {
        complaints.extend(book.complaints.iter().cloned());
        complaints.extend(compare(book, story));
    }
    complaints.extend(check_touches(books));
    complaints.extend(check_ends(story));
    let reason = format!("has {CAPACITY} of at most {CAPACITY}");
    let queued = story.places.iter().filter(|(_, place)| **place == Place::Queued);
    for (interaction, _) in queued {
        if !whys[interaction].contains(&reason) {
            complaints.push(format!("{interaction} waits: {}", whys[interaction]));
        }
    }
    complaints
}

/// What one agent saw and was told is what the log says.
fn compare(book: &Book, story: &Story) -> Vec<String> {
    let Book { agent, .. } = book;
    let mut complaints = vec![];
    if story.is_whole {
        for (ticket, interaction) in &book.offers {
            let kept = story.offers.get(ticket);
            if kept != Some(&(agent.clone(), interaction.clone())) {
                complaints.push(format!("{agent} heard of {interaction}, kept is {kept:?}"));
            }
        }
        let lost = book.accepted.iter().filter(|ticket| !story.accepted.contains(ticket));
        complaints.extend(lost.map(|ticket| format!("{agent}'s yes to {ticket} is lost")));
        let lost = book.rejected.iter().filter(|ticket| !story.rejected.contains(ticket));
        complaints.extend(lost.map(|ticket| format!("{agent}'s no to {ticket} is lost")));
    }
    for interaction in &book.finished {
        if story.places.get(interaction) != Some(&Place::Stopped) {
            complaints.push(format!("{agent} has finished {interaction}, which is not over"));
        }
    }
    let mut kept: Vec<_> = story
        .places
        .iter()
        .filter(|(_, place)| **place == Place::With(agent.clone()))
        .map(|(interaction, _)| interaction.clone())
        .collect();
    let mut desk = book.desk.clone();
    kept.sort();
    desk.sort();
    if desk != kept {
        complaints.push(format!("on the desk of {agent} lies {desk:?}, kept is {kept:?}"));
    }
    complaints
}

/// Nobody hears that he has what another one has not let go.
fn check_touches(books: &[Book]) -> Vec<String> {
    let mut touches: Vec<(&str, &Touch)> = books
        .iter()
        .flat_map(|book| book.touches.iter().map(|touch| (book.agent.as_str(), touch)))
        .collect();
    touches.sort_by_key(|(_, touch)| touch.order);
    let mut with: BTreeMap<&str, &str> = BTreeMap::new();
    let mut complaints = vec![];
    for (agent, touch) in touches {
        let interaction = touch.interaction.as_str();
        let other =
            if touch.has { with.insert(interaction, agent) } else { with.remove(interaction) };
        if other.is_some_and(|other| other != agent) {
            complaints.push(format!("{interaction} is with {agent} and with {other:?}"));
        }
    }
    complaints
}

/// All that came in is somewhere, and everybody who could have more has more.
fn check_ends(story: &Story) -> Vec<String> {
    let mut complaints = vec![];
    let lost = (0..N_WORK).map(work_name).filter(|name| !story.places.contains_key(name));
    complaints.extend(lost.map(|name| format!("{name} is lost")));
    let offered = story.places.iter().filter(|(_, place)| matches!(place, Place::Offered { .. }));
    complaints.extend(offered.map(|(name, _)| format!("{name} rings at the end")));
    let n_with = story.places.values().filter(|place| matches!(place, Place::With(_))).count();
    if n_with != N_AGENTS * CAPACITY || story.places.len() != N_WORK {
        let n = story.places.len();
        complaints.push(format!("{n} interactions, {n_with} of them with somebody"));
    }
    complaints
}

/// A judge who sees nothing finds nothing.
#[test]
fn what_is_planted_is_found() {
    let touch = |order, has| Touch { order, interaction: "work-0".to_owned(), has };
    let book = |agent: &str, touches: &[Touch]| Book {
        agent: agent.to_owned(),
        touches: touches.to_vec(),
        offers: [(7, "work-0".to_owned())].into(),
        accepted: vec![7],
        finished: vec!["work-0".to_owned()],
        desk: vec!["work-1".to_owned()],
        ..Book::default()
    };
    let [ada, bob] =
        [book("ada", &[touch(0, true), touch(3, false)]), book("bob", &[touch(1, true)])];

    let story = Story::of_nothing();
    assert_eq!(compare(&ada, &story).len(), 4);
    assert_eq!(check_touches(&[ada, bob]).len(), 2);
    assert_eq!(check_ends(&story).len(), N_WORK + 1);
}
