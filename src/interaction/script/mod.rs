//! What agents do and what each of their desks sees, as a text. No function of the code appears in
//! a script, so rebuilding breaks none of them; at the end of each, replay must equal life.

mod flows;
mod told;
mod words;

use crate::interaction::door::DeskNews;
use crate::interaction::support::Life;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use told::told;

/// What was heard at a desk, in the order in which it came.
type Notes = Arc<Mutex<Vec<String>>>;

/// A stage on which a script is played.
#[derive(Default)]
struct Stage {
    life: Life,
    desks: BTreeMap<String, Notes>,
    /// News of each desk that is not yet written down.
    heard: BTreeMap<String, Arc<Mutex<Vec<DeskNews>>>>,
}

/// Plays what happens, and compares what each desk sees. Desks that are not named are not looked at.
#[track_caller]
fn check(happens: &str, expected: &str) {
    let mut stage = Stage { life: Life::new(), ..Stage::default() };
    for line in lines(happens) {
        stage.play(line);
        stage.write_down();
    }
    for line in lines(expected) {
        let (agent, sees) = line.split_once(" sees: ").expect("who sees what");
        let notes = stage.desks.get(agent).unwrap_or_else(|| panic!("{agent} is at no desk"));
        assert_eq!(notes.lock().unwrap().join(", "), sees, "{agent}");
    }
    stage.life.restart();
    stage.life.restart_from_snapshot();
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

impl Stage {
    fn note(&mut self, agent: &str, text: String) {
        self.desks.entry(agent.to_owned()).or_default().lock().unwrap().push(text);
    }

    fn write_down(&mut self) {
        let heard = self.heard.iter();
        let heard =
            heard.map(|(agent, news)| (agent.clone(), std::mem::take(&mut *news.lock().unwrap())));
        let heard: Vec<_> = heard.collect();
        for (agent, news) in heard {
            for text in news.iter().filter_map(told) {
                self.note(&agent, text);
            }
        }
    }
}
