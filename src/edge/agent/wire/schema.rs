//! The machine-readable form of the frames.

use super::{Frame, RequestFrame};
use schemars::JsonSchema;

/// Both directions in one document, so that shared types stand in it once.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "only its schema is used")]
struct AgentApi {
    /// Sent by clients.
    request: RequestFrame,
    /// Sent by the server.
    frame: Frame,
}

/// `docs/api/agent.schema.json`, as it must stand there.
pub fn schema_text() -> String {
    let schema = schemars::schema_for!(AgentApi);
    let text = serde_json::to_string_pretty(schema.as_value()).unwrap_or_default();
    format!("{text}\n")
}
