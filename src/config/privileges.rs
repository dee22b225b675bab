//! `[privileges]`: what accounts of each role may ask for.

use crate::config::field::Choice;
use crate::config::spec::{Opt, Section};

/// One thing that not everybody may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Privilege {
    UseChat,
    PlaceOnHold,
    Release,
    ReleaseAsync,
    Monitor,
    Coach,
    BargeIn,
    PullFromQueues,
    PullFromWorkbins,
    ActOnWaiting,
    ChangeStateOfOthers,
    FindInteractions,
    UseContacts,
    MergeContacts,
    ExportContacts,
    EraseContacts,
}

/// `[privileges]`
#[derive(Clone)]
pub struct PrivilegesSection {
    /// `agent`
    pub agent: Vec<Privilege>,
    /// `supervisor`
    pub supervisor: Vec<Privilege>,
}

impl Choice for Privilege {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("use-chat", Self::UseChat),
        ("place-on-hold", Self::PlaceOnHold),
        ("release", Self::Release),
        ("release-async", Self::ReleaseAsync),
        ("monitor", Self::Monitor),
        ("coach", Self::Coach),
        ("barge-in", Self::BargeIn),
        ("pull-from-queues", Self::PullFromQueues),
        ("pull-from-workbins", Self::PullFromWorkbins),
        ("act-on-waiting", Self::ActOnWaiting),
        ("change-state-of-others", Self::ChangeStateOfOthers),
        ("find-interactions", Self::FindInteractions),
        ("use-contacts", Self::UseContacts),
        ("merge-contacts", Self::MergeContacts),
        ("export-contacts", Self::ExportContacts),
        ("erase-contacts", Self::EraseContacts),
    ];
}

impl Privilege {
    /// What it is worth nothing without.
    pub fn needs(self) -> Option<Self> {
        match self {
            Self::Release | Self::Monitor | Self::Coach | Self::BargeIn => Some(Self::UseChat),
            Self::ReleaseAsync => Some(Self::Release),
            Self::MergeContacts | Self::ExportContacts | Self::EraseContacts => {
                Some(Self::UseContacts)
            }
            Self::UseChat
            | Self::UseContacts
            | Self::PlaceOnHold
            | Self::PullFromQueues
            | Self::PullFromWorkbins
            | Self::ActOnWaiting
            | Self::ChangeStateOfOthers
            | Self::FindInteractions => None,
        }
    }
}

impl Default for PrivilegesSection {
    fn default() -> Self {
        let all = Privilege::WORDS.iter().map(|(_, privilege)| *privilege);
        let agent = vec![
            Privilege::UseChat,
            Privilege::PlaceOnHold,
            Privilege::Release,
            Privilege::ReleaseAsync,
            Privilege::PullFromWorkbins,
            Privilege::UseContacts,
        ];
        Self { agent, supervisor: all.collect() }
    }
}

impl Section for PrivilegesSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "agent",
            |s: &mut Self| &mut s.agent,
            "Of agents, and of supervisors who register as agents.",
        ),
        Opt::new("supervisor", |s: &mut Self| &mut s.supervisor, "Of supervisors."),
    ];
}
