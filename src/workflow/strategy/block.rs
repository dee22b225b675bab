//! What a strategy can do, one kind of block for each.

use crate::base::Expression;
use crate::workflow::strategy::target::{Selection, Target};
use crate::workflow::strategy::term::Term;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One block. A port names the block that follows; `error` is where it goes if it fails, instead of
/// the `fault` of its strategy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[serde(deny_unknown_fields)]
pub enum Block {
    /// Gives values to variables of the script, to be read as `Script['name']`.
    Assign {
        set: BTreeMap<String, Term>,
        next: String,
        #[serde(default)]
        error: Option<String>,
    },
    /// Changes user data of the interaction.
    Attach {
        #[serde(default)]
        set: BTreeMap<String, Term>,
        #[serde(default)]
        delete: Vec<String>,
        next: String,
        #[serde(default)]
        error: Option<String>,
    },
    /// Goes on where the first condition holds.
    Branch {
        cases: Vec<Case>,
        otherwise: String,
        #[serde(default)]
        error: Option<String>,
    },
    /// Puts the interaction into a queue. The strategy ends with it.
    Queue {
        queue: Term,
        #[serde(default)]
        error: Option<String>,
    },
    /// Puts the interaction into somebody's workbin. The strategy ends with it.
    Workbin {
        workbin: String,
        /// Whose.
        owner: Term,
        #[serde(default)]
        error: Option<String>,
    },
    /// Looks for somebody who takes it. The strategy ends when somebody has.
    Route {
        targets: Vec<Target>,
        /// The queue to which it belongs while an agent has it; it comes back there.
        #[serde(default)]
        queue: Option<String>,
        /// Asks the agent who handled it last before anybody else.
        #[serde(default)]
        last_agent: Option<LastAgent>,
        /// After how many seconds it gives up and goes to `timed-out`.
        timeout: Term,
        timed_out: String,
        /// Larger is earlier; without one, that of the interaction.
        #[serde(default)]
        priority: Option<Term>,
        /// By how much the priority grows with each minute of waiting.
        #[serde(default)]
        priority_growth: i64,
        #[serde(default)]
        selection: Selection,
        #[serde(default)]
        error: Option<String>,
    },
    /// Asks another server for something: the chat, by default.
    Esp {
        #[serde(default = "chat_server")]
        application_type: String,
        /// Which one of that type; without one, any that can.
        #[serde(default)]
        application: Option<Term>,
        #[serde(default = "chat_service")]
        service: String,
        method: String,
        #[serde(default)]
        parameters: BTreeMap<String, Term>,
        /// For how many seconds to wait for the answer.
        #[serde(default = "usual_patience")]
        timeout: u32,
        /// Where to go with the answer, to be read as `Result['key']`.
        ok: String,
        #[serde(default)]
        error: Option<String>,
    },
    /// Waits, at most until a condition holds.
    Wait {
        seconds: Term,
        #[serde(default)]
        #[schemars(with = "Option<String>")]
        until: Option<Expression>,
        next: String,
        #[serde(default)]
        error: Option<String>,
    },
    /// Brings a bot into the chat.
    StartBot {
        #[serde(default)]
        parameters: BTreeMap<String, Term>,
        #[serde(default = "bot_patience")]
        timeout: u32,
        ok: String,
        #[serde(default)]
        error: Option<String>,
    },
    /// Takes a bot out of the chat.
    StopBot {
        #[serde(default)]
        parameters: BTreeMap<String, Term>,
        #[serde(default = "bot_patience")]
        timeout: u32,
        ok: String,
        #[serde(default)]
        error: Option<String>,
    },
    /// Has the transcript sent to the customer.
    SendTranscript {
        /// The address; without one, the `EmailAddress` of the interaction.
        #[serde(default)]
        to: Option<Term>,
        #[serde(default = "usual_patience")]
        timeout: u32,
        ok: String,
        #[serde(default)]
        error: Option<String>,
    },
    /// Ends the processing of the interaction.
    Stop {
        reason: Term,
        #[serde(default)]
        error: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Case {
    #[schemars(with = "String")]
    pub when: Expression,
    pub next: String,
}

/// For how long the last agent is preferred: until one of the two is used up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LastAgent {
    /// How often he is asked.
    #[serde(default)]
    pub attempts: Option<Term>,
    /// How many seconds he has.
    pub seconds: Term,
}

impl Block {
    /// Its word in a file.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Assign { .. } => "assign",
            Self::Attach { .. } => "attach",
            Self::Branch { .. } => "branch",
            Self::Queue { .. } => "queue",
            Self::Workbin { .. } => "workbin",
            Self::Route { .. } => "route",
            Self::Esp { .. } => "esp",
            Self::Wait { .. } => "wait",
            Self::StartBot { .. } => "start-bot",
            Self::StopBot { .. } => "stop-bot",
            Self::SendTranscript { .. } => "send-transcript",
            Self::Stop { .. } => "stop",
        }
    }

    /// Where it may go, with the name of each port, but for its error port.
    pub fn ports(&self) -> Vec<(&str, &str)> {
        match self {
            Self::Assign { next, .. } | Self::Attach { next, .. } | Self::Wait { next, .. } => {
                vec![("", next)]
            }
            Self::Branch { cases, otherwise, .. } => {
                let mut ports: Vec<(&str, &str)> =
                    cases.iter().map(|case| (case.when.text(), case.next.as_str())).collect();
                ports.push(("otherwise", otherwise));
                ports
            }
            Self::Route { timed_out, .. } => vec![("timed out", timed_out)],
            Self::Esp { ok, .. }
            | Self::StartBot { ok, .. }
            | Self::StopBot { ok, .. }
            | Self::SendTranscript { ok, .. } => vec![("ok", ok)],
            Self::Queue { .. } | Self::Workbin { .. } | Self::Stop { .. } => Vec::new(),
        }
    }

    /// Its own error port.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Assign { error, .. }
            | Self::Attach { error, .. }
            | Self::Branch { error, .. }
            | Self::Queue { error, .. }
            | Self::Workbin { error, .. }
            | Self::Route { error, .. }
            | Self::Esp { error, .. }
            | Self::Wait { error, .. }
            | Self::StartBot { error, .. }
            | Self::StopBot { error, .. }
            | Self::SendTranscript { error, .. }
            | Self::Stop { error, .. } => error.as_deref(),
        }
    }

    /// Whether something can go wrong in it that is not plain from its text. An expression can
    /// divide by zero, an answer can stay away, a queue can be unknown.
    pub fn can_fail(&self) -> bool {
        match self {
            Self::Assign { set, .. } | Self::Attach { set, .. } => {
                set.values().any(Term::is_computed)
            }
            Self::Queue { queue, .. } => queue.is_computed(),
            Self::Wait { seconds, until, .. } => seconds.is_computed() || until.is_some(),
            Self::Branch { .. }
            | Self::Workbin { .. }
            | Self::Route { .. }
            | Self::Esp { .. }
            | Self::StartBot { .. }
            | Self::StopBot { .. }
            | Self::SendTranscript { .. } => true,
            Self::Stop { reason, .. } => reason.is_computed(),
        }
    }

    /// Whether it ends a step: it asks the world for something, or lets time pass.
    pub fn waits(&self) -> bool {
        self.waits_for_time() || self.waits_for_answer()
    }

    /// Whether some time surely passes in it.
    pub fn waits_for_time(&self) -> bool {
        matches!(self, Self::Route { .. } | Self::Wait { .. })
    }

    pub fn waits_for_answer(&self) -> bool {
        matches!(
            self,
            Self::Esp { .. }
                | Self::StartBot { .. }
                | Self::StopBot { .. }
                | Self::SendTranscript { .. }
        )
    }
}

fn chat_server() -> String {
    "ChatServer".into()
}

fn chat_service() -> String {
    "Chat".into()
}

const fn usual_patience() -> u32 {
    10
}

/// A bot's gateway may take this long to answer.
const fn bot_patience() -> u32 {
    60
}
