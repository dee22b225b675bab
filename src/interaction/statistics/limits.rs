//! Of how much a day has figures.

/// Queues, each with a medium, of which a day has figures of their own. Names come from outside; what
/// is beyond counts as one.
pub const MOST_QUEUES: usize = 500;
/// The same of media of an agent.
pub const MOST_MEDIA: usize = 50;
/// Places of a day. Agents name them as they like.
pub const MOST_PLACES: usize = 2_000;
pub const OTHERS: &str = "(others)";
