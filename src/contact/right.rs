//! What of contacts takes a privilege of its own.

/// What takes a privilege of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Also to split again.
    Merge,
    Export,
    /// Also to see the proofs.
    Erase,
}

impl Right {
    pub const ALL: [Self; 3] = [Self::Merge, Self::Export, Self::Erase];

    /// The privilege that gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Merge => "merge-contacts",
            Self::Export => "export-contacts",
            Self::Erase => "erase-contacts",
        }
    }
}
