//! CometD: customers who hold a connection and are told what happens (Bayeux 1.0, over long-polling,
//! WebSocket and, where it is switched on, callback-polling). `docs/api/cometd.md` explains it to those
//! who use it.
//!
//! ```text
//! polling, socket --messages--> exchange --> bayeux (what a client is owed)
//!        ^                         \--publish--> chat --> rest_v2 (operations) --> Things<Session>
//!        '--bell-- seat <--queue, bounded-- attend (one per chat) <-- push -- Things<Session>::listen
//! ```
//!
//! A client lives at the node that holds its connection; its chat lives anywhere. Invariants: what is
//! pushed is a hint and the position is the truth, so a client that is slow, or whose chat moves, gets
//! every event once and in order; a connect that is held costs its request and no task; a chat tells
//! one client at a time; however a client ends, its chat hears of it.
//!
//! Read in this order: [`bayeux`] (the protocol, pure), [`seat`] and [`hub`] (who is there),
//! [`exchange`] (the way of messages), [`polling`] with [`cookie`], [`socket`], [`chat`] (what is asked
//! of chats), [`attend`] (what they tell), [`ntf`], [`routes`].

pub mod attend;
pub mod bayeux;
pub mod chat;
pub mod cookie;
pub mod exchange;
pub mod hub;
pub mod ntf;
pub mod polling;
pub mod routes;
pub mod seat;
pub mod socket;

pub use hub::Hub;
pub use routes::configure;
