//! Strategies as scripts for tests: what happens, line by line, and what is wished then.
//!
//! ```text
//! given IsOnline=1; last agent ada
//! begins => route #1 to agent ada until 120 s
//! after 120 s => cancel #1; queue main; ends
//! ```

use crate::base::{Millis, UserData, Value};
use crate::workflow::command::{Answer, Brief, Happening};
use crate::workflow::decide::{Step, step};
use crate::workflow::effect::{EspRequest, RoutingRequest, Wish};
use crate::workflow::state::Script;
use crate::workflow::strategy::{Process, Target};
use std::time::Duration;

/// Plays the lines with a strategy and compares every answer.
pub(super) fn play(process: &Process, strategy: &str, lines: &str) {
    let mut player = Player::new(strategy, process.strategies[strategy].start.as_str());
    for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once(" => ") {
            None => player.given(line),
            Some((event, expected)) => {
                let wished = player.perform(process, event);
                assert_eq!(wished, expected, "at '{event}' in {lines}");
            }
        }
    }
}

pub(super) struct Player {
    pub(super) script: Option<Script>,
    brief: Brief,
    begun: Millis,
    now: Millis,
}

impl Player {
    pub(super) fn new(strategy: &str, start: &str) -> Self {
        let now = Millis(1_800_000_000_000);
        let brief = Brief {
            id: "i1".into(),
            parent: None,
            media: "chat".into(),
            subtype: "InboundNew".into(),
            queue: "q".into(),
            priority: 0,
            submitted_at: now,
            placed_at: now,
            last_agent: None,
            user_data: UserData::default().with("ChatServerAppName", "chat-1"),
        };
        Self { script: Some(Script::begin(strategy, start)), brief, begun: now, now }
    }

    fn given(&mut self, line: &str) {
        let line = line.strip_prefix("given ").unwrap();
        for part in line.split("; ") {
            if let Some(agent) = part.strip_prefix("last agent ") {
                self.brief.last_agent = Some(agent.into());
            } else if let Some(parent) = part.strip_prefix("parent ") {
                self.brief.parent = Some(parent.into());
            } else if let Some(subtype) = part.strip_prefix("subtype ") {
                self.brief.subtype = subtype.into();
            } else {
                self.brief.user_data.merge(&pairs(part));
            }
        }
    }

    pub(super) fn perform(&mut self, process: &Process, event: &str) -> String {
        let happening = self.happening(event);
        let script = self.script.take().unwrap();
        // It goes on at another node.
        let stored = serde_json::to_string(&script).unwrap();
        let restored: Script = serde_json::from_str(&stored).unwrap();
        assert_eq!(restored, script);

        let made = step(process, restored, &happening, (&self.brief, self.now));

        assert_eq!(made, step(process, script, &happening, (&self.brief, self.now)));
        self.take(made)
    }

    fn happening(&mut self, event: &str) -> Happening {
        if event == "begins" {
            return Happening::Begun;
        }
        if let Some(seconds) = event.strip_prefix("after ") {
            let seconds = seconds.strip_suffix(" s").unwrap().parse().unwrap();
            self.now = self.now + Duration::from_secs(seconds);
            return Happening::Looked;
        }
        if let Some(data) = event.strip_prefix("data ") {
            self.brief.user_data.merge(&pairs(data));
            return Happening::Looked;
        }
        if let Some((request, answer)) = event.strip_prefix('#').and_then(|e| e.split_once(' ')) {
            let answer = match answer.split_once(' ') {
                Some(("fails", why)) => Answer::Failed(why.to_owned()),
                Some(("gives", data)) => Answer::Done(pairs(data)),
                _ => Answer::Done(UserData::default()),
            };
            return Happening::Answered { request: request.parse().unwrap(), answer };
        }
        let (agent, what) = event.split_once(' ').unwrap();
        match what {
            "takes it" => Happening::Routed { agent: agent.into() },
            "refuses" => Happening::Refused { agent: agent.into() },
            other => panic!("nobody knows what '{other}' is"),
        }
    }

    fn take(&mut self, made: Step) -> String {
        let mut told: Vec<String> = made.wishes.iter().map(|wish| self.tell(wish)).collect();
        for wish in &made.wishes {
            if let Wish::Attach(change) = wish {
                change.apply_to(&mut self.brief.user_data);
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

    fn tell(&self, wish: &Wish) -> String {
        match wish {
            Wish::Attach(change) => {
                let set = change.added.0.iter().chain(&change.changed.0).map(shown);
                let deleted = change.deleted.iter().map(|key| format!("-{key}"));
                format!("attach {}", set.chain(deleted).collect::<Vec<_>>().join(", "))
            }
            Wish::PlaceInQueue(queue) => format!("queue {}", queue.0),
            Wish::PlaceInWorkbin { workbin, owner } => format!("workbin {workbin} of {owner}"),
            Wish::Route(request) => self.tell_route(request),
            Wish::CancelRoute { request } => format!("cancel #{request}"),
            Wish::Ask { request, esp } => format!("ask #{request} {}", tell_esp(esp)),
            Wish::SendTranscript { request, to } => format!("send transcript #{request} to {to}"),
            Wish::Stop { reason } => format!("stop {reason}"),
            Wish::Complain(what) => format!("complain {what}"),
        }
    }

    fn tell_route(&self, request: &RoutingRequest) -> String {
        let targets = request.targets.iter().map(|target| match target {
            Target::Any => "any".to_owned(),
            Target::Agent(name) => format!("agent {name}"),
            Target::Group(name) => format!("group {name}"),
            Target::Skill(skill) => skill.to_string(),
        });
        let targets = targets.collect::<Vec<_>>().join(" or ");
        let until = request.until.since(self.begun).as_secs();
        let priority = match request.priority {
            0 => String::new(),
            priority => format!(" with priority {priority}"),
        };
        format!("route #{} to {}{priority} until {until} s", request.request, targets)
    }
}

fn tell_esp(esp: &EspRequest) -> String {
    let parameters: Vec<String> = esp.parameters.0.iter().map(shown).collect();
    let application = esp.application.as_deref().unwrap_or("any");
    format!("{} {application} ({})", esp.method, parameters.join(", "))
}

fn shown((key, value): (&String, &Value)) -> String {
    let short: String = value.to_string().chars().take(24).collect();
    format!("{key}={short}")
}

/// `a=1, b=two`
fn pairs(text: &str) -> UserData {
    text.split(", ")
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap();
            (key, value)
        })
        .collect()
}
