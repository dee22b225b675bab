//! `holdfast centre accounts`: sections of the configuration with accounts of the contact centre.

use crate::cli::centre::workflow::{ON_HOLD, skills};
use crate::cli::hash_password::{hash, read_password};
use crate::cli::{Failure, print};
use clap::Args;
use std::fmt::Write;

/// Supervisors' accounts are called as agents' with this between.
pub const SUPERVISOR: &str = "supervisor-";

#[derive(Debug, Args)]
pub struct AccountsArguments {
    /// How many agents
    #[arg(long, default_value_t = 50)]
    pub agents: u32,
    /// How many supervisors
    #[arg(long, default_value_t = 3)]
    pub supervisors: u32,
    /// Agents are called by this and a number from 1 on
    #[arg(long, default_value = "centre-")]
    pub prefix: String,
}

/// Chats at a time of a supervisor.
pub const CAPACITY_OF_SUPERVISORS: u32 = 3;

/// Chats at a time of an agent, by his number.
pub fn capacity(number: u32) -> u32 {
    1 + number % 3
}

/// Prints the sections: accounts, which share one password and its hash, and where agents place what
/// is on hold.
pub fn accounts(arguments: &AccountsArguments) -> Result<(), Failure> {
    let hash = hash(&read_password()?)?;
    print::answer(&sections(arguments, &hash))
}

fn sections(arguments: &AccountsArguments, hash: &str) -> String {
    let AccountsArguments { agents, supervisors, prefix } = arguments;
    let mut sections = String::new();
    for number in 1..=*agents {
        let capacity = capacity(number);
        // Writing to a text cannot fail.
        let _ = write!(
            sections,
            "[agents.{prefix}{number}]\npassword-hash = \"{hash}\"\nnickname = \"Agent\"\n\
             capacity-chat = {capacity}\nskills = {{ {} }}\n\n",
            skills(number).map(|skill| format!("{skill} = 1")).collect::<Vec<_>>().join(", ")
        );
    }
    for number in 1..=*supervisors {
        let _ = write!(
            sections,
            "[agents.{prefix}{SUPERVISOR}{number}]\npassword-hash = \"{hash}\"\n\
             role = \"supervisor\"\nnickname = \"Agent\"\n\
             capacity-chat = {CAPACITY_OF_SUPERVISORS}\n\n"
        );
    }
    let _ = writeln!(sections, "[interaction-workspace]\nchat.on-hold-queue = \"{ON_HOLD}\"");
    sections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_and_supervisors_have_sections() {
        let arguments = AccountsArguments { agents: 2, supervisors: 1, prefix: "c-".to_owned() };

        let sections = sections(&arguments, "HASH");

        assert!(sections.contains("[agents.c-2]\npassword-hash = \"HASH\"\n"), "{sections}");
        assert!(sections.contains("[agents.c-supervisor-1]\n"), "{sections}");
        assert_eq!(sections.matches("role = \"supervisor\"").count(), 1);
        assert!(sections.contains("skills = { orders = 1, billing = 1 }\n"), "{sections}");
        assert_eq!([1, 2, 3].map(capacity), [2, 3, 1]);
    }
}
