//! What can be set for the application, a tenant, a group of agents, a place and one agent, and
//! `[capacity-rules.<name>]`, which these name.

use crate::base::expression::Kind;
use crate::base::{Expression, MediaCounts};
use crate::config::field::{Field, Range, Raw, quoted};
use crate::config::spec::{FreeOpt, Opt, Section};
use std::collections::BTreeMap;

/// Options of the guide's section `interaction-workspace`, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace(pub BTreeMap<String, String>);

/// `[tenants.<tenant>]` and `[agent-groups.<group>]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scoped {
    /// `capacity-rule`
    pub capacity_rule: Option<String>,
    pub workspace: Workspace,
}

/// `[places.<place>]`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// `capacity-rule`
    pub capacity_rule: Option<String>,
}

/// `[capacity-rules.<name>]`: what is allowed, by medium.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CapacityRule(pub BTreeMap<String, Allowed>);

/// How many of one medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allowed {
    Most(u32),
    While(Expression),
}

/// More of one medium at a time is nobody's work.
const MOST: u32 = 1_000;

/// What `capacity-rule` means, wherever it stands.
pub const CAPACITY_RULE: &str = "Name of a `[capacity-rules.<name>]`. Looked for at the agent, then \
    his place, his groups in his order, his tenant and `[interaction]`; the first one counts.";

/// What the options with free names mean, wherever they stand.
const WORKSPACE: &str = "`<media>.on-hold-queue`: the queue in which `placeOnHold` puts what the \
    agent handles; `workbin.<media>.on-hold`: the workbin of the agent in which it does where there \
    is no such queue. Looked for at the agent, then his groups in his order, his tenant and the \
    application; the first one counts, also when it is an empty text, which means none. A property of \
    the interaction with that name, as a strategy attaches it, comes before all of them.";

/// Whether an option belongs to a workspace.
pub fn is_of_workspace(name: &str) -> bool {
    let of_workbin = name.strip_prefix("workbin.").and_then(|rest| rest.strip_suffix(".on-hold"));
    let media = of_workbin.or_else(|| name.strip_suffix(".on-hold-queue"));
    media.is_some_and(is_media)
}

fn is_media(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty() && name.len() <= 64 && name.chars().all(fits)
}

/// The free names of a section that has a workspace.
pub const fn free<S>(
    field: for<'a> fn(&'a mut S, &str) -> &'a mut dyn Field,
    names: fn(&S) -> Vec<String>,
) -> FreeOpt<S> {
    FreeOpt {
        placeholder: "<media>.on-hold-queue, workbin.<media>.on-hold",
        means: WORKSPACE,
        takes: is_of_workspace,
        field,
        names,
    }
}

impl Workspace {
    pub fn entry(&mut self, name: &str) -> &mut String {
        self.0.entry(name.to_owned()).or_default()
    }

    pub fn names(&self) -> Vec<String> {
        self.0.keys().cloned().collect()
    }
}

impl Section for Workspace {
    const OPTIONS: &'static [Opt<Self>] = &[];
    const FREE: Option<FreeOpt<Self>> = Some(free(|s, name| s.entry(name), Self::names));
}

impl Section for Scoped {
    const OPTIONS: &'static [Opt<Self>] =
        &[Opt::new("capacity-rule", |s: &mut Self| &mut s.capacity_rule, CAPACITY_RULE)];
    const FREE: Option<FreeOpt<Self>> =
        Some(free(|s, name| s.workspace.entry(name), |s| s.workspace.names()));
}

impl Section for Place {
    const OPTIONS: &'static [Opt<Self>] =
        &[Opt::new("capacity-rule", |s: &mut Self| &mut s.capacity_rule, CAPACITY_RULE)];
}

impl Section for CapacityRule {
    const OPTIONS: &'static [Opt<Self>] = &[];
    const FREE: Option<FreeOpt<Self>> = Some(FreeOpt {
        placeholder: "<media>",
        means: "Interactions of this medium at a time: a number, or a condition that is asked with what \
                the agent is offered and handles already, before one more of this medium: \
                `chat = \"chat < 3 && email == 0\"`. It may look at `chat`, `email`, `voice`, `sms`, \
                `workitem`, `media['any other']` and `total`. `*` stands for every medium that is not \
                named; without it one of each is allowed.",
        takes: |name| name == "*" || is_media(name),
        field: |s, media| s.0.entry(media.to_owned()).or_default(),
        names: |s| s.0.keys().cloned().collect(),
    });
}

impl Default for Allowed {
    fn default() -> Self {
        Self::Most(1)
    }
}

impl Field for Allowed {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        *self = match raw {
            Raw::Integer(number) => number_of(*number).ok_or_else(|| self.kind(range))?,
            Raw::Text(text) => match text.trim().parse::<i64>() {
                Ok(number) => number_of(number).ok_or_else(|| self.kind(range))?,
                Err(_) => Self::While(condition(text)?),
            },
            Raw::Switch(_) | Raw::List(_) | Raw::Table(_) | Raw::Other(_) => {
                return Err(self.kind(range));
            }
        };
        Ok(())
    }

    fn show(&self) -> String {
        match self {
            Self::Most(most) => most.to_string(),
            Self::While(condition) => quoted(condition.text()),
        }
    }

    fn kind(&self, _: Range<'_>) -> String {
        format!("a number, 0 to {MOST}, or a condition, like \"chat < 3 && email == 0\"")
    }
}

fn number_of(number: i64) -> Option<Allowed> {
    u32::try_from(number).ok().filter(|number| *number <= MOST).map(Allowed::Most)
}

/// A condition that makes sense, and can be asked of somebody who has nothing.
fn condition(text: &str) -> Result<Expression, String> {
    let wrong = |why: String| format!("a condition that can be asked: {why}");
    let condition = Expression::read(text).map_err(|fault| wrong(fault.to_string()))?;
    let known = MediaCounts::vocabulary();
    condition.check(&known, Some(Kind::Flag)).map_err(|fault| wrong(fault.to_string()))?;
    let nothing = MediaCounts::default();
    condition.holds(&nothing.variables()).map_err(|fault| wrong(fault.to_string()))?;
    Ok(condition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_a_number_or_a_condition_and_says_what_is_wrong_with_one() {
        let mut allowed = Allowed::default();

        allowed.set(&Raw::Integer(3), None).unwrap();
        assert_eq!(allowed.show(), "3");
        allowed.set(&Raw::Text("chat < 3 && email == 0".into()), None).unwrap();
        assert_eq!(allowed.show(), "\"chat < 3 && email == 0\"");

        let table = [
            ("caht < 3", "there is no 'caht' here"),
            ("chat + 1", "gives number, where true or false is needed"),
            ("10 / email < 5", "divides by zero"),
            ("chat <", "a condition that can be asked"),
            ("1001", "a number, 0 to 1000"),
        ];
        for (text, expected) in table {
            let refused = allowed.set(&Raw::Text(text.into()), None).unwrap_err();
            assert!(refused.contains(expected), "{text}: {refused}");
        }
    }

    #[test]
    fn options_of_a_workspace_are_known_by_their_form() {
        for name in ["chat.on-hold-queue", "whatsappsession.on-hold-queue", "workbin.chat.on-hold"]
        {
            assert!(is_of_workspace(name), "{name}");
        }
        for name in ["on-hold-queue", ".on-hold-queue", "workbin..on-hold", "chat.on-hold", "chat"]
        {
            assert!(!is_of_workspace(name), "{name}");
        }
    }
}
