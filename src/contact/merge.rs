//! Two contacts that turn out to be one person: one stays active, the other points to it. Nothing is
//! moved, so taking it back is as cheap as doing it. Pointers may form a chain, and two nodes that
//! merge at once can close a ring of them: then the least name counts as active, for everybody.

use crate::base::ContactId;
use crate::contact::door::MergeStore;
use crate::contact::error::Rejection;
use crate::owned::StoreError;
use std::collections::{BTreeSet, VecDeque};

/// What to write so that one contact stands for another.
#[derive(Debug, PartialEq, Eq)]
pub enum Merging {
    PointTo(ContactId),
    /// It was done before.
    Done,
}

/// What is known of two contacts that shall become one.
pub struct Pair<'a> {
    pub merged: &'a ContactId,
    /// Where the one to be merged points.
    pub points_to: Option<&'a ContactId>,
    /// Who stands for the one to be merged.
    pub active: &'a ContactId,
    /// Who stands for the one that shall stay.
    pub into: &'a ContactId,
}

pub fn plan_merge(pair: &Pair<'_>) -> Result<Merging, Rejection> {
    match pair.points_to {
        Some(_) if pair.active == pair.into => Ok(Merging::Done),
        Some(elsewhere) => Err(Rejection::MergedElsewhere {
            contact: pair.merged.clone(),
            into: elsewhere.clone(),
        }),
        None if pair.active == pair.into => Err(Rejection::SameContact(pair.merged.clone())),
        None => Ok(Merging::PointTo(pair.into.clone())),
    }
}

/// Who stands for a contact.
pub async fn active_of<S: MergeStore + ?Sized>(
    store: &S,
    contact: &ContactId,
) -> Result<ContactId, StoreError> {
    let mut way = vec![contact.clone()];
    loop {
        let here = way.last().unwrap_or(contact);
        let Some(next) = store.merged_into(here).await? else { return Ok(here.clone()) };
        if let Some(again) = way.iter().position(|passed| *passed == next) {
            let ring = &way[again..];
            return Ok(ring.iter().min().unwrap_or(&next).clone());
        }
        way.push(next);
    }
}

/// A contact and all for whom it stands, itself first.
pub async fn faces_of<S: MergeStore + ?Sized>(
    store: &S,
    active: &ContactId,
) -> Result<Vec<ContactId>, StoreError> {
    let (mut faces, mut seen) = (Vec::new(), BTreeSet::from([active.clone()]));
    let mut left = VecDeque::from([active.clone()]);
    while let Some(face) = left.pop_front() {
        let merged = store.merged(&face).await?;
        left.extend(merged.into_iter().filter(|contact| seen.insert(contact.clone())));
        faces.push(face);
    }
    Ok(faces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::testing::InMemory;

    #[test]
    fn a_contact_is_merged_once() {
        assert_eq!(plan("b", None, "b", "a"), Ok(Merging::PointTo("a".into())));
        assert_eq!(plan("b", Some("a"), "a", "a"), Ok(Merging::Done));
        assert_eq!(plan("a", None, "a", "a"), Err(Rejection::SameContact("a".into())));
        let elsewhere = Rejection::MergedElsewhere { contact: "b".into(), into: "c".into() };
        assert_eq!(plan("b", Some("c"), "c", "a"), Err(elsewhere));
    }

    #[actix::test]
    async fn a_chain_leads_to_its_end_and_a_ring_to_its_least_name() {
        let store = InMemory::default();
        for (contact, into) in [("c", "b"), ("b", "a"), ("x", "y"), ("y", "x")] {
            store.merge(&contact.into(), &into.into()).await.unwrap();
        }

        for (contact, expected) in [("a", "a"), ("c", "a"), ("x", "x"), ("y", "x")] {
            let active = active_of(&store, &contact.into()).await.unwrap();
            assert_eq!(active.as_str(), expected, "of {contact}");
        }
        assert_eq!(faces(&store, "a").await, ["a", "b", "c"]);
        assert_eq!(faces(&store, "x").await, ["x", "y"]);
    }

    async fn faces(store: &InMemory, active: &str) -> Vec<String> {
        let faces = faces_of(store, &active.into()).await.unwrap();
        faces.into_iter().map(|face| face.0).collect()
    }

    fn plan(
        merged: &str,
        points_to: Option<&str>,
        active: &str,
        into: &str,
    ) -> Result<Merging, Rejection> {
        let points_to = points_to.map(ContactId::from);
        let pair = Pair {
            merged: &merged.into(),
            points_to: points_to.as_ref(),
            active: &active.into(),
            into: &into.into(),
        };
        plan_merge(&pair)
    }
}
