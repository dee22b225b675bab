//! The settings that the rules need: by which attributes a customer is known, and in which order.

use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// From the highest: by what a customer is known on every channel that has no ranks of its own.
    pub ranks: Vec<Rank>,
    /// The ranks of a media type, in place of those above.
    pub ranks_of: BTreeMap<String, Vec<Rank>>,
    /// What user data of a customer become attributes of a contact that is created for him.
    pub attributes: Vec<String>,
    /// What holds for a request that says nothing of it (`IdentifyCreateContact`).
    pub identification: Wish,
}

/// Attributes that are looked for together: those of them that the customer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rank(pub Vec<Searched>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    pub name: String,
    /// Without it, the rank says nothing: a first name alone would make strangers one person.
    pub is_mandatory: bool,
}

/// `IdentifyCreateContact`; the numbers are the guide's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Nothing = 1,
    Identify = 2,
    IdentifyAndCreate = 3,
}

impl Policy {
    /// From the highest.
    pub fn ranks_for(&self, media_type: &str) -> &[Rank] {
        self.ranks_of.get(media_type).unwrap_or(&self.ranks)
    }
}

/// Puts attributes with the levels of their ranks in order; the lowest number is the highest rank.
pub fn ranks(levels: impl IntoIterator<Item = (u64, Searched)>) -> Vec<Rank> {
    let mut by_level: BTreeMap<u64, Vec<Searched>> = BTreeMap::new();
    for (level, searched) in levels {
        by_level.entry(level).or_default().push(searched);
    }
    by_level.into_values().map(Rank).collect()
}

/// What is known of a customer by default, with level and whether it is mandatory.
pub const DEFAULT_LEVELS: [(&str, u64, bool); 4] = [
    ("EmailAddress", 0, false),
    ("PhoneNumber", 1, false),
    ("FirstName", 2, true),
    ("LastName", 2, true),
];

/// What is kept of a customer beside what he is known by.
pub const KEPT: &str = "Title";

impl Default for Policy {
    fn default() -> Self {
        let levels = DEFAULT_LEVELS.map(|(name, level, is_mandatory)| {
            (level, Searched { name: name.to_owned(), is_mandatory })
        });
        let attributes = DEFAULT_LEVELS.map(|(name, _, _)| name.to_owned());
        Self {
            ranks: ranks(levels),
            ranks_of: BTreeMap::new(),
            attributes: attributes.into_iter().chain([KEPT.to_owned()]).collect(),
            identification: Wish::IdentifyAndCreate,
        }
    }
}
