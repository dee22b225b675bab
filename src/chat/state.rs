//! What a session remembers. `Session::apply` is the only function that changes it, and it is the
//! same function for a message that just came in and for one replayed from a transcript.

use crate::base::{ContactId, Millis, ParticipantId, Position, UserData, UserId};
use crate::chat::bots::Bots;
use crate::chat::dormancy::{Status, is_asynchronous};
use crate::chat::event::{EndReason, EndedBy, Event, EventId, Fact, Notice, Started};
use crate::chat::idle::IdleState;
use crate::chat::participant::{Participant, Role, Visibility};
use crate::chat::tally::Tally;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The small state of a chat: its history is kept outside of it, so a copy costs little.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Session {
    pub last: Position,
    pub started: Option<Arc<Started>>,
    pub started_at: Millis,
    /// Everybody who ever came; who left stays, so that his words keep their author.
    pub participants: BTreeMap<ParticipantId, Arc<Participant>>,
    /// User data of the session, as its interaction shows it.
    pub user_data: Arc<UserData>,
    pub contact: Option<ContactId>,
    pub tally: Tally,
    pub idle: IdleState,
    /// When an asynchronous chat was last on hold, if it is not now.
    pub hold_ended: Millis,
    pub bots: Bots,
    /// Bytes of texts, data and attributes so far.
    pub n_bytes: usize,
    pub closed: Option<Closing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closing {
    pub at: Millis,
    pub position: Position,
    pub by: EndedBy,
    pub reason: EndReason,
}

impl Session {
    /// Folds one accepted event into the state. It never fails: what reaches it has happened.
    pub fn fold(&mut self, event: &Event) {
        debug_assert!(event.position == self.last.next(), "a gap before {}", event.position);
        self.last = event.position;
        self.n_bytes += event.fact.n_bytes();
        self.tally.fold(&self.participants, event);
        self.idle.fold(&self.participants, event);
        match &event.fact {
            Fact::Joined { joined, started } => {
                if let Some(started) = started {
                    self.started = Some(Arc::new((**started).clone()));
                    self.started_at = event.at;
                    self.user_data = Arc::new(started.user_data.clone());
                }
                let participant = Participant {
                    joined: (**joined).clone(),
                    joined_at: event.at,
                    nickname: joined.nickname.clone(),
                    is_renamed: false,
                    read_confirm: None,
                    read_upto: EventId::default(),
                    left: None,
                };
                self.participants.insert(joined.id, Arc::new(participant));
            }
            Fact::Said { .. } => {}
            Fact::Noticed { who, notice, .. } => self.fold_notice(*who, notice, event.position),
            Fact::DataChanged { added, .. } | Fact::ContactFound { attributes: added, .. } => {
                let was_held = self.is_held();
                Arc::make_mut(&mut self.user_data).merge(added);
                if let Fact::ContactFound { contact, .. } = &event.fact {
                    self.contact = Some(contact.clone());
                }
                if was_held && !self.is_held() {
                    self.hold_ended = event.at;
                }
            }
            Fact::Left { who, .. } => {
                if let Some(participant) = self.participants.get_mut(who).map(Arc::make_mut) {
                    participant.left = Some(event.position);
                    participant.read_confirm = None;
                }
            }
            Fact::Closed { by, reason } => {
                let (at, position) = (event.at, event.position);
                self.closed = Some(Closing { at, position, by: *by, reason: *reason });
            }
        }
        self.bots.fold(&self.participants, event);
    }

    fn fold_notice(&mut self, who: ParticipantId, notice: &Notice, position: Position) {
        let Some(participant) = self.participants.get_mut(&who) else { return };
        match notice {
            Notice::Nickname { nickname } => {
                let renamed = Arc::make_mut(participant);
                renamed.nickname.clone_from(nickname);
                renamed.is_renamed = true;
            }
            Notice::ReadConfirm { upto } => {
                let reader = Arc::make_mut(participant);
                reader.read_confirm = Some(position);
                reader.read_upto = *upto;
            }
            Notice::PushUrl { .. }
            | Notice::Custom { .. }
            | Notice::System { .. }
            | Notice::IdleAlert { .. }
            | Notice::IdleClose { .. }
            | Notice::IdleSet { .. } => {}
        }
    }

    pub fn participant(&self, who: ParticipantId) -> Option<&Arc<Participant>> {
        self.participants.get(&who)
    }

    pub fn participant_named(&self, user_id: &UserId) -> Option<&Arc<Participant>> {
        self.participants.values().find(|known| known.joined.user_id == *user_id)
    }

    /// Of an asynchronous chat; others have none.
    pub fn status(&self) -> Option<Status> {
        Status::of(&self.user_data).filter(|_| is_asynchronous(&self.user_data))
    }

    /// Whether an asynchronous chat is on hold: it lives, whoever is there.
    pub fn is_held(&self) -> bool {
        self.status().is_some_and(Status::is_held)
    }

    /// Whether it is on hold, nobody works in it, neither agent nor bot, and nobody is sought for it.
    pub fn is_dormant(&self) -> bool {
        let works = |role| matches!(role, Role::Agent | Role::Supervisor);
        self.status() == Some(Status::OnHold)
            && self.closed.is_none()
            && !self.here().any(|one| works(one.joined.role))
    }

    pub fn next_participant(&self) -> ParticipantId {
        ParticipantId(self.participants.keys().next_back().map_or(0, |last| last.0) + 1)
    }

    pub fn here(&self) -> impl Iterator<Item = &Arc<Participant>> {
        self.participants.values().filter(|participant| participant.is_here())
    }

    pub fn customer(&self) -> Option<&Arc<Participant>> {
        self.participants.values().find(|known| known.joined.role == Role::Client)
    }

    /// Whether a supervisor looks on unseen (`monitored`).
    pub fn is_monitored(&self) -> bool {
        let mut here = self.here();
        here.any(|known| {
            known.joined.role == Role::Supervisor && known.joined.visibility == Visibility::Vip
        })
    }

    /// Whether an event has vanished from the transcript: a read confirmation that a newer one, or
    /// the participant's leaving, has replaced.
    pub fn has_vanished(&self, event: &Event) -> bool {
        let Fact::Noticed { who, notice: Notice::ReadConfirm { .. }, .. } = &event.fact else {
            return false;
        };
        self.participant(*who).is_none_or(|known| known.read_confirm != Some(event.position))
    }
}

#[cfg(test)]
mod tests {
    use crate::chat::event::EventId;
    use crate::chat::testing::{Stage, agent, customer};

    #[test]
    fn an_older_read_confirmation_vanishes_and_all_vanish_with_the_reader() {
        let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
        let first = stage.confirm("bob", EventId(1));
        let second = stage.confirm("bob", EventId(1_001));

        assert!(stage.session.has_vanished(&first));
        assert!(!stage.session.has_vanished(&second));
        stage.leave("bob");
        assert!(stage.session.has_vanished(&second));
    }
}
