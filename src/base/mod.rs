//! Words that every house uses: names of things, time, chance, key-value lists, the right to write.
//!
//! Nothing here decides anything and nothing here touches the world.

pub mod chance;
pub mod change;
pub mod claim;
pub mod dice;
pub mod error_chain;
pub mod expression;
pub mod ids;
pub mod loose;
pub mod media_counts;
pub mod never;
pub mod parting;
pub mod property;
pub mod time;
pub mod user_data;

pub use chance::Chance;
pub use change::Change;
pub use claim::{Claim, ClaimRow, Epoch, Lane, Process};
pub use dice::Dice;
pub use expression::Expression;
pub use ids::{
    AgentId, BootId, ContactId, GroupName, InteractionId, MediaType, NodeId, ParticipantId,
    Position, QueueName, SessionId, SkillName, ThingId, UserId,
};
pub use media_counts::MediaCounts;
pub use parting::Parting;
pub use time::{Clock, Millis};
pub use user_data::{UserData, Value};
