//! The languages of the outside: REST, the agents' socket, health. Edges translate, and decide
//! nothing; the houses know no JSON, and an edge knows no store.
//!
//! [`handles`] is what every edge holds, [`passwords`] what several ask; [`server`] the listeners, [`pieces`]
//! the messages of their sockets; then one part per language:
//! [`rest_v2`] and [`cometd`] (customers), [`agent`] (agents and media servers), [`esp`] (workflows and other systems),
//! [`peer`] (the other nodes), [`push`] (receivers of pushes), [`health`] and [`admin`] (probes and operators).

pub mod admin;
pub mod agent;
pub mod cometd;
pub mod esp;
pub mod handles;
pub mod health;
pub mod passwords;
pub mod peer;
pub mod pieces;
pub mod push;
pub mod rest_v2;
pub mod server;
