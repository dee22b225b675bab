//! Everything that can be set, read and checked once at the start. Only `node` and the command line
//! know this part; a house gets a section of it as its `Policy`.
//!
//! Each option is declared once, in the `OPTIONS` of its section, and has the type of a field of the
//! section's struct. From that come the parsing, the checks, the option reference and
//! `config show`:
//!
//! ```text
//! file, environment, flags --source--> assignments --read--> Field::set --check--> Loaded | Faults
//! ```
//!
//! Invariants: unknown names are faults; all faults are told together; nobody else reads the
//! environment; a secret is never shown.
//!
//! Read in this order: [`sections`] (what there is), one section ([`settings`]), [`spec`] and
//! [`field`] (how an option is declared), [`source`] and [`read`], [`check`], [`mod@reference`].

pub mod agents;
pub mod bots;
pub mod cassandra;
pub mod certificates;
pub mod check;
pub mod cluster;
pub mod cometd;
pub mod contact;
pub mod encryption;
pub mod esp;
pub mod fault;
pub mod field;
pub mod inactivity;
pub mod limits;
pub mod listen;
pub mod log;
pub mod mail;
pub mod nearest;
pub mod network;
pub mod node;
pub mod privileges;
pub mod push;
pub mod read;
pub mod reference;
pub mod routing;
pub mod scopes;
pub mod secret;
pub mod sections;
pub mod settings;
pub mod skills;
pub mod source;
pub mod spec;
pub mod workflow;

#[cfg(test)]
mod tests;

pub use agents::{Agent, AgentRole};
pub use bots::{BotGateway, BotSection, Sample};
pub use cassandra::{CassandraSection, Quorum};
pub use certificates::{Certificate, Peer, TLS_LISTENERS};
pub use cluster::ClusterSection;
pub use cometd::CometdSection;
pub use contact::{
    ContactAttribute, Retention, Searchable, SearchableAttributes, StandardResponses,
};
pub use encryption::Encryption;
pub use esp::EspClient;
pub use fault::{Fault, Faults, Origin};
pub use inactivity::InactivityControl;
pub use limits::Limits;
pub use listen::Listen;
pub use log::{LogFormat, LogSection};
pub use mail::{MailSection, MailTls};
pub use network::Network;
pub use node::{NodeClient, NodeSection};
pub use privileges::Privilege;
pub use push::{ProviderKind, PushContent, PushProvider, PushSection, PushedEvent, Texts};
pub use read::Loaded;
pub use reference::{reference, show, show_with_origins};
pub use routing::{ChatSection, Endpoints, InteractionSection, Service};
pub use scopes::{Allowed, CapacityRule, Place, Scoped, Workspace};
pub use secret::Secret;
pub use sections::Config;
pub use settings::{
    AttachStatistics, AutoSave, Notices, Restoration, RestoreExtend, SaveOnError, Settings,
    StopAbandoned,
};
pub use skills::Skills;
pub use source::Sources;
pub use workflow::WorkflowSection;
