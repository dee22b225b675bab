//! What people put on a record: notes, and what became of it (the disposition). A remark is added and
//! never changed, so two who write at once lose nothing; of several dispositions the latest counts.

use crate::base::{AgentId, Millis};
use crate::contact::error::Rejection;
use crate::contact::reader::Reader;
use crate::contact::state::Record;

/// Most bytes of one note.
const LONGEST_NOTE: usize = 16 * 1024;
/// Most bytes of a disposition, and of the key of a remark.
const LONGEST_WORD: usize = 256;

/// One thing that somebody put on a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Names the remark within its record: who put it there, and the key that he gave it. Earlier
    /// versions took the key alone.
    pub key: String,
    pub at: Millis,
    pub by: AgentId,
    pub note: Option<String>,
    pub disposition: Option<String>,
}

/// What somebody wants to put on a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemarkWish {
    pub key: String,
    pub note: Option<String>,
    pub disposition: Option<String>,
}

/// The remark that follows from a wish. Agents write on what they handled, supervisors on everything.
pub fn plan_remark(
    record: &Record,
    reader: &Reader,
    wish: RemarkWish,
    now: Millis,
) -> Result<Remark, Rejection> {
    if !reader.may_write_on(&record.content) {
        return Err(Rejection::NotHandledByYou(record.id.clone()));
    }
    let RemarkWish { key, note, disposition } = wish;
    let (note, disposition) = (filled(note), filled(disposition));
    if note.is_none() && disposition.is_none() {
        return Err(Rejection::EmptyRemark);
    }
    check_length("note", note.as_deref(), LONGEST_NOTE)?;
    check_length("disposition", disposition.as_deref(), LONGEST_WORD)?;
    check_length("key", Some(&key), LONGEST_WORD)?;
    let key = format!("{}{key}", before_name(&reader.agent));
    Ok(Remark { key, at: now, by: reader.agent.clone(), note, disposition })
}

impl Remark {
    /// The key as whoever put it there gave it.
    pub fn name(&self) -> &str {
        self.key.strip_prefix(&before_name(&self.by)).unwrap_or(&self.key)
    }

    /// Whether somebody has sent it once more.
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        (&self.by, &self.note, &self.disposition) == (&other.by, &other.note, &other.disposition)
    }
}

fn before_name(agent: &AgentId) -> String {
    format!("{agent}/")
}

/// What became of a record, by its remarks from the oldest.
pub fn disposition(remarks: &[Remark]) -> Option<&str> {
    remarks.iter().rev().find_map(|remark| remark.disposition.as_deref())
}

/// The order in which remarks are shown: the oldest first.
pub fn sort(remarks: &mut [Remark]) {
    remarks.sort_by(|one, other| (one.at, &one.key).cmp(&(other.at, &other.key)));
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn check_length(what: &'static str, text: Option<&str>, most: usize) -> Result<(), Rejection> {
    match text {
        Some(text) if most < text.len() => Err(Rejection::TooLong { what, most }),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::testing::draft;

    #[test]
    fn who_handled_it_and_supervisors_may_write() {
        let reader = |name: &str| Reader::agent(name.into());

        assert!(plan(&reader("ada"), Some("called back")).is_ok());
        assert!(plan(&reader("bob"), Some("called back")).is_ok(), "he is the owner");
        let refused = plan(&reader("eve"), Some("called back"));
        assert_eq!(refused, Err(Rejection::NotHandledByYou("one".into())));
        assert!(plan(&Reader::supervisor("sue".into()), Some("seen")).is_ok());
    }

    #[test]
    fn a_remark_says_something_and_not_too_much() {
        let ada = Reader::agent("ada".into());

        assert_eq!(plan(&ada, Some("  ")), Err(Rejection::EmptyRemark));
        let long = "x".repeat(LONGEST_NOTE + 1);
        let refused = plan(&ada, Some(&long));
        assert_eq!(refused, Err(Rejection::TooLong { what: "note", most: LONGEST_NOTE }));
    }

    #[test]
    fn the_latest_disposition_counts_and_a_note_takes_none_away() {
        let mut remarks =
            vec![remark("c", 3, None), remark("b", 2, Some("sold")), remark("a", 1, Some("open"))];

        sort(&mut remarks);

        assert_eq!(disposition(&remarks), Some("sold"));
        assert_eq!(disposition(&[]), None);
    }

    fn plan(reader: &Reader, note: Option<&str>) -> Result<Remark, Rejection> {
        let mut record = draft("one", 1).record(None, Millis(5));
        record.content.agents = ["ada".into()].into();
        let wish = RemarkWish { key: "k".into(), note: note.map(str::to_owned), disposition: None };
        plan_remark(&record, reader, wish, Millis(7))
    }

    fn remark(key: &str, at: u64, disposition: Option<&str>) -> Remark {
        let disposition = disposition.map(str::to_owned);
        Remark { key: key.into(), at: Millis(at), by: "ada".into(), note: None, disposition }
    }
}
