//! The process that is shipped, strategy by strategy: what happens to a chat, and what is wished.

use crate::base::expression::{Variable, Variables};
use crate::base::{Millis, UserData};
use crate::workflow::strategy::{self, DEFAULT, Process};
use crate::workflow::support::play as play_with;

const GREET: &str = "async-chat-greet-strategy";
const MAIN: &str = "async-chat-main-strategy";
const RETURN: &str = "async-chat-return-strategy";
const STUCK: &str = "async-chat-stuck-strategy";
const INTERCOM: &str = "async-chat-x-intercom-strategy";
const AFTER: &str = "async-chat-after-strategy";
const STOP: &str = "async-chat-stop-strategy";

#[test]
fn it_has_no_fault_and_no_trap() {
    let findings = Process::read(DEFAULT).findings;

    let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(told, Vec::<String>::new());
}

#[test]
fn a_regular_chat_is_greeted_and_goes_to_the_main_queue() {
    play(
        GREET,
        "given IsOnline=1
         begins => ask #1 Message chat-1 (MessageText=Welcome! An agent will b)
         #1 is answered => attach Chat_Async_LastAgentAttempts=0, Chat_Async_RoutingTimeout=120; queue async-chat-main-queue; ends",
    );
}

#[test]
fn an_asynchronous_chat_is_given_its_rules_and_keeps_those_it_has() {
    play(
        GREET,
        "given GCTI_Chat_AsyncMode=true, Chat_Async_RoutingTimeout=5
         begins => ask #1 Message chat-1 (MessageText=Welcome! An agent will b)
         #1 is answered => attach Chat_Async_LastAgentAttempts=3, Chat_Async_RoutingTimeout=5; queue async-chat-main-queue; ends",
    );
}

#[test]
fn a_rich_welcome_comes_if_it_is_switched_on() {
    play(
        GREET,
        r#"given Chat_Async_SendRichMessage=true
         begins => ask #1 Message chat-1 (MessageText=Welcome! An agent will b)
         #1 is answered => ask #2 Message chat-1 (EventAttributes={"structured-content":{", MessageText=Welcome to our chat)
         #2 fails no => attach Chat_Async_LastAgentAttempts=0, Chat_Async_RoutingTimeout=120; queue async-chat-main-queue; ends"#,
    );
    let process = Process::shipped();
    let Some(strategy::Block::Esp { parameters, .. }) = process.block(GREET, "greet-rich") else {
        panic!("there is no such block");
    };
    let outer: serde_json::Value =
        serde_json::from_str(&parameters["EventAttributes"].to_string()).unwrap();
    let inner = outer["structured-content"]["genesys-chat"]["content"].as_str().unwrap();
    assert!(serde_json::from_str::<serde_json::Value>(inner).is_ok());
}

#[test]
fn a_greeting_that_fails_keeps_nobody_from_an_agent() {
    play(
        GREET,
        "begins => ask #1 Message chat-1 (MessageText=Welcome! An agent will b)
         after 10 s => attach Chat_Async_LastAgentAttempts=0, Chat_Async_RoutingTimeout=120; queue async-chat-main-queue; ends",
    );
}

#[test]
fn a_chat_that_is_over_before_it_is_greeted_is_stopped() {
    play(GREET, "given IsOnline=0\nbegins => queue async-chat-stop-queue; ends");
}

#[test]
fn the_last_agent_is_tried_as_often_as_it_says_and_then_any() {
    play(
        MAIN,
        "given last agent ada; Chat_Async_LastAgentAttempts=2, Chat_Async_RoutingTimeout=5
         begins => attach Chat_Async_LastAgentAttempts=1; route #1 to agent ada until 5 s
         after 5 s => cancel #1; attach Chat_Async_LastAgentAttempts=0; route #2 to agent ada until 10 s
         ada refuses => nothing
         after 5 s => cancel #2; route #3 to any until 130 s
         bob takes it => ends",
    );
}

#[test]
fn a_regular_chat_goes_to_any_agent_and_is_looked_for_again() {
    play(
        MAIN,
        "given Chat_Async_LastAgentAttempts=0
         begins => route #1 to any until 120 s
         after 120 s => cancel #1; route #2 to any until 240 s
         ada takes it => ends",
    );
}

#[test]
fn a_chat_without_rules_is_given_them() {
    play(
        MAIN,
        "begins => attach Chat_Async_LastAgentAttempts=3; route #1 to any until 120 s
         ada takes it => ends",
    );
}

#[test]
fn a_chat_that_ends_while_an_agent_is_looked_for_is_looked_after() {
    play(
        MAIN,
        "given Chat_Async_LastAgentAttempts=0
         begins => route #1 to any until 120 s
         data IsOnline=0 => nothing
         after 120 s => cancel #1; queue async-chat-after-queue; ends",
    );
}

#[test]
fn the_agents_side_is_told_what_the_workflow_does_if_it_is_switched_on() {
    play(
        MAIN,
        "given Chat_Async_LastAgentAttempts=0, Chat_Async_WorkflowDebug=true
         begins => ask #1 Message chat-1 (MessageText=workflow: routing, attem, Visibility=INT)
         #1 fails no => route #2 to any until 120 s",
    );
}

#[test]
fn what_is_put_on_hold_lies_in_its_agents_workbin() {
    play(
        RETURN,
        "given last agent ada; Chat_Async_LastAgentAttempts=0
         begins => attach Chat_Async_LastAgentAttempts=3; workbin async-chat-main-workbin of ada; ends",
    );
    play(
        RETURN,
        "given last agent ada; Chat_Async_KeepInWorkbin=true
         begins => attach Chat_Async_LastAgentAttempts=3; workbin async-chat-kept-workbin of ada; ends",
    );
    play(
        RETURN,
        "begins => attach Chat_Async_LastAgentAttempts=3; queue async-chat-main-queue; ends",
    );
    play(RETURN, "given IsOnline=0\nbegins => queue async-chat-after-queue; ends");
}

#[test]
fn a_stuck_chat_is_brought_back_at_its_server() {
    play(
        STUCK,
        "begins => ask #1 GetSessionInfo chat-1 (InduceRestore=true)
         #1 fails no such session => nothing
         after 2 s => nothing
         after 1 s => ask #2 GetSessionInfo chat-1 (InduceRestore=true)
         #2 gives CreatedAt=1 => attach GCTI_Chat_AsyncStatus=6; queue async-chat-main-queue; ends",
    );
}

#[test]
fn a_stuck_chat_is_brought_back_anywhere_or_given_up() {
    let before = "
        begins => ask #1 GetSessionInfo chat-1 (InduceRestore=true)
        #1 fails no such session => nothing
        after 3 s => ask #2 GetSessionInfo chat-1 (InduceRestore=true)
        after 10 s => nothing
        after 3 s => ask #3 GetSessionInfo any (InduceRestore=true)
        ";
    let found =
        "#3 is answered => attach GCTI_Chat_AsyncStatus=6; queue async-chat-main-queue; ends";
    play(STUCK, &format!("{before}{found}"));
    play(STUCK, &format!("{before}#3 fails gone => queue async-chat-stop-queue; ends"));
}

#[test]
fn a_transfer_finds_what_it_names() {
    play(
        INTERCOM,
        "given IW_RoutingBasedTargetType=Skill, IW_RoutingBasedTargetId=German
         begins => route #1 to 0 < Skill[UData['IW_RoutingBasedTargetId']] until 120 s",
    );
    play(
        INTERCOM,
        "given IW_RoutingBasedTargetType=AgentGroup, IW_RoutingBasedTargetId=sales
         begins => route #1 to group sales until 120 s
         after 120 s => cancel #1; route #2 to group sales until 240 s",
    );
    play(
        INTERCOM,
        "given IW_RoutingBasedTargetType=InteractionQueue, IW_RoutingBasedTargetId=complaints
         begins => queue complaints; ends",
    );
    play(INTERCOM, "begins => queue async-chat-stop-queue; ends");
}

#[test]
fn an_invitation_speaks_in_the_chat_of_its_parent() {
    play(
        INTERCOM,
        "given subtype InternalConferenceInvite; parent i0; IW_RoutingBasedTargetType=AgentGroup, IW_RoutingBasedTargetId=sales
         begins => ask #1 Message chat-1 (InteractionId=i0, MessageText=Looking for a colleague., Visibility=INT)
         #1 is answered => route #2 to group sales until 120 s",
    );
}

#[test]
fn what_an_agent_has_finished_with_is_stopped_and_what_goes_on_is_not() {
    play(AFTER, "given IsOnline=0\nbegins => queue async-chat-stop-queue; ends");
    play(AFTER, "given IsOnline=1\nbegins => queue async-chat-main-queue; ends");
    play(STOP, "begins => stop completed; ends");
}

#[test]
fn the_main_queue_gives_out_what_is_awake_ended_or_stuck_and_lets_the_rest_sleep() {
    let view = |data: &[(&str, &str)]| view_of("async-chat-main-queue", data);
    let (past, future) = ("1799999999", "1800000001");

    assert_eq!(view(&[]), "async-chat-main-proc-view");
    assert_eq!(view(&[("IsOnline", "0")]), "async-chat-main-stop-view");
    for status in ["1", "2", "3", "4", "5", "6"] {
        assert_eq!(view(&[("GCTI_Chat_AsyncStatus", status)]), "async-chat-main-proc-view");
    }
    for status in ["-1", "-2"] {
        let sleeps = [("GCTI_Chat_AsyncStatus", status), ("GCTI_Chat_AsyncCheckAt", future)];
        let stuck = [("GCTI_Chat_AsyncStatus", status), ("GCTI_Chat_AsyncCheckAt", past)];
        assert_eq!(view(&sleeps), "none");
        assert_eq!(view(&stuck), "async-chat-main-check-view");
    }
}

#[test]
fn what_is_kept_in_a_workbin_is_given_out_only_when_it_is_stuck_or_over() {
    let awake = [("GCTI_Chat_AsyncStatus", "2")];

    assert_eq!(view_of("async-chat-kept-queue", &awake), "none");
    let over = [("IsOnline", "0")];
    assert_eq!(view_of("async-chat-kept-queue", &over), "async-chat-kept-stop-view");
}

/// The view that takes an interaction with this user data.
fn view_of(queue: &str, data: &[(&str, &str)]) -> String {
    let user_data: UserData = data.iter().copied().collect();
    let variables = Variables::at(Millis(1_800_000_000_000))
        .with(strategy::USER_DATA, Variable::UserData(&user_data))
        .with(strategy::AGE_IN_QUEUE, Variable::Number(60));
    let views = &Process::shipped().queues[queue].views;
    let taking = views.iter().find(|view| match &view.condition {
        Some(condition) => condition.holds(&variables).unwrap(),
        None => true,
    });
    taking.map_or("none".into(), |view| view.name.clone())
}

fn play(strategy: &str, lines: &str) {
    play_with(Process::shipped(), strategy, lines);
}
