//! The names that properties of interactions have on the wire, in one place.

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
/// Minutes that an agent may have it without doing anything.
pub const HANDLING_TIMEOUT: &str = "handling-timeout";
/// The same of strategies.
pub const ROUTING_TIMEOUT: &str = "routing-timeout";

/// What a chat session keeps of its own among its data, or lets nobody but servers say: a customer who
/// set it would pretend to be somebody else, or steer the routing. `*` at the end stands for anything.
const OF_SESSIONS: [&str; 10] = [
    "GCTI_Chat_SetPartyStyle",
    "GCTI_Chat_PartyStyle",
    "GCTI_Chat_SessionPassword",
    "GCTI_Original_Nickname",
    "GCTI_Chat_AsyncStatus",
    "GCTI_Chat_AsyncCheckAt",
    "IWAttachment*",
    "ContactId",
    "csg_*",
    "cse_*",
];

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
    is_for_operation(key) || is_of_server(key) || ATTRIBUTES.contains(&key)
}

/// Whether a customer may not set this key among the data of his session. Attributes of interactions
/// are not among them: an address has a `State` too, and the interaction takes none from a session.
pub fn is_closed_to_customers(key: &str) -> bool {
    let of_session = |name: &&str| match name.strip_suffix('*') {
        Some(start) => key.starts_with(start),
        None => key == *name,
    };
    is_of_server(key) || OF_SESSIONS.iter().any(of_session)
}

/// Where a session lives, and whether.
fn is_of_server(key: &str) -> bool {
    key == IS_ONLINE || leads_to_session(key)
}

/// The same, for supervisors and workflows: how urgent something is, and how long an agent may have it,
/// is theirs to say.
pub fn is_for_servers_alone(key: &str) -> bool {
    is_reserved(key) && !is_for_operation(key)
}

/// What steers the work and is said neither by customers nor by agents.
pub fn is_for_operation(key: &str) -> bool {
    [PRIORITY, HANDLING_TIMEOUT, ROUTING_TIMEOUT].contains(&key) || is_override(key)
}

/// Whether it is the word of a strategy in place of an option that says where something is placed on
/// hold (`chat.on-hold-queue`, `workbin.chat.on-hold`).
pub fn is_override(key: &str) -> bool {
    let of_workbin = key.strip_prefix("workbin.").and_then(|rest| rest.strip_suffix(".on-hold"));
    key.ends_with(".on-hold-queue") || of_workbin.is_some()
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
    fn customers_say_where_they_live_and_not_who_they_are() {
        let closed = ["ContactId", "IsOnline", "ChatServerHost", "csg_MediaType", "IWAttachment1"];
        for key in closed {
            assert!(is_closed_to_customers(key), "{key}");
        }
        assert!(!is_closed_to_customers("State") && !is_closed_to_customers("ContactIdea"));
    }

    #[test]
    fn how_urgent_it_is_is_said_by_supervisors_and_workflows_and_not_by_agents() {
        assert!(is_reserved(PRIORITY) && !is_for_servers_alone(PRIORITY));
        assert!(is_for_servers_alone(IS_ONLINE) && !is_for_servers_alone("FirstName"));
        let queue = "chat.on-hold-queue";
        assert!(is_reserved(queue) && !is_for_servers_alone(queue));
    }
}
