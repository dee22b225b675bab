//! How those who are connected to a thing, or to a node, lose it.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parting {
    /// Nobody was told.
    #[default]
    Lost,
    /// Planned: who was connected is told to go on elsewhere, and has more time for it.
    Moving,
}
