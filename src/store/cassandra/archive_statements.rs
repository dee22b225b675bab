//! The statements of what people make of contacts and records.

use crate::store::cassandra::preparing::Preparing;
use scylla::errors::PrepareError;
use scylla::statement::prepared::PreparedStatement;

pub struct ArchiveStatements {
    pub insert_remark: PreparedStatement,
    pub remark: PreparedStatement,
    pub remarks: PreparedStatement,
    pub insert_merge: PreparedStatement,
    pub delete_merge: PreparedStatement,
    pub merge: PreparedStatement,
    pub insert_merged: PreparedStatement,
    pub delete_merged: PreparedStatement,
    pub merged: PreparedStatement,
    pub set_attributes: PreparedStatement,
    pub insert_value: PreparedStatement,
    pub delete_value: PreparedStatement,
    pub delete_attribute: PreparedStatement,
    pub insert_start: PreparedStatement,
    pub delete_start: PreparedStatement,
    pub starts_of_day: PreparedStatement,
    pub tenants_of_day: PreparedStatement,
    pub insert_erased: PreparedStatement,
    pub erased: PreparedStatement,
    pub delete_remarks: PreparedStatement,
    pub delete_record: PreparedStatement,
    pub values: PreparedStatement,
    pub delete_values: PreparedStatement,
    pub origin_of: PreparedStatement,
    pub delete_origin: PreparedStatement,
    pub delete_contact: PreparedStatement,
    pub insert_erasure: PreparedStatement,
    pub erasures: PreparedStatement,
}

impl ArchiveStatements {
    pub async fn prepare(on: &Preparing<'_>) -> Result<Self, PrepareError> {
        Ok(Self {
            insert_remark: on
                .the(
                    "INSERT INTO %.remarks (record, key, at, agent, note, disposition) \
                     VALUES (?, ?, ?, ?, ?, ?)",
                )
                .await?,
            remark: on.the("SELECT key FROM %.remarks WHERE record = ? AND key = ?").await?,
            remarks: on
                .the("SELECT key, at, agent, note, disposition FROM %.remarks WHERE record = ?")
                .await?,
            insert_merge: on
                .the("INSERT INTO %.contact_merges (contact, merged_into) VALUES (?, ?)")
                .await?,
            delete_merge: on.the("DELETE FROM %.contact_merges WHERE contact = ?").await?,
            merge: on.the("SELECT merged_into FROM %.contact_merges WHERE contact = ?").await?,
            insert_merged: on
                .the("INSERT INTO %.merged_contacts (merged_into, contact) VALUES (?, ?)")
                .await?,
            delete_merged: on
                .the("DELETE FROM %.merged_contacts WHERE merged_into = ? AND contact = ?")
                .await?,
            merged: on.the("SELECT contact FROM %.merged_contacts WHERE merged_into = ?").await?,
            set_attributes: on.the("UPDATE %.contacts SET attributes = ? WHERE id = ?").await?,
            insert_value: on
                .the(
                    "INSERT INTO %.contact_values (contact, name, folded, created_at) \
                     VALUES (?, ?, ?, ?)",
                )
                .await?,
            delete_value: on
                .the(
                    "DELETE FROM %.contact_values \
                     WHERE contact = ? AND name = ? AND folded = ?",
                )
                .await?,
            delete_attribute: on
                .the(
                    "DELETE FROM %.contact_attributes \
                     WHERE name = ? AND folded = ? AND created_at = ? AND id = ?",
                )
                .await?,
            insert_start: on
                .the(
                    "INSERT INTO %.records_by_day (day, started_at, id, tenant) \
                     VALUES (?, ?, ?, ?)",
                )
                .await?,
            delete_start: on
                .the(
                    "DELETE FROM %.records_by_day \
                     WHERE day = ? AND started_at = ? AND id = ?",
                )
                .await?,
            starts_of_day: on
                .the("SELECT started_at, id FROM %.records_by_day WHERE day = ?")
                .await?,
            tenants_of_day: on.the("SELECT id, tenant FROM %.records_by_day WHERE day = ?").await?,
            insert_erased: on.the("INSERT INTO %.erased_records (id) VALUES (?)").await?,
            erased: on.the("SELECT id FROM %.erased_records WHERE id = ?").await?,
            delete_remarks: on.the("DELETE FROM %.remarks WHERE record = ?").await?,
            delete_record: on.the("DELETE FROM %.records WHERE id = ?").await?,
            values: on
                .the(
                    "SELECT name, folded, created_at FROM %.contact_values \
                     WHERE contact = ?",
                )
                .await?,
            delete_values: on.the("DELETE FROM %.contact_values WHERE contact = ?").await?,
            origin_of: on.the("SELECT origin FROM %.contacts WHERE id = ?").await?,
            delete_origin: on.the("DELETE FROM %.contact_origins WHERE origin = ?").await?,
            delete_contact: on.the("DELETE FROM %.contacts WHERE id = ?").await?,
            insert_erasure: on
                .the(
                    "INSERT INTO %.erasures (what, begun_at, id, body) \
                     VALUES ('contact', ?, ?, ?)",
                )
                .await?,
            erasures: on
                .the(
                    "SELECT id, body FROM %.erasures \
                     WHERE what = 'contact' LIMIT ?",
                )
                .await?,
        })
    }
}
