//! Random histories of a domain with the shipped workflow: whatever happens in whatever order, nothing
//! is stranded, nobody is offered what he is not looked for, and what is replayed is what was lived.

use super::tests::{answered, change, life_with, skilled};
use crate::base::UserData;
use crate::interaction::command::{By, Command, Destination, SessionNote, Submission};
use crate::interaction::effect::Effect;
use crate::interaction::record::Stage;
use crate::interaction::route_checks;
use crate::interaction::routing;
use crate::interaction::statistics::recount;
use crate::interaction::support::{Life, chat, goes, joins};
use crate::workflow::Process;
use crate::workflow::command::Answer;
use proptest::prelude::*;
use std::time::Duration;

const AGENTS: [&str; 3] = ["ada", "bob", "cyd"];

/// One thing that happens, to one of few chats, by one of few agents.
#[derive(Clone, Debug)]
enum Event {
    Arrives { queue: usize },
    LogsIn,
    LogsOut,
    Accepts,
    Rejects,
    Leaves,
    Holds,
    Writes,
    JoinsAndGoes,
    Ends,
    IsAnswered { well: bool },
    Passes { seconds: u64 },
    IsMoved { queue: usize },
    Restarts,
    IsStoppedByAnOperator,
}

const QUEUES: [&str; 5] = [
    "async-chat-greet-queue",
    "async-chat-main-queue",
    "async-chat-return-queue",
    "async-chat-after-queue",
    "somewhere-else",
];

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => (0..QUEUES.len()).prop_map(|queue| Event::Arrives { queue }),
        3 => Just(Event::LogsIn),
        1 => Just(Event::LogsOut),
        5 => Just(Event::Accepts),
        2 => Just(Event::Rejects),
        2 => Just(Event::Leaves),
        2 => Just(Event::Holds),
        2 => Just(Event::Writes),
        1 => Just(Event::JoinsAndGoes),
        2 => Just(Event::Ends),
        4 => any::<bool>().prop_map(|well| Event::IsAnswered { well }),
        4 => (1..200_u64).prop_map(|seconds| Event::Passes { seconds }),
        1 => (0..QUEUES.len()).prop_map(|queue| Event::IsMoved { queue }),
        1 => Just(Event::Restarts),
        1 => Just(Event::IsStoppedByAnOperator),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn nothing_is_stranded(
        history in prop::collection::vec((event(), 0..6_usize, 0..AGENTS.len()), 1..60),
    ) {
        let mut life = life_with(Process::shipped().clone());
        for (event, chat, agent) in history {
            happen(&mut life, &event, (&chat.to_string(), AGENTS[agent]));
            check(&life);
        }
        count_again(&life);
        life.restart();
        life.restart_from_snapshot();
        count_again(&life);
        end_well(&mut life);
        count_again(&life);
        route_checks::check(&life);
    }
}

fn happen(life: &mut Life, event: &Event, (id, agent): (&str, &str)) {
    let known = life.domain.interaction(&id.into()).cloned();
    if let Event::Arrives { queue } = event {
        if known.is_none() {
            let to = Destination::Queue(QUEUES[*queue].into());
            life.wish(Command::Submit(Submission { to, ..chat(id) }));
        }
        return;
    }
    let command = match event {
        Event::LogsIn => return skilled(life, agent, &[], &[]),
        Event::LogsOut => Command::AgentLogout { agent: agent.into() },
        Event::Passes { seconds } => {
            life.wait(Duration::from_secs(*seconds));
            return;
        }
        Event::Restarts => return life.restart_from_snapshot(),
        _ if known.as_ref().is_none_or(|one| one.is_stopped()) => return,
        Event::Accepts | Event::Rejects => {
            let Some((agent, ticket)) = life.invited(id) else { return };
            let (agent, reason) = (agent.as_str().into(), String::new());
            if matches!(event, Event::Accepts) {
                Command::Accept { agent, ticket }
            } else {
                Command::Reject { agent, ticket, reason }
            }
        }
        Event::Leaves => Command::Leave { agent: agent.into(), interaction: id.into() },
        Event::Holds => {
            change(life, id, "GCTI_Chat_AsyncStatus", "-2");
            let (queue, by) = ("async-chat-return-queue".into(), By::Agent(agent.into()));
            Command::PlaceInQueue { interaction: id.into(), queue, by }
        }
        Event::Writes => return change(life, id, "GCTI_Chat_AsyncStatus", "2"),
        Event::JoinsAndGoes => {
            life.tell(id, [joins(agent), goes(agent)]);
            return;
        }
        Event::Ends => {
            if known.is_some_and(|one| one.is_online()) {
                life.tell(
                    id,
                    [SessionNote::Ended { attached: UserData::default(), and_stop: false }],
                );
            }
            return;
        }
        Event::IsAnswered { well } => {
            let running = known.as_ref().and_then(|one| one.running.as_ref());
            let Some((request, _)) = running.and_then(|running| running.service()) else { return };
            let answer = if *well {
                Answer::Done(UserData::default())
            } else {
                Answer::Failed("gone".into())
            };
            return answered(life, id, (request, answer));
        }
        Event::IsMoved { queue } => {
            let queue = QUEUES[*queue].into();
            Command::PlaceInQueue { interaction: id.into(), queue, by: By::Operator }
        }
        Event::IsStoppedByAnOperator => {
            let (by, reason) = (By::Operator, "done".to_owned());
            Command::Stop { interaction: id.into(), by, reason }
        }
        Event::Arrives { .. } => return,
    };
    // What is not allowed at this moment is refused, and that is all.
    let _refused = life.perform(command);
}

/// Promises that hold between wishes.
fn check(life: &Life) {
    for one in life.domain.interactions() {
        let id = &one.id;
        match &one.stage {
            Stage::Queued => {
                let waits = one.running.as_ref().map(|running| running.script.next_deadline());
                assert!(waits != Some(None), "{id}: its strategy waits for nothing: {one:?}");
                let is_left = life.domain.left_to_views_of(&one.queue).any(|left| left == id);
                assert_eq!(is_left, one.is_left_to_views(), "{id}");
                let is_routable = life.domain.routable().all().any(|routed| routed == id);
                let is_in_hand = one.running.is_some();
                assert!(is_left || is_routable || is_in_hand, "{id} is with nobody: {one:?}");
            }
            Stage::Inviting { agent, errand, .. } => {
                let him = life.domain.agent(agent).unwrap();
                let wanted = one.wanted().filter(|_| errand.inviter.is_none());
                let fits = |request| routing::fits(him, request, &one.brief(), life.now);
                assert!(wanted.is_none_or(fits), "{id} is offered to {agent}, who is not wanted");
                assert!(one.is_online(), "{id} is offered after its end");
            }
            Stage::Handling => {
                assert_eq!(one.running, None, "{id} is handled and in a strategy's hands");
                assert!(one.handlers().next().is_some(), "{id} is handled by nobody");
            }
            Stage::InWorkbin { .. } => assert_eq!(one.running, None, "{id}"),
            Stage::Stopped { .. } => assert_eq!(one.running, None, "{id}"),
        }
    }
}

/// The figures that are kept, of views too, are those of the whole log.
fn count_again(life: &Life) {
    let workflow = life.policy.workflow.as_deref();
    let counted = recount::real_time(&life.events(), workflow, life.now);
    assert_eq!(recount::bare(life.real_time()), recount::bare(counted));
}

/// All sessions end, every question is answered, time goes by: nothing is left over.
fn end_well(life: &mut Life) {
    for agent in AGENTS {
        let _not_there = life.perform(Command::AgentLogout { agent: agent.into() });
    }
    let ids: Vec<_> = life.domain.interactions().map(|one| one.id.clone()).collect();
    for id in &ids {
        if life.domain.interaction(id).is_some_and(|one| one.is_online()) {
            life.tell(
                id.as_str(),
                [SessionNote::Ended { attached: UserData::default(), and_stop: false }],
            );
        }
    }
    for _ in 0..20 {
        let asked =
            std::mem::take(&mut life.effects).into_iter().filter_map(|effect| match effect {
                Effect::AskService { interaction, request, .. } => Some((interaction, request)),
                Effect::InteractionStopped { .. } | Effect::Warn(_) => None,
            });
        for (id, request) in asked.collect::<Vec<_>>() {
            if life.domain.interaction(&id).is_some() {
                answered(life, id.as_str(), (request, Answer::Failed("gone".into())));
            }
        }
        life.wait_seconds(61);
    }
    for one in life.domain.interactions() {
        assert!(one.is_stopped(), "{} is left over: {one:?}", one.id);
    }
}
