//! Why a wish got no answer of the thing itself, or a refusing one.

/// What a caller is told when a wish was not carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal<R> {
    /// The rules said no.
    #[error("{0}")]
    Rejected(R),
    /// Too many wishes wait already. Nothing was done.
    #[error("too many requests wait for this session")]
    Busy,
    /// The store does not answer. The wish may or may not be carried out; with the same key it is
    /// carried out once.
    #[error("the store does not answer")]
    Suspended,
    /// The actor ends and has not taken the wish; whoever asks again finds the new owner.
    #[error("the session is moving")]
    Gone,
    /// The actor ended with the wish in its hands, which may or may not be carried out.
    #[error("the session is moving, and the wish may be carried out")]
    Lost,
}
