//! The figures of queues as they stand on the page of metrics. Names of queues are the only labels that
//! are no words of the code; whoever fills the board gives it names that the configuration has.

use crate::telemetry::names::{
    Metric, QUEUE_LONGEST_WAIT, QUEUE_OFFERED, QUEUE_SERVICE_LEVEL, QUEUE_TODAY, QUEUE_WAITING_IN,
};
use std::fmt::{self, Write};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

/// What the page shows of one queue.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct QueueLine {
    pub queue: String,
    /// At this moment: for an agent, and of those, offered to one.
    pub n_waiting: u64,
    pub n_offered: u64,
    pub longest_wait: Duration,
    /// What has happened since the day began, by what it is.
    pub today: Vec<(&'static str, u64)>,
    /// Within so many seconds: the share that was answered.
    pub service_levels: Vec<(u64, f64)>,
}

/// What this node shows of queues, for as long as it is the one that routes.
#[derive(Default)]
pub struct QueueBoard {
    lines: Mutex<Vec<QueueLine>>,
    routes: OnceLock<Box<dyn Fn() -> bool + Send + Sync>>,
}

impl QueueBoard {
    /// Says how to find out whether this node routes. Before, it does not.
    pub fn ask(&self, routes: impl Fn() -> bool + Send + Sync + 'static) {
        // A node has one routing domain; who asks first asks for it.
        let _ = self.routes.set(Box::new(routes));
    }

    pub fn show(&self, lines: Vec<QueueLine>) {
        *self.lines.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    }

    /// In the text form of Prometheus; nothing on a node that does not route at this moment, whatever it
    /// knew when it did.
    pub fn render(&self) -> String {
        if !self.routes.get().is_some_and(|routes| routes()) {
            return String::new();
        }
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        page(&lines)
    }
}

impl fmt::Debug for QueueBoard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueBoard").finish_non_exhaustive()
    }
}

fn page(lines: &[QueueLine]) -> String {
    let mut page = String::new();
    family(&mut page, (&QUEUE_WAITING_IN, lines), |line| vec![(None, count(line.n_waiting))]);
    family(&mut page, (&QUEUE_OFFERED, lines), |line| vec![(None, count(line.n_offered))]);
    family(&mut page, (&QUEUE_LONGEST_WAIT, lines), |line| {
        vec![(None, format!("{:?}", line.longest_wait.as_secs_f64()))]
    });
    family(&mut page, (&QUEUE_TODAY, lines), |line| {
        let today = line.today.iter();
        today.map(|(event, n)| (Some(("event", (*event).to_owned())), count(*n))).collect()
    });
    family(&mut page, (&QUEUE_SERVICE_LEVEL, lines), |line| {
        let levels = line.service_levels.iter();
        levels.map(|(sec, share)| (Some(("within", sec.to_string())), share.to_string())).collect()
    });
    page
}

type Sample = (Option<(&'static str, String)>, String);

fn family(
    page: &mut String,
    (metric, lines): (&Metric, &[QueueLine]),
    samples: impl Fn(&QueueLine) -> Vec<Sample>,
) {
    let Metric { name, help, .. } = metric;
    // To write into a text cannot fail.
    let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} gauge");
    for line in lines {
        for (label, value) in samples(line) {
            let more =
                label.map(|(label, word)| format!(",{label}=\"{word}\"")).unwrap_or_default();
            let _ = writeln!(page, "{name}{{queue=\"{}\"{more}}} {value}", escaped(&line.queue));
        }
    }
    page.push('\n');
}

fn count(n: u64) -> String {
    n.to_string()
}

fn escaped(name: &str) -> String {
    name.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_node_shows_queues_only_while_it_routes() {
        let (board, routes) = (QueueBoard::default(), Arc::new(AtomicBool::new(true)));
        board.show(vec![QueueLine { queue: "sales".into(), n_waiting: 2, ..Default::default() }]);
        assert_eq!(board.render(), "", "nobody has said that it routes");

        let asked = routes.clone();
        board.ask(move || asked.load(Ordering::Acquire));
        assert!(board.render().contains("holdfast_queue_interactions{queue=\"sales\"} 2\n"));
        routes.store(false, Ordering::Release);

        assert_eq!(board.render(), "");
    }

    #[test]
    fn a_page_has_help_and_kinds_and_names_that_break_no_line() {
        let page = page(&[QueueLine {
            queue: "a \"b\" \\ c".into(),
            longest_wait: Duration::from_millis(1_500),
            today: vec![("answered", 7)],
            service_levels: vec![(20, 0.875)],
            ..Default::default()
        }]);

        let label = r#"queue="a \"b\" \\ c""#;
        for line in [
            "# TYPE holdfast_queue_longest_wait_seconds gauge".to_owned(),
            format!("holdfast_queue_longest_wait_seconds{{{label}}} 1.5"),
            format!("holdfast_queue_today{{{label},event=\"answered\"}} 7"),
            format!("holdfast_queue_service_level_ratio{{{label},within=\"20\"}} 0.875"),
        ] {
            assert!(page.lines().any(|one| one == line), "{line} is not in {page}");
        }
    }
}
