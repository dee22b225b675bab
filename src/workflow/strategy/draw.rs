//! A process as a diagram, in the language of Mermaid, which many pages and editors show.

use crate::workflow::strategy::{Block, Process, Strategy, Target, Term, View};
use std::fmt::Write;

/// Longer texts are cut: a diagram shows the way, the file says the rest.
const MOST_CHARACTERS: usize = 48;

/// The whole process: queues, their views, each strategy in a box of its own.
pub fn mermaid(process: &Process) -> String {
    let mut lines = Lines { text: String::from("flowchart TD\n"), process };
    for (name, queue) in &process.queues {
        lines.node(&id(&["queue", name]), ("[(", ")]"), name);
        for view in &queue.views {
            lines.view(name, view);
        }
    }
    for (name, workbin) in &process.workbins {
        lines.node(&id(&["workbin", name]), ("[[", "]]"), name);
        if let Some(queue) = &workbin.queue {
            let (from, to) = (id(&["workbin", name]), id(&["queue", queue]));
            lines.line(&format!("{from} -.- {to}"));
        }
    }
    for (name, strategy) in &process.strategies {
        lines.strategy(name, strategy);
    }
    lines.text
}

struct Lines<'a> {
    text: String,
    process: &'a Process,
}

impl Lines<'_> {
    fn line(&mut self, line: &str) {
        // Writing to a text does not fail.
        let _ = writeln!(self.text, "    {line}");
    }

    fn node(&mut self, id: &str, (open, close): (&str, &str), label: &str) {
        self.line(&format!("{id}{open}\"{}\"{close}", quoted(label)));
    }

    fn edge(&mut self, from: &str, to: &str, label: &str) {
        if label.is_empty() {
            return self.line(&format!("{from} --> {to}"));
        }
        self.line(&format!("{from} -->|\"{}\"| {to}", quoted(label)));
    }

    fn view(&mut self, queue: &str, view: &View) {
        let Some(strategy) = self.process.strategies.get(&view.strategy) else { return };
        let to = id(&["block", &view.strategy, &strategy.start]);
        self.edge(&id(&["queue", queue]), &to, &view.name);
    }

    fn strategy(&mut self, name: &str, strategy: &Strategy) {
        let frame = id(&["strategy", name]);
        self.line(&format!("subgraph {frame}[\"{}\"]", quoted(name)));
        for (block_name, block) in &strategy.blocks {
            let (open, close, label) = shape(block_name, block);
            self.node(&id(&["block", name, block_name]), (open, close), &label);
        }
        self.line("end");
        for (block_name, block) in &strategy.blocks {
            let from = id(&["block", name, block_name]);
            for (port, next) in strategy.ways(block) {
                self.edge(&from, &id(&["block", name, next]), port);
            }
            self.leave(&from, block);
        }
    }

    /// From a block that ends the strategy to where the interaction goes.
    fn leave(&mut self, from: &str, block: &Block) {
        match block {
            Block::Queue { queue: Term::Text(queue), .. } => {
                self.edge(from, &id(&["queue", queue]), "");
            }
            Block::Workbin { workbin, .. } => self.edge(from, &id(&["workbin", workbin]), ""),
            Block::Route { queue: Some(queue), .. } => {
                self.edge(from, &id(&["queue", queue]), "after an agent");
            }
            Block::Queue { .. }
            | Block::Route { .. }
            | Block::Assign { .. }
            | Block::Attach { .. }
            | Block::Branch { .. }
            | Block::Esp { .. }
            | Block::Wait { .. }
            | Block::StartBot { .. }
            | Block::StopBot { .. }
            | Block::SendTranscript { .. }
            | Block::Stop { .. } => {}
        }
    }
}

/// The brackets of a block's kind, and what stands between them.
fn shape(name: &str, block: &Block) -> (&'static str, &'static str, String) {
    let kind = block.kind();
    match block {
        Block::Branch { .. } => ("{", "}", name.to_owned()),
        Block::Stop { reason, .. } => ("([", "])", format!("stop: {reason}")),
        Block::Queue { queue, .. } => ("([", "])", format!("queue: {queue}")),
        Block::Workbin { workbin, .. } => ("([", "])", format!("workbin: {workbin}")),
        Block::Route { targets, .. } => {
            let targets: Vec<String> = targets.iter().map(shown).collect();
            ("[/", "/]", format!("{name}: route to {}", targets.join(" or ")))
        }
        Block::Esp { method, .. } => ("[", "]", format!("{name}: {method}")),
        Block::Wait { seconds, .. } => ("[", "]", format!("{name}: wait {seconds} s")),
        Block::Assign { set, .. } | Block::Attach { set, .. } => {
            let keys: Vec<&str> = set.keys().map(String::as_str).collect();
            ("[", "]", format!("{name}: {kind} {}", keys.join(", ")))
        }
        Block::StartBot { .. } | Block::StopBot { .. } | Block::SendTranscript { .. } => {
            ("[", "]", format!("{name}: {kind}"))
        }
    }
}

fn shown(target: &Target) -> String {
    match target {
        Target::Any => "any agent".into(),
        Target::Agent(_) | Target::Group(_) | Target::Skill(_) => target.to_string(),
    }
}

/// A name as Mermaid takes it, the same for no two names: signs that it does not take are written by
/// their number, a dash as `_`, and so `_` by its number too.
fn id(parts: &[&str]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| id_part(part)).collect();
    parts.join("__")
}

fn id_part(part: &str) -> String {
    let mut id = String::new();
    for sign in part.chars() {
        match sign {
            '-' => id.push('_'),
            'a'..='z' | 'A'..='Z' | '0'..='9' => id.push(sign),
            _ => id += &format!("u{:x}", u32::from(sign)),
        }
    }
    id
}

/// A label between quotes, in which Mermaid sees neither quotes nor tags.
fn quoted(text: &str) -> String {
    let mut short: String = text.chars().take(MOST_CHARACTERS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    let mut quoted = String::new();
    for sign in short.chars() {
        match sign {
            '#' => quoted += "#35;",
            '"' => quoted += "#quot;",
            '<' => quoted += "#lt;",
            '>' => quoted += "#gt;",
            '\n' | '|' => quoted.push(' '),
            _ => quoted.push(sign),
        }
    }
    quoted
}
