//! Looking for records: by words, by whose they are, by time, by who handled them. What only
//! supervisors may see is found by supervisors alone.

use crate::base::{AgentId, ContactId, Millis};
use crate::contact::reader::Standing;
use crate::contact::state::{Record, Status};

/// What somebody looks for. What is not said is not asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordQuery {
    /// Each must be there.
    pub words: Vec<String>,
    /// Records of these.
    pub contacts: Option<Vec<ContactId>>,
    /// By the start of the interaction, both included.
    pub from: Option<Millis>,
    pub to: Option<Millis>,
    pub agent: Option<AgentId>,
    pub status: Option<Status>,
    /// Of what still runs, only what this one handles; everything if nobody is named.
    pub running_of: Option<AgentId>,
    /// Through whose eyes words are looked for.
    pub standing: Standing,
}

impl RecordQuery {
    /// Everything, through somebody's eyes.
    pub fn of(standing: Standing) -> Self {
        Self {
            words: vec![],
            contacts: None,
            from: None,
            to: None,
            agent: None,
            status: None,
            running_of: None,
            standing,
        }
    }

    /// Whether a record fits in everything but words.
    pub fn admits(&self, record: &Record) -> bool {
        let content = &record.content;
        let is_whose = self.contacts.as_ref().is_none_or(|contacts| {
            record.contact.as_ref().is_some_and(|contact| contacts.contains(contact))
        });
        let handled = self.agent.as_ref().is_none_or(|agent| content.was_handled_by(agent));
        let is_open = content.status != Status::InProcess
            || self.running_of.as_ref().is_none_or(|agent| content.was_handled_by(agent));
        is_whose
            && handled
            && is_open
            && self.from.is_none_or(|from| from <= content.started_at)
            && self.to.is_none_or(|to| content.started_at <= to)
            && self.status.is_none_or(|status| status == content.status)
    }
}

/// The words of a text, as they are looked for.
pub fn split(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::testing::draft;

    #[test]
    fn a_record_fits_in_everything_that_is_said() {
        let record = draft("one", 20).record(Some("ann".into()), Millis(99));
        let all = || RecordQuery::of(Standing::Agent);
        let table = [
            (all(), true),
            (RecordQuery { contacts: Some(vec!["ann".into()]), ..all() }, true),
            (RecordQuery { contacts: Some(vec!["bob".into()]), ..all() }, false),
            (RecordQuery { from: Some(Millis(20)), to: Some(Millis(20)), ..all() }, true),
            (RecordQuery { from: Some(Millis(21)), ..all() }, false),
            (RecordQuery { to: Some(Millis(19)), ..all() }, false),
            (RecordQuery { agent: Some("ada".into()), ..all() }, true),
            (RecordQuery { agent: Some("eve".into()), ..all() }, false),
            (RecordQuery { status: Some(Status::InProcess), ..all() }, false),
        ];
        for (query, expected) in table {
            assert_eq!(query.admits(&record), expected, "{query:?}");
        }
    }

    #[test]
    fn words_are_what_stands_between_everything_else() {
        assert_eq!(
            split(" Re: bill-4711, \"paid\" OR NEAR(über)"),
            ["Re", "bill", "4711", "paid", "OR", "NEAR", "über"]
        );
    }
}
