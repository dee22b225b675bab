//! Who a customer is, judged by what he says of himself and by the contacts that match it.

use crate::base::{ContactId, UserData};
use crate::contact::policy::{Policy, Wish};
use crate::contact::state::{Attributes, Contact};

/// In user data: what to do about the contact.
const WISH: &str = "IdentifyCreateContact";

/// What must be equal, all of it: the attributes of one rank with the values the customer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion(pub Vec<(String, String)>);

/// What follows from what a customer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identification {
    /// He is this contact.
    Found(ContactId),
    /// He is new, and a contact with these attributes may be made.
    Create(Attributes),
    /// Nobody can say: nothing was asked, nothing matched and nothing may be created, or several
    /// contacts remain and a person must choose.
    Unknown,
}

/// What the request wants to be done; a value that makes no sense counts as none.
pub fn wish(customer: &UserData, policy: &Policy) -> Wish {
    match customer.text(WISH).as_deref().map(str::trim) {
        Some("1") => Wish::Nothing,
        Some("2") => Wish::Identify,
        Some("3") => Wish::IdentifyAndCreate,
        Some(_) | None => policy.identification,
    }
}

/// The ranks whose attributes the customer said, all of them; from the highest.
pub fn criteria(customer: &UserData, policy: &Policy) -> Vec<Criterion> {
    let said = policy.ranks.iter().map(|rank| {
        let pairs = rank.0.iter().map(|name| Some((name.clone(), said(customer, name)?)));
        pairs.collect::<Option<Vec<_>>>().map(Criterion)
    });
    said.flatten().collect()
}

/// Judges by the contacts that meet any of the criteria. The highest rank that somebody meets
/// gives the first choice; each further rank narrows it, unless it would leave nobody: the customer
/// may have a new telephone.
pub fn plan_identification(
    customer: &UserData,
    candidates: &[Contact],
    policy: &Policy,
) -> Identification {
    let wish = wish(customer, policy);
    if wish == Wish::Nothing {
        return Identification::Unknown;
    }
    match matching(customer, candidates, policy).as_slice() {
        [only] => Identification::Found(only.id.clone()),
        [] if wish == Wish::IdentifyAndCreate => create(customer, policy),
        _ => Identification::Unknown,
    }
}

fn matching<'a>(
    customer: &UserData,
    candidates: &'a [Contact],
    policy: &Policy,
) -> Vec<&'a Contact> {
    let mut found: Vec<&Contact> = Vec::new();
    for criterion in criteria(customer, policy) {
        let from = if found.is_empty() { candidates.iter().collect() } else { found.clone() };
        let narrowed: Vec<_> =
            from.into_iter().filter(|contact| criterion.is_met_by(&contact.attributes)).collect();
        if !narrowed.is_empty() {
            found = narrowed;
        }
        if found.len() == 1 {
            break;
        }
    }
    found
}

/// Somebody of whom nothing is known is no contact: nobody could ever find him again.
fn create(customer: &UserData, policy: &Policy) -> Identification {
    let pairs = policy.attributes.iter();
    let attributes: Attributes =
        pairs.filter_map(|name| Some((name.clone(), said(customer, name)?))).collect();
    if attributes.is_empty() {
        return Identification::Unknown;
    }
    Identification::Create(attributes)
}

/// What a contact's record knows and the customer had not said: his own word wins, and the record
/// stays as it is.
pub fn not_said(customer: &UserData, contact: &Contact) -> UserData {
    let stored = contact.attributes.iter();
    let unsaid = stored.filter(|(name, _)| customer.get(name).is_none());
    unsaid.map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// The form in which values are compared: without case and surrounding space.
pub fn folded(value: &str) -> String {
    value.trim().to_lowercase()
}

impl Criterion {
    /// Whether these attributes have each of the values.
    pub fn is_met_by(&self, attributes: &Attributes) -> bool {
        let mut pairs = self.0.iter();
        pairs.all(|(name, value)| {
            attributes.get(name).is_some_and(|stored| folded(stored) == folded(value))
        })
    }
}

/// A value that the customer said; nothing but spaces is nothing.
fn said(customer: &UserData, name: &str) -> Option<String> {
    let value = customer.text(name)?.trim().to_owned();
    (!value.is_empty()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Millis;

    /// What is stored (`id: attributes`), what the customer says, and what follows from it.
    const TABLE: &[(&str, &str, &str)] = &[
        // the highest rank decides, whatever the lower ones say
        (
            "a: EmailAddress=x, PhoneNumber=1 | b: PhoneNumber=2",
            "EmailAddress=x, PhoneNumber=2",
            "a",
        ),
        // nobody on the first rank: the next is tried
        ("a: EmailAddress=x | b: PhoneNumber=2", "EmailAddress=new, PhoneNumber=2", "b"),
        (
            "a: PhoneNumber=2 | b: FirstName=F, LastName=L",
            "PhoneNumber=9, FirstName=F, LastName=L",
            "b",
        ),
        // a rank that was not said is passed over
        ("a: FirstName=F, LastName=L", "FirstName=F, LastName=L", "a"),
        // several: the next rank narrows
        (
            "a: EmailAddress=x, PhoneNumber=1 | b: EmailAddress=x, PhoneNumber=2",
            "EmailAddress=x, PhoneNumber=2",
            "b",
        ),
        (
            "a: EmailAddress=x, FirstName=F, LastName=L | b: EmailAddress=x, FirstName=G, LastName=L",
            "EmailAddress=x, FirstName=G, LastName=L",
            "b",
        ),
        // narrowing keeps to those found above
        (
            "a: EmailAddress=x, PhoneNumber=1 | b: EmailAddress=x | c: PhoneNumber=2",
            "EmailAddress=x, PhoneNumber=2",
            "unknown",
        ),
        // a rank that would leave nobody is passed over
        (
            "a: EmailAddress=x, FirstName=F, LastName=L | b: EmailAddress=x",
            "EmailAddress=x, PhoneNumber=9, FirstName=F, LastName=L",
            "a",
        ),
        // several remain: a person must choose, nobody is created
        ("a: EmailAddress=x | b: EmailAddress=x", "EmailAddress=x", "unknown"),
        (
            "a: EmailAddress=x | b: EmailAddress=x",
            "EmailAddress=x, IdentifyCreateContact=3",
            "unknown",
        ),
        // first and last name count together only
        ("a: FirstName=F, LastName=L", "FirstName=F", "create FirstName=F"),
        ("a: FirstName=F, LastName=L", "FirstName=F, LastName=M", "create FirstName=F, LastName=M"),
        // nothing matches
        ("", "EmailAddress=x, Title=Dr, Other=1", "create EmailAddress=x, Title=Dr"),
        ("", "EmailAddress=x, IdentifyCreateContact=3", "create EmailAddress=x"),
        ("", "EmailAddress=x, IdentifyCreateContact=2", "unknown"),
        ("a: EmailAddress=x", "EmailAddress=x, IdentifyCreateContact=2", "a"),
        ("a: EmailAddress=x", "EmailAddress=x, IdentifyCreateContact=1", "unknown"),
        ("", "EmailAddress=x, IdentifyCreateContact=often", "create EmailAddress=x"),
        // nothing is said
        ("a: EmailAddress=x", "Other=1", "unknown"),
        ("a: EmailAddress=", "EmailAddress= ", "unknown"),
        // names count exactly, values without case
        ("a: EmailAddress=Ann@X.com", "EmailAddress=ann@x.COM", "a"),
        ("a: EmailAddress=x", "emailaddress=x", "unknown"),
    ];

    #[test]
    fn the_documented_ranks_say_who_it_is() {
        for (stored, says, expected) in TABLE {
            let customer: UserData = pairs(says).collect();

            let found = plan_identification(&customer, &contacts(stored), &Policy::default());

            assert_eq!(told(&found), *expected, "stored: {stored}; said: {says}");
        }
    }

    #[test]
    fn what_the_customer_says_wins_over_what_is_stored() {
        let customer: UserData = pairs("EmailAddress=x, FirstName=Annie").collect();
        let stored = &contacts("a: EmailAddress=x, FirstName=Ann, LastName=L")[0];

        assert_eq!(not_said(&customer, stored), pairs("LastName=L").collect());
    }

    fn contacts(text: &str) -> Vec<Contact> {
        let each = text.split(" | ").filter(|contact| !contact.is_empty());
        each.map(|contact| {
            let (id, attributes) = contact.split_once(": ").unwrap();
            let attributes = pairs(attributes).map(|(name, value)| (name.into(), value.into()));
            Contact { id: id.into(), created_at: Millis(1), attributes: attributes.collect() }
        })
        .collect()
    }

    fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
        text.split(", ").map(|pair| pair.split_once('=').unwrap())
    }

    fn told(found: &Identification) -> String {
        match found {
            Identification::Found(id) => id.to_string(),
            Identification::Create(attributes) => {
                let pairs: Vec<_> =
                    attributes.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("create {}", pairs.join(", "))
            }
            Identification::Unknown => "unknown".into(),
        }
    }
}
