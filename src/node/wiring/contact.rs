//! wip
use crate::base::{ContactId, Position, SessionId, UserData};
use crate::chat::effect::HistoryReport;
#[derive(Clone)]
pub struct History;
pub struct Saved {
    pub upto: Position,
    pub contact: Option<(ContactId, UserData)>,
}
impl History {
    pub async fn save(&self, _s: &SessionId, report: &HistoryReport) -> Option<Saved> {
        Some(Saved { upto: report.upto, contact: None })
    }
}
