//! Faults as a server might make them, put into what was seen, so that it is proved that the judge
//! would notice.

use super::{Book, Check, Evidence, Terms, judge};
use crate::cli::centre::journal::{Happening, Note};
use crate::cli::centre::plan::Act;
use crate::cli::torture::check::plant::Plant as Word;
use crate::edge::agent::wire::Frame;
use crate::edge::agent::wire::frame::Operation;
use clap::ValueEnum;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Plant {
    /// A second agent is given what somebody has.
    Double,
    /// Somebody is offered more than he may have.
    Capacity,
    /// An acknowledged message is gone.
    Drop,
    /// A monitored customer gets another byte.
    Byte,
    /// A customer was served by nobody.
    Starve,
    /// Something is open at the end.
    Orphan,
    /// The figures have one offer more.
    Figure,
    /// A route is not explained.
    Why,
}

/// Whether a fault was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rehearsal {
    Noticed,
    Unnoticed,
    /// Too little happened for it to be planted.
    NoPlace,
}

/// Puts every fault into a copy of what was seen, and says which were noticed.
pub fn rehearse(evidence: &Evidence, terms: Terms, found: &Book) -> Vec<(Plant, Rehearsal)> {
    let plants = Plant::value_variants().iter();
    let rehearsed = plants.map(|plant| {
        let mut copy = evidence.clone();
        if !plant.put_into(&mut copy) {
            return (*plant, Rehearsal::NoPlace);
        }
        let before = found.entry(plant.check()).n_broken;
        let is_noticed = before < judge(&copy, terms).entry(plant.check()).n_broken;
        (*plant, if is_noticed { Rehearsal::Noticed } else { Rehearsal::Unnoticed })
    });
    rehearsed.collect()
}

impl Plant {
    pub fn name(self) -> &'static str {
        match self {
            Self::Double => "double",
            Self::Capacity => "capacity",
            Self::Drop => "drop",
            Self::Byte => "byte",
            Self::Starve => "starve",
            Self::Orphan => "orphan",
            Self::Figure => "figure",
            Self::Why => "why",
        }
    }

    /// The rule that must notice it.
    pub fn check(self) -> Check {
        match self {
            Self::Double => Check::Owner,
            Self::Capacity => Check::Capacity,
            Self::Drop => Check::Messages,
            Self::Byte => Check::Unseen,
            Self::Starve => Check::Served,
            Self::Orphan => Check::LeftOver,
            Self::Figure => Check::Figures,
            Self::Why => Check::Why,
        }
    }

    /// Whether there was a place for it.
    pub fn put_into(self, evidence: &mut Evidence) -> bool {
        match self {
            Self::Double => double(evidence),
            Self::Capacity => exceed(evidence),
            Self::Drop => Word::Drop.put_into(&mut evidence.histories),
            Self::Byte => change_byte(evidence),
            Self::Starve => {
                let mut customers = evidence.journal.customers.iter_mut();
                let met = customers.find(|one| one.plan.patience.is_none() && one.met.is_some());
                met.map(|one| one.met = None).is_some()
            }
            Self::Orphan => {
                let session = evidence.journal.customers.iter().find_map(|one| one.session.clone());
                let left_over = evidence.journal.left_over.as_mut().zip(session);
                left_over.map(|(all, id)| all.push((id, "queued".to_owned()))).is_some()
            }
            Self::Figure => count_once_more(evidence),
            Self::Why => {
                let why = evidence.journal.whys.first_mut();
                why.map(|why| why.answer = Err("nobody knows".to_owned())).is_some()
            }
        }
    }
}

/// The first whom the router gave something is told that another one has it, too.
fn double(evidence: &mut Evidence) -> bool {
    let other = evidence.journal.desks.keys().next_back().cloned();
    for desk in evidence.journal.desks.values_mut() {
        let is_routed = |note: &Note| {
            let Happening::Heard(frame) = &note.what else { return false };
            let Frame::PartyAdded(added) = &**frame else { return false };
            added.agent == desk.agent && added.operation == Some(Operation::RouteTo)
        };
        let added = desk.notes.iter().position(is_routed);
        let Some((at, other)) = added.zip(other.clone()) else { continue };
        let mut note = desk.notes[at].clone();
        if other != desk.agent
            && let Happening::Heard(frame) = &mut note.what
            && let Frame::PartyAdded(added) = &mut **frame
        {
            added.agent = other;
            desk.notes.insert(at + 1, note);
            return true;
        }
    }
    false
}

/// As many invitations at once as nobody may have.
fn exceed(evidence: &mut Evidence) -> bool {
    for desk in evidence.journal.desks.values_mut() {
        let invited = desk.notes.iter().position(|note| match &note.what {
            Happening::Heard(frame) => matches!(**frame, Frame::Invite(_)),
            Happening::Opened | Happening::Lost | Happening::Sent(_) => false,
        });
        let Some(at) = invited else { continue };
        for n in 1..=u64::from(desk.capacity) {
            let mut note = desk.notes[at].clone();
            if let Happening::Heard(frame) = &mut note.what
                && let Frame::Invite(invite) = &mut **frame
            {
                invite.ticket = u64::MAX - n;
                invite.interaction.interaction_id = format!("planted-{n}");
            }
            desk.notes.insert(at + 1, note);
        }
        return true;
    }
    false
}

fn change_byte(evidence: &mut Evidence) -> bool {
    let customers = &mut evidence.journal.customers;
    let alone: Vec<u32> = customers
        .iter()
        .filter(|one| one.plan.act == Act::TwinAlone && !one.answers.is_empty())
        .map(|one| one.plan.pair)
        .collect();
    let mut watched = customers.iter_mut().filter(|one| one.plan.act == Act::TwinWatched);
    let watched = watched.find(|one| alone.contains(&one.plan.pair) && !one.answers.is_empty());
    let answers = watched.map(|one| &mut one.answers);
    for answer in answers.into_iter().flatten() {
        let Ok(text) = std::str::from_utf8(answer) else { continue };
        let changed = text.replace("\"monitored\":false", "\"monitored\":true");
        if changed != text {
            *answer = changed.into_bytes();
            return true;
        }
    }
    false
}

fn count_once_more(evidence: &mut Evidence) -> bool {
    let Some((_, after)) = &mut evidence.journal.figures else { return false };
    let agents = after["agents"].as_array_mut().into_iter().flatten();
    let mut media = agents.flat_map(|agent| agent["media"].as_array_mut().into_iter().flatten());
    let of_chats = media.find(|media| media["offered"].as_u64().is_some_and(|n| 0 < n));
    // One too few, as desks that were away may lack some.
    of_chats.map(|media| media["offered"] = 0.into()).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::centre::judge::testing::{Script, TERMS, broken};

    #[test]
    fn every_fault_that_finds_a_place_is_noticed_by_its_rule() {
        let mut script = Script::new(&[("ada", 2), ("bob", 1)]);
        script.customer("1").customer("2");
        let evidence = script.evidence();
        assert_eq!(broken(&evidence), []);

        let rehearsed = rehearse(&evidence, TERMS, &judge(&evidence, TERMS));

        let of = |how| {
            let of_it = rehearsed.iter().filter(move |(_, found)| *found == how);
            of_it.map(|(plant, _)| *plant).collect::<Vec<_>>()
        };
        assert_eq!(of(Rehearsal::Unnoticed), []);
        // Nothing was said there, nobody had a twin, and there are no figures.
        assert_eq!(of(Rehearsal::NoPlace), [Plant::Drop, Plant::Byte, Plant::Figure]);
    }
}
