//! What stands on the line of an export and of a proof.

use super::wire::{ContactAnswer, RecordAnswer, place};
use crate::contact::erasure::{Counts, Proof};
use crate::contact::forget::Export;
use crate::edge::agent::wire::time;
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExportAnswer {
    exported_at: String,
    exported_by: String,
    contacts: Vec<ContactAnswer>,
    records: Vec<ExportedRecord>,
    /// From where to ask on.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportedRecord {
    #[serde(flatten)]
    record: RecordAnswer,
    structured_text_mime_type: String,
    structured_text: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ProofAnswer {
    proof_id: String,
    contact_id: String,
    erased_by: String,
    begun_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    done_at: Option<String>,
    contacts: u64,
    records: u64,
    remarks: u64,
}

#[derive(Serialize)]
pub struct ProofsAnswer {
    erasures: Vec<ProofAnswer>,
}

impl From<Export> for ExportAnswer {
    fn from(export: Export) -> Self {
        let next = export.records.next.as_ref().map(place);
        let records = export.records.entries.into_iter().map(|kept| ExportedRecord {
            structured_text_mime_type: kept.record.content.structured_text_mime_type.clone(),
            structured_text: kept.record.content.structured_text.clone(),
            record: RecordAnswer::from(kept),
        });
        Self {
            exported_at: time(export.at),
            exported_by: export.by.0,
            contacts: export.contacts.into_iter().map(ContactAnswer::from).collect(),
            records: records.collect(),
            next,
        }
    }
}

impl From<Proof> for ProofAnswer {
    fn from(proof: Proof) -> Self {
        let Counts { contacts, records, remarks } = proof.counts;
        Self {
            proof_id: proof.id,
            contact_id: proof.contact.0,
            erased_by: proof.by.0,
            begun_at: time(proof.begun_at),
            done_at: proof.done_at.map(time),
            contacts,
            records,
            remarks,
        }
    }
}

impl From<Vec<Proof>> for ProofsAnswer {
    fn from(proofs: Vec<Proof>) -> Self {
        Self { erasures: proofs.into_iter().map(ProofAnswer::from).collect() }
    }
}
