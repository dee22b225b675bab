//! One contact, as it stands in the ring.

use crate::base::ContactId;
use crate::contact::state::Contact;
use crate::store::cassandra::CassandraSession;
use crate::store::cassandra::notes::millis;
use crate::store::ring::rows::NoAnswer;
use scylla::value::CqlTimestamp;
use std::collections::BTreeMap;

pub async fn contact(
    session: &CassandraSession,
    id: &ContactId,
) -> Result<Option<Contact>, NoAnswer> {
    let statement = &session.statements().contact;
    type Row = (Option<CqlTimestamp>, Option<BTreeMap<String, String>>);
    let row: Option<Row> = session.row(statement, (id.as_str(),)).await?;
    Ok(row.map(|(created_at, attributes)| Contact {
        id: id.clone(),
        created_at: created_at.map(millis).unwrap_or_default(),
        attributes: attributes.unwrap_or_default(),
    }))
}
