//! What the nodes of a contact centre run: `holdfast centre workflow` prints it. Chats that come in
//! are about a topic, and go to agents who have the skill of that name.

use crate::cli::{Failure, print};

/// Where chats come in, and are routed by their topic.
pub const INBOUND: &str = "chat-inbound";
/// Where agents put what others are to see to: whoever is free gets it.
pub const SECOND_LEVEL: &str = "second-level";
/// To which the workflow leads what is placed on hold.
pub const ON_HOLD: &str = "on-hold";
/// Where an agent keeps what he goes on with later.
pub const WORKBIN: &str = "later";

/// The property that names the topic of a chat.
pub const TOPIC: &str = "Topic";
/// What chats are about, and of so many agents one knows about it.
pub const TOPICS: [(&str, u32); 3] = [("orders", 1), ("billing", 2), ("technical", 3)];

const TEXT: &str = include_str!("workflow.toml");

/// What an agent knows about, by his number.
pub fn skills(number: u32) -> impl Iterator<Item = &'static str> {
    TOPICS.into_iter().filter(move |(_, nth)| number.is_multiple_of(*nth)).map(|(topic, _)| topic)
}

/// Prints the workflow file.
pub fn workflow() -> Result<(), Failure> {
    print::answer(TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::{Process, Reading};

    #[test]
    fn an_agent_knows_what_his_number_says() {
        let of = |number| skills(number).collect::<Vec<_>>();
        assert_eq!(of(1), ["orders"]);
        assert_eq!(of(4), ["orders", "billing"]);
        assert_eq!(of(6), ["orders", "billing", "technical"]);
    }

    #[test]
    fn the_workflow_has_no_faults_and_the_names_that_are_used_here() {
        let Reading { process, findings } = Process::read(TEXT);
        assert_eq!(findings, []);
        for queue in [INBOUND, SECOND_LEVEL, ON_HOLD] {
            assert!(process.sees_to(queue), "{queue}");
        }
    }
}
