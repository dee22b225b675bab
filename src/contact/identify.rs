//! Who a customer is, judged by what he says of himself and by the contacts that match it.

use crate::base::{ContactId, UserData};
use crate::contact::policy::{Policy, Rank, Searched, Wish};
use crate::contact::state::{Attributes, Contact};

/// In user data: what to do about the contact.
const WISH: &str = "IdentifyCreateContact";

/// What must be equal, all of it: the attributes of one rank with the values the customer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion(pub Vec<(String, String)>);

/// What is mandatory and was not said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking(pub Vec<String>);

/// What follows from what a customer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identification {
    /// He is this contact.
    Found(ContactId),
    /// He is new, and a contact with these attributes may be made.
    Create(Attributes),
    /// The highest rank lacks something mandatory: nobody is looked for, and nobody made.
    Incomplete(Lacking),
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

/// Somebody who writes and says things of himself.
#[derive(Clone, Copy)]
pub struct Stranger<'a> {
    pub customer: &'a UserData,
    pub media_type: &'a str,
}

/// A person with those of his contacts that meet some criterion; several were merged into one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The contact that stands for all of them.
    pub id: ContactId,
    pub faces: Vec<Contact>,
}

/// The ranks of which the customer said something, and everything mandatory; from the highest. What
/// is mandatory on the very first rank and was not said makes all others worthless.
pub fn criteria(stranger: Stranger<'_>, policy: &Policy) -> Result<Vec<Criterion>, Lacking> {
    let mut criteria = Vec::new();
    for (idx, rank) in policy.ranks_for(stranger.media_type).iter().enumerate() {
        match criterion(stranger.customer, rank) {
            Ok(Criterion(pairs)) if pairs.is_empty() => {}
            Ok(criterion) => criteria.push(criterion),
            Err(lacking) if idx == 0 => return Err(lacking),
            Err(_) => {}
        }
    }
    Ok(criteria)
}

fn criterion(customer: &UserData, rank: &Rank) -> Result<Criterion, Lacking> {
    let (mut pairs, mut lacking) = (Vec::new(), Vec::new());
    for Searched { name, is_mandatory } in &rank.0 {
        match said(customer, name) {
            Some(value) => pairs.push((name.clone(), value)),
            None if *is_mandatory => lacking.push(name.clone()),
            None => {}
        }
    }
    if lacking.is_empty() { Ok(Criterion(pairs)) } else { Err(Lacking(lacking)) }
}

/// Judges by the people who meet any of the criteria. The highest rank that somebody meets gives
/// the first choice; each further rank narrows it, unless it would leave nobody: the customer may
/// have a new telephone.
pub fn plan_identification(
    stranger: Stranger<'_>,
    people: &[Person],
    policy: &Policy,
) -> Identification {
    let wish = wish(stranger.customer, policy);
    if wish == Wish::Nothing {
        return Identification::Unknown;
    }
    let criteria = match criteria(stranger, policy) {
        Ok(criteria) => criteria,
        Err(lacking) => return Identification::Incomplete(lacking),
    };
    match matching(&criteria, people).as_slice() {
        [only] => Identification::Found(only.id.clone()),
        [] if wish == Wish::IdentifyAndCreate => create(stranger.customer, policy),
        _ => Identification::Unknown,
    }
}

fn matching<'a>(criteria: &[Criterion], people: &'a [Person]) -> Vec<&'a Person> {
    let mut found: Vec<&Person> = Vec::new();
    for criterion in criteria {
        let from = if found.is_empty() { people.iter().collect() } else { found.clone() };
        let narrowed: Vec<_> = from.into_iter().filter(|person| person.meets(criterion)).collect();
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

impl Person {
    fn meets(&self, criterion: &Criterion) -> bool {
        self.faces.iter().any(|face| criterion.is_met_by(&face.attributes))
    }
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

            let found = identify(&customer, &people(stored), &Policy::default());

            assert_eq!(found, *expected, "stored: {stored}; said: {says}");
        }
    }

    #[test]
    fn contacts_that_were_merged_are_one_person() {
        let mut people = people("a: EmailAddress=x | b: PhoneNumber=2");
        let merged = people.pop().unwrap();
        people[0].faces.extend(merged.faces);
        let policy = Policy::default();

        let by_phone = identify(&pairs("PhoneNumber=2").collect(), &people, &policy);
        let by_both = identify(&pairs("EmailAddress=x, PhoneNumber=2").collect(), &people, &policy);

        assert_eq!([by_phone, by_both], ["a", "a"]);
    }

    #[test]
    fn a_media_type_may_have_ranks_of_its_own() {
        let searched = |name: &str, is_mandatory| Searched { name: name.into(), is_mandatory };
        let levels = [
            (0, searched("CustomerId", true)),
            (1, searched("FirstName", false)),
            (1, searched("LastName", false)),
        ];
        let ranks_of = [("chat".to_owned(), crate::contact::policy::ranks(levels))].into();
        let policy = Policy { ranks_of, ..Policy::default() };
        let people = people("a: CustomerId=7 | b: EmailAddress=x | c: CustomerId=7, LastName=L");
        let table = [
            // what is mandatory on the highest rank must be there
            ("EmailAddress=x", "lacking CustomerId"),
            ("LastName=L", "lacking CustomerId"),
            // what is not mandatory may be missing within a rank
            ("CustomerId=7, LastName=L", "c"),
            ("CustomerId=7", "unknown"),
            // what the channel does not look for finds nobody
            ("CustomerId=9, EmailAddress=x", "create EmailAddress=x"),
        ];

        for (says, expected) in table {
            assert_eq!(identify(&pairs(says).collect(), &people, &policy), expected, "{says}");
        }
    }

    #[test]
    fn what_the_customer_says_wins_over_what_is_stored() {
        let customer: UserData = pairs("EmailAddress=x, FirstName=Annie").collect();
        let stored = &contacts("a: EmailAddress=x, FirstName=Ann, LastName=L")[0];

        assert_eq!(not_said(&customer, stored), pairs("LastName=L").collect());
    }

    fn identify(customer: &UserData, people: &[Person], policy: &Policy) -> String {
        told(&plan_identification(Stranger { customer, media_type: "chat" }, people, policy))
    }

    fn people(text: &str) -> Vec<Person> {
        let alone = |contact: Contact| Person { id: contact.id.clone(), faces: vec![contact] };
        contacts(text).into_iter().map(alone).collect()
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
            Identification::Incomplete(Lacking(names)) => format!("lacking {}", names.join(", ")),
            Identification::Unknown => "unknown".into(),
        }
    }
}
