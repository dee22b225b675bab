//! For whom a thing is brought back whose owner is gone. Pure. What was handed on in order is not
//! brought back but passed along, and what this process owns itself it may always open again.

use crate::base::Process;
use crate::ownership::claim::Location;
use crate::ownership::error::Absent;
use std::collections::BTreeSet;

/// Who wants something of a thing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asker {
    /// This program itself: the start of a node, the survivors of a dead one, its other houses.
    #[default]
    Server,
    /// The customer, or whoever made the thing and asks for it by the same words again.
    Customer,
    /// An agent who is in the session, or brings its token.
    Agent,
    /// A workflow that says so (`InduceRestore`).
    Workflow,
    /// Somebody who has shown nothing.
    Anyone,
}

/// For whom things are brought back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Restoration {
    #[default]
    ForAll,
    /// For these, and for the program itself.
    For(BTreeSet<Asker>),
    /// For nobody: a session ends with its process.
    Never,
}

/// How a thing stands that is not active here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Whoever asks may have it: it was let go, it is this process's own, it is over, or it is
    /// nothing at all.
    Free,
    /// Somebody serves it.
    ServedBy(Process),
    /// Its owner lives, and whoever asks could not reach him or heard "take it".
    Unreachable(Process),
    /// Its owner is gone and has not let go of it.
    Orphaned,
}

impl Asker {
    /// The same, when he asks for a thing in the words by which it was made.
    pub fn as_maker(self) -> Self {
        match self {
            Self::Server => Self::Server,
            Self::Customer | Self::Agent | Self::Workflow | Self::Anyone => Self::Customer,
        }
    }
}

impl Restoration {
    /// Whether he gets everything that can be had.
    pub fn is_for(&self, asker: Asker) -> bool {
        match (self, asker) {
            (Self::ForAll, _) | (_, Asker::Server) => true,
            (Self::For(askers), _) => askers.contains(&asker),
            (Self::Never, _) => false,
        }
    }

    /// What he hears for whom nothing is brought back; nothing if he may go on.
    pub fn refusal(&self, standing: Standing) -> Option<Absent> {
        match (self, standing) {
            (Self::ForAll, _) | (_, Standing::Free) => None,
            // Never "ask again": he may be held for dead a moment later, and it would be brought back.
            (_, Standing::ServedBy(owner)) => Some(Absent::Elsewhere(owner)),
            // Whoever may will have it brought back, or the survivors will.
            (Self::For(_), Standing::Unreachable(_) | Standing::Orphaned) => {
                Some(Absent::AwaitsRestoration)
            }
            (Self::Never, Standing::Orphaned) => Some(Absent::NotRestored),
            (Self::Never, Standing::Unreachable(owner)) => {
                Some(Absent::Unavailable(format!("{owner} owns it and cannot be reached")))
            }
        }
    }
}

/// `dead` is who could not be asked. Who is dead is a hint: whoever is held for dead too late or in
/// vain costs one refused request more or less.
pub fn standing(
    location: &Location,
    me: &Process,
    dead: Option<&Process>,
    is_living: impl FnOnce(&Process) -> bool,
) -> Standing {
    let Some(row) = location.newest.as_ref().filter(|_| !location.closed) else {
        return Standing::Free;
    };
    let owner = row.lane.process();
    if row.released.is_some() || owner == *me {
        return Standing::Free;
    }
    match (is_living(&owner), dead == Some(&owner)) {
        (true, false) => Standing::ServedBy(owner),
        (true, true) => Standing::Unreachable(owner),
        (false, _) => Standing::Orphaned,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Epoch, Lane};
    use crate::ownership::claim::{ClaimRow, Released};

    #[test]
    fn only_a_thing_whose_owner_is_gone_without_a_word_is_an_orphan() {
        let (me, living, gone) = (process("a"), process("b"), process("c"));
        let judge = |location: &Location, dead: Option<&Process>| {
            standing(location, &me, dead, |process| *process == living)
        };
        let of = |owner: &Process, released| location(owner, released);

        assert_eq!(judge(&of(&gone, None), None), Standing::Orphaned);
        assert_eq!(judge(&of(&gone, None), Some(&gone)), Standing::Orphaned);
        assert_eq!(judge(&of(&gone, Some(Released::Moved)), None), Standing::Free);
        assert_eq!(judge(&of(&gone, Some(Released::Asleep)), None), Standing::Free);
        assert_eq!(judge(&of(&me, None), None), Standing::Free);
        let served = Standing::ServedBy(living.clone());
        assert_eq!(judge(&of(&living, None), None), served);
        assert_eq!(judge(&of(&living, None), Some(&gone)), served);
        let unreachable = Standing::Unreachable(living.clone());
        assert_eq!(judge(&of(&living, None), Some(&living)), unreachable);
        assert_eq!(judge(&Location::default(), None), Standing::Free);
        let closed = Location { closed: true, ..of(&gone, None) };
        assert_eq!(judge(&closed, None), Standing::Free);
    }

    #[test]
    fn who_is_not_named_waits_for_those_who_are() {
        let some = Restoration::For([Asker::Customer, Asker::Workflow].into());

        assert!(some.is_for(Asker::Server) && some.is_for(Asker::Customer));
        assert!(some.is_for(Asker::Workflow) && !some.is_for(Asker::Agent));
        assert!(some.is_for(Asker::Anyone.as_maker()));
        assert_eq!(some.refusal(Standing::Orphaned), Some(Absent::AwaitsRestoration));
        let unreachable = Standing::Unreachable(process("b"));
        assert_eq!(some.refusal(unreachable), Some(Absent::AwaitsRestoration));
        assert_eq!(some.refusal(Standing::Free), None);
    }

    #[test]
    fn without_restoration_only_the_program_itself_opens_what_is_left() {
        let none = Restoration::Never;

        assert!(none.is_for(Asker::Server));
        assert!(!none.is_for(Asker::Customer) && !none.is_for(Asker::Customer.as_maker()));
        assert_eq!(none.refusal(Standing::Orphaned), Some(Absent::NotRestored));
        let unreachable = none.refusal(Standing::Unreachable(process("b")));
        assert!(matches!(unreachable, Some(Absent::Unavailable(_))), "he may only be slow");
        assert_eq!(none.refusal(Standing::Free), None);
    }

    #[test]
    fn who_is_served_elsewhere_is_sent_there_and_opens_nothing() {
        let owner = process("b");
        let sent = Some(Absent::Elsewhere(owner.clone()));

        assert_eq!(Restoration::Never.refusal(Standing::ServedBy(owner.clone())), sent);
        assert_eq!(Restoration::For([].into()).refusal(Standing::ServedBy(owner.clone())), sent);
        assert_eq!(Restoration::ForAll.refusal(Standing::ServedBy(owner)), None);
    }

    fn location(owner: &Process, released: Option<Released>) -> Location {
        let lane = Lane { node: owner.node.clone(), boot: owner.boot.clone(), k: 0 };
        let row = ClaimRow { epoch: Epoch { micros: 1, tie: 0 }, lane, released };
        Location { newest: Some(row), ..Location::default() }
    }

    fn process(node: &str) -> Process {
        Process { node: node.into(), boot: "1".into() }
    }
}
