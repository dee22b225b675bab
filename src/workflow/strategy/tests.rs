//! What the check finds: each fault and each trap, where it is, and nothing else.

use super::*;

#[test]
fn names_that_lead_nowhere_are_told_all_at_once() {
    let told = findings(
        r#"
        [queues.q]
        views = [{ name = "v", strategy = "nobody" }]
        [workbins.w]
        owner = "agent"
        queue = "nowhere"
        [strategies.s]
        start = "b"
        [strategies.s.blocks]
        a = { do = "queue", queue = "elsewhere" }
        b = { do = "workbin", workbin = "x", owner = "ada", error = "gone" }
        "#,
    );

    assert_eq!(
        told,
        [
            "2: queues.q: view 'v' names no strategy: 'nobody'",
            "4: workbins.w: there is no queue 'nowhere'",
            "10: strategies.s.blocks.a: there is no queue 'elsewhere'",
            "11: strategies.s.blocks.b: 'error' leads to 'gone', which is no block of this strategy",
            "11: strategies.s.blocks.b: there is no workbin 'x'",
            "7: warning: strategies.s: no view leads to it",
            "10: warning: strategies.s.blocks.a: nothing leads to it",
        ]
    );
}

#[test]
fn faults_of_form_are_told_for_each_part() {
    let told = findings(
        r#"
        [queues.q]
        colour = "red"
        [orders]
        [strategies.s]
        [strategies.s.blocks]
        a = { do = "wait", next = "a" }
        b = { do = "esp", method = "Message", ok = "a", parameters = { x = { expr = "UData[" } } }
        "#,
    );

    assert_eq!(told.len(), 5, "{told:#?}");
    assert!(told[0].starts_with("3: queues.q: unknown field `colour`"), "{told:#?}");
    assert!(told[1].starts_with("4: orders: there is no such section"), "{told:#?}");
    assert!(told[2].starts_with("5: strategies.s: missing field `start`"), "{told:#?}");
    assert!(told[3].starts_with("7: strategies.s.blocks.a: missing field `seconds`"), "{told:#?}");
    assert!(told[4].contains("line 1, column"), "{told:#?}");
}

#[test]
fn what_is_no_toml_is_told_with_its_line() {
    let told = findings("[queues\nx = 1");

    assert!(told[0].starts_with("1: the file: "), "{told:#?}");
}

#[test]
fn expressions_must_make_sense_where_they_stand() {
    let told = blocks(
        r#"
        b = { do = "branch", cases = [{ when = "UData['n'] > 3", next = "z" }], otherwise = "r", error = "z" }
        r = { do = "route", targets = [{ skill = "Script['x'] == ''" }], timeout = 1, queue = "q", timed-out = "z", error = "z" }
        z = { do = "stop", reason = { expr = "Skill['x']" }, error = "y" }
        y = { do = "stop", reason = "y" }
        "#,
    );

    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[0].contains("make the text a number with number(…)"), "{told:#?}");
    assert!(told[1].contains("there is no 'Script' here"), "{told:#?}");
    assert!(told[2].contains("there is no 'Skill' here"), "{told:#?}");
}

#[test]
fn what_can_fail_must_lead_somewhere() {
    let told = blocks(
        r#"
        b = { do = "assign", set = { x = { expr = "1" } }, next = "c" }
        c = { do = "assign", set = { x = 1 }, next = "d" }
        d = { do = "branch", cases = [{ when = "true", next = "y" }], otherwise = "z", error = "z" }
        y = { do = "stop", reason = { expr = "string(1 / number(UData['x']))" } }
        z = { do = "stop", reason = { expr = "string(1 / number(UData['x']))" }, error = "last" }
        last = { do = "stop", reason = "last" }
        "#,
    );

    assert_eq!(
        told,
        [
            "strategies.s.blocks.b: it can fail and leads nowhere then",
            "strategies.s.blocks.y: it can fail and leads nowhere then",
        ]
    );
}

#[test]
fn round_ways_need_a_pause() {
    let told = blocks(
        r#"
        b = { do = "assign", set = { x = 1 }, next = "c" }
        c = { do = "branch", cases = [{ when = "true", next = "b" }], otherwise = "d", error = "z" }
        d = { do = "wait", seconds = 1, next = "b" }
        z = { do = "stop", reason = "z" }
        "#,
    );

    assert_eq!(
        told,
        [
            "strategies.s.blocks.b: it lies on a round way without a pause",
            "strategies.s.blocks.c: it lies on a round way without a pause",
        ]
    );
}

#[test]
fn a_question_that_is_asked_again_as_fast_as_it_is_answered_is_warned_of() {
    let told = blocks(
        r#"
        b = { do = "esp", service = "Other", method = "Try", ok = "z", error = "b" }
        z = { do = "stop", reason = "z" }
        "#,
    );

    assert_eq!(told, ["warning: strategies.s.blocks.b: it is asked again as fast as it answers"]);
}

#[test]
fn the_traps_of_the_guide_are_warned_of() {
    let told = blocks(
        r#"
        b = { do = "branch", cases = [{ when = "UData['vip'] == ''", next = "asked" }], otherwise = "hello", error = "z" }
        asked = { do = "branch", cases = [{ when = "UData['IsOnline'] != '0'", next = "good" }], otherwise = "z", error = "z" }
        good = { do = "esp", method = "GetSessionInfo", ok = "z", error = "z" }
        hello = { do = "esp", method = "GetSessionInfo", ok = "r", error = "z" }
        r = { do = "route", targets = ["any"], timeout = 10, timed-out = "z", error = "z" }
        lost = { do = "stop", reason = "lost" }
        z = { do = "stop", reason = "z" }
        "#,
    );

    assert_eq!(
        told,
        [
            "warning: strategies.s.blocks.hello: a way leads here on which nobody asked whether the chat is online",
            "warning: strategies.s.blocks.r: it names no queue, so that agents' desks stop the interaction, perhaps before the statistics of the chat are attached",
            "warning: strategies.s.blocks.lost: nothing leads to it",
        ]
    );
}

#[test]
fn a_route_that_times_out_into_a_route_must_ask_whether_there_is_still_a_chat() {
    let of = |timed_out: &str| {
        blocks(&format!(
            r#"
            b = {{ do = "route", targets = ["any"], timeout = 10, queue = "q", timed-out = "{timed_out}", error = "z" }}
            wait = {{ do = "wait", seconds = 1, next = "b" }}
            online = {{ do = "branch", cases = [{{ when = "UData['IsOnline'] != '0'", next = "wait" }}], otherwise = "z", error = "z" }}
            z = {{ do = "stop", reason = "z" }}
            "#
        ))
    };
    let trap = "warning: strategies.s.blocks.b: 'timed-out' leads to 'b' without asking whether the \
                chat is online: if it has ended, it is offered all the same";
    let traps = |timed_out: &str| -> Vec<String> {
        of(timed_out).into_iter().filter(|line| line.contains("'timed-out'")).collect()
    };

    assert_eq!(traps("b"), [trap]);
    assert_eq!(traps("wait"), [trap], "a pause does not ask");
    assert_eq!(of("online"), [""; 0]);
    assert_eq!(traps("z"), [""; 0]);
}

#[test]
fn what_the_chat_does_not_understand_or_alone_may_write_is_told() {
    let told = blocks(
        r#"
        b = { do = "branch", cases = [{ when = "UData['IsOnline'] == '0'", next = "z" }], otherwise = "c", error = "z" }
        c = { do = "esp", method = "Shout", ok = "d", error = "z" }
        d = { do = "esp", method = "Message", parameters = { Text = "hello" }, ok = "e", error = "z" }
        e = { do = "attach", set = { IsOnline = "1", GCTI_Chat_AsyncStatus = "-2" }, delete = ["ChatServerHost"], next = "f" }
        f = { do = "esp", method = "PlaceOnHold", ok = "z", error = "g" }
        g = { do = "esp", method = "PlaceOnHold", ok = "h", error = "z" }
        h = { do = "queue", queue = "q" }
        z = { do = "stop", reason = "z" }
        "#,
    );

    assert_eq!(
        told,
        [
            "strategies.s.blocks.c: the chat has no method 'Shout'",
            "strategies.s.blocks.d: 'Message' has no parameter 'Text'",
            "strategies.s.blocks.d: 'Message' needs the parameter 'MessageText'",
            "strategies.s.blocks.e: 'IsOnline' is written by the servers alone",
            "strategies.s.blocks.e: 'ChatServerHost' is written by the servers alone",
            "warning: strategies.s.blocks.e: a status of -2 that the workflow attaches does not put the chat on hold, and the customer's next word will not wake it",
            "warning: strategies.s.blocks.f: what is placed on hold must lie in a queue that waits for the customer",
        ]
    );
}

#[test]
fn a_strategy_that_never_ends_and_a_view_that_never_takes_are_warned_of() {
    let told = findings(
        r#"
        [queues.q]
        views = [{ name = "all", strategy = "s" }, { name = "late", strategy = "s" }]
        [strategies.s]
        start = "w"
        [strategies.s.blocks]
        w = { do = "wait", seconds = 1, next = "w" }
        "#,
    );

    assert_eq!(
        told,
        [
            "2: warning: queues.q: view 'late' never takes anything",
            "4: warning: strategies.s: no way through it ends",
        ]
    );
}

#[test]
fn a_process_is_the_same_after_it_was_written_and_read() {
    let written = serde_json::to_string(Process::shipped()).unwrap();

    assert_eq!(&serde_json::from_str::<Process>(&written).unwrap(), Process::shipped());
}

#[test]
fn names_do_not_fall_together_in_a_diagram() {
    let process = Process::read("[queues.a-b]\n[queues.a_b]\n[queues.\"a \\\"b\\\"\"]\n").process;

    let drawn = mermaid(&process);

    assert!(drawn.contains("queue__a_b[(\"a-b\")]"), "{drawn}");
    assert!(drawn.contains("queue__au5fb[(\"a_b\")]"), "{drawn}");
    assert!(drawn.contains("(\"a #quot;b#quot;\")"), "{drawn}");
}

/// Findings of a strategy `s` that begins with `b`, without their lines and remedies.
fn blocks(blocks: &str) -> Vec<String> {
    let told = findings(&format!(
        "[queues.q]\nviews = [{{ name = \"v\", strategy = \"s\" }}]\n[strategies.s]\nstart = \"b\"\n\
         [strategies.s.blocks]\n{blocks}"
    ));
    told.iter().map(|line| line.split_once(": ").unwrap().1.to_owned()).collect()
}

/// Findings without their remedies.
fn findings(text: &str) -> Vec<String> {
    let findings = Process::read(text).findings;
    findings.iter().map(|one| one.to_string().rsplit_once("; ").unwrap().0.to_owned()).collect()
}
