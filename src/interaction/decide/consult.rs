//! Agents consult colleagues: a child of what they handle is offered to one, or waits in a queue for
//! whoever is free. It ends with either of them, and with the parent in the hands of the one who asked.

use crate::base::{AgentId, InteractionId, UserData};
use crate::interaction::command::{Answer, By};
use crate::interaction::consultation::{Consultation, Consulted, InteractionType};
use crate::interaction::decide::invite::check_target;
use crate::interaction::decide::release::release;
use crate::interaction::decide::{check_right, living, logged_in, place};
use crate::interaction::draft::Draft;
use crate::interaction::error::Rejection;
use crate::interaction::event::{Attributes, Fact, Nature, RemoveReason, RevokeReason};
use crate::interaction::ids::{ServerName, Ticket};
use crate::interaction::party::{Errand, Operation, Part};
use crate::interaction::property;
use crate::interaction::record::{Interaction, Stage};

/// Where a strategy finds the parent.
const PARENT_ID: &str = "ParentId";
/// Nobody's account: names of accounts have no colon.
const SUBMITTED_BY: &str = "agent:consultation";

/// Questions about one interaction at a time; each has a copy of its properties.
const MOST_OPEN: usize = 10;

const REFUSED: &str = "nobody came";
const DONE: &str = "consultation ended";
const PARENT_GONE: &str = "parent gone";

pub(super) fn consult(
    draft: &mut Draft<'_>,
    (agent, parent): (AgentId, InteractionId),
    (whom, part): (Consulted, Part),
) -> Result<Answer, Rejection> {
    logged_in(draft, &agent)?;
    let one = living(draft, &parent)?;
    check_right(&one, &By::Agent(agent.clone()))?;
    if one.attributes.consultation.is_some() || part == Part::Monitor {
        return Err(Rejection::NoConsultation(parent));
    }
    let consultation = Consultation { parent, by: agent, part };
    if let Some(open) = repeated(draft, &one, (&consultation, &whom)) {
        return Ok(open);
    }
    if let Consulted::Agent(to) = &whom {
        if one.parties.contains_key(to) {
            let (interaction, agent) = (one.id.clone(), to.clone());
            return Err(Rejection::PartyAlready { interaction, agent });
        }
        check_target(draft, &one, (to, part))?;
    }
    if let Consulted::Queue(queue) = &whom {
        draft.policy().check_queue_of_agents(queue)?;
    }
    if MOST_OPEN <= one.consultations.len() {
        return Err(Rejection::TooManyConsultations(MOST_OPEN));
    }
    Ok(begin(draft, &one, (consultation, whom)))
}

/// Asked again, it is the one that is open.
fn repeated(
    draft: &Draft<'_>,
    parent: &Interaction,
    (consultation, whom): (&Consultation, &Consulted),
) -> Option<Answer> {
    let children = parent.consultations.iter().filter_map(|id| draft.domain().interaction(id));
    let mut same =
        children.filter(|one| one.attributes.consultation.as_ref() == Some(consultation));
    same.find_map(|one| {
        let open = one.invited();
        let is_his = |agent: &AgentId| {
            one.is_handled_by(agent) || open.is_some_and(|(invited, _)| invited == agent)
        };
        let is_open = match whom {
            Consulted::Agent(agent) => one.queue.0.is_empty() && is_his(agent),
            Consulted::Queue(queue) => one.queue == *queue && one.stage != Stage::Handling,
        };
        let ticket = open.map(|(_, ticket)| ticket).filter(|_| one.queue.0.is_empty());
        is_open.then(|| Answer::Consulted { interaction: one.id.clone(), ticket })
    })
}

fn begin(
    draft: &mut Draft<'_>,
    parent: &Interaction,
    (consultation, whom): (Consultation, Consulted),
) -> Answer {
    let id = new_name(draft, &parent.id);
    let by = consultation.by.clone();
    let attributes = Attributes {
        submitted_by: ServerName::from(SUBMITTED_BY),
        media: parent.attributes.media.clone(),
        tenant: parent.attributes.tenant.clone(),
        subtype: Consultation::subtype(consultation.part).to_owned(),
        received_at: draft.now(),
        nature: Nature::Work,
        key: None,
        owner: None,
        kind: InteractionType::Internal,
        consultation: Some(consultation),
        digest: None,
    };
    let (interaction, user_data) = (id.clone(), data_of(parent));
    draft.record(Fact::InteractionSubmitted { interaction, attributes, user_data });
    let ticket = match whom {
        Consulted::Queue(queue) => {
            place::into_queue(draft, &id, queue);
            None
        }
        Consulted::Agent(agent) => {
            let ticket = Ticket(draft.next_position());
            let deadline = draft.now() + draft.policy().delivering_timeout;
            let (inviter, operation) = (Some(by), Operation::Conference);
            let errand = Errand { inviter, operation, part: Part::Handler };
            let interaction = id.clone();
            draft.record(Fact::Invited {
                ticket,
                interaction,
                agent,
                deadline,
                errand,
                choice: None,
            });
            Some(ticket)
        }
    };
    Answer::Consulted { interaction: id, ticket }
}

/// Positions are used once, so such a name is taken only if somebody chose it by hand.
fn new_name(draft: &Draft<'_>, parent: &InteractionId) -> InteractionId {
    let mut id = format!("{parent}-consult-{}", draft.next_position());
    while draft.domain().interaction(&InteractionId(id.clone())).is_some() {
        id.push('x');
    }
    InteractionId(id)
}

/// What the colleague must know, with the way into the chat; not what steers the parent's own way.
fn data_of(parent: &Interaction) -> UserData {
    let own = |key: &str| {
        !property::is_for_operation(key)
            && key != property::IS_ONLINE
            && !key.starts_with("GCTI_Chat_Async")
    };
    let copied = parent.user_data.0.iter().filter(|(key, _)| own(key));
    let copied = copied.map(|(key, value)| (key.clone(), value.clone())).collect();
    UserData(copied).with(PARENT_ID, parent.id.0.as_str())
}

/// Says what becomes of a consultation that nobody handles any more, or that has lost its parent.
pub(super) fn settle(draft: &mut Draft<'_>, one: &Interaction) {
    if one.is_stopped() {
        return;
    }
    if !has_parent(draft, one) {
        return end(draft, &one.id, PARENT_GONE);
    }
    match one.stage {
        Stage::Handling if one.handlers().next().is_none() => end(draft, &one.id, DONE),
        // Whom it was for has not come, and it has no queue to wait in for others.
        Stage::Queued if one.queue.0.is_empty() => end(draft, &one.id, REFUSED),
        Stage::Handling
        | Stage::Queued
        | Stage::Inviting { .. }
        | Stage::InWorkbin { .. }
        | Stage::Stopped { .. } => {}
    }
}

/// The same for all that are about an interaction.
pub(super) fn settle_those_about(draft: &mut Draft<'_>, parent: &InteractionId) {
    let Some(one) = draft.domain().interaction(parent).cloned() else { return };
    for id in &one.consultations {
        if let Some(child) = draft.domain().interaction(id).cloned() {
            settle(draft, &child);
        }
    }
}

fn has_parent(draft: &Draft<'_>, one: &Interaction) -> bool {
    let Some(Consultation { parent, by, .. }) = &one.attributes.consultation else { return false };
    let parent = draft.domain().interaction(parent);
    parent.is_some_and(|parent| !parent.is_stopped() && parent.is_handled_by(by))
}

fn end(draft: &mut Draft<'_>, id: &InteractionId, reason: &str) {
    release(draft, id, (RevokeReason::Stopped, RemoveReason::Stopped));
    let (interaction, reason) = (id.clone(), reason.to_owned());
    draft.record(Fact::ProcessingStopped { interaction, reason });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interaction::command::{Command, SessionNote};
    use crate::interaction::support::Life;

    #[test]
    fn a_consultation_is_a_child_that_takes_a_place_of_whoever_is_asked() {
        let mut life = handled();
        life.ready_agent("bob");

        let child = consults(&mut life, Consulted::Agent("bob".into()));

        let one = life.domain.interaction(&child).unwrap().clone();
        assert_eq!(one.attributes.kind, InteractionType::Internal);
        assert_eq!(one.attributes.subtype, "InternalConsultInvite");
        assert_eq!(one.user_data.text(PARENT_ID).as_deref(), Some("1"));
        assert_eq!(one.user_data.text("ChatServerHost").as_deref(), Some("node-a"));
        assert_eq!(one.user_data.text("IsOnline"), None);
        life.accept(&child.0);
        assert_eq!(
            (life.handlers("1"), life.handlers(&child.0)),
            (vec!["ada".into()], vec!["bob".into()])
        );
        assert_eq!(life.domain.agent(&"bob".into()).unwrap().load(&"chat".into()), 1);
    }

    #[test]
    fn asked_again_it_is_the_same_one() {
        let mut life = handled();
        life.ready_agent("bob");
        for whom in [Consulted::Agent("bob".into()), Consulted::Queue("second-level".into())] {
            let first = life.wish(wish(whom.clone()));
            assert_eq!(life.wish(wish(whom)), first);
        }
        assert_eq!(life.domain.interactions().count(), 3);
    }

    #[test]
    fn whoever_is_not_free_or_has_it_is_not_asked() {
        let mut life = handled();
        let to = |agent: &str| Consulted::Agent(agent.into());
        assert!(matches!(life.refused(wish(to("bob"))), Rejection::NotLoggedIn(_)));
        assert!(matches!(life.refused(wish(to("ada"))), Rejection::PartyAlready { .. }));
        life.ready_agent("bob");
        let child = consults(&mut life, to("bob"));
        life.accept(&child.0);

        let (agent, part) = ("bob".into(), Part::Coach);
        let about = Command::Consult { agent, interaction: child.clone(), whom: to("ada"), part };
        assert_eq!(life.refused(about), Rejection::NoConsultation(child));
    }

    #[test]
    fn who_asks_is_not_offered_his_own_question() {
        let mut life = handled();

        let child = consults(&mut life, Consulted::Queue("second-level".into()));
        assert_eq!(life.invited_agent(&child.0), "nobody");
        life.ready_agent("bob");

        assert_eq!(life.invited_agent(&child.0), "bob");
        life.reject(&child.0);
        assert_eq!(life.stage(&child.0), Stage::Queued, "it waits for others");
    }

    #[test]
    fn a_refusal_a_silence_and_either_of_both_end_it_and_the_parent_goes_on() {
        type End = fn(&mut Life, &InteractionId);
        let ends: [(&str, End); 5] = [
            (REFUSED, |life, child| life.reject(&child.0)),
            (REFUSED, |life, _| life.wait_seconds(30)),
            ("done", |life, child| life.stop(&child.0, By::Agent("ada".into()))),
            (DONE, |life, child| {
                life.accept(&child.0);
                life.wish(Command::Leave { agent: "bob".into(), interaction: child.clone() });
            }),
            (DONE, |life, child| {
                life.accept(&child.0);
                life.wish(Command::AgentLogout { agent: "bob".into() });
            }),
        ];
        for (expected, end) in ends {
            let mut life = handled();
            life.ready_agent("bob");
            let child = consults(&mut life, Consulted::Agent("bob".into()));

            end(&mut life, &child);

            assert_eq!(life.stage(&child.0), Stage::Stopped { reason: expected.into() });
            assert_eq!(life.handlers("1"), ["ada"]);
            let parent = life.domain.interaction(&"1".into()).unwrap();
            assert!(parent.consultations.is_empty());
        }
    }

    #[test]
    fn it_ends_when_whoever_asked_has_the_parent_no_more() {
        type End = fn(&mut Life);
        let ends: [End; 4] = [
            |life| life.stop("1", By::Agent("ada".into())),
            |life| {
                let (interaction, by) = ("1".into(), By::Agent("ada".into()));
                life.wish(Command::PlaceInQueue { interaction, queue: "other".into(), by });
            },
            |life| {
                life.wish(Command::AgentLogout { agent: "ada".into() });
            },
            |life| life.wait_seconds(3 * 60 * 60),
        ];
        for end in ends {
            for accepts in [true, false] {
                let mut life = handled();
                life.ready_agent("bob");
                let whom = Consulted::Queue("second-level".into());
                let child = consults(&mut life, whom);
                if accepts {
                    life.accept(&child.0);
                } else {
                    life.reject(&child.0);
                    life.wish(Command::AgentLogout { agent: "bob".into() });
                }

                end(&mut life);

                assert!(matches!(life.stage(&child.0), Stage::Stopped { .. }));
                life.restart();
                life.restart_from_snapshot();
            }
        }
    }

    #[test]
    fn a_chat_that_ends_leaves_its_agent_the_time_to_finish_his_question() {
        let mut life = handled();
        life.ready_agent("bob");
        let child = consults(&mut life, Consulted::Agent("bob".into()));
        life.accept(&child.0);

        life.tell("1", [SessionNote::Ended { attached: UserData::default(), and_stop: false }]);
        assert_eq!(life.handlers(&child.0), ["bob"]);
        life.wish(Command::Leave { agent: "ada".into(), interaction: "1".into() });

        assert!(matches!(life.stage(&child.0), Stage::Stopped { .. }));
    }

    fn handled() -> Life {
        let mut life = Life::new();
        life.ready_agent("ada");
        life.chat("1");
        life.accept("1");
        life
    }

    fn wish(whom: Consulted) -> Command {
        let (agent, interaction) = ("ada".into(), "1".into());
        Command::Consult { agent, interaction, whom, part: Part::Coach }
    }

    fn consults(life: &mut Life, whom: Consulted) -> InteractionId {
        let Answer::Consulted { interaction, .. } = life.wish(wish(whom)) else { panic!() };
        interaction
    }
}
