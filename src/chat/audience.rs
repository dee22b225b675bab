//! Who may see what somebody says, types or does.

use crate::base::ParticipantId;
use crate::chat::error::Rejection;
use crate::chat::participant::{Participant, Role, Visibility};
use crate::chat::state::Session;

/// Who may see what is recorded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Audience {
    pub visibility: Visibility,
    pub receiver: Option<ParticipantId>,
}

impl Audience {
    pub fn everyone() -> Self {
        Self::default()
    }

    pub fn of(visibility: Visibility) -> Self {
        Self { visibility, receiver: None }
    }
}

/// Who may see what this author says. What an unseen participant says is seen by nobody who cannot
/// see him.
pub fn audience(
    session: &Session,
    author: &Participant,
    wished: Visibility,
    receiver: Option<ParticipantId>,
) -> Result<Audience, Rejection> {
    let visibility = wished.max(author.joined.visibility);
    if !visibility.reaches(author.joined.role) {
        return Err(Rejection::not_allowed("this role cannot speak with this visibility"));
    }
    if let Some(receiver) = receiver {
        check_receiver(session, author, receiver, visibility)?;
    }
    Ok(Audience { visibility, receiver })
}

/// A direct message goes to somebody who is here, whom the author can see, and who may see what is
/// said with this visibility: an unseen participant does not show himself by it.
fn check_receiver(
    session: &Session,
    author: &Participant,
    receiver: ParticipantId,
    visibility: Visibility,
) -> Result<(), Rejection> {
    if author.joined.role == Role::Client {
        return Err(Rejection::not_allowed("customers cannot send direct messages"));
    }
    let known = session.participant(receiver).filter(|known| known.is_here());
    let Some(known) = known.filter(|known| author.knows(known)) else {
        return Err(Rejection::NoSuchReceiver);
    };
    if visibility.reaches(known.joined.role) {
        return Ok(());
    }
    Err(Rejection::not_allowed("the receiver cannot see messages of this visibility"))
}
