//! The machine-readable form of a process file, for editors that check while one writes.

use crate::workflow::strategy::Process;

/// `docs/workflow.schema.json`, as it must stand there.
pub fn schema_text() -> String {
    let schema = schemars::schema_for!(Process);
    let text = serde_json::to_string_pretty(schema.as_value()).unwrap_or_default();
    format!("{text}\n")
}
