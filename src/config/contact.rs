//! `[contact-attributes.<attribute>]` and `[contact-searchable-attributes.<media>]`: by what a
//! customer is known. `[contact-retention]`: for how long.
//! `[standard-responses]`: what agents send often.

use crate::config::field::{Field, Raw};
use crate::config::spec::{FreeOpt, Opt, Section};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// What holds for one attribute on every channel that has no list of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactAttribute {
    /// `is-searchable`
    pub is_searchable: bool,
    /// `search-order-level`
    pub search_order_level: u64,
    /// `mandatory`
    pub is_mandatory: bool,
}

/// The list of one channel, by the names of the attributes.
#[derive(Clone, Debug, Default)]
pub struct SearchableAttributes(pub BTreeMap<String, Searchable>);

/// `level=0;mandatory=false`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Searchable {
    pub level: u64,
    pub is_mandatory: bool,
}

/// For how many days records are kept, by tenant.
#[derive(Clone, Debug, Default)]
pub struct Retention(pub BTreeMap<String, u64>);

/// Where standard responses are found.
#[derive(Clone, Debug, Default)]
pub struct StandardResponses {
    /// `folder`
    pub folder: Option<PathBuf>,
}

/// The guide's lowest rank.
const LAST_LEVEL: u64 = 127;

impl Default for ContactAttribute {
    fn default() -> Self {
        Self { is_searchable: true, search_order_level: LAST_LEVEL, is_mandatory: false }
    }
}

impl Section for ContactAttribute {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "is-searchable",
            |s: &mut Self| &mut s.is_searchable,
            "Whether a customer is looked for by this attribute. It is kept of a new contact \
             either way.",
        ),
        Opt::new(
            "search-order-level",
            |s: &mut Self| &mut s.search_order_level,
            "Rank of the attribute; 0 is looked for first. Attributes of one rank are looked for \
             together.",
        )
        .within(0, LAST_LEVEL),
        Opt::new(
            "mandatory",
            |s: &mut Self| &mut s.is_mandatory,
            "Whether the rank says nothing without this attribute. On the highest rank a customer \
             who does not say it is neither looked for nor made a contact.",
        ),
    ];
}

impl Section for SearchableAttributes {
    const OPTIONS: &'static [Opt<Self>] = &[];
    const FREE: Option<FreeOpt<Self>> = Some(FreeOpt {
        placeholder: "<attribute>",
        means: "Rank of the attribute on this channel, as `level=<0-127>;mandatory=<true|false>`.",
        takes: |_| true,
        field: |s, name| s.0.entry(name.to_owned()).or_default(),
        names: |s| s.0.keys().cloned().collect(),
    });
}

impl Section for StandardResponses {
    const OPTIONS: &'static [Opt<Self>] = &[Opt::new(
        "folder",
        |s: &mut Self| &mut s.folder,
        "Folder whose files `*.toml` hold the standard responses (`docs/api/contacts.md` shows one). \
         They are read at the start; the same on every node. Without it there are none.",
    )];
}

impl Section for Retention {
    const OPTIONS: &'static [Opt<Self>] = &[];
    const FREE: Option<FreeOpt<Self>> = Some(FreeOpt {
        placeholder: "<tenant>",
        means: "Days after the end of an interaction after which its record is erased, with its \
                transcript, notes and words. 0 keeps it for ever, as does a tenant that is not named.",
        takes: |_| true,
        field: |s, tenant| s.0.entry(tenant.to_owned()).or_default(),
        names: |s| s.0.keys().cloned().collect(),
    });
}

impl Field for Searchable {
    fn set(&mut self, raw: &Raw, range: Option<&RangeInclusive<u64>>) -> Result<(), String> {
        let Raw::Text(text) = raw else { return Err(self.kind(range)) };
        *self = read(text).ok_or_else(|| self.kind(range))?;
        Ok(())
    }

    fn show(&self) -> String {
        format!("\"level={};mandatory={}\"", self.level, self.is_mandatory)
    }

    fn kind(&self, _: Option<&RangeInclusive<u64>>) -> String {
        format!("level=<0-{LAST_LEVEL}>;mandatory=<true|false>")
    }
}

/// Needs a level; what says nothing of `mandatory` is not.
fn read(text: &str) -> Option<Searchable> {
    let (mut level, mut is_mandatory) = (None, false);
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        match part.split_once('=').map(|(name, value)| (name.trim(), value.trim()))? {
            ("level", value) => level = value.parse().ok().filter(|level| *level <= LAST_LEVEL),
            ("mandatory", value) => is_mandatory = value.parse().ok()?,
            _ => return None,
        }
    }
    Some(Searchable { level: level?, is_mandatory })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rank_is_written_as_in_the_guide() {
        let table = [
            ("level=0;mandatory=true", Some((0, true))),
            (" level = 127 ; mandatory = false; ", Some((127, false))),
            ("level=3", Some((3, false))),
            ("level=128", None),
            ("mandatory=true", None),
            ("level=1;often=true", None),
            ("1", None),
        ];
        for (text, expected) in table {
            let found = read(text).map(|found| (found.level, found.is_mandatory));
            assert_eq!(found, expected, "{text}");
        }
    }
}
