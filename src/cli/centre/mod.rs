//! `holdfast centre`: a scripted contact centre over the public APIs. Agents and supervisors work, a
//! thousand customers come, everything is done that agents can do with a chat; what everybody saw is
//! written down, and a judge who knows nothing of the server holds it against what is promised.
//!
//! [`plan`] makes the day from a seed, [`journal`] is what was seen, [`judge`] the rules, [`report`]
//! what is told: all pure. [`world`], [`chat`] and [`seat`] are what the players share;
//! [`exchange`] is a seat's desk, [`shift`] leads an agent through his day, [`scene`] and [`acts`]
//! through a chat, as a [`player`]; [`supervise`] is for supervisors, [`guest`] for customers; [`run`]
//! leads all. [`accounts`] and [`workflow`] are what the nodes need to have.

pub mod accounts;
pub mod acts;
pub mod chat;
pub mod exchange;
pub mod guest;
pub mod journal;
pub mod judge;
pub mod plan;
pub mod player;
pub mod report;
pub mod run;
pub mod scene;
pub mod seat;
pub mod settings;
pub mod shift;
pub mod supervise;
pub mod workflow;
pub mod world;

pub use settings::CentreArguments;

use crate::cli::Failure;
use settings::CentreCommand;

/// Runs the contact centre, or prints what the nodes need for it.
pub fn centre(arguments: CentreArguments) -> Result<(), Failure> {
    match arguments.command {
        Some(CentreCommand::Accounts(arguments)) => accounts::accounts(&arguments),
        Some(CentreCommand::Workflow) => workflow::workflow(),
        None => run::run(arguments.run),
    }
}
