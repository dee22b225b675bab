//! The one program of integration tests.
#![expect(clippy::unwrap_used, reason = "tests")]

mod agent;
mod agent_abuse;
mod agent_desk;
mod agent_docs;
mod agent_nodes;
mod cassandra;
mod certificates;
mod chat_golden;
mod chat_script;
mod cluster;
mod cluster_sim;
mod command_line;
mod crash;
mod delivery;
mod forwarding;
mod full_disk;
mod health;
mod ops;
mod options;
mod ownership_model;
mod rest;
mod restoration;
mod ring;
mod sleeping;
mod start_and_stop;
mod supervision;
mod support;
mod takeover_sim;
mod talk;
mod tidy;
mod tls_cassandra;
mod tls_listeners;
mod tls_ring;
mod torture;
mod workflow;
