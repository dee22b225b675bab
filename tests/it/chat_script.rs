//! Chats as scripts: what people do, and what each of them sees. No function of the code is named in
//! a script. After each line the log is replayed and must give the same session.

mod player;

use player::check;

#[test]
fn a_plain_conversation_is_seen_by_both() {
    check(
        "
        ann joins as customer
        bob joins as agent
        ann says hello
        bob says what can I do for you?
        bob closes
        ",
        "
        ann sees: ann joined, bob joined, ann: hello, bob: what can I do for you?, bob closed, ann was removed
        bob sees: ann joined, bob joined, ann: hello, bob: what can I do for you?, bob closed
        it ended: AGENT FORCE PRESENT
        ",
    );
}

#[test]
fn whisper_stays_among_agents() {
    check(
        "
        ann joins as customer
        bob joins as agent
        bob whispers wants a refund
        ann says hello
        ",
        "
        ann sees: ann joined, bob joined, ann: hello
        bob sees: ann joined, bob joined, bob: wants a refund, ann: hello
        ",
    );
}

#[test]
fn a_coach_is_heard_by_colleagues_only() {
    check(
        "
        ann joins as customer
        bob joins as agent
        eve joins as coach
        ann says it is broken
        eve says offer a new one
        bob says you get a new one
        eve leaves
        ",
        "
        ann sees: ann joined, bob joined, ann: it is broken, bob: you get a new one
        bob sees: ann joined, bob joined, eve joined, ann: it is broken, eve: offer a new one, bob: you get a new one, eve left
        eve sees: ann joined, bob joined, eve joined, ann: it is broken, eve: offer a new one, bob: you get a new one, eve left
        ",
    );
}

#[test]
fn a_monitor_leaves_no_trace_for_those_below() {
    check(
        "
        ann joins as customer
        bob joins as agent
        sue joins as supervisor unseen
        tom joins as supervisor
        ann says hello
        sue says he is slow
        sue leaves
        ",
        "
        ann sees: ann joined, bob joined, tom joined, ann: hello
        bob sees: ann joined, bob joined, tom joined, ann: hello
        tom sees: ann joined, bob joined, sue joined, tom joined, ann: hello, sue: he is slow, sue left
        ",
    );
}

#[test]
fn a_direct_message_is_between_two() {
    check(
        "
        ann joins as customer
        bob joins as agent
        eve joins as agent
        bob tells ann a secret
        bob tells eve lunch?
        not: ann tells bob another secret
        ",
        "
        ann sees: ann joined, bob joined, eve joined, bob to ann: a secret
        bob sees: ann joined, bob joined, eve joined, bob to ann: a secret, bob to eve: lunch?
        eve sees: ann joined, bob joined, eve joined, bob to eve: lunch?
        ",
    );
}

#[test]
fn an_unseen_participant_cannot_speak_to_those_who_cannot_see_him() {
    check(
        "
        ann joins as customer
        bob joins as agent
        sue joins as supervisor unseen
        not: sue tells ann hi
        not: sue tells bob hi
        not: bob tells sue who are you?
        not: bob removes sue
        ",
        "
        ann sees: ann joined, bob joined
        ",
    );
}

#[test]
fn a_bot_does_not_keep_a_session_alive() {
    check(
        "
        ann joins as customer
        max joins as bot
        max says how can I help?
        ann leaves
        ",
        "
        ann sees: ann joined, max joined, max: how can I help?, ann left
        max sees: ann joined, max joined, max: how can I help?, ann left, max was removed by the server
        it ended: CLIENT QUIT ABSENT
        ",
    );
}

#[test]
fn the_customer_leaves_first_and_the_agent_stays_as_long_as_he_likes() {
    check(
        "
        ann joins as customer
        bob joins as agent
        bob connects
        ann leaves
        bob whispers she hung up
        time passes 3000 s
        bob leaves
        ",
        "
        ann sees: ann joined, bob joined, ann left
        bob sees: ann joined, bob joined, ann left, bob: she hung up, bob left
        it ended: CLIENT QUIT PRESENT
        ",
    );
}

#[test]
fn closing_if_no_agents_waits_for_the_last_human_agent() {
    check(
        "
        ann joins as customer
        bob joins as agent
        eve joins as agent
        max joins as bot
        bob leaves if another agent stays
        eve leaves if another agent stays
        ",
        "
        ann sees: ann joined, bob joined, eve joined, max joined, bob left the rest, eve left the rest, ann was removed
        it ended: AGENT FORCE PRESENT
        ",
    );
}

#[test]
fn who_comes_late_sees_the_history_and_who_left_sees_no_future() {
    check(
        "
        ann joins as customer
        bob joins as agent
        ann says hello
        bob whispers difficult
        bob leaves
        ann says anybody?
        eve joins as agent
        eve says I am here
        ",
        "
        ann sees: ann joined, bob joined, ann: hello, bob left, ann: anybody?, eve joined, eve: I am here
        bob sees: ann joined, bob joined, ann: hello, bob: difficult, bob left
        eve sees: ann joined, bob joined, ann: hello, bob: difficult, bob left, ann: anybody?, eve joined, eve: I am here
        ",
    );
}

#[test]
fn silence_ends_a_web_customer() {
    check(
        "
        ann joins as customer
        bob joins as agent
        bob connects
        time passes 40 s
        ann asks
        time passes 40 s
        bob says still there?
        time passes 10 s
        ",
        "
        ann sees: ann joined, bob joined, bob: still there?, ann was disconnected
        bob sees: ann joined, bob joined, bob: still there?, ann was disconnected
        ",
    );
}

#[test]
fn a_lost_agent_who_comes_back_in_time_leaves_no_trace() {
    check(
        "
        ann joins as customer
        bob joins as agent
        bob connects
        bob is cut off
        time passes 10 s
        ann says hello?
        bob connects
        time passes 20 s
        bob says hello!
        ",
        "
        ann sees: ann joined, bob joined, ann: hello?, bob: hello!
        bob sees: ann joined, bob joined, ann: hello?, bob: hello!
        ",
    );
}

#[test]
fn a_restart_of_the_server_is_seen_by_nobody_who_comes_back() {
    check(
        "
        ann joins as customer
        bob joins as agent
        eve joins as agent
        bob connects
        eve connects
        ann says hello
        the server restarts
        bob connects
        time passes 20 s
        bob says where were we?
        ",
        "
        ann sees: ann joined, bob joined, eve joined, ann: hello, eve did not come back, bob: where were we?
        ",
    );
}

#[test]
fn only_the_newest_read_confirmation_of_those_who_are_here_is_seen() {
    check(
        "
        ann joins as customer
        bob joins as agent
        bob says one
        ann has read 3
        bob says two
        ann has read 5
        ann has read 3
        bob has read 1
        bob leaves
        ",
        "
        ann sees: ann joined, bob joined, bob: one, bob: two, ann has read 5, bob left
        ",
    );
}

#[test]
fn a_new_nickname_stands_beside_old_words_too() {
    check(
        "
        ann joins as customer
        bob joins as agent
        ann says hello
        ann is called Dr. Ann
        ann is called Dr. Ann
        bob says hello
        ",
        "
        bob sees: ann joined, bob joined, Dr. Ann: hello, ann is called Dr. Ann, bob: hello
        ",
    );
}

#[test]
fn typing_is_seen_while_it_lasts_and_by_those_who_may_see_it() {
    check(
        "
        ann joins as customer
        bob joins as agent
        eve joins as coach
        ann types
        eve types
        bob types
        bob says hello
        ",
        "
        ann sees: ann joined, bob joined, bob: hello
        bob sees: ann joined, bob joined, eve joined, bob: hello, ann types, eve types
        eve sees: ann joined, bob joined, eve joined, bob: hello, ann types
        ",
    );
}

#[test]
fn an_agent_removes_a_customer_who_is_told_so() {
    check(
        "
        ann joins as customer
        bob joins as agent
        not: ann removes bob
        bob removes ann
        not: ann says wait
        bob leaves
        ",
        "
        ann sees: ann joined, bob joined, ann was removed
        bob sees: ann joined, bob joined, ann was removed, bob left
        it ended: AGENT QUIT PRESENT
        ",
    );
}

#[test]
fn a_workflow_is_seen_by_those_it_speaks_to_and_stays_as_one_voice() {
    check(
        "
        ann joins as customer
        flow announces: welcome
        bob joins as agent
        sue joins as supervisor unseen
        flow announces to agents: a good customer
        flow announces to supervisors: watch this
        flow announces: please wait
        flow announces to agents: and rich
        bob closes
        not: flow announces: too late
        ",
        "
        ann sees: ann joined, flow joined, flow: welcome, bob joined, flow: please wait, bob closed, ann was removed
        bob sees: ann joined, flow joined, flow: welcome, bob joined, flow joined, flow: a good customer, flow: please wait, flow: and rich, bob closed
        sue sees: ann joined, flow joined, flow: welcome, bob joined, sue joined, flow joined, flow: a good customer, flow joined, flow: watch this, flow: please wait, flow: and rich, bob closed, ann was removed, sue was removed
        it ended: AGENT FORCE PRESENT
        ",
    );
}

#[test]
fn a_workflow_keeps_no_chat_alive_and_is_no_agent() {
    check(
        "
        ann joins as customer
        flow announces: welcome
        ann leaves
        ",
        "
        ann sees: ann joined, flow joined, flow: welcome, ann left
        it ended: CLIENT QUIT ABSENT
        ",
    );
}

#[test]
fn a_workflow_goes_on_with_its_voice_after_a_restart() {
    check(
        "
        ann joins as customer
        flow announces: welcome
        the server restarts
        flow announces: still here
        ",
        "
        ann sees: ann joined, flow joined, flow: welcome, flow: still here
        ",
    );
}

#[test]
fn an_asynchronous_chat_is_kept_for_days_and_ends_by_its_own_times() {
    check(
        "
        ann joins as patient customer
        bob joins as agent
        bob connects
        ann says it is broken
        bob says I will find out
        bob leaves
        time passes 50000 s
        the server restarts
        time passes 30000 s
        ann says any news?
        bob joins as agent
        bob says tomorrow
        bob leaves
        time passes 86399 s
        the server restarts
        time passes 1 s
        time passes 3599 s
        the server restarts
        time passes 1 s
        ",
        "
        ann sees: ann joined, bob joined, ann: it is broken, bob: I will find out, bob left, ann: any news?, bob joined, bob: tomorrow, bob left, System joined, System warns, System closes for want of activity, ann was too quiet
        it ended: SYSTEM INACTIVE VISITED
        ",
    );
}
