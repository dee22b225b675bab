//! Every statement there is, prepared once. Each has the consistency of the configuration set on
//! itself, for a driver's default may be weaker, and is idempotent: the same values may be driven
//! again, or put to two nodes of the ring at once. What is written under a claim carries that
//! claim's time stamp, so that a late attempt changes nothing.

use crate::store::cassandra::archive_statements::ArchiveStatements;
use crate::store::cassandra::connect::Link;
use crate::store::cassandra::preparing::Preparing;
use scylla::errors::PrepareError;
use scylla::statement::prepared::PreparedStatement;

/// The letters S1 … S12 are those of decision 0015.
pub struct Statements {
    pub probe: PreparedStatement,
    /// S1
    pub insert_event: PreparedStatement,
    /// S2
    pub fences: PreparedStatement,
    /// S3
    pub newest_claim: PreparedStatement,
    /// S4
    pub insert_claim: PreparedStatement,
    /// S5
    pub claims: PreparedStatement,
    /// S6
    pub insert_fence: PreparedStatement,
    /// S7
    pub header: PreparedStatement,
    pub parts: PreparedStatement,
    pub events: PreparedStatement,
    /// S8
    pub insert_part: PreparedStatement,
    pub insert_header: PreparedStatement,
    /// S9
    pub delete_parts: PreparedStatement,
    pub delete_header: PreparedStatement,
    pub delete_events: PreparedStatement,
    pub delete_claim: PreparedStatement,
    /// S10
    pub insert_release: PreparedStatement,
    /// S11
    pub insert_closed: PreparedStatement,
    pub insert_purge: PreparedStatement,
    /// S12
    pub purges: PreparedStatement,
    pub delete_headers: PreparedStatement,
    pub delete_all_events: PreparedStatement,
    pub delete_claims: PreparedStatement,
    pub delete_purge: PreparedStatement,
    pub insert_alarm: PreparedStatement,
    pub alarms: PreparedStatement,
    pub delete_alarm: PreparedStatement,
    pub sweep: PreparedStatement,
    pub insert_member: PreparedStatement,
    pub members: PreparedStatement,
    pub all_members: PreparedStatement,
    pub member_seen: PreparedStatement,
    pub delete_member: PreparedStatement,
    pub contact: PreparedStatement,
    pub insert_contact: PreparedStatement,
    pub contacts_with: PreparedStatement,
    pub first_contacts_with: PreparedStatement,
    pub insert_attribute: PreparedStatement,
    pub origin: PreparedStatement,
    pub insert_origin: PreparedStatement,
    pub record: PreparedStatement,
    pub insert_record: PreparedStatement,
    pub set_contact_first: PreparedStatement,
    pub set_contact: PreparedStatement,
    pub records_of: PreparedStatement,
    pub insert_record_of: PreparedStatement,
    pub delete_record_of: PreparedStatement,
    pub archive: ArchiveStatements,
}

impl Statements {
    pub async fn prepare(link: &Link) -> Result<Self, PrepareError> {
        let on = Preparing(link);
        Ok(Self {
            probe: on.probe().await?,
            insert_event: on
                .the(
                    "INSERT INTO %.transcript_events (id, epoch, pos, key, more, body, v) \
                     VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
                )
                .await?,
            fences: on.the("SELECT id, below FROM %.fences WHERE lane = ?").await?,
            newest_claim: on
                .the(
                    "SELECT ownership_start_time, creatorid, released, n, closed FROM %.owner \
                     WHERE id = ? LIMIT 1",
                )
                .await?,
            insert_claim: on
                .the(
                    "INSERT INTO %.owner (id, ownership_start_time, creatorid) VALUES (?, ?, ?) \
                     USING TIMESTAMP ?",
                )
                .await?,
            claims: on
                .the(
                    "SELECT ownership_start_time, creatorid, released FROM %.owner \
                     WHERE id = ?",
                )
                .await?,
            insert_fence: on
                .the("INSERT INTO %.fences (lane, id, below) VALUES (?, ?, ?) USING TIMESTAMP ?")
                .await?,
            header: on
                .the(
                    "SELECT transcript, n, parts, v FROM %.transcripts \
                     WHERE id = ? AND creatorid = ?",
                )
                .await?,
            parts: on.the("SELECT body FROM %.snapshot_parts WHERE id = ? AND epoch = ?").await?,
            events: on
                .the(
                    "SELECT pos, key, more, v, body FROM %.transcript_events \
                     WHERE id = ? AND epoch = ? AND pos > ?",
                )
                .await?,
            insert_part: on
                .the(
                    "INSERT INTO %.snapshot_parts (id, epoch, part, body) VALUES (?, ?, ?, ?) \
                     USING TIMESTAMP ?",
                )
                .await?,
            insert_header: on
                .the(
                    "INSERT INTO %.transcripts (id, creatorid, transcript, epoch, n, parts, v) \
                     VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?",
                )
                .await?,
            delete_parts: on
                .the("DELETE FROM %.snapshot_parts USING TIMESTAMP ? WHERE id = ? AND epoch = ?")
                .await?,
            delete_header: on
                .the("DELETE FROM %.transcripts USING TIMESTAMP ? WHERE id = ? AND creatorid = ?")
                .await?,
            delete_events: on
                .the("DELETE FROM %.transcript_events USING TIMESTAMP ? WHERE id = ? AND epoch = ?")
                .await?,
            delete_claim: on
                .the(
                    "DELETE FROM %.owner USING TIMESTAMP ? \
                     WHERE id = ? AND ownership_start_time = ?",
                )
                .await?,
            insert_release: on
                .the(
                    "INSERT INTO %.owner (id, ownership_start_time, creatorid, released, n) \
                     VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?",
                )
                .await?,
            insert_closed: on
                .the("INSERT INTO %.owner (id, closed) VALUES (?, true) USING TIMESTAMP ?")
                .await?,
            insert_purge: on.the("INSERT INTO %.purges (hour, id) VALUES (?, ?)").await?,
            purges: on.the("SELECT id FROM %.purges WHERE hour = ?").await?,
            delete_headers: on
                .the("DELETE FROM %.transcripts USING TIMESTAMP ? WHERE id = ?")
                .await?,
            delete_all_events: on
                .the("DELETE FROM %.transcript_events USING TIMESTAMP ? WHERE id = ?")
                .await?,
            delete_claims: on.the("DELETE FROM %.owner USING TIMESTAMP ? WHERE id = ?").await?,
            delete_purge: on.the("DELETE FROM %.purges WHERE hour = ? AND id = ?").await?,
            insert_alarm: on
                .the("INSERT INTO %.deadlines (hour, at, id, epoch) VALUES (?, ?, ?, ?)")
                .await?,
            alarms: on
                .the("SELECT at, id, epoch FROM %.deadlines WHERE hour = ? AND at <= ?")
                .await?,
            delete_alarm: on
                .the("DELETE FROM %.deadlines WHERE hour = ? AND at = ? AND id = ? AND epoch = ?")
                .await?,
            sweep: on
                .the(
                    "SELECT id, ownership_start_time, creatorid, released, closed FROM %.owner \
                     WHERE token(id) > ? AND token(id) <= ? PER PARTITION LIMIT 1",
                )
                .await?,
            insert_member: on
                .the(
                    "INSERT INTO %.members (cluster, node, boot, addr, state, version, program, \
                     sessions, left_over, lanes, seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) \
                     USING TIMESTAMP ?",
                )
                .await?,
            members: on
                .the(
                    "SELECT node, boot, addr, state, version, program, sessions, left_over, \
                     lanes, seen FROM %.members WHERE cluster = ?",
                )
                .await?,
            all_members: on
                .the(
                    "SELECT node, boot, addr, state, version, program, sessions, left_over, \
                     lanes, seen FROM %.members",
                )
                .await?,
            member_seen: on
                .the("SELECT seen FROM %.members WHERE cluster = ? AND node = ? AND boot = ?")
                .await?,
            delete_member: on
                .the(
                    "DELETE FROM %.members USING TIMESTAMP ? \
                     WHERE cluster = ? AND node = ? AND boot = ?",
                )
                .await?,
            contact: on.the("SELECT created_at, attributes FROM %.contacts WHERE id = ?").await?,
            insert_contact: on
                .the(
                    "INSERT INTO %.contacts (id, created_at, origin, attributes) \
                     VALUES (?, ?, ?, ?)",
                )
                .await?,
            contacts_with: on
                .the(
                    "SELECT created_at, id FROM %.contact_attributes \
                     WHERE name = ? AND folded = ?",
                )
                .await?,
            first_contacts_with: on
                .the(
                    "SELECT created_at, id FROM %.contact_attributes \
                     WHERE name = ? AND folded = ? LIMIT ?",
                )
                .await?,
            insert_attribute: on
                .the(
                    "INSERT INTO %.contact_attributes (name, folded, created_at, id) \
                     VALUES (?, ?, ?, ?)",
                )
                .await?,
            origin: on
                .the("SELECT created_at, id FROM %.contact_origins WHERE origin = ? LIMIT 1")
                .await?,
            insert_origin: on
                .the("INSERT INTO %.contact_origins (origin, created_at, id) VALUES (?, ?, ?)")
                .await?,
            record: on
                .the(
                    "SELECT id, upto, contact, started_at, modified_at, v, content \
                     FROM %.records WHERE id = ?",
                )
                .await?,
            insert_record: on
                .the(
                    "INSERT INTO %.records (id, upto, status, entity_type, started_at, ended_at, \
                     modified_at, v, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) \
                     USING TIMESTAMP ?",
                )
                .await?,
            set_contact_first: on
                .the("UPDATE %.records USING TIMESTAMP 1 SET contact = ? WHERE id = ?")
                .await?,
            set_contact: on.the("UPDATE %.records SET contact = ? WHERE id = ?").await?,
            records_of: on
                .the(
                    "SELECT started_at, id FROM %.records_of_contact \
                     WHERE contact = ? AND started_at <= ?",
                )
                .await?,
            insert_record_of: on
                .the("INSERT INTO %.records_of_contact (contact, started_at, id) VALUES (?, ?, ?)")
                .await?,
            delete_record_of: on
                .the(
                    "DELETE FROM %.records_of_contact \
                     WHERE contact = ? AND started_at = ? AND id = ?",
                )
                .await?,
            archive: ArchiveStatements::prepare(&on).await?,
        })
    }
}
