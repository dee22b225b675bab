//! A rehearsal: a script of what happens to one interaction, line by line, and what a strategy wishes
//! then. Written for tests, of the strategies that are shipped and of those that others write.
//!
//! ```text
//! given IsOnline=1, GCTI_Chat_AsyncMode=true; last agent ada
//! begins => route #1 to agent ada until 120 s
//! after 120 s => cancel #1; queue main; ends
//! ```
//!
//! `given` says what the interaction is like before: user data, `last agent …`, `parent …`, `subtype …`.
//! The rest happens: `begins`, `after N s`, `data key=value`, `ada takes it`, `ada refuses`, `#1 is
//! answered`, `#1 gives key=value`, `#1 fails why`. What stands behind `=>` is what must be wished.

use crate::base::user_data::Value;
use crate::base::{Millis, UserData};
use crate::workflow::command::{Answer, Brief, Happening};
use crate::workflow::decide::{Step, step};
use crate::workflow::effect::{EspRequest, RoutingRequest, Wish};
use crate::workflow::state::Script;
use crate::workflow::strategy::Process;
use std::sync::Arc;
use std::time::Duration;

/// When rehearsals take place: some day in 2027.
const BEGIN: Millis = Millis(1_800_000_000_000);

/// Values are shown up to so many characters.
const SHOWN: usize = 24;

/// One line of a script that was played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// From 1.
    pub number: usize,
    pub event: String,
    pub wished: String,
    /// What it should have been, if it is something else.
    pub expected: Option<String>,
}

/// Why a script cannot be played on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {number}: {what}")]
pub struct Unplayable {
    pub number: usize,
    pub what: String,
}

/// Plays all lines with a strategy of this name.
pub fn rehearse(process: &Process, strategy: &str, text: &str) -> Result<Vec<Line>, Unplayable> {
    let unknown = || format!("there is no strategy '{strategy}'");
    let start = process.strategies.get(strategy).map(|strategy| strategy.start.as_str());
    let start = start.ok_or_else(|| Unplayable { number: 0, what: unknown() })?;
    let mut rehearsal = Rehearsal::new(strategy, start);
    let mut played = Vec::new();
    for (idx, line) in text.lines().map(str::trim).enumerate() {
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        let number = idx + 1;
        let unplayable = |what| Unplayable { number, what };
        if let Some(given) = line.strip_prefix("given ") {
            rehearsal.given(given).map_err(unplayable)?;
            continue;
        }
        let (event, expected) = match line.split_once(" => ") {
            Some((event, expected)) => (event, Some(expected)),
            None => (line, None),
        };
        let wished = rehearsal.perform(process, event).map_err(unplayable)?;
        let expected = expected.filter(|expected| *expected != wished).map(str::to_owned);
        played.push(Line { number, event: event.to_owned(), wished, expected });
    }
    Ok(played)
}

pub(super) struct Rehearsal {
    pub(super) script: Option<Script>,
    brief: Brief,
    now: Millis,
}

impl Rehearsal {
    pub(super) fn new(strategy: &str, start: &str) -> Self {
        let brief = Brief {
            id: "i1".into(),
            parent: None,
            media: "chat".into(),
            subtype: "InboundNew".into(),
            queue: "q".into(),
            priority: 0,
            submitted_at: BEGIN,
            placed_at: BEGIN,
            last_agent: None,
            user_data: Arc::new(UserData::default().with("ChatServerAppName", "chat-1")),
        };
        Self { script: Some(Script::begin((strategy, start), 0)), brief, now: BEGIN }
    }

    fn given(&mut self, line: &str) -> Result<(), String> {
        for part in line.split("; ") {
            if let Some(agent) = part.strip_prefix("last agent ") {
                self.brief.last_agent = Some(agent.into());
            } else if let Some(parent) = part.strip_prefix("parent ") {
                self.brief.parent = Some(parent.into());
            } else if let Some(subtype) = part.strip_prefix("subtype ") {
                self.brief.subtype = subtype.into();
            } else {
                Arc::make_mut(&mut self.brief.user_data).merge(&pairs(part)?);
            }
        }
        Ok(())
    }

    /// Lets something happen, and tells in words what is wished.
    pub(super) fn perform(&mut self, process: &Process, event: &str) -> Result<String, String> {
        let happening = self.happening(event)?;
        let script = self.script.take().ok_or("the strategy has ended")?;
        let made = step(process, script, &happening, (&self.brief, self.now));
        Ok(self.take(made))
    }

    fn happening(&mut self, event: &str) -> Result<Happening, String> {
        let unknown = || format!("nobody knows what '{event}' is");
        if event == "begins" {
            return Ok(Happening::Begun);
        }
        if let Some(span) = event.strip_prefix("after ") {
            let seconds = span.strip_suffix(" s").and_then(|seconds| seconds.parse().ok());
            self.now = self.now + Duration::from_secs(seconds.ok_or_else(unknown)?);
            return Ok(Happening::Looked);
        }
        if let Some(data) = event.strip_prefix("data ") {
            Arc::make_mut(&mut self.brief.user_data).merge(&pairs(data)?);
            return Ok(Happening::Looked);
        }
        let (who, what) = event.split_once(' ').ok_or_else(unknown)?;
        if let Some(request) = who.strip_prefix('#') {
            let request = request.parse().map_err(|_| unknown())?;
            return Ok(Happening::Answered { request, answer: answer(what).ok_or_else(unknown)?? });
        }
        match what {
            "takes it" => Ok(Happening::Routed { agent: who.into() }),
            "refuses" => Ok(Happening::Refused { agent: who.into() }),
            _ => Err(unknown()),
        }
    }

    fn take(&mut self, made: Step) -> String {
        let mut told: Vec<String> = made.wishes.iter().map(tell).collect();
        for wish in &made.wishes {
            if let Wish::Attach(change) = wish {
                change.apply_to(Arc::make_mut(&mut self.brief.user_data));
            }
        }
        if made.script.is_none() {
            told.push("ends".into());
        } else if told.is_empty() {
            told.push("nothing".into());
        }
        self.script = made.script;
        told.join("; ")
    }
}

fn answer(what: &str) -> Option<Result<Answer, String>> {
    if what == "is answered" {
        return Some(Ok(Answer::Done(UserData::default())));
    }
    match what.split_once(' ')? {
        ("fails", why) => Some(Ok(Answer::Failed(why.to_owned()))),
        ("gives", data) => Some(pairs(data).map(Answer::Done)),
        _ => None,
    }
}

fn tell(wish: &Wish) -> String {
    match wish {
        Wish::Attach(change) => {
            let set = change.added.0.iter().chain(&change.changed.0).map(shown);
            let deleted = change.deleted.iter().map(|key| format!("-{key}"));
            format!("attach {}", set.chain(deleted).collect::<Vec<_>>().join(", "))
        }
        Wish::PlaceInQueue(queue) => format!("queue {queue}"),
        Wish::PlaceInWorkbin { workbin, owner } => format!("workbin {workbin} of {owner}"),
        Wish::Route(request) => tell_route(request),
        Wish::CancelRoute { request } => format!("cancel #{request}"),
        Wish::Ask { request, esp } => format!("ask #{request} {}", tell_esp(esp)),
        Wish::SendTranscript { request, to } => format!("send transcript #{request} to {to}"),
        Wish::Stop { reason } => format!("stop {reason}"),
        Wish::Complain(what) => format!("complain {what}"),
    }
}

fn tell_route(request: &RoutingRequest) -> String {
    let targets: Vec<String> = request.targets.iter().map(ToString::to_string).collect();
    let targets = targets.join(" or ");
    let until = request.until.since(BEGIN).as_secs();
    let priority = match request.priority {
        0 => String::new(),
        priority => format!(" with priority {priority}"),
    };
    format!("route #{} to {targets}{priority} until {until} s", request.request)
}

fn tell_esp(esp: &EspRequest) -> String {
    let parameters: Vec<String> = esp.parameters.0.iter().map(shown).collect();
    let application = esp.application.as_deref().unwrap_or("any");
    format!("{} {application} ({})", esp.method, parameters.join(", "))
}

fn shown((key, value): (&String, &Value)) -> String {
    let short: String = value.to_string().chars().take(SHOWN).collect();
    format!("{key}={short}")
}

/// `a=1, b=two`
fn pairs(text: &str) -> Result<UserData, String> {
    let mut pairs = UserData::default();
    for pair in text.split(", ") {
        let (key, value) = pair.split_once('=').ok_or(format!("'{pair}' is no key=value"))?;
        pairs.set(key, value);
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wished_otherwise_is_told_with_its_line() {
        let text = "// a regular chat\ngiven IsOnline=0\nbegins => queue here; ends";

        let played = rehearse(Process::shipped(), "async-chat-main-strategy", text).unwrap();

        let wished = "queue async-chat-after-queue; ends".to_owned();
        let (event, expected) = ("begins".to_owned(), Some("queue here; ends".to_owned()));
        assert_eq!(played, [Line { number: 3, event, wished, expected }]);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_line() {
        let refused = |text: &str| {
            let played = rehearse(Process::shipped(), "async-chat-main-strategy", text);
            played.unwrap_err().to_string()
        };

        assert_eq!(refused("\nada sings"), "line 2: nobody knows what 'ada sings' is");
        assert_eq!(refused("given x"), "line 1: 'x' is no key=value");
        let ended = "given IsOnline=0\nbegins\nbegins";
        assert_eq!(refused(ended), "line 3: the strategy has ended");
        for text in ["after x s", "#1 sings", "#x is answered", "sings"] {
            assert!(refused(text).contains("nobody knows"), "{text}");
        }
        let nobody = rehearse(Process::shipped(), "nobody", "").unwrap_err();
        assert!(nobody.what.contains("no strategy 'nobody'"));
    }
}
