//! All figures at one moment.

use crate::base::Millis;
use crate::interaction::statistics::group::GroupRow;
use crate::interaction::statistics::place::PlaceRow;
use crate::interaction::statistics::rows::{AgentRow, QueueRow};
use crate::interaction::statistics::view::ViewRow;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RealTime {
    pub now: Millis,
    /// When the day began for which is counted.
    pub since: Millis,
    pub queues: Vec<QueueRow>,
    pub agents: Vec<AgentRow>,
    /// Absent in what an older node answers.
    #[serde(default)]
    pub groups: Vec<GroupRow>,
    #[serde(default)]
    pub places: Vec<PlaceRow>,
    #[serde(default)]
    pub views: Vec<ViewRow>,
}
