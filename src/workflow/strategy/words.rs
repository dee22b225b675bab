//! The names that expressions of a process can use, and what each is.

use crate::base::expression::{CURRENT_TIME, Kind, Vocabulary};

/// The user data of the interaction.
pub const USER_DATA: &str = "UData";
/// What the strategy's assign blocks have set.
pub const SCRIPT: &str = "Script";
/// What the last answer to a request held; of a failed one, `Fault`.
pub const RESULT: &str = "Result";
/// The agent who handled the interaction last, or nothing.
pub const LAST_AGENT: &str = "LastAgent";
pub const INTERACTION_ID: &str = "InteractionId";
/// The interaction for which this one was made, or nothing.
pub const PARENT_ID: &str = "ParentId";
pub const MEDIA_TYPE: &str = "MediaType";
pub const SUBTYPE: &str = "InteractionSubtype";
pub const QUEUE: &str = "Queue";
pub const PRIORITY: &str = "Priority";
/// Seconds since it was placed in its queue.
pub const AGE_IN_QUEUE: &str = "_age_in_queue()";
/// Seconds since it was submitted.
pub const AGE: &str = "_age()";
/// Levels of an agent's skills.
pub const SKILL: &str = "Skill";
/// The groups of an agent: `'sales' in Group`.
pub const GROUP: &str = "Group";

/// What conditions of views can look at.
pub fn of_views() -> Vocabulary {
    Vocabulary::from([
        (USER_DATA, Kind::Texts),
        (LAST_AGENT, Kind::Text),
        (INTERACTION_ID, Kind::Text),
        (PARENT_ID, Kind::Text),
        (MEDIA_TYPE, Kind::Text),
        (SUBTYPE, Kind::Text),
        (QUEUE, Kind::Text),
        (PRIORITY, Kind::Number),
        (AGE_IN_QUEUE, Kind::Number),
        (AGE, Kind::Number),
        (CURRENT_TIME, Kind::Number),
    ])
}

/// What blocks can look at.
pub fn of_strategies() -> Vocabulary {
    let mut known = of_views();
    known.extend([(SCRIPT, Kind::Texts), (RESULT, Kind::Texts)]);
    known
}

/// What a skill expression can look at: the agent, and the interaction that he is to take.
pub fn of_skills() -> Vocabulary {
    let mut known = of_views();
    known.extend([(SKILL, Kind::Numbers), (GROUP, Kind::Numbers)]);
    known
}
