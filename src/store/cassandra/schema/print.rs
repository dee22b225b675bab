//! The schema as one text, for whoever puts it in by hand.

use crate::store::cassandra::schema::files::FILES;
use crate::store::cassandra::schema::keyspace::Replication;

/// Everything in the order in which it is applied.
pub fn print(keyspace: &str, replication: &Replication, grace_seconds: Option<u32>) -> String {
    let mut text = format!("{};\n\nUSE \"{keyspace}\";\n", replication.cql(keyspace));
    for file in FILES {
        text.push_str(&format!("\n-- {}\n{}", file.name, file.text(grace_seconds)));
    }
    text.push_str("\n-- What was applied.\n");
    for file in FILES {
        text.push_str(&format!(
            "INSERT INTO schema_version (what, version, file, applied) \
             VALUES ('tables', {}, '{}', toTimestamp(now()));\n",
            file.version, file.name
        ));
    }
    text
}
