//! A domain with a workflow: what becomes of interactions until an agent has them, and afterwards.

use crate::base::{Change, UserData};
use crate::interaction::capacity::Capacity;
use crate::interaction::command::{
    By, Command, Destination, Login, SessionNote, Submission, Wanted,
};
use crate::interaction::effect::{Effect, Warning};
use crate::interaction::profile::Profile;
use crate::interaction::record::Stage;
use crate::interaction::running::{Keeper, Service};
use crate::interaction::support::{Life, chat, connection, goes, joins};
use crate::workflow::Process;
use crate::workflow::command::Answer;
use std::sync::Arc;

#[test]
fn the_shipped_workflow_greets_finds_an_agent_and_ends() {
    let mut life = life_with(Process::shipped().clone());
    skilled(&mut life, "ada", &[], &[]);

    arrives(&mut life, "1", "async-chat-greet-queue");

    assert_eq!(asked(&mut life), ["1 #1 Message"]);
    assert_eq!(life.invited_agent("1"), "nobody");
    answer(&mut life, "1", 1);
    assert_eq!(life.invited_agent("1"), "ada");
    life.accept("1");
    let one = life.domain.interaction(&"1".into()).unwrap();
    assert_eq!((one.queue.0.as_str(), &one.running), ("async-chat-after-queue", &None));
    let attached = UserData::default();
    life.tell("1", [joins("ada"), goes("ada"), SessionNote::Ended { attached, and_stop: false }]);
    assert_eq!(life.stage("1"), Stage::Stopped { reason: "completed".into() });
    life.restart();
}

#[test]
fn whom_his_agent_lets_go_is_brought_to_another_by_the_shipped_workflow() {
    let mut life = life_with(Process::shipped().clone());
    skilled(&mut life, "ada", &[], &[]);
    arrives(&mut life, "1", "async-chat-main-queue");
    life.accept("1");
    skilled(&mut life, "bob", &[], &[]);

    life.wish(Command::Leave { agent: "ada".into(), interaction: "1".into() });

    assert_eq!(queue(&life, "1"), "async-chat-main-queue");
    // It has gone through the queue for what comes back, and the last agent has let it go.
    assert_eq!(life.domain.interaction(&"1".into()).unwrap().last_agent, Some("ada".into()));
    life.wait_seconds(365);
    assert_eq!(life.invited_agent("1"), "bob");
}

#[test]
fn a_chat_that_ends_while_an_agent_is_looked_for_is_offered_to_nobody_any_more() {
    let mut life = life_with(Process::shipped().clone());
    skilled(&mut life, "ada", &[], &[]);
    arrives(&mut life, "1", "async-chat-main-queue");
    assert_eq!(life.invited_agent("1"), "ada");

    life.tell("1", [SessionNote::Ended { attached: UserData::default(), and_stop: false }]);

    assert_eq!(life.stage("1"), Stage::Stopped { reason: "completed".into() });
}

#[test]
fn who_was_still_there_when_the_session_ended_does_not_come_to_handle_it() {
    let mut life = life_with(Process::shipped().clone());
    life.policy.default_capacity = Capacity::of_numbers([("chat".into(), 1)]);
    life.ready_agent("ada");
    arrives(&mut life, "1", "async-chat-main-queue");
    life.accept("1");
    arrives(&mut life, "2", "async-chat-main-queue");
    life.tell("2", [joins("ada")]);
    assert_eq!(life.handlers("2"), [""; 0], "she has no place for it");
    life.wish(Command::NotReady { agent: "ada".into(), media: "chat".into(), reason: "".into() });
    life.stop("1", By::Agent("ada".into()));

    life.tell("2", [SessionNote::Ended { attached: UserData::default(), and_stop: false }]);

    assert_eq!(life.stage("2"), Stage::Stopped { reason: "completed".into() });
}

#[test]
fn what_an_agent_places_on_hold_lies_in_his_workbin_until_the_customer_writes() {
    let mut life = life_with(Process::shipped().clone());
    skilled(&mut life, "ada", &[], &[]);
    arrives(&mut life, "1", "async-chat-main-queue");
    life.accept("1");

    status(&mut life, "1", "-2");
    let (queue_name, by) = ("async-chat-return-queue".into(), By::Agent("ada".into()));
    life.wish(Command::PlaceInQueue { interaction: "1".into(), queue: queue_name, by });

    let Stage::InWorkbin { workbin } = life.stage("1") else { panic!("{:?}", life.stage("1")) };
    assert_eq!(workbin.to_string(), "async-chat-main-workbin of agent ada");
    life.restart_from_snapshot();
    skilled(&mut life, "ada", &[], &[]);
    status(&mut life, "1", "2");
    assert_eq!(life.invited_agent("1"), "ada", "the last agent is asked first");
}

#[test]
fn a_chat_on_hold_whose_time_is_over_is_asked_whether_it_is_still_alive() {
    let mut life = life_with(Process::shipped().clone());
    arrives(&mut life, "1", "async-chat-greet-queue");
    status(&mut life, "1", "-2");
    let check_at = (life.now.seconds() + 100).to_string();
    change(&mut life, "1", "GCTI_Chat_AsyncCheckAt", &check_at);
    answer(&mut life, "1", 1);
    asked(&mut life);

    life.wait_seconds(90);
    assert_eq!(asked(&mut life), Vec::<String>::new());
    life.wait_seconds(35);

    assert_eq!(asked(&mut life), ["1 #2 GetSessionInfo"]);
    fail(&mut life, "1", 2);
    life.wait_seconds(3);
    assert_eq!(asked(&mut life), ["1 #3 GetSessionInfo"]);
    answer(&mut life, "1", 3);
    assert_eq!(life.property("1", "GCTI_Chat_AsyncStatus"), "6");
    assert!(life.domain.interaction(&"1".into()).unwrap().wanted().is_some());
}

#[test]
fn agents_are_found_by_skill_and_group_and_who_fits_nobody_blocks_nobody() {
    let mut life = life_with(process(ROUTES));
    skilled(&mut life, "ada", &["sales"], &[("German", 2)]);

    arrives(&mut life, "1", "german");
    arrives(&mut life, "2", "sales");
    assert_eq!((life.invited_agent("1"), life.invited_agent("2")), pair("nobody", "ada"));
    skilled(&mut life, "bob", &[], &[("German", 5)]);

    assert_eq!((life.invited_agent("1"), life.invited_agent("2")), pair("bob", "ada"));
}

#[test]
fn the_more_urgent_request_comes_first_and_a_growing_one_overtakes_it() {
    let mut life = life_with(process(ROUTES));
    arrives(&mut life, "grows", "growing");
    life.wait_seconds(50 * 60);
    arrives(&mut life, "urgent", "urgent");
    life.policy.default_capacity = Capacity::of_numbers([("chat".into(), 1)]);
    life.login("ada", Wanted::Ready);
    assert_eq!(life.invited_agent("urgent"), "ada", "100 beats 50 minutes");
    life.accept("urgent");
    life.wait_seconds(60 * 60);
    arrives(&mut life, "urgent too", "urgent");

    life.login("bob", Wanted::Ready);

    assert_eq!(life.invited_agent("grows"), "bob", "110 minutes beat 100");
}

#[test]
fn a_supervisor_makes_urgent_what_an_agent_is_looked_for() {
    let mut life = life_with(process(ROUTES));
    life.policy.default_capacity = Capacity::of_numbers([("chat".into(), 1)]);
    arrives(&mut life, "1", "any");
    arrives(&mut life, "2", "any");

    let by = By::Supervisor("eve".into());
    let changed = UserData::default().with("Priority", "9");
    let change = Change { changed, ..Change::default() };
    life.wish(Command::ChangeProperties { interaction: "2".into(), by, change });
    life.ready_agent("ada");

    assert_eq!(life.invited_agent("2"), "ada");
}

#[test]
fn a_view_whose_condition_gives_no_value_is_told_with_its_fault() {
    let mut life = life_with(process(
        "[queues.q]\nviews = [{ name = 'v', condition = \"1 / number(UData['n']) > 0\", strategy = 's' }]\n\
         [strategies.s]\nstart = 'r'\nfault = 'r'\n[strategies.s.blocks]\n\
         r = { do = 'route', targets = ['any'], timeout = 600, timed-out = 'r', queue = 'q' }\n",
    ));

    arrives(&mut life, "1", "q");
    arrives(&mut life, "2", "q");

    let told = life.effects.iter().map(|effect| {
        let Effect::Warn(warning @ Warning::View { .. }) = effect else { panic!("{effect:?}") };
        warning.to_string()
    });
    let fault =
        "view 'v' of queue 'q': '1 / number(UData['n']) > 0' gives no value: it divides by zero";
    assert_eq!(told.collect::<Vec<_>>(), [fault, fault]);
}

#[test]
fn who_has_the_least_to_do_comes_first_where_the_strategy_says_so() {
    let mut life = life_with(process(ROUTES));
    life.ready_agent("ada");
    arrives(&mut life, "1", "any");
    life.accept("1");
    life.ready_agent("bob");
    arrives(&mut life, "2", "any");
    life.accept("2");
    arrives(&mut life, "3", "any");
    life.accept("3");
    // Ada has two of three now, or bob has; whoever has one is asked.
    let load = |agent: &str| life.domain.agent(&agent.into()).unwrap().load(&"chat".into());
    let idle = if load("ada") < load("bob") { "ada" } else { "bob" };

    arrives(&mut life, "4", "least");

    assert_eq!(life.invited_agent("4"), idle);
}

#[test]
fn a_view_gives_no_more_than_its_limit_and_goes_on_when_one_is_through() {
    let mut life = life_with(process(
        "[queues.two]\nviews = [{ name = 'v', strategy = 's', limit = 2 }]\n\
         [strategies.s]\nstart = 'r'\nfault = 'r'\n[strategies.s.blocks]\n\
         r = { do = 'route', targets = ['any'], timeout = 600, timed-out = 'r', queue = 'two' }\n",
    ));
    for id in ["1", "2", "3"] {
        arrives(&mut life, id, "two");
    }
    let in_hand = |life: &Life| {
        let all = life.domain.interactions().filter(|one| one.running.is_some());
        all.map(|one| one.id.0.clone()).collect::<Vec<_>>()
    };
    assert_eq!(in_hand(&life), ["1", "2"]);

    life.ready_agent("ada");
    life.accept("1");

    assert_eq!(in_hand(&life), ["2", "3"]);
}

#[test]
fn what_goes_round_between_queues_rests() {
    let mut life = life_with(process(
        "[queues.a]\nviews = [{ name = 'v', strategy = 'to-b' }]\n\
         [queues.b]\nviews = [{ name = 'v', strategy = 'to-a' }]\n\
         [strategies.to-b]\nstart = 'q'\nblocks = { q = { do = 'queue', queue = 'b' } }\n\
         [strategies.to-a]\nstart = 'q'\nblocks = { q = { do = 'queue', queue = 'a' } }\n",
    ));

    arrives(&mut life, "1", "a");

    assert!(warnings(&mut life).contains("goes round between queues"));
    let n_facts = life.log.len();
    life.wait_seconds(59);
    assert_eq!(life.log.len(), n_facts, "it rests");
    life.wait_seconds(1);
    assert!(n_facts < life.log.len(), "and tries again");
}

#[test]
fn a_question_that_is_open_is_asked_again_by_the_next_process_and_answered_once() {
    let mut life = life_with(Process::shipped().clone());
    skilled(&mut life, "ada", &[], &[]);
    arrives(&mut life, "1", "async-chat-greet-queue");
    asked(&mut life);

    life.restart_from_snapshot();

    assert_eq!(asked(&mut life), ["1 #1 Message"]);
    answer(&mut life, "1", 1);
    let n_facts = life.log.len();
    answer(&mut life, "1", 1);
    assert!(life.log.len() <= n_facts + 1, "the same answer again does nothing");
    life.restart();
    assert_eq!(asked(&mut life), Vec::<String>::new());
}

#[test]
fn no_two_strategies_of_an_interaction_give_their_requests_the_same_number() {
    let mut life = life_with(process(TWICE));
    arrives(&mut life, "1", "a");
    assert_eq!(asked(&mut life), ["1 #1 Message"]);
    answer(&mut life, "1", 1);
    assert_eq!(asked(&mut life), ["1 #2 Message"], "another strategy");

    life.restart_from_snapshot();
    asked(&mut life);
    answer(&mut life, "1", 1);
    let running = life.domain.interaction(&"1".into()).unwrap().running.clone().unwrap();
    assert_eq!(running.script.strategy, "b", "the first answer, late, is none to the second");
    answer(&mut life, "1", 2);

    assert!(life.domain.interaction(&"1".into()).unwrap().wanted().is_some());
}

#[test]
fn without_its_workflow_everything_is_offered_to_everybody_and_back() {
    let mut life = life_with(process(ROUTES));
    arrives(&mut life, "1", "nobody");
    let keeper = |life: &Life| life.domain.interaction(&"1".into()).unwrap().keeper;
    assert_eq!(keeper(&life), Keeper::Views);

    life.policy.workflow = None;
    life.restart();
    life.ready_agent("ada");
    assert_eq!((keeper(&life), life.invited_agent("1")), (Keeper::Routing, "ada".into()));
    life.reject("1");

    life.policy.workflow = Some(Arc::new(process(ROUTES)));
    life.restart_from_snapshot();
    life.ready_agent("bob");
    assert_eq!((keeper(&life), life.invited_agent("1")), (Keeper::Views, "nobody".into()));
}

#[test]
fn a_queue_that_the_workflow_does_not_have_is_offered_to_everybody() {
    let mut life = life_with(process(ROUTES));
    life.ready_agent("ada");

    arrives(&mut life, "1", "somewhere else");

    assert_eq!(life.invited_agent("1"), "ada");
}

#[test]
fn a_refusal_of_the_last_agent_counts_and_the_next_round_goes_to_all() {
    let mut life = life_with(process(ROUTES));
    life.ready_agent("ada");
    arrives(&mut life, "1", "last");
    life.accept("1");
    life.ready_agent("bob");
    life.wish(Command::Leave { agent: "ada".into(), interaction: "1".into() });
    assert_eq!(life.invited_agent("1"), "nobody", "ada has let it go just now");

    life.wait_seconds(30);
    assert_eq!(life.invited_agent("1"), "ada");
    life.reject("1");

    assert_eq!(life.invited_agent("1"), "bob");
}

const TWICE: &str = r#"
[queues.a]
views = [{ name = "v", strategy = "a" }]
[queues.b]
views = [{ name = "v", strategy = "b" }]
[strategies.a]
start = "say"
fault = "on"
[strategies.a.blocks]
say = { do = "esp", method = "Message", parameters = { MessageText = "first" }, ok = "on" }
on = { do = "queue", queue = "b" }
[strategies.b]
start = "say"
fault = "find"
[strategies.b.blocks]
say = { do = "esp", method = "Message", parameters = { MessageText = "second" }, ok = "find" }
find = { do = "route", targets = ["any"], timeout = 600, timed-out = "find", queue = "b" }
"#;

pub(super) const ROUTES: &str = r#"
[queues.german]
views = [{ name = "v", strategy = "german" }]
[queues.sales]
views = [{ name = "v", strategy = "sales" }]
[queues.any]
views = [{ name = "v", strategy = "any" }]
[queues.growing]
views = [{ name = "v", strategy = "growing" }]
[queues.urgent]
views = [{ name = "v", strategy = "urgent" }]
[queues.least]
views = [{ name = "v", strategy = "least" }]
[queues.last]
views = [{ name = "v", strategy = "last" }]
[queues.nobody]
[strategies.german]
start = "r"
fault = "r"
blocks = { r = { do = "route", targets = [{ skill = "Skill['German'] >= 5" }], timeout = 600, timed-out = "r", queue = "any" } }
[strategies.sales]
start = "r"
fault = "r"
blocks = { r = { do = "route", targets = [{ group = "sales" }], timeout = 600, timed-out = "r", queue = "any" } }
[strategies.any]
start = "r"
fault = "r"
blocks = { r = { do = "route", targets = ["any"], timeout = 6000, timed-out = "r", queue = "any" } }
[strategies.growing]
start = "r"
fault = "r"
blocks = { r = { do = "route", targets = ["any"], timeout = 600, timed-out = "r", queue = "any", priority-growth = 1 } }
[strategies.urgent]
start = "r"
fault = "r"
blocks = { r = { do = "route", targets = ["any"], timeout = 600, timed-out = "r", queue = "any", priority = 100 } }
[strategies.least]
start = "r"
fault = "r"
blocks = { r = { do = "route", targets = ["any"], timeout = 600, timed-out = "r", queue = "any", selection = "least-occupied" } }
[strategies.last]
start = "r"
fault = "r"
blocks = { r = { do = "route", targets = ["any"], timeout = 600, timed-out = "r", queue = "last", last-agent = { attempts = 1, seconds = 300 } } }
"#;

pub(super) fn process(text: &str) -> Process {
    let reading = Process::read(text);
    assert!(reading.is_usable(), "{:?}", reading.findings);
    reading.process
}

pub(super) fn life_with(process: Process) -> Life {
    let mut life = Life::new();
    life.policy.workflow = Some(Arc::new(process));
    life
}

pub(super) fn skilled(life: &mut Life, agent: &str, groups: &[&str], skills: &[(&str, u32)]) {
    let groups = groups.iter().map(|name| (*name).into()).collect();
    let skills = skills.iter().map(|(name, level)| ((*name).into(), *level)).collect();
    let (begun, place, media) = (None, None, vec![("chat".into(), Wanted::Ready)]);
    let (agent, connection) = (agent.into(), connection(agent));
    let profile = Profile { groups, skills };
    life.wish(Command::AgentLogin(Login { agent, connection, begun, place, profile, media }));
}

pub(super) fn arrives(life: &mut Life, id: &str, queue: &str) {
    let to = Destination::Queue(queue.into());
    life.wish(Command::Submit(Submission { to, ..chat(id) }));
}

fn status(life: &mut Life, id: &str, status: &str) {
    change(life, id, "GCTI_Chat_AsyncStatus", status);
}

pub(super) fn change(life: &mut Life, id: &str, key: &str, value: &str) {
    let changed = UserData::default().with(key, value);
    let (interaction, by) = (id.into(), By::Operator);
    let change = Change { changed, ..Change::default() };
    life.wish(Command::ChangeProperties { interaction, by, change });
}

/// What was asked of other houses since the last time.
fn asked(life: &mut Life) -> Vec<String> {
    let effects = std::mem::take(&mut life.effects);
    let asked = effects.into_iter().filter_map(|effect| match effect {
        Effect::AskService { interaction, request, service: Service::Esp(esp), .. } => {
            Some(format!("{interaction} #{request} {}", esp.method))
        }
        Effect::AskService { .. } | Effect::InteractionStopped { .. } | Effect::Warn(_) => None,
    });
    asked.collect()
}

pub(super) fn warnings(life: &mut Life) -> String {
    let effects = std::mem::take(&mut life.effects);
    let warnings = effects.into_iter().filter_map(|effect| match effect {
        Effect::Warn(warning) => Some(warning.to_string()),
        Effect::AskService { .. } | Effect::InteractionStopped { .. } => None,
    });
    warnings.collect()
}

fn answer(life: &mut Life, id: &str, request: u64) {
    answered(life, id, (request, Answer::Done(UserData::default())));
}

fn fail(life: &mut Life, id: &str, request: u64) {
    answered(life, id, (request, Answer::Failed("gone".into())));
}

pub(super) fn answered(life: &mut Life, id: &str, (request, answer): (u64, Answer)) {
    life.wish(Command::ServiceAnswered { interaction: id.into(), request, answer });
}

fn queue(life: &Life, id: &str) -> String {
    life.domain.interaction(&id.into()).unwrap().queue.0.clone()
}

fn pair(first: &str, second: &str) -> (String, String) {
    (first.into(), second.into())
}
