//! `holdfast talk`: a small terminal client over the public APIs.

use crate::cli::Failure;
use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub enum TalkArguments {
    /// Be a customer
    Customer(CustomerArguments),
    /// Be an agent
    Agent(AgentArguments),
}

#[derive(Debug, Args)]
pub struct CustomerArguments {
    /// Where the customer API is
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// The service to address
    #[arg(long, default_value = "customer-support")]
    pub service: String,
    /// The name that agents see
    #[arg(long, default_value = "Customer")]
    pub nickname: String,
}

#[derive(Debug, Args)]
pub struct AgentArguments {
    /// Where the agent API is
    #[arg(long, default_value = "http://127.0.0.1:8081")]
    pub url: String,
    /// The account, one of those below \[agents\]
    #[arg(long, default_value = "agent")]
    pub name: String,
}

/// Chats until the end of the input or of the chat.
pub fn talk(arguments: &TalkArguments) -> Result<(), Failure> {
    let url = match arguments {
        TalkArguments::Customer(customer) => &customer.url,
        TalkArguments::Agent(agent) => &agent.url,
    };
    Err(Failure::Other(format!("talk is not built yet: {url} was not called")))
}
