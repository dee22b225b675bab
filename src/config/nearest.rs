//! Which known name somebody probably meant.

/// The known name with the fewest slips to what was written, if there are few enough.
pub fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let with_distance = known.into_iter().map(|name| (distance(written, name), name));
    let (n_slips, name) = with_distance.min()?;
    let bearable = 1.max(written.chars().count() / 3);
    (n_slips <= bearable).then_some(name)
}

/// How many letters must be put in, taken out or changed.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, known) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *known);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_name_and_nonsense_finds_none() {
        let known = ["flex-disconnect-timeout", "user-register-timeout", "level"];

        assert_eq!(nearest("flex-disconect-timeout", known), Some("flex-disconnect-timeout"));
        assert_eq!(nearest("lvel", known), Some("level"));
        assert_eq!(nearest("colour", known), None);
    }
}
