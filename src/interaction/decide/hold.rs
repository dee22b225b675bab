//! Who handles an interaction may keep its customer waiting. It stays with him, and takes his place; or
//! it is placed on hold, where his options say, until its customer or somebody else wakes it.

use crate::base::{AgentId, InteractionId};
use crate::interaction::command::{Answer, By};
use crate::interaction::decide::release::release;
use crate::interaction::decide::{check_right, living, logged_in, place};
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Fact, RemoveReason, RevokeReason};
use crate::interaction::ids::QueueName;
use crate::interaction::record::Interaction;
use crate::interaction::scope::{Whom, on_hold_queue, on_hold_workbin};
use crate::interaction::workbin::{Owner, Workbin};

pub(super) fn hold(
    draft: &mut Draft<'_>,
    agent: AgentId,
    interaction: InteractionId,
) -> Result<Answer, Rejection> {
    logged_in(draft, &agent)?;
    let one = living(draft, &interaction)?;
    check_right(&one, &By::Agent(agent.clone()))?;
    if one.held_at.is_none() {
        draft.record(Fact::InteractionHeld { interaction, agent });
    }
    Ok(Answer::Done)
}

pub(super) fn end(
    draft: &mut Draft<'_>,
    agent: AgentId,
    interaction: InteractionId,
) -> Result<Answer, Rejection> {
    logged_in(draft, &agent)?;
    let one = living(draft, &interaction)?;
    check_right(&one, &By::Agent(agent.clone()))?;
    if one.held_at.is_some() {
        draft.record(Fact::InteractionResumed { interaction, agent });
    }
    Ok(Answer::Done)
}

/// A queue has the word before a workbin: from there a strategy may go on.
pub(super) fn place_on_hold(
    draft: &mut Draft<'_>,
    agent: AgentId,
    interaction: &InteractionId,
) -> Result<Answer, Rejection> {
    let him = logged_in(draft, &agent)?;
    let one = living(draft, interaction)?;
    check_right(&one, &By::Agent(agent.clone()))?;
    // A question is asked of him: it waits for nobody's customer.
    if one.attributes.consultation.is_some() {
        return Err(Rejection::NoConsultation(interaction.clone()));
    }
    let media = &one.attributes.media;
    let set = |option: String| option_for(draft, (&one, Whom::at_desk(&him)), &option);
    if let Some(queue) = set(on_hold_queue(media)) {
        release(draft, interaction, (RevokeReason::Moved, RemoveReason::PlacedInQueue));
        place::into_queue(draft, interaction, QueueName(queue));
    } else if let Some(name) = set(on_hold_workbin(media)) {
        let workbin = Workbin { name, owner: Owner::Agent(agent) };
        release(draft, interaction, (RevokeReason::Moved, RemoveReason::PlacedInWorkbin));
        place::into_workbin(draft, interaction, workbin);
    } else {
        return Err(Rejection::NoPlaceOnHold { agent, media: media.clone() });
    }
    Ok(Answer::Done)
}

/// What a strategy has said of this interaction, or else what is set for the agent. Whoever says an
/// empty text has spoken, and wants none.
fn option_for(
    draft: &Draft<'_>,
    (one, whom): (&Interaction, Whom<'_>),
    option: &str,
) -> Option<String> {
    let of_strategy = one.user_data.text(option);
    let set = || draft.policy().scopes.option(whom, option).map(|(_, value)| value.to_owned());
    of_strategy.or_else(set).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::base::UserData;
    use crate::interaction::command::{By, Command, SessionNote};
    use crate::interaction::error::Rejection;
    use crate::interaction::event::Change;
    use crate::interaction::record::Stage;
    use crate::interaction::scope::Scope;
    use crate::interaction::support::{Life, chat};
    use crate::interaction::workbin::{Owner, Workbin};

    const QUEUE: &str = "chat.on-hold-queue";
    const WORKBIN: &str = "workbin.chat.on-hold";

    #[test]
    fn without_a_word_nothing_is_placed_on_hold() {
        let mut life = handling();

        let no = life.refused(on_hold());

        assert_eq!(no, Rejection::NoPlaceOnHold { agent: "ada".into(), media: "chat".into() });
        assert_eq!(life.handlers("1"), ["ada"]);
    }

    #[test]
    fn it_waits_in_the_workbin_of_the_agent_or_rather_in_a_queue() {
        let mut life = handling();
        life.policy.scopes.application = says(WORKBIN, "on hold");
        life.wish(on_hold());

        let workbin = Workbin { name: "on hold".into(), owner: Owner::Agent("ada".into()) };
        assert_eq!(life.stage("1"), Stage::InWorkbin { workbin });
        assert_eq!(life.domain.agent(&"ada".into()).unwrap().load(&"chat".into()), 0);

        let mut life = handling();
        life.policy.scopes.application = says(WORKBIN, "on hold");
        life.policy.scopes.tenants.insert("Environment".into(), says(QUEUE, "return"));
        life.wish(on_hold());
        assert_eq!((life.stage("1"), queue(&life)), (Stage::Queued, "return".to_owned()));
    }

    #[test]
    fn who_wants_no_queue_says_an_empty_one() {
        let mut life = handling();
        life.policy.scopes.application = says(QUEUE, "return");
        life.policy.scopes.agents.insert("ada".into(), says(QUEUE, ""));

        let no = life.refused(on_hold());

        assert!(matches!(no, Rejection::NoPlaceOnHold { .. }));
    }

    #[test]
    fn a_strategy_has_the_last_word_and_a_customer_has_none() {
        let mut submission = chat("1");
        submission.user_data = UserData::default().with(QUEUE, "customer");
        let mut life = Life::new();
        life.policy.scopes.agents.insert("ada".into(), says(QUEUE, "agent"));
        life.ready_agent("ada");
        life.wish(Command::Submit(submission));
        life.accept("1");
        let changed = UserData::default().with(QUEUE, "customer");
        let change = |changed| Change { changed, ..Change::default() };
        life.tell("1", [SessionNote::DataChanged(change(changed.clone()))]);
        let by = By::Agent("ada".into());
        let no = life.refused(Command::ChangeProperties {
            interaction: "1".into(),
            by,
            change: change(changed),
        });
        assert_eq!(no, Rejection::ReservedProperty(QUEUE.into()));
        life.wish(on_hold());
        assert_eq!(queue(&life), "agent");

        let mut life = handling();
        life.policy.scopes.agents.insert("ada".into(), says(QUEUE, "agent"));
        let change = change(UserData::default().with(QUEUE, "strategy"));
        let interaction = "1".into();
        life.wish(Command::ChangeProperties { interaction, by: By::Operator, change });
        life.wish(on_hold());
        assert_eq!(queue(&life), "strategy");
    }

    #[test]
    fn only_who_handles_it_places_it_on_hold() {
        let mut life = handling();
        life.policy.scopes.application = says(QUEUE, "return");
        life.ready_agent("bob");

        let no =
            life.refused(Command::PlaceOnHold { agent: "bob".into(), interaction: "1".into() });

        assert!(matches!(no, Rejection::NotYours { .. }));
    }

    fn handling() -> Life {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        life
    }

    fn on_hold() -> Command {
        Command::PlaceOnHold { agent: "ada".into(), interaction: "1".into() }
    }

    fn says(option: &str, value: &str) -> Scope {
        Scope { options: [(option.into(), value.into())].into(), ..Scope::default() }
    }

    fn queue(life: &Life) -> String {
        life.domain.interaction(&"1".into()).unwrap().queue.0.clone()
    }
}
