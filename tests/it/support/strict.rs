//! The decoder of a strict client, after the rules of a vendor's library: one missing or mistyped
//! field, one unknown type, and the whole reply is dropped.

use serde_json::Value;

/// The closed set of types.
const TYPES: &[&str] = &[
    "ParticipantJoined",
    "ParticipantLeft",
    "Message",
    "TypingStarted",
    "TypingStopped",
    "NicknameUpdated",
    "PushUrl",
    "FileUploaded",
    "FileDeleted",
    "CustomNotice",
    "Notice",
    "IdleAlert",
    "IdleClose",
];

/// Refuses what a strict client could not decode.
pub fn check(reply: &Value) {
    for name in ["chatId", "userId", "secureKey", "alias"] {
        assert!(reply[name].is_string(), "{name} is no text: {reply}");
    }
    assert!(reply["statusCode"].as_u64().is_some_and(|code| code <= 2), "statusCode: {reply}");
    assert!(reply["chatEnded"].is_boolean(), "chatEnded: {reply}");
    assert!(reply["monitored"].is_boolean(), "monitored: {reply}");
    assert!(reply["nextPosition"].is_u64(), "nextPosition: {reply}");
    check_texts(&reply["userData"]);
    let messages = reply["messages"].as_array().unwrap_or_else(|| panic!("messages: {reply}"));
    messages.iter().for_each(check_message);
    let indexes: Vec<_> = messages.iter().map(|message| message["index"].as_u64()).collect();
    assert!(indexes.is_sorted_by(|one, next| one < next), "indexes do not rise: {reply}");
    if reply["statusCode"] != 0 {
        let error = &reply["errors"][0];
        assert!(error["code"].is_u64() && error["message"].is_string(), "errors: {reply}");
    }
}

fn check_message(message: &Value) {
    let from = &message["from"];
    assert!(from["nickname"].is_string(), "nickname: {message}");
    assert!(from["participantId"].as_u64().is_some_and(|id| 0 < id), "participantId: {message}");
    assert!(from["type"].is_string(), "type of the sender: {message}");
    assert!(message["index"].as_u64().is_some_and(|index| 0 < index), "index: {message}");
    assert!(TYPES.contains(&message["type"].as_str().unwrap_or_default()), "type: {message}");
    assert!(message["utcTime"].is_u64(), "utcTime: {message}");
    for name in ["text", "messageType"] {
        assert!(message.get(name).is_none_or(Value::is_string), "{name}: {message}");
    }
    check_texts(&message["userData"]);
    let attributes = &message["eventAttributes"];
    assert!(attributes.is_null() || attributes.is_object(), "eventAttributes: {message}");
}

fn check_texts(user_data: &Value) {
    if let Some(entries) = user_data.as_object() {
        assert!(
            entries.values().all(Value::is_string),
            "user data has more than texts: {entries:?}"
        );
    } else {
        assert!(user_data.is_null());
    }
}
