//! Forgetting people. A contact is erased with all contacts that are one with it, their records, notes
//! and words; what stays is a proof that it was done, which names nobody.

use crate::base::{AgentId, ContactId, InteractionId, Millis};
use crate::contact::error::Rejection;
use crate::contact::state::{Record, Status};
use serde::{Deserialize, Serialize};

/// That somebody was forgotten. The contact's id says nothing to whoever does not know it already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub id: String,
    pub contact: ContactId,
    pub by: AgentId,
    pub begun_at: Millis,
    /// Nothing as long as something may be left; then it must be asked for again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done_at: Option<Millis>,
    pub counts: Counts,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub contacts: u64,
    pub records: u64,
    pub remarks: u64,
}

/// Whether records may go. A chat that runs would write its record again.
pub fn check_over(records: &[Record]) -> Result<(), Rejection> {
    let running = records.iter().filter(|record| record.content.status != Status::Stopped);
    let running: Vec<InteractionId> = running.map(|record| record.id.clone()).collect();
    if running.is_empty() { Ok(()) } else { Err(Rejection::StillRunning(running)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::testing::draft;

    #[test]
    fn a_contact_whose_chat_runs_is_not_erased() {
        let over = draft("over", 1).record(None, Millis(9));
        let mut runs = draft("runs", 2).record(None, Millis(9));
        runs.content.status = Status::InProcess;

        assert_eq!(check_over(std::slice::from_ref(&over)), Ok(()));
        let refused = check_over(&[over, runs]);
        assert_eq!(refused, Err(Rejection::StillRunning(vec!["runs".into()])));
    }
}
