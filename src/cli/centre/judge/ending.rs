//! Nothing is lost or left over: what came was seen by somebody or went again, and at the end nothing
//! is open.

use super::day::Day;
use super::{Book, Check};
use crate::cli::centre::journal::Journal;
use std::collections::BTreeSet;

pub fn check(journal: &Journal, day: &Day, book: &mut Book) {
    let offered = day.offers.iter().map(|one| one.interaction.as_str());
    let shown = day.snapshots.iter().flat_map(|snapshot| &snapshot.interactions);
    let seen: BTreeSet<&str> =
        offered.chain(shown.map(|one| one.interaction_id.as_str())).collect();
    for one in &journal.customers {
        let Some(session) = &one.session else { continue };
        book.examined(Check::LeftOver, 1);
        if one.met.is_some() && one.went.is_none() && !one.plan.act.is_closed_by_agent() {
            book.broken(Check::LeftOver, || {
                format!("{session}: it was ended while its customer was there")
            });
        }
        if one.ended.is_none() {
            book.broken(Check::LeftOver, || {
                format!("{session}: its customer never came to an end")
            });
        }
        if one.plan.patience.is_none() && !seen.contains(session.as_str()) {
            book.broken(Check::LeftOver, || format!("{session}: no desk has ever seen it"));
        }
    }
    match &journal.left_over {
        None => book.broken(Check::LeftOver, || ": nobody could say what is still open".to_owned()),
        Some(left_over) => {
            for (id, state) in left_over {
                book.broken(Check::LeftOver, || format!("{id}: it is still {state}"));
            }
        }
    }
    check_figures_at_the_end(journal, book);
}

/// What the servers themselves say is open.
fn check_figures_at_the_end(journal: &Journal, book: &mut Book) {
    let Some((_, after)) = &journal.figures else { return };
    for queue in after["queues"].as_array().into_iter().flatten() {
        let n_open =
            queue["waiting"].as_u64().unwrap_or(0) + queue["offered"].as_u64().unwrap_or(0);
        if 0 < n_open {
            book.broken(Check::LeftOver, || format!(": {n_open} still wait in {}", queue["queue"]));
        }
    }
    for agent in after["agents"].as_array().into_iter().flatten() {
        for media in agent["media"].as_array().into_iter().flatten() {
            let n_open = media["open"].as_u64().unwrap_or(0);
            if 0 < n_open {
                book.broken(Check::LeftOver, || {
                    format!(": {n_open} still with {}", agent["agent"])
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::centre::judge::testing::{Script, broken};
    use crate::cli::centre::plan::Act;

    #[test]
    fn a_chat_that_is_ended_under_its_customer_is_found() {
        let mut script = Script::new(&[("ada", 1)]);
        script.customer("1");
        let mut evidence = script.evidence();
        evidence.journal.customers[0].went = None;
        assert_eq!(broken(&evidence), [Check::LeftOver]);

        evidence.journal.customers[0].plan.act = Act::AgentCloses;
        assert_eq!(broken(&evidence), []);
    }

    #[test]
    fn what_is_left_over_and_what_nobody_ever_saw_is_found() {
        let mut script = Script::new(&[("ada", 1)]);
        script.customer("1");
        let mut open = script.evidence();
        open.journal.left_over = Some(vec![("1".to_owned(), "queued".to_owned())]);
        assert_eq!(broken(&open), [Check::LeftOver]);

        let mut lost = script.evidence();
        lost.journal.desks.clear();
        assert_eq!(broken(&lost), [Check::LeftOver]);
    }
}
