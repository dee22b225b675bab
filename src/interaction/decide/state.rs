//! What agents say of their own state beside being ready: why they are not, and that they are to be
//! left in peace.

use crate::base::AgentId;
use crate::interaction::agent::MediaState;
use crate::interaction::command::Answer;
use crate::interaction::decide::logged_in;
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::event::Fact;
use crate::interaction::ids::MediaType;

pub(super) fn change_reason(
    draft: &mut Draft<'_>,
    agent: AgentId,
    media: MediaType,
    reason: String,
) -> Result<Answer, Rejection> {
    match logged_in(draft, &agent)?.media.get(&media) {
        None => Err(Rejection::MediaNotLoggedIn { agent, media }),
        Some(MediaState::Ready { .. }) => Err(Rejection::HasNoReason { agent, media }),
        Some(MediaState::NotReady { reason: given, .. }) if *given == reason => Ok(Answer::Done),
        Some(MediaState::NotReady { .. }) => {
            draft.record(Fact::MediaReasonChanged { agent, media, reason });
            Ok(Answer::Done)
        }
    }
}

/// He is offered nothing and asked for nothing. What he has, and what rings already, stays.
pub(super) fn leave_in_peace(draft: &mut Draft<'_>, agent: AgentId) -> Result<Answer, Rejection> {
    if logged_in(draft, &agent)?.do_not_disturb.is_none() {
        draft.record(Fact::DoNotDisturbSet { agent });
    }
    Ok(Answer::Done)
}

pub(super) fn disturb(draft: &mut Draft<'_>, agent: AgentId) -> Result<Answer, Rejection> {
    if logged_in(draft, &agent)?.do_not_disturb.is_some() {
        draft.record(Fact::DoNotDisturbCleared { agent });
    }
    Ok(Answer::Done)
}

#[cfg(test)]
mod tests {
    use crate::base::Millis;
    use crate::interaction::agent::MediaState;
    use crate::interaction::command::{Command, Wanted};
    use crate::interaction::error::Rejection;
    use crate::interaction::support::Life;

    #[test]
    fn who_is_not_to_be_disturbed_is_offered_nothing_and_keeps_his_turn() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.ready_agent("bob");

        life.wish(Command::SetDoNotDisturb { agent: "ada".into() });
        life.chat("1");
        assert_eq!(life.invited_agent("1"), "bob");
        life.wish(Command::ClearDoNotDisturb { agent: "ada".into() });
        life.chat("2");

        assert_eq!(life.invited_agent("2"), "ada");
    }

    #[test]
    fn another_reason_does_not_begin_the_pause_anew() {
        let mut life = Life::new();
        life.login("ada", Wanted::NotReady { reason: "lunch".into() });
        life.wait_seconds(5);
        let change = |reason: &str| Command::ChangeReason {
            agent: "ada".into(),
            media: "chat".into(),
            reason: reason.into(),
        };

        life.wish(change("meeting"));

        let ada = life.domain.agent(&"ada".into()).unwrap();
        let MediaState::NotReady { since, reason, .. } = &ada.media[&"chat".into()] else {
            panic!("{ada:?}")
        };
        assert_eq!((*since, reason.as_str()), (Millis(1_000_000), "meeting"));
        life.wish(Command::Ready { agent: "ada".into(), media: "chat".into() });
        assert!(matches!(life.refused(change("x")), Rejection::HasNoReason { .. }));
    }
}
