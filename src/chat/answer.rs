//! What a wish is answered with.

use crate::base::{ParticipantId, Position};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Where the wish stands in the transcript; the last position if it changed nothing.
    pub position: Position,
    /// Who came, if somebody did.
    pub participant: Option<ParticipantId>,
    /// The same request was carried out before; this is its first answer again.
    pub repeated: bool,
}
