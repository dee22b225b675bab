//! `holdfast torture`: loads a server, or several of them, over the public APIs, notes everything
//! that was sent, acknowledged and seen, and holds it against what is promised. Meant for drills:
//! nodes are killed, frozen and drained meanwhile.
//!
//! [`check`] are the rules; [`plan`], [`mark`], [`phase`], [`figures`], [`sight`], [`ledger`] and
//! [`report`] are pure as well. [`world`] is what the clients share; [`customer`] speaks REST, or CometD over a [`line`],
//! [`desk`] and [`attend`] the agent API, [`session`] leads both through a chat, [`run`] leads all.

pub mod accounts;
pub mod attend;
pub mod check;
pub mod control;
pub mod count;
pub mod customer;
pub mod desk;
pub mod figures;
pub mod ledger;
mod line;
pub mod mark;
pub mod phase;
pub mod plan;
pub mod report;
pub mod run;
pub mod session;
pub mod settings;
pub mod sight;
pub mod world;

pub use settings::TortureArguments;

use crate::cli::Failure;
use settings::TortureCommand;

/// Tortures, or prints accounts for it.
pub fn torture(arguments: TortureArguments) -> Result<(), Failure> {
    match arguments.command {
        Some(TortureCommand::Accounts(arguments)) => accounts::accounts(&arguments),
        None => run::run(arguments.run),
    }
}
