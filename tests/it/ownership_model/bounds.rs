//! How large a world is, what may happen in it, and which one wrong turn it takes.

use super::rows::RunEnd;

/// One wrong turn each; [`Mutant::None`] is the design.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    None,
    /// A verify joins a read that began before its write was acknowledged.
    JoinsReadInFlight,
    /// A verify is content with one replica.
    VerifiesAtOne,
    /// The claims are read before the own claim is acknowledged.
    ReadsClaimsTooEarly,
    /// The claims are read from one replica.
    ReadsClaimsAtOne,
    /// Only the newest of the lower claims is fenced.
    FencesOnlyTheNewest,
    /// The history is read before the fences are acknowledged.
    RestoresBeforeFence,
    /// A claimant that sees a higher claim goes on.
    IgnoresHigherClaim,
    /// The history is served without a look at the own lane after the seal.
    NoVerifyAfterSeal,
    /// Old histories are deleted before the new owner has verified its seal.
    CleansBeforeVerify,
    /// The owner says that it has stopped while a write is on its way.
    ReleasesWhileWriting,
    /// After a write of unknown outcome the next wish takes the next position.
    NextPositionAfterUnknown,
    /// Nobody looks whether a wish is in the history already.
    NoIdempotencyKeys,
    /// Others are told of an event before it is stored.
    BroadcastsBeforeDurable,
    /// A restoration keeps the beginning of a wish that did not arrive to its end.
    KeepsHalfWishes,
    /// "Not found" is said without a look at the own lane.
    FindsNothingUnverified,
    /// What a dead actor left outstanding is not told from what its successor in the same process
    /// does, and the own lane is not fenced either.
    ForgetsItsDead,
}

/// What a claimant's clock may show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clocks {
    /// Anything up to this many milliseconds, and no claim seen that could correct it.
    Any(u64),
    /// Far behind, so that the newest claim seen decides.
    Behind,
}

/// Whether there was something at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// The first node has created the thing and serves it.
    Served,
    /// A named thing that nobody has claimed yet: whoever is asked makes it.
    Nothing,
}

/// What an owner deletes once it has verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleaning {
    Nothing,
    Histories,
    HistoriesAndClaims,
}

/// What may happen beside claims and messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct May {
    /// Owners may hand over as planned.
    pub release: bool,
    /// Wishes of different clients may be decided into one batch.
    pub gather: bool,
    /// Actors may die of a panic while their process lives, and leave a write behind.
    pub panic: bool,
}

#[derive(Clone, Debug)]
pub struct Bounds {
    pub n_nodes: usize,
    pub n_takeovers: u8,
    /// The words of each wish. All wishes but the last are one client's, who waits for each answer.
    pub wishes: &'static [u8],
    /// How often each wish may be sent.
    pub n_tries: u8,
    /// How many processes may die and come again with another lane.
    pub n_crashes: u8,
    pub clocks: Clocks,
    pub beginning: Beginning,
    pub cleaning: Cleaning,
    pub may: May,
    pub mutant: Mutant,
}

/// Three nodes, two take-overs, two wishes of one word, each sent twice.
pub const DESIGN: Bounds = Bounds {
    n_nodes: 3,
    n_takeovers: 2,
    wishes: &[1, 1],
    n_tries: 2,
    n_crashes: 0,
    clocks: Clocks::Any(3),
    beginning: Beginning::Served,
    cleaning: Cleaning::Nothing,
    may: May { release: false, gather: false, panic: false },
    mutant: Mutant::None,
};

impl Bounds {
    pub fn is(&self, mutant: Mutant) -> bool {
        self.mutant == mutant
    }

    pub fn keys(&self) -> impl Iterator<Item = u8> {
        (0..).take(self.wishes.len())
    }

    pub fn run_end(&self) -> RunEnd {
        if self.is(Mutant::KeepsHalfWishes) { RunEnd::Anywhere } else { RunEnd::AtWholeWish }
    }
}
