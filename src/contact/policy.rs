//! The settings that the rules need: by which attributes a customer is known, and in which order.

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// From the highest. The attributes of one rank count together or not at all: a first name
    /// alone would make strangers one person.
    pub ranks: Vec<Rank>,
    /// What user data of a customer become attributes of a contact that is created for him.
    pub attributes: Vec<String>,
    /// What holds for a request that says nothing of it (`IdentifyCreateContact`).
    pub identification: Wish,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rank(pub Vec<String>);

/// `IdentifyCreateContact`; the numbers are the guide's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    Nothing = 1,
    Identify = 2,
    IdentifyAndCreate = 3,
}

impl Default for Policy {
    fn default() -> Self {
        let rank = |names: &[&str]| Rank(names.iter().map(|name| (*name).to_owned()).collect());
        let attributes = ["EmailAddress", "PhoneNumber", "FirstName", "LastName", "Title"];
        Self {
            ranks: vec![
                rank(&["EmailAddress"]),
                rank(&["PhoneNumber"]),
                rank(&["FirstName", "LastName"]),
            ],
            attributes: attributes.map(str::to_owned).to_vec(),
            identification: Wish::IdentifyAndCreate,
        }
    }
}
