//! Each route is explained: who asks why an interaction is where it is gets an answer, and as long as
//! somebody certainly has it, the answer names him.

use super::day::Day;
use super::{Book, Check, Terms};
use crate::cli::centre::journal::{Journal, Why};
use std::collections::BTreeSet;

pub fn check(journal: &Journal, day: &Day, terms: Terms, book: &mut Book) {
    for why in &journal.whys {
        book.examined(Check::Why, 1);
        let (session, agent) = (&why.session, &why.agent);
        match &why.answer {
            Err(text) => book.broken(Check::Why, || format!("{session}: no answer: {text}")),
            Ok(answer) => {
                let text = answer["text"].as_str().unwrap_or_default();
                let names = text.split(|c: char| c.is_whitespace() || c == ',');
                let is_named =
                    answer["state"] == "handled" && names.into_iter().any(|name| name == agent);
                if !is_named && certainly_had(day, why, terms) {
                    book.broken(Check::Why, || {
                        format!("{session}: {agent} has it, and why says: {text}")
                    });
                }
            }
        }
    }
    let asked: BTreeSet<(&str, &str)> =
        journal.whys.iter().map(|why| (why.session.as_str(), why.agent.as_str())).collect();
    for holding in day.holdings.iter().filter(|one| one.handles() && one.operation.is_some()) {
        let key = (holding.interaction.as_str(), holding.agent.as_str());
        let is_intrusion = holding.mode.is_some();
        if !is_intrusion && !asked.contains(&key) {
            let what = || format!("{}: nobody was told why it went to {}", key.0, key.1);
            book.broken(Check::Why, what);
        }
    }
}

fn certainly_had(day: &Day, why: &Why, terms: Terms) -> bool {
    let of_it = day
        .holdings
        .iter()
        .filter(|one| one.interaction == why.session && one.agent == why.agent && one.handles());
    let mut spans = of_it.flat_map(|one| &one.had);
    spans.any(|(from, until)| *from <= why.asked && why.answered + terms.skew <= *until)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::centre::judge::testing::{Script, broken};
    use serde_json::json;

    #[test]
    fn an_answer_that_names_somebody_else_and_none_at_all_are_found() {
        let mut script = Script::new(&[("ada", 1)]);
        script.ready("ada").routed("ada", "1", 7).accepted("ada", "1").pass(10).beat("ada");
        let mut evidence = script.evidence();
        assert_eq!(broken(&evidence), []);

        evidence.journal.whys[0].answer =
            Ok(json!({"state": "handled", "text": "it is with adam"}));
        assert_eq!(broken(&evidence), [Check::Why]);
        evidence.journal.whys[0].answer = Err("503".to_owned());
        assert_eq!(broken(&evidence), [Check::Why]);
        evidence.journal.whys.clear();
        assert_eq!(broken(&evidence), [Check::Why]);
    }
}
