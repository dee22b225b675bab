//! `holdfast talk`: a small terminal client over the public APIs, good for drills. It knows nothing
//! of the node but its addresses: everything goes over HTTP and WebSocket, as with any client.
//!
//! [`mod@line`] turns what is typed into wishes, [`show`] events into lines, [`pace`] says how long to
//! wait, [`desk`] is what an agent's terminal remembers; these are pure. [`http`] makes requests,
//! [`socket`] opens sockets;
//! [`customer`] and [`agent`] are the two loops.

pub mod account;
pub mod agent;
pub mod customer;
pub mod desk;
pub mod http;
pub mod input;
pub mod line;
pub mod pace;
pub mod show;
pub mod socket;

use crate::cli::Failure;
use crate::cli::sources::SourceArguments;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub enum TalkArguments {
    /// Be a customer
    #[command(after_help = line::CUSTOMER_HELP)]
    Customer(customer::CustomerArguments),
    /// Be an agent
    #[command(after_help = line::AGENT_HELP)]
    Agent(agent::AgentArguments),
}

/// Chats until the end of the input or of the chat.
pub fn talk(arguments: TalkArguments, sources: SourceArguments) -> Result<(), Failure> {
    match arguments {
        TalkArguments::Customer(arguments) => input::run(customer::chat(arguments)),
        TalkArguments::Agent(arguments) => {
            let password = arguments.account.password(sources)?;
            input::run(agent::attend(arguments, password))
        }
    }
}
