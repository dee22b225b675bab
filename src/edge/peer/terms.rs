//! What a node brings to its links: who it is, how patient it is, and how much it takes.

use super::transport::Transport;
use crate::base::{Chance, Process};
use crate::ownership::membership::PROTOCOL;
use std::sync::Arc;
use std::time::Duration;

/// All that links need.
#[derive(Clone)]
pub struct PeerConfig {
    pub me: Process,
    /// The protocol this node speaks. One more or less is understood.
    pub protocol: i32,
    /// The version of the program, for people.
    pub program: String,
    pub transport: Arc<dyn Transport>,
    pub chance: Arc<dyn Chance>,
    pub pace: Pace,
    pub limits: Limits,
}

impl PeerConfig {
    /// A node of this version with the documented figures.
    pub fn new(me: Process, transport: Arc<dyn Transport>, chance: Arc<dyn Chance>) -> Self {
        Self {
            me,
            protocol: PROTOCOL,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            transport,
            chance,
            pace: Pace::default(),
            limits: Limits::default(),
        }
    }
}

/// How long things may take.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How often each end asks whether the other still answers.
    pub ping_every: Duration,
    /// A connection without an answer for so long is broken.
    pub silence: Duration,
    /// How long it may take until a connection stands, for who dials.
    pub dial: Duration,
    /// The same for who is dialled.
    pub handshake: Duration,
    /// How long to wait after the first failure; doubled with each further one.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// A call is let go after this time, whatever its caller says.
    pub longest_call: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            ping_every: Duration::from_millis(250),
            silence: Duration::from_secs(1),
            dial: Duration::from_secs(2),
            handshake: Duration::from_secs(5),
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(2),
            longest_call: Duration::from_secs(60),
        }
    }
}

/// How much is taken.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// In bytes. A long transcript of a chat has some five million.
    pub longest_frame: usize,
    /// Calls on one connection that have no answer yet, for who asks.
    pub most_outstanding: usize,
    /// Calls of one connection that are being answered, for who is asked.
    pub most_in_work: usize,
    /// Their bytes.
    pub most_bytes_in_work: usize,
    /// Listenings on one connection.
    pub most_listenings: usize,
    /// Bytes of calls and answers that wait to be sent on one connection.
    pub room: usize,
    /// Bytes of news that wait to be sent on one connection.
    pub room_for_news: usize,
    /// Connections that other nodes may have to this one.
    pub most_connections: usize,
    /// Those that dialled and have not proved yet who they are.
    pub most_handshakes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            longest_frame: 8 << 20,
            most_outstanding: 1_024,
            most_in_work: 1_024,
            most_bytes_in_work: 32 << 20,
            most_listenings: 65_536,
            room: 32 << 20,
            room_for_news: 16 << 20,
            most_connections: 64,
            most_handshakes: 256,
        }
    }
}
