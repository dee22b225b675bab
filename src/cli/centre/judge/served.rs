//! Nobody starves: who stayed was served, and nobody waits while somebody is free for him.

use super::day::{Day, Span, overlap};
use super::wait::waits;
use super::{Book, Check, Terms};
use crate::cli::centre::journal::Journal;
use std::collections::BTreeMap;

pub fn check(journal: &Journal, day: &Day, terms: Terms, book: &mut Book) {
    for one in &journal.customers {
        let number = one.plan.number;
        let Some(session) = &one.session else {
            book.broken(Check::Served, || format!(": customer {number} never came to a chat"));
            continue;
        };
        if one.plan.patience.is_some() {
            continue;
        }
        book.examined(Check::Served, 1);
        if one.met.is_none() {
            let act = one.plan.act.name();
            let what = || format!("{session}: customer {number} ({act}) was never served");
            book.broken(Check::Served, what);
        }
    }
    check_idle(journal, day, terms, book);
}

fn check_idle(journal: &Journal, day: &Day, terms: Terms, book: &mut Book) {
    let mut free = BTreeMap::<&str, Vec<Span>>::new();
    for (agent, span) in &day.free {
        free.entry(agent).or_default().push(*span);
    }
    for wait in waits(journal, day) {
        book.examined(Check::Idle, 1);
        let spans = wait.spans(terms);
        let could =
            |agent: &str| !wait.refusers.contains(agent) && day.knows(agent, wait.skill.as_deref());
        for (agent, free) in free.iter().filter(|(agent, _)| could(agent)) {
            let both = overlap(&spans, free);
            if terms.idle_wait < both {
                let (id, ms) = (wait.interaction, both / 1_000);
                let what = || format!("{id}: it waited for {ms} ms while {agent} was free");
                book.broken(Check::Idle, what);
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::centre::judge::testing::{Script, broken};

    #[test]
    fn who_waits_while_somebody_is_free_is_found() {
        let mut script = Script::new(&[("ada", 1)]);
        script.ready("ada").placed("1", 0).pass(30).routed("ada", "1", 7);

        assert_eq!(broken(&script.evidence()), [Check::Idle]);
    }

    #[test]
    fn who_waits_while_nobody_is_free_is_not_neglected() {
        let mut script = Script::new(&[("ada", 1)]);
        script.not_ready("ada").placed("1", 0).pass(30).ready("ada").routed("ada", "1", 7);

        assert_eq!(broken(&script.evidence()), []);
    }

    #[test]
    fn who_waits_for_somebody_who_knows_is_neglected_by_nobody_else() {
        let mut script = Script::new(&[("ada", 1), ("bob", 1)]);
        script.about("1", "billing").knows("bob", "billing");
        script.ready("ada").placed("1", 0).pass(30).ready("bob").routed("bob", "1", 7);
        script.pass(1).beat("ada");
        assert_eq!(broken(&script.evidence()), []);

        script.knows("ada", "billing");
        assert_eq!(broken(&script.evidence()), [Check::Idle]);
    }

    #[test]
    fn a_customer_who_stayed_and_met_nobody_is_found() {
        let mut script = Script::new(&[("ada", 1)]);
        script.customer("1");
        let mut evidence = script.evidence();
        assert_eq!(broken(&evidence), []);

        evidence.journal.customers[0].met = None;

        assert_eq!(broken(&evidence), [Check::Served]);
    }
}
