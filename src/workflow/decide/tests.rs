//! What a step does, told as scripts over small strategies.

use super::*;
use crate::workflow::support::{Player, play};
use proptest::prelude::*;

#[test]
fn blocks_that_need_nothing_are_gone_through_at_once() {
    let process = process(
        r#"
        look = { do = "branch", cases = [{ when = "UData['vip'] == 'true'", next = "vip" }], otherwise = "all" }
        vip = { do = "attach", set = { Priority = 9, By = { expr = "'workflow ' + Script['x']" } }, next = "all" }
        all = { do = "queue", queue = "q" }
        "#,
        "look",
    );

    play(&process, "s", "begins => queue q; ends");
    play(
        &process,
        "s",
        "given vip=true, By=somebody
         begins => attach Priority=9, By=workflow ; queue q; ends",
    );
}

#[test]
fn what_was_attached_or_assigned_is_seen_by_the_next_block() {
    let process = process(
        r#"
        a = { do = "assign", set = { n = { expr = "number(Script['n']) + 1" } }, next = "b" }
        b = { do = "attach", set = { n = { expr = "Script['n']" } }, delete = ["old", "never"], next = "c" }
        c = { do = "branch", cases = [{ when = "UData['n'] == '1'", next = "yes" }], otherwise = "no" }
        yes = { do = "stop", reason = { expr = "'n is ' + UData['n']" } }
        no = { do = "stop", reason = "no" }
        "#,
        "a",
    );

    play(
        &process,
        "s",
        "given old=1
         begins => attach n=1, -old; stop n is 1; ends",
    );
}

#[test]
fn the_last_agent_is_asked_first_until_he_has_refused_often_enough() {
    let process = process(ROUTE, "r");

    play(
        &process,
        "s",
        "given last agent ada
         begins => route #1 to agent ada until 20 s
         ada refuses => nothing
         ada refuses => route #2 to group sales or any until 60 s
         after 59 s => nothing
         bob refuses => nothing
         after 1 s => cancel #2; queue q; ends",
    );
}

#[test]
fn the_last_agent_has_his_seconds_and_no_more() {
    let process = process(ROUTE, "r");

    play(
        &process,
        "s",
        "given last agent ada
         begins => route #1 to agent ada until 20 s
         after 20 s => route #2 to group sales or any until 60 s
         bob takes it => ends",
    );
}

#[test]
fn without_a_last_agent_all_are_asked_at_once() {
    play(
        &process(ROUTE, "r"),
        "s",
        "begins => route #1 to group sales or any until 60 s
         ada takes it => ends",
    );
}

#[test]
fn a_route_that_has_no_time_has_a_second() {
    let no_time = ROUTE.replace("timeout = 60", "timeout = { expr = \"number(UData['x'])\" }");

    play(
        &process(&no_time, "r"),
        "s",
        "begins => route #1 to group sales or any until 1 s
         after 1 s => cancel #1; queue q; ends",
    );
}

#[test]
fn an_answer_is_seen_by_what_follows_and_one_that_stays_away_is_a_fault() {
    let process = process(ESP, "e");

    play(
        &process,
        "s",
        "begins => ask #1 GetSessionInfo any ()
         #1 gives IsClosed=0 => stop closed: 0; ends",
    );
    play(
        &process,
        "s",
        "begins => ask #1 GetSessionInfo any ()
         #1 fails no such session => stop no such session; ends",
    );
    play(
        &process,
        "s",
        "begins => ask #1 GetSessionInfo any ()
         after 9 s => nothing
         after 1 s => stop no answer came in time; ends",
    );
}

#[test]
fn an_answer_to_an_earlier_request_changes_nothing() {
    let process = process(
        r#"
        e = { do = "esp", service = "X", method = "A", ok = "z", error = "f" }
        f = { do = "esp", service = "X", method = "B", ok = "z", error = "z" }
        z = { do = "stop", reason = "z" }
        "#,
        "e",
    );

    play(
        &process,
        "s",
        "begins => ask #1 A any ()
         after 10 s => ask #2 B any ()
         #1 is answered => nothing
         #2 is answered => stop z; ends",
    );
}

#[test]
fn a_wait_ends_by_time_or_by_its_condition() {
    let process = process(
        r#"
        w = { do = "wait", seconds = 30, until = "UData['go'] == '1'", next = "z", error = "z" }
        z = { do = "stop", reason = "z" }
        "#,
        "w",
    );

    play(&process, "s", "begins => nothing\nafter 29 s => nothing\nafter 1 s => stop z; ends");
    play(&process, "s", "begins => nothing\ndata go=1 => stop z; ends");
    play(&process, "s", "given go=1\nbegins => stop z; ends");
}

#[test]
fn bots_and_transcripts_are_asked_for_and_waited_for() {
    let process = process(
        r#"
        b = { do = "start-bot", parameters = { ChatBotID = "echo" }, ok = "t", error = "z" }
        t = { do = "send-transcript", ok = "x", error = "z" }
        x = { do = "stop-bot", parameters = { ChatBotID = "echo" }, ok = "z", error = "z" }
        z = { do = "stop", reason = "z" }
        "#,
        "b",
    );

    play(
        &process,
        "s",
        "given EmailAddress=ann@home
         begins => ask #1 StartBot any (ChatBotID=echo)
         after 59 s => nothing
         #1 is answered => send transcript #2 to ann@home
         #2 is answered => ask #3 StopBot any (ChatBotID=echo)
         #3 fails gone => stop z; ends",
    );
}

#[test]
fn a_fault_goes_to_the_port_of_the_block_or_of_the_strategy() {
    let own = r#"a = { do = "assign", set = { n = { expr = "1 / 0" } }, next = "a", error = "z" }
                 z = { do = "stop", reason = { expr = "Result['Fault']" } }"#;
    let play_all = |process: &Process| {
        let wished = "stop '1 / 0' gives no value: it divides by zero; ends";
        let mut player = Player::new("s", "a");
        assert_eq!(player.perform(process, "begins"), wished);
    };

    play_all(&process(own, "a"));
    let shared = own.replace(", error = \"z\"", "");
    play_all(&process_of(&format!(
        "[strategies.s]\nstart = \"a\"\nfault = \"z\"\n[strategies.s.blocks]\n{shared}"
    )));
}

#[test]
fn what_goes_round_is_stopped_and_tried_again_later() {
    // The check refuses such a strategy; a condition can hide what it cannot see.
    let process = process_of(
        "[strategies.s]\nstart = \"a\"\n[strategies.s.blocks]\n\
         a = { do = \"assign\", set = { x = 1 }, next = \"b\" }\n\
         b = { do = \"assign\", set = { x = 2 }, next = \"a\" }\n",
    );
    let mut player = Player::new("s", "a");

    let told = player.perform(&process, "begins");

    assert!(told.starts_with("complain strategy 's' at block"), "{told}");
    assert!(told.contains("goes round without a pause"));
    assert_eq!(player.perform(&process, "after 59 s"), "nothing");
    assert!(player.perform(&process, "after 1 s").contains("goes round"));
}

#[test]
fn a_strategy_that_was_changed_under_it_begins_again() {
    let mut player = Player::new("s", "r");
    player.perform(&process(ROUTE, "r"), "begins");

    let told = player.perform(&process(ESP, "e"), "after 1 s");

    let gone = "complain strategy 's' at block 'r': there is no block 'r' any more, begins again";
    assert_eq!(told, format!("{gone}; cancel #1; ask #2 GetSessionInfo any ()"));
    let renamed =
        ESP.replace("e = {", "e2 = {").replace("z = {", "e = {").replace("\"z\"", "\"e\"");
    let told = player.perform(&process(&renamed, "e2"), "#2 is answered");
    assert!(told.contains("block 'e' has become another, begins again"), "{told}");
}

#[test]
fn without_its_strategy_it_waits_for_it() {
    let mut player = Player::new("s", "r");
    player.perform(&process(ROUTE, "r"), "begins");
    let nothing = Process::default();

    assert_eq!(player.perform(&nothing, "after 59 s"), "nothing");
    let told = player.perform(&nothing, "after 1 s");
    assert_eq!(told, "complain there is no strategy 's'; cancel #1");
    let back = player.perform(&process(ROUTE, "r"), "after 60 s");
    assert_eq!(back, "route #2 to group sales or any until 180 s");
    player.perform(&nothing, "ada takes it");
    assert_eq!(player.script(), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever happens in whatever order: a script ends, or says when it wants to be looked at.
    #[test]
    fn a_script_never_hangs(events in prop::collection::vec(0..6_usize, 1..30)) {
        const EVENTS: [&str; 6] =
            ["after 7 s", "after 90 s", "ada refuses", "#1 is answered", "#2 fails x", "data a=1"];
        for (name, strategy) in &Process::shipped().strategies {
            let mut player = Player::new(name, &strategy.start);
            player.perform(Process::shipped(), "begins");
            for event in &events {
                let Some(script) = player.script() else { break };
                prop_assert!(script.next_deadline().is_some(), "{script:?}");
                player.perform(Process::shipped(), EVENTS[*event]);
            }
        }
    }
}

const ROUTE: &str = r#"
    r = { do = "route", targets = [{ group = "sales" }, "any"], timeout = 60, timed-out = "q", error = "q", last-agent = { attempts = 2, seconds = 20 } }
    q = { do = "queue", queue = "q" }
"#;

const ESP: &str = r#"
    e = { do = "esp", method = "GetSessionInfo", ok = "z", error = "f" }
    z = { do = "stop", reason = { expr = "'closed: ' + Result['IsClosed']" } }
    f = { do = "stop", reason = { expr = "Result['Fault']" } }
"#;

fn process(blocks: &str, start: &str) -> Process {
    process_of(&format!(
        "[queues.q]\n[strategies.s]\nstart = \"{start}\"\nfault = \"oops\"\n[strategies.s.blocks]\n\
         oops = {{ do = \"stop\", reason = {{ expr = \"Result['Fault']\" }} }}\n{blocks}"
    ))
}

fn process_of(text: &str) -> Process {
    let reading = Process::read(text);
    let broken = reading.faults().filter(|fault| !fault.what.contains("round way"));
    assert_eq!(broken.collect::<Vec<_>>(), Vec::<&crate::workflow::Finding>::new(), "{text}");
    reading.process
}
