//! Of how much a day has figures.

/// Queues, each with a medium, of which a day has figures of their own. Names come from outside; what
/// is beyond counts as one.
pub const MOST_QUEUES: usize = 500;
/// Media of one agent, and of one place, in the same way.
pub const MOST_MEDIA: usize = 50;
/// Places of a day. Agents name them as they like.
pub const MOST_PLACES: usize = 2_000;
/// What is beyond, whatever of it: queues, media, places, reasons. The page of metrics calls queues that
/// nobody has configured the same.
pub const OTHERS: &str = "(others)";
