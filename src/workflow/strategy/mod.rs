//! A process as it is written down: queues and their views, workbins, strategies.

mod block;
mod check;
mod draw;
mod finding;
mod graph;
mod read;
mod schema;
mod target;
mod term;
mod traps;
mod words;

pub use block::{Block, Case, LastAgent};
pub use draw::mermaid;
pub use finding::{Finding, Severity};
pub use read::Reading;
pub use schema::schema_text;
pub use target::{Selection, Target};
pub use term::Term;
pub use words::{
    AGE, AGE_IN_QUEUE, GROUP, INTERACTION_ID, LAST_AGENT, MEDIA_TYPE, PARENT_ID, PRIORITY, QUEUE,
    RESULT, SCRIPT, SKILL, SUBTYPE, USER_DATA, of_skills, of_strategies, of_views,
};

use crate::base::Expression;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The process that is shipped: the guide's sample.
pub const DEFAULT: &str = include_str!("../default.toml");

static SHIPPED: LazyLock<Process> = LazyLock::new(|| Process::read(DEFAULT).process);

/// Everything that one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Process {
    #[serde(default)]
    pub queues: BTreeMap<String, Queue>,
    #[serde(default)]
    pub workbins: BTreeMap<String, Workbin>,
    #[serde(default)]
    pub strategies: BTreeMap<String, Strategy>,
}

/// A place where interactions wait. What no view takes out stays until somebody moves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// What it is for, in a sentence.
    #[serde(default)]
    pub about: String,
    /// The first view whose condition holds takes an interaction.
    #[serde(default)]
    pub views: Vec<View>,
    /// Whether agents may put something there: `true` unless it says `false`. Strategies,
    /// supervisors and operators always may.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub agents: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct View {
    pub name: String,
    /// Which interactions it takes; without one, all.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub condition: Option<Expression>,
    /// In which order it takes them.
    #[serde(default)]
    pub order: Order,
    /// How many of them its strategy may have at once; without a word, any number.
    #[serde(default)]
    pub limit: Option<u32>,
    /// After how many seconds a condition that looks at the time is asked again.
    #[serde(default = "usual_check")]
    pub check_every: u32,
    /// The strategy that gets them.
    pub strategy: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The highest priority first, and of the same priority the oldest.
    #[default]
    Priority,
    /// Who came into the queue first.
    Age,
    /// Who was submitted first.
    Submitted,
}

/// A place of one agent, group or place in which interactions lie until somebody takes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workbin {
    #[serde(default)]
    pub about: String,
    pub owner: Owner,
    /// The queue whose views look at what lies in it too; without one nothing but its owner does.
    #[serde(default)]
    pub queue: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    Agent,
    Group,
    Place,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Strategy {
    #[serde(default)]
    pub about: String,
    /// The block it begins with.
    pub start: String,
    /// The block to which those blocks go that fail and have no error port of their own.
    #[serde(default)]
    pub fault: Option<String>,
    #[serde(default)]
    pub blocks: BTreeMap<String, Block>,
}

impl Process {
    /// The blocks that send mail, as `strategy.block`.
    pub fn blocks_that_send_mail(&self) -> impl Iterator<Item = String> {
        self.strategies.iter().flat_map(|(name, strategy)| {
            let blocks = strategy.blocks.iter();
            let sending = blocks.filter(|(_, one)| matches!(one, Block::SendTranscript { .. }));
            sending.map(move |(block, _)| format!("{name}.{block}"))
        })
    }

    /// Whether views see to what lies in this queue.
    pub fn sees_to(&self, queue: &str) -> bool {
        self.queues.contains_key(queue)
    }

    /// Whether agents may put something into a queue.
    pub fn is_for_agents(&self, queue: &str) -> bool {
        self.queues.get(queue).is_none_or(|queue| queue.agents)
    }

    /// The queue whose views look at what lies in a workbin of this name, too.
    pub fn queue_of_workbin(&self, name: &str) -> Option<&str> {
        self.workbins.get(name)?.queue.as_deref()
    }

    /// Reads a file, with everything that is wrong with it.
    pub fn read(text: &str) -> Reading {
        read::read(text)
    }

    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    pub fn block(&self, strategy: &str, block: &str) -> Option<&Block> {
        self.strategies.get(strategy)?.blocks.get(block)
    }
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde asks for")]
const fn is_yes(said: &bool) -> bool {
    *said
}

const fn usual_check() -> u32 {
    30
}

#[cfg(test)]
mod tests;
