//! Why a wish of people about contacts was refused, or not answered.

use crate::base::{ContactId, InteractionId};
use crate::contact::right::Right;
use crate::owned::StoreError;

/// The wish was not allowed or made no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    #[error("there is no contact {0}")]
    NoSuchContact(ContactId),
    #[error("there is no record {0}")]
    NoSuchRecord(InteractionId),
    #[error("there is no standard response {0}")]
    NoSuchResponse(String),
    #[error("record {0} was not handled by you; a supervisor may write on it")]
    NotHandledByYou(InteractionId),
    #[error("interaction {0} still runs; who has it sees its record, or who may find interactions")]
    StillRuns(InteractionId),
    #[error("you lack the privilege {}", .0.name())]
    Lacks(Right),
    #[error("the key was used for another remark")]
    KeyReused,
    #[error("a remark needs a note or a disposition")]
    EmptyRemark,
    #[error("the {what} is longer than {most} bytes")]
    TooLong { what: &'static str, most: usize },
    #[error("a contact has at most {most} attributes")]
    TooManyAttributes { most: usize },
    #[error("a record has at most {most} remarks")]
    TooManyRemarks { most: usize },
    #[error("a change needs an attribute to set or to remove")]
    EmptyChange,
    #[error("an attribute's name must have 1 to {most} bytes")]
    BadAttribute { most: usize },
    #[error("'{0}' is said by servers alone and cannot be an attribute of a contact")]
    ReservedAttribute(String),
    #[error("interactions of this contact still run: {}; end them first", listed(.0))]
    StillRunning(Vec<InteractionId>),
    #[error(transparent)]
    Unsearchable(#[from] Unsearchable),
    #[error("contact {0} cannot be merged with itself")]
    SameContact(ContactId),
    #[error("contact {contact} was merged into {into} before; take that back first")]
    MergedElsewhere { contact: ContactId, into: ContactId },
}

/// Why a store cannot look for something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsearchable {
    #[error("this store does not look for words; say a contact, an attribute or a time")]
    NoWords,
    #[error("say 'from' and 'to', at most {days} days apart, or whose records you look for")]
    TooWide { days: u64 },
}

fn listed(interactions: &[InteractionId]) -> String {
    interactions.iter().map(InteractionId::as_str).collect::<Vec<_>>().join(", ")
}

/// A wish that was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unserved {
    #[error(transparent)]
    Rejected(#[from] Rejection),
    #[error("the store does not answer")]
    Store(#[from] StoreError),
}
