//! What the node tells about itself: metrics, health, logs. No ids and no words of customers.
//!
//! [`names`] has every metric; [`mod@meters`] has the handles to count with, [`recorder`] the page, with [`queues`] beside it;
//! [`health`] the facts behind `/livez` and `/readyz`; [`logs`] the set-up of the log.

pub mod health;
pub mod held;
pub mod logs;
pub mod meters;
pub mod names;
pub mod naps;
pub mod queues;
pub mod recorder;

pub use health::{Answer, Health, Phase};
pub use held::{Held, Tallied, Tally};
pub use meters::{
    Family, Meters, cassandra_came, cassandra_went, meters, session_finished, tell_build,
};
pub use naps::Naps;
pub use queues::{QueueBoard, QueueLine};
