//! What is asked of the house, and what it answers.

use crate::base::{ContactId, Position, UserData};
use crate::contact::state::RecordDraft;

/// Keep this record, and find out whose it is. May be asked again at any time.
#[derive(Clone, Debug, PartialEq)]
pub struct SaveRecord {
    pub record: RecordDraft,
    /// What the customer said of himself, with `IdentifyCreateContact`.
    pub customer: UserData,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// How much of the interaction is kept; it may be more than was sent.
    pub upto: Position,
    pub contact: Option<KnownContact>,
}

/// Whose interaction it is.
#[derive(Clone, Debug, PartialEq)]
pub struct KnownContact {
    pub id: ContactId,
    /// What the contact's record knows and the customer had not said.
    pub attributes: UserData,
}
