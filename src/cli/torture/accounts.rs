//! `holdfast torture accounts`: sections of the configuration with accounts for the torture's agents.

use crate::cli::hash_password::{hash, read_password};
use crate::cli::{Failure, print};
use clap::Args;
use std::fmt::Write;

#[derive(Debug, Args)]
pub struct AccountsArguments {
    /// How many
    #[arg(long, default_value_t = 30)]
    pub n: u32,
    /// They are called by this and a number from 1 on
    #[arg(long, default_value = "torture-")]
    pub prefix: String,
    /// Chats at a time of each of them
    #[arg(long, default_value_t = 12)]
    pub capacity: u32,
}

/// Prints the sections. All accounts share one password and its hash.
pub fn accounts(arguments: &AccountsArguments) -> Result<(), Failure> {
    let hash = hash(&read_password()?)?;
    print::answer(&sections(arguments, &hash))
}

fn sections(arguments: &AccountsArguments, hash: &str) -> String {
    let AccountsArguments { n, prefix, capacity } = arguments;
    (1..=*n).fold(String::new(), |mut sections, number| {
        // Writing to a text cannot fail.
        let _ = write!(
            sections,
            "[agents.{prefix}{number}]\npassword-hash = \"{hash}\"\ncapacity-chat = {capacity}\n\n"
        );
        sections
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_account_has_a_section() {
        let arguments = AccountsArguments { n: 2, prefix: "t-".to_owned(), capacity: 5 };

        let sections = sections(&arguments, "HASH");

        let one = "[agents.t-2]\npassword-hash = \"HASH\"\ncapacity-chat = 5\n";
        assert!(sections.contains(one), "{sections}");
        assert_eq!(sections.matches("[agents.").count(), 2);
    }
}
