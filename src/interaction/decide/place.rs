//! Interactions leave an agent: he goes, places them in a queue, or they are done.

use crate::base::{AgentId, InteractionId};
use crate::interaction::command::{Answer, By};
use crate::interaction::decide::release::release;
use crate::interaction::decide::{check_right, known, logged_in};
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Fact, RemoveReason, RevokeReason};
use crate::interaction::ids::QueueName;
use crate::interaction::record::Interaction;
use crate::interaction::workbin::Workbin;

pub(super) fn leave(
    draft: &mut Draft<'_>,
    agent: AgentId,
    interaction: InteractionId,
) -> Result<Answer, Rejection> {
    logged_in(draft, &agent)?;
    if !known(draft, &interaction)?.parties.contains_key(&agent) {
        return Err(Rejection::NotYours { interaction, agent });
    }
    let reason = RemoveReason::Left;
    draft.record(Fact::PartyRemoved { interaction, agent, reason });
    Ok(Answer::Done)
}

/// Stopping twice is no fault: whoever asks again did not hear the first answer.
pub(super) fn stop(
    draft: &mut Draft<'_>,
    interaction: &InteractionId,
    by: &By,
    reason: String,
) -> Result<Answer, Rejection> {
    let one = known(draft, interaction)?;
    if one.is_stopped() {
        return Ok(Answer::Done);
    }
    if !is_his_question(&one, by) {
        check_right(&one, by)?;
    }
    end(draft, interaction, reason);
    Ok(Answer::Done)
}

/// Takes it from whoever has it or is asked to take it, and stops it.
pub(super) fn end(draft: &mut Draft<'_>, id: &InteractionId, reason: String) {
    release(draft, id, (RevokeReason::Stopped, RemoveReason::Stopped));
    draft.record(Fact::ProcessingStopped { interaction: id.clone(), reason });
}

/// Who has asked may think better of it at any time.
fn is_his_question(one: &Interaction, by: &By) -> bool {
    let asked_by = one.attributes.consultation.as_ref().map(|asked| &asked.by);
    match by {
        By::Agent(agent) | By::Supervisor(agent) => asked_by == Some(agent),
        By::MediaServer(_) | By::Operator => false,
    }
}

pub(super) fn place_in_queue(
    draft: &mut Draft<'_>,
    interaction: InteractionId,
    queue: QueueName,
    by: &By,
) -> Result<Answer, Rejection> {
    let one = known(draft, &interaction)?;
    if one.is_stopped() {
        return Err(Rejection::Stopped(interaction));
    }
    check_right(&one, by)?;
    if let By::Agent(_) = by {
        draft.policy().check_queue_of_agents(&queue)?;
    }
    release(draft, &interaction, (RevokeReason::Moved, RemoveReason::PlacedInQueue));
    into_queue(draft, &interaction, queue);
    Ok(Answer::Done)
}

/// To the end of a queue. Nobody has it any more.
pub(super) fn into_queue(draft: &mut Draft<'_>, id: &InteractionId, queue: QueueName) {
    let keeper = draft.policy().keeper_of(&queue);
    draft.record(Fact::PlacedInQueue { interaction: id.clone(), queue, keeper });
}

/// Into a workbin. Nobody has it any more.
pub(super) fn into_workbin(draft: &mut Draft<'_>, id: &InteractionId, workbin: Workbin) {
    let queue = draft.policy().queue_of_workbin(&workbin.name);
    draft.record(Fact::PlacedInWorkbin { interaction: id.clone(), workbin, queue });
}

#[cfg(test)]
mod tests {
    use crate::interaction::command::{By, Command};
    use crate::interaction::effect::Effect;
    use crate::interaction::error::Rejection;
    use crate::interaction::record::Stage;
    use crate::interaction::support::Life;

    #[test]
    fn an_agent_marks_done_what_he_handles_and_nothing_else() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        let (interaction, by) = ("1".into(), By::Agent("bob".into()));
        let no = life.refused(Command::Stop { interaction, by, reason: String::new() });
        life.accept("1");

        life.stop("1", By::Agent("ada".into()));
        life.stop("1", By::Agent("ada".into()));

        assert!(matches!(no, Rejection::NotYours { .. }));
        assert!(matches!(life.stage("1"), Stage::Stopped { .. }));
        assert_eq!(life.domain.agent(&"ada".into()).unwrap().load(&"chat".into()), 0);
    }

    #[test]
    fn an_operator_can_stop_anything_and_its_submitter_hears_of_it() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.effects.clear();

        life.stop("1", By::Operator);

        let (interaction, submitted_by) = ("1".into(), "chat".into());
        let stopped =
            Effect::InteractionStopped { interaction, submitted_by, reason: "done".into() };
        assert_eq!(life.effects, vec![stopped.clone()]);
        life.effects.clear();
        life.restart();
        assert_eq!(life.effects, vec![stopped], "a session that runs may not have heard");
    }

    #[test]
    fn a_chat_placed_in_another_queue_goes_to_another_agent() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        life.ready_agent("bob");

        let (interaction, by) = ("1".into(), By::Agent("ada".into()));
        life.wish(Command::PlaceInQueue { interaction, queue: "second-level".into(), by });

        assert_eq!(life.invited_agent("1"), "bob");
        let one = life.domain.interaction(&"1".into()).unwrap();
        assert_eq!(one.queue, "second-level".into());
    }

    #[test]
    fn leaving_what_one_does_not_handle_is_refused() {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");

        let no = life.refused(Command::Leave { agent: "ada".into(), interaction: "1".into() });

        assert_eq!(no.to_string(), "interaction '1' is not handled by agent 'ada'");
    }

    #[test]
    fn a_stopped_interaction_is_forgotten_after_a_while_but_not_before_its_session_ended() {
        let mut life = Life::new();
        life.chat("1");
        life.chat("2");
        life.stop("1", By::Operator);
        life.stop("2", By::Operator);

        life.tell(
            "1",
            [crate::interaction::SessionNote::Ended {
                attached: Default::default(),
                and_stop: false,
            }],
        );
        life.wait_seconds(2 * 60 * 60);

        assert!(life.domain.interaction(&"1".into()).is_none());
        assert!(life.domain.interaction(&"2".into()).is_some());
    }
}
