//! How large a contact, and what people put on a record, may become.

use crate::contact::error::Rejection;
use crate::contact::remark::Remark;
use crate::contact::state::{AttributeChange, Attributes};

/// Attributes of one contact.
const MOST_ATTRIBUTES: usize = 100;
/// Bytes of their names and values together.
const LARGEST_CONTACT: usize = 64 * 1024;
const MOST_REMARKS: usize = 500;

/// Whether a contact stays of a fair size. What only takes away is always allowed: it may have grown
/// in an earlier version.
pub fn check_change(before: &Attributes, change: &AttributeChange) -> Result<(), Rejection> {
    let after = change.on(before);
    let only_takes_away = change.set.is_empty();
    if MOST_ATTRIBUTES < after.len() && !only_takes_away {
        return Err(Rejection::TooManyAttributes { most: MOST_ATTRIBUTES });
    }
    let n_bytes: usize = after.iter().map(|(name, value)| name.len() + value.len()).sum();
    if LARGEST_CONTACT < n_bytes && !only_takes_away {
        return Err(Rejection::TooLong { what: "contact", most: LARGEST_CONTACT });
    }
    Ok(())
}

/// Whether there is room for one remark more. One that is there already takes none.
pub fn check_remark(known: &[Remark], remark: &Remark) -> Result<(), Rejection> {
    let is_known = known.iter().any(|known| known.key == remark.key);
    if known.len() < MOST_REMARKS || is_known {
        return Ok(());
    }
    Err(Rejection::TooManyRemarks { most: MOST_REMARKS })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Millis;
    use std::collections::BTreeSet;

    #[test]
    fn a_contact_has_a_number_of_attributes_and_a_weight() {
        let full = set(MOST_ATTRIBUTES, "");

        assert_eq!(check_change(&Attributes::new(), &adds(full.clone())), Ok(()));
        let many = check_change(&full, &adds([("one more".to_owned(), String::new())].into()));
        assert_eq!(many, Err(Rejection::TooManyAttributes { most: MOST_ATTRIBUTES }));
        let heavy = set(20, &"x".repeat(4_000));
        let large = check_change(&full, &adds(heavy));
        assert_eq!(large, Err(Rejection::TooLong { what: "contact", most: LARGEST_CONTACT }));
    }

    #[test]
    fn what_is_too_large_already_can_be_made_smaller() {
        let before = set(MOST_ATTRIBUTES + 9, &"x".repeat(4_000));
        let removed = BTreeSet::from(["attribute 0".to_owned()]);

        let less = AttributeChange { removed, ..AttributeChange::default() };

        assert_eq!(check_change(&before, &less), Ok(()));
    }

    #[test]
    fn a_record_has_so_many_remarks_and_one_that_is_sent_again_is_none_more() {
        let known: Vec<_> = (0..MOST_REMARKS).map(remark).collect();

        assert_eq!(check_remark(&known[1..], &remark(MOST_REMARKS)), Ok(()));
        assert_eq!(check_remark(&known, &remark(3)), Ok(()));
        let no = Rejection::TooManyRemarks { most: MOST_REMARKS };
        assert_eq!(check_remark(&known, &remark(MOST_REMARKS)), Err(no));
    }

    fn set(n: usize, value: &str) -> Attributes {
        (0..n).map(|n| (format!("attribute {n}"), value.to_owned())).collect()
    }

    fn adds(set: Attributes) -> AttributeChange {
        AttributeChange { set, ..AttributeChange::default() }
    }

    fn remark(n: usize) -> Remark {
        let note = Some("a note".to_owned());
        Remark { key: n.to_string(), at: Millis(1), by: "ada".into(), note, disposition: None }
    }
}
