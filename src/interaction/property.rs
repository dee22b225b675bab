//! The names that properties of interactions have on the wire, in one place.

use crate::interaction::scope;

pub const CHAT_SERVER_HOST: &str = "ChatServerHost";
pub const CHAT_SERVER_PORT: &str = "ChatServerPort";
pub const CHAT_SERVER_APP_NAME: &str = "ChatServerAppName";
pub const CHAT_SERVER_SESSION_STARTED_AT: &str = "ChatServerSessionStartedAt";
pub const CHAT_SERVER_SESSION_CLOSED_AT: &str = "ChatServerSessionClosedAt";
pub const CHAT_SERVER_SESSION_ID: &str = "ChatServerSessionId";
/// `1` while the session runs, `0` afterwards; workflows compare with the text.
pub const IS_ONLINE: &str = "IsOnline";

pub const INTERACTION_ID: &str = "InteractionId";
pub const MEDIA_TYPE: &str = "MediaType";
pub const TENANT_ID: &str = "TenantId";
pub const QUEUE: &str = "Queue";
pub const INTERACTION_TYPE: &str = "InteractionType";
pub const INTERACTION_SUBTYPE: &str = "InteractionSubtype";
pub const SUBMITTED_BY: &str = "SubmittedBy";
pub const SUBMITTED_AT: &str = "SubmittedAt";
pub const RECEIVED_AT: &str = "ReceivedAt";
pub const PLACED_IN_QUEUE_AT: &str = "PlacedInQueueAt";
pub const PLACE_IN_QUEUE_SEQ: &str = "PlaceInQueueSeq";
pub const STATE: &str = "State";
/// How urgent it is: larger first, 0 without a word. Routing goes by it, so customers cannot set it.
pub const PRIORITY: &str = "Priority";

/// What every interaction has as an attribute; user data cannot shadow it.
const ATTRIBUTES: [&str; 13] = [
    INTERACTION_ID,
    MEDIA_TYPE,
    TENANT_ID,
    QUEUE,
    INTERACTION_TYPE,
    INTERACTION_SUBTYPE,
    SUBMITTED_BY,
    SUBMITTED_AT,
    RECEIVED_AT,
    PLACED_IN_QUEUE_AT,
    PLACE_IN_QUEUE_SEQ,
    STATE,
    PRIORITY,
];

/// Whether only the server itself, or the media server, may set this property.
pub fn is_reserved(key: &str) -> bool {
    key == IS_ONLINE
        || key.starts_with("ChatServer")
        || ATTRIBUTES.contains(&key)
        || scope::is_override(key)
}

/// The same, for supervisors and workflows: how urgent something is, is theirs to say, and where it
/// is placed on hold.
pub fn is_for_servers_alone(key: &str) -> bool {
    is_reserved(key) && !is_for_workflows(key)
}

/// Whether it decides where an interaction goes, and when: nothing for customers and their sessions.
pub fn is_for_workflows(key: &str) -> bool {
    key == PRIORITY || scope::is_override(key)
}

/// Whether it says how to come into a session, and is for those who have it alone.
pub fn leads_to_session(key: &str) -> bool {
    key.starts_with("ChatServer")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_chat_lives_is_reserved_and_a_customers_name_is_not() {
        assert!(is_reserved("ChatServerHost"));
        assert!(is_reserved("IsOnline"));
        assert!(!is_reserved("FirstName"));
    }

    #[test]
    fn how_urgent_it_is_is_said_by_supervisors_and_workflows_and_not_by_agents() {
        assert!(is_reserved(PRIORITY) && !is_for_servers_alone(PRIORITY));
        assert!(is_for_servers_alone(IS_ONLINE) && !is_for_servers_alone("FirstName"));
        let queue = "chat.on-hold-queue";
        assert!(is_reserved(queue) && !is_for_servers_alone(queue));
    }
}
