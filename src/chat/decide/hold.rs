//! Whether an asynchronous chat waits, is served, or wants somebody: `GCTI_Chat_AsyncStatus`, which a
//! workflow reads at the interaction. Other chats have none.

use super::Decided;
use crate::base::{ParticipantId, UserData, Value};
use crate::chat::audience::Audience;
use crate::chat::draft::Draft;
use crate::chat::error::Rejection;
use crate::chat::event::Fact;
use crate::chat::participant::{Participant, Role, Visibility};
use crate::chat::state::Session;
use crate::owned::Scene;

const MODE: &str = "GCTI_Chat_AsyncMode";
const STATUS: &str = "GCTI_Chat_AsyncStatus";

/// The numbers are the guide's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    OnHold = -2,
    New = 1,
    /// The customer has written while it was on hold.
    Answered = 2,
}

/// A workflow places a session on hold.
pub fn hold(session: &Session, scene: &Scene<'_, Session>) -> Decided {
    if session.started.is_none() {
        return Err(Rejection::NotStarted);
    }
    if !is_async(&session.user_data) {
        return Err(Rejection::not_allowed("only asynchronous chats are placed on hold"));
    }
    let mut draft = Draft::new(session, scene.now, None);
    change_status(&mut draft, Status::OnHold);
    Ok(draft.finish())
}

/// Somebody has done something. If it was the customer, no agent is there, and the chat was on hold, it
/// wants somebody now.
pub fn wake(draft: &mut Draft, author: &Participant, audience: Audience) {
    let is_customers = author.joined.role == Role::Client && audience.visibility == Visibility::All;
    let session = &draft.session;
    let is_held = session.user_data.get(STATUS) == Some(&Status::OnHold.value());
    if is_customers && is_held && !session.here().any(|known| known.is_visible_agent()) {
        change_status(draft, Status::Answered);
    }
}

/// What the interaction of a chat shows from its beginning.
pub fn begin(user_data: &mut UserData) {
    if is_async(user_data) {
        user_data.set(STATUS, Status::New.value());
    }
}

fn is_async(user_data: &UserData) -> bool {
    user_data.text(MODE).as_deref() == Some("true")
}

fn change_status(draft: &mut Draft, status: Status) {
    change_data(draft, UserData::default().with(STATUS, status.value()));
}

/// The server itself changes user data; what is so already is not changed.
pub fn change_data(draft: &mut Draft, added: UserData) {
    let known = &draft.session.user_data;
    if added.0.iter().any(|(key, value)| known.get(key) != Some(value)) {
        let who = ParticipantId::NOBODY;
        draft.record_beside(Audience::of(Visibility::Int), Fact::DataChanged { who, added });
    }
}

impl Status {
    fn value(self) -> Value {
        Value::Number(self as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Command;
    use crate::chat::command::{Join, NoticeWish};
    use crate::chat::effect::{Effect, Note};
    use crate::chat::testing::{Stage, agent, bot, customer};

    #[test]
    fn an_asynchronous_chat_is_on_hold_until_its_customer_writes() {
        let mut stage = patient();

        stage.perform(Command::Hold).unwrap();
        assert_eq!(status(&stage), Some("-2".into()));
        stage.say("max", "still here?").unwrap();
        assert_eq!(status(&stage), Some("-2".into()), "a bot is no customer");
        let said = stage.say("ann", "hello?").unwrap();

        assert_eq!(status(&stage), Some("2".into()));
        assert_eq!(
            stage.room.event_at(said.position).unwrap().fact.author(),
            Some(stage.who("ann"))
        );
        let n_events = stage.session.last;
        stage.say("ann", "anybody?").unwrap();
        assert_eq!(stage.session.last, n_events.next(), "that is known already");
    }

    #[test]
    fn an_address_that_is_shown_counts_and_a_new_name_does_not() {
        let mut stage = patient();
        stage.perform(Command::Hold).unwrap();

        stage.notify("ann", NoticeWish::Nickname("Anna".into())).unwrap();
        assert_eq!(status(&stage), Some("-2".into()));
        let ann = stage.session.customer().unwrap().joined.nickname.clone();
        stage.notify(&ann, NoticeWish::PushUrl("https://example.com".into())).unwrap();

        assert_eq!(status(&stage), Some("2".into()));
    }

    #[test]
    fn a_chat_that_an_agent_serves_wants_nobody() {
        let mut stage = patient();
        stage.perform(Command::Hold).unwrap();
        stage.join(agent("bob")).unwrap();

        stage.say("ann", "hello?").unwrap();

        assert_eq!(status(&stage), Some("-2".into()));
    }

    #[test]
    fn a_chat_that_was_not_on_hold_is_new_whatever_its_customer_says() {
        let mut stage = patient();

        stage.say("ann", "hello?").unwrap();

        assert_eq!(status(&stage), Some("1".into()));
        assert_eq!(status(&Stage::with(&[customer("ann")])), None, "others have no status");
    }

    #[test]
    fn the_interaction_hears_of_it_and_nobody_sees_it() {
        let mut stage = patient();
        stage.effects.clear();

        stage.perform(Command::Hold).unwrap();
        stage.room.outbox = Default::default();
        let held = stage.last();
        stage.room.outbox.note(&held, &stage.policy);
        let due =
            stage.room.outbox.due(&stage.session, &stage.room.transcript, stage.now, &stage.policy);

        let notes = due.into_iter().find_map(|effect| match effect {
            Effect::TellInteraction(report) => Some(report.notes),
            Effect::SaveHistory(_)
            | Effect::TellBot(_)
            | Effect::TellAddress
            | Effect::Count(_) => None,
        });
        let told = notes.unwrap().pop().unwrap().1;
        let expected = UserData::default().with(STATUS, Value::Number(-2));
        assert_eq!(told, Note::DataChanged { added: expected });
        assert_eq!(
            stage.view("max", crate::chat::transcript::From::Id(Default::default())).lines.len(),
            2
        );
    }

    #[test]
    fn other_chats_are_not_placed_on_hold() {
        let mut stage = Stage::with(&[customer("ann")]);

        assert!(matches!(stage.perform(Command::Hold), Err(Rejection::NotAllowed(_))));
        assert_eq!(Stage::empty().perform(Command::Hold), Err(Rejection::NotStarted));
    }

    fn patient() -> Stage {
        let user_data = UserData::default().with(MODE, "true");
        Stage::with(&[Join { user_data, ..customer("ann") }, bot("max")])
    }

    fn status(stage: &Stage) -> Option<String> {
        stage.session.user_data.text(STATUS)
    }
}
