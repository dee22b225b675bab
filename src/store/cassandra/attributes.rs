//! A contact, and what finds it by its attributes, in the ring.
//!
//! Attributes are one value: of two who change a contact at the same moment one may be lost. What
//! finds it is written before, and noted before that, so that nothing of it outlives the contact.
//! To change a row is to make it: whoever changes a contact looks for the mark of its erasure before
//! and behind the writing.

use crate::base::ContactId;
use crate::contact::identify::folded;
use crate::contact::state::{AttributeChange, Contact};
use crate::store::cassandra::CassandraSession;
use crate::store::cassandra::contact_row::contact;
use crate::store::cassandra::erasure::{erase_contact, mark_of};
use crate::store::cassandra::notes::timestamp;
use crate::store::cassandra::records::is_marked;
use crate::store::ring::rows::NoAnswer;

/// Whoever drives it again finds some of it done, and does all of it.
pub async fn change_attributes(
    session: &CassandraSession,
    id: &ContactId,
    change: &AttributeChange,
) -> Result<Option<Contact>, NoAnswer> {
    let Some(before) = contact(session, id).await? else { return Ok(None) };
    if is_marked(session, &mark_of(id)).await? {
        return Ok(None);
    }
    let after = Contact { attributes: change.on(&before.attributes), ..before.clone() };
    for (name, value) in &change.set {
        find_by(session, &after, (name, value)).await?;
    }
    let statement = &session.statements().archive.set_attributes;
    session.write(statement, (&after.attributes, id.as_str())).await?;
    for (name, value) in &before.attributes {
        let same = after.attributes.get(name).is_some_and(|now| folded(now) == folded(value));
        if !same {
            find_no_more(session, &before, (name, value)).await?;
        }
    }
    // Whoever erases marks first: either the mark is seen here, or the deletion is the later one.
    if is_marked(session, &mark_of(id)).await? {
        erase_contact(session, id).await?;
        return Ok(None);
    }
    Ok(Some(after))
}

/// Lets a contact be found by a value.
pub async fn find_by(
    session: &CassandraSession,
    contact: &Contact,
    (name, value): (&str, &str),
) -> Result<(), NoAnswer> {
    let statements = session.statements();
    let (id, created_at) = (contact.id.as_str(), timestamp(contact.created_at));
    let noted = (id, name, folded(value), created_at);
    session.write(&statements.archive.insert_value, noted).await?;
    let values = (name, folded(value), created_at, id);
    session.write(&statements.insert_attribute, values).await
}

async fn find_no_more(
    session: &CassandraSession,
    contact: &Contact,
    (name, value): (&str, &str),
) -> Result<(), NoAnswer> {
    let statements = &session.statements().archive;
    let (id, created_at) = (contact.id.as_str(), timestamp(contact.created_at));
    session.write(&statements.delete_attribute, (name, folded(value), created_at, id)).await?;
    session.write(&statements.delete_value, (id, name, folded(value))).await
}
