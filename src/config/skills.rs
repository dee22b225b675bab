//! A table of skills and their levels, as accounts of agents have them.

use crate::config::field::{Field, Range, Raw, listed};
use std::collections::BTreeMap;

/// The highest level of a skill.
const HIGHEST_LEVEL: u32 = 1_000;

/// Names of skills, each with the agent's level in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skills(pub BTreeMap<String, u32>);

impl Field for Skills {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        self.0 = levels(raw).ok_or_else(|| self.kind(range))?;
        Ok(())
    }

    fn show(&self) -> String {
        let levels = self.0.iter().map(|(name, level)| format!("{name} = {level}"));
        let levels: Vec<String> = levels.collect();
        if levels.is_empty() { "{}".into() } else { format!("{{ {} }}", levels.join(", ")) }
    }

    fn kind(&self, _: Range<'_>) -> String {
        format!("a table of levels, 0 to {HIGHEST_LEVEL}, like {{ billing = 5, english = 3 }}")
    }
}

/// A table, or `billing=5` in a list or between commas.
fn levels(raw: &Raw) -> Option<BTreeMap<String, u32>> {
    if let Raw::Table(entries) = raw {
        let level = |raw: &Raw| match raw {
            Raw::Integer(number) => u32::try_from(*number).ok(),
            Raw::Text(text) => text.trim().parse().ok(),
            Raw::Switch(_) | Raw::List(_) | Raw::Table(_) | Raw::Other(_) => None,
        };
        let entries = entries.iter();
        return entries.map(|(name, raw)| Some((name.clone(), fitting(level(raw)?)?))).collect();
    }
    let entries = listed(raw)?;
    let entries = entries.iter().map(|entry| {
        let (name, level) = entry.split_once('=')?;
        Some((name.trim().to_owned(), fitting(level.trim().parse().ok()?)?))
    });
    entries.collect()
}

fn fitting(level: u32) -> Option<u32> {
    (level <= HIGHEST_LEVEL).then_some(level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_stand_in_a_table_or_between_commas() {
        let mut skills = Skills::default();
        let table = [("billing", 5), ("english", 1_000)];
        let table = table.map(|(name, level)| (name.to_owned(), Raw::Integer(level)));

        skills.set(&Raw::Table(table.to_vec()), None).unwrap();
        assert_eq!(skills.show(), "{ billing = 5, english = 1000 }");
        skills.set(&Raw::Text("billing=7, french = 2".into()), None).unwrap();

        assert_eq!(skills.show(), "{ billing = 7, french = 2 }");
    }

    #[test]
    fn a_level_is_a_whole_number_that_is_not_too_high() {
        let mut skills = Skills::default();
        let above = Raw::Table(vec![("billing".into(), Raw::Integer(1_001))]);

        for wrong in [above, Raw::Integer(5), Raw::Text("billing".into()), Raw::Other("a date")] {
            let refused = skills.set(&wrong, None).unwrap_err();
            assert!(refused.contains("0 to 1000"), "{refused}");
        }
        assert_eq!(skills, Skills::default());
    }
}
