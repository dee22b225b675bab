//! Bots in a session, as stories.

use super::*;
use crate::chat::bots::{BotReport, Occasion};
use crate::chat::command::{AfterAction, NoticeWish, Once};
use crate::chat::effect::Effect;
use crate::chat::engagement::Engagement;
use crate::chat::event::{EndedBy, Fact};
use crate::chat::testing::{Stage, agent, coach, customer, outside};
use crate::chat::{Answer, Command};
use crate::owned::{Room, Thing};

#[test]
fn a_bot_is_told_what_was_said_and_its_answer_is_said_once() {
    let mut stage = Stage::with(&[customer("ann")]);
    stage.say("ann", "hello").unwrap();
    let max = start(&mut stage, engaged("max")).unwrap().participant.unwrap();

    let told = the_report(&mut stage);
    assert_eq!((told.who, told.occasion, told.after), (max, Occasion::Start, Position::NONE));
    assert_eq!(texts(&told), ["hello"]);

    let said = act(&mut stage, &told, vec![say("good day")]).unwrap();
    let again = act(&mut stage, &told, vec![say("good day")]).unwrap();
    let other = act(&mut stage, &told, vec![say("hi")]);

    assert_eq!((again.position, again.repeated), (said.position, true));
    assert_eq!(other.unwrap_err(), Rejection::KeyReused);
    assert_eq!(stage.texts("ann"), ["hello", "good day"]);
}

#[test]
fn an_answer_that_builds_on_what_is_no_longer_so_comes_too_late() {
    let mut stage = Stage::with(&[customer("ann")]);
    start(&mut stage, engaged("max")).unwrap();
    let first = the_report(&mut stage);
    stage.say("ann", "hello").unwrap();
    // Another node asked once more, with what had come meanwhile.
    let newer = BotReport { upto: stage.session.last, ..first.clone() };
    act(&mut stage, &newer, vec![say("good day")]).unwrap();

    let late = act(&mut stage, &first, vec![say("is anybody there?")]).unwrap();

    assert!(late.repeated);
    assert_eq!(stage.texts("ann"), ["hello", "good day"]);
}

#[test]
fn one_report_is_on_its_way_and_the_next_has_all_that_came_meanwhile() {
    let mut stage = Stage::with(&[customer("ann")]);
    start(&mut stage, engaged("max")).unwrap();
    let first = the_report(&mut stage);
    stage.say("ann", "one").unwrap();
    stage.say("ann", "two").unwrap();
    assert!(reports(&mut stage).is_empty());

    act(&mut stage, &first, vec![say("welcome")]).unwrap();
    stage.room.bots.heard(first.who, first.upto);
    stage.perform(Command::TimePassed).unwrap();

    let second = the_report(&mut stage);
    assert_eq!((second.occasion, second.after), (Occasion::Turn, first.upto));
    assert_eq!(texts(&second), ["one", "two", "welcome"]);
}

#[test]
fn a_lost_report_is_made_again_and_one_that_was_heard_in_silence_is_not() {
    let mut stage = Stage::with(&[customer("ann")]);
    start(&mut stage, engaged("max")).unwrap();
    let lost = the_report(&mut stage);
    stage.say("ann", "hello").unwrap();
    stage.now = stage.now + stage.policy.tell_bot_again;
    stage.room.presence.asked(stage.who("ann"), stage.now);
    stage.perform(Command::TimePassed).unwrap();

    let second = the_report(&mut stage);
    assert_eq!((second.occasion, second.after), (Occasion::Start, lost.after));
    stage.room.bots.heard(second.who, second.upto);
    stage.now = stage.now + stage.policy.tell_bot_again;
    stage.room.presence.asked(stage.who("ann"), stage.now);
    stage.perform(Command::TimePassed).unwrap();
    assert!(reports(&mut stage).is_empty());
}

#[test]
fn after_a_restoration_a_bot_goes_on_where_it_was() {
    let mut stage = Stage::with(&[customer("ann")]);
    start(&mut stage, engaged("max")).unwrap();
    let first = the_report(&mut stage);
    act(&mut stage, &first, vec![say("welcome")]).unwrap();
    stage.say("ann", "hello").unwrap();

    let (session, mut room) = Session::replay(None, stage.room.transcript.clone());
    assert_eq!(session, stage.session);
    let parting = crate::base::Parting::Lost;
    let effects = room.restored(&session, parting, stage.now, &stage.policy);

    let told = effects.into_iter().find_map(bot_report).unwrap();
    assert_eq!((told.who, told.after), (first.who, first.upto));
    assert_eq!(texts(&told), ["welcome", "hello"]);
    (stage.session, stage.room) = (session, room);
    act(&mut stage, &told, vec![say("good day")]).unwrap();
    let late = act(&mut stage, &first, vec![say("welcome")]).unwrap();
    assert!(late.repeated, "what was said before the restoration is not said again");
    assert_eq!(stage.texts("ann"), ["welcome", "hello", "good day"]);
}

#[test]
fn neither_bots_nor_workflows_nor_whispers_give_a_bot_a_turn() {
    let mut stage = Stage::with(&[customer("ann"), coach("eve")]);
    start(&mut stage, engaged("max")).unwrap();
    let hidden = StartBot { visibility: Visibility::Int, ..engaged("adviser") };
    start(&mut stage, hidden).unwrap();
    for told in reports(&mut stage) {
        act(&mut stage, &told, vec![say("I am here")]).unwrap();
        stage.room.bots.heard(told.who, told.upto);
    }
    stage.perform(Command::TimePassed).unwrap();
    assert!(reports(&mut stage).is_empty(), "they would never come to an end");

    stage.perform(Command::SayOutside(Box::new(outside("flow", "somebody comes")))).unwrap();
    assert!(reports(&mut stage).is_empty());
    stage.say("eve", "he lies").unwrap();

    let told = the_report(&mut stage);
    assert_eq!(told.who, stage.who("adviser"));
    assert_eq!(texts(&told), ["I am here", "I am here", "somebody comes", "he lies"]);
}

#[test]
fn an_agent_who_comes_takes_the_floor_and_the_bot_gets_it_back_when_he_goes() {
    let mut stage = Stage::with(&[customer("ann")]);
    let max = start(&mut stage, engaged("max")).unwrap().participant;
    let told = the_report(&mut stage);
    assert_eq!(stage.session.bots.floor, max);

    stage.join(agent("bob")).unwrap();
    assert_eq!(stage.session.bots.floor, None);
    act(&mut stage, &told, vec![say("may I help?")]).unwrap();
    stage.room.bots.heard(told.who, told.upto);
    stage.say("ann", "hello").unwrap();
    assert!(reports(&mut stage).is_empty());
    assert_eq!(stage.texts("ann"), ["hello"], "who lost the floor has nothing more to say");

    stage.leave("bob");

    assert_eq!(stage.session.bots.floor, max);
    assert_eq!(texts(&the_report(&mut stage)), ["hello"]);
}

#[test]
fn a_bot_stops_when_an_agent_comes_or_the_customer_goes_if_it_was_to() {
    let mut stage = Stage::with(&[customer("ann")]);
    let stops = |engagement| StartBot { engagement, ..engaged("max") };
    let at_arrival = Engagement { stops_on_agent_arrival: true, ..engaged("max").engagement };
    let max = start(&mut stage, stops(at_arrival)).unwrap().participant.unwrap();

    stage.join(coach("eve")).unwrap();
    assert!(stage.session.participant(max).unwrap().is_here(), "nobody came for the customer");
    stage.join(agent("bob")).unwrap();

    assert_eq!(ending(&stage, max), ("AGENT", "AGENT_ARRIVED"));
    assert_eq!(stage.leavings(), [(max, LeaveReason::RemovedByServer, None)]);

    let at_leaving = Engagement { stops_on_customer_left: true, ..engaged("max").engagement };
    let second = start(&mut stage, stops(at_leaving)).unwrap().participant.unwrap();
    stage.leave("ann");

    assert_eq!(ending(&stage, second), ("CUSTOMER", "CUSTOMER_LEFT"));
    assert!(stage.session.closed.is_none(), "the agent is there");
}

#[test]
fn an_agent_hands_the_chat_over_and_gets_it_back() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    let bob = stage.who("bob");
    let hand = StartBot { asker: Some(bob), ..engaged("max") };

    let max = start(&mut stage, hand.clone()).unwrap().participant.unwrap();
    assert_eq!(stage.session.bots.floor, Some(max));
    let told = the_report(&mut stage);
    act(&mut stage, &told, vec![say("your number, please"), Act::HandOver]).unwrap();
    stage.room.bots.heard(max, told.upto);

    assert_eq!(stage.session.bots.floor, None);
    stage.say("ann", "4711").unwrap();
    assert!(reports(&mut stage).is_empty());
    let again = start(&mut stage, hand).unwrap();
    assert_eq!((again.participant, stage.session.bots.floor), (Some(max), Some(max)));
    assert_eq!(texts(&the_report(&mut stage)), ["your number, please", "4711"]);

    stage.perform(bots(BotWish::Take { once: None, asker: bob })).unwrap();
    assert_eq!(stage.session.bots.floor, None);
    assert_eq!(stage.texts("ann"), ["your number, please", "4711"], "a customer sees no floor");
}

#[test]
fn only_who_speaks_with_the_customer_has_a_floor_to_give() {
    let mut stage = Stage::with(&[customer("ann"), coach("eve")]);
    for name in ["ann", "eve"] {
        let asker = Some(stage.who(name));
        let handed = start(&mut stage, StartBot { asker, ..engaged("max") });
        assert!(matches!(handed, Err(Rejection::NotAllowed(_))), "{name}");
    }
    stage.join(agent("bob")).unwrap();
    let asker = Some(stage.who("bob"));
    let unseen = StartBot { asker, visibility: Visibility::Int, ..engaged("max") };
    assert!(matches!(start(&mut stage, unseen), Err(Rejection::NotAllowed(_))));
}

#[test]
fn nobody_pretends_that_the_floor_was_given() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    let data = UserData::default().with("participant", 1_i64);
    let forged = NoticeWish::System { command: "bot-floor".into(), data };

    assert!(matches!(stage.notify("bob", forged), Err(Rejection::NotAllowed(_))));
}

#[test]
fn who_hands_over_to_nobody_ends_so_that_its_workflow_looks_for_somebody() {
    let mut stage = Stage::with(&[customer("ann")]);
    let max = start(&mut stage, engaged("max")).unwrap().participant.unwrap();
    let told = the_report(&mut stage);

    act(&mut stage, &told, vec![say("one moment"), Act::HandOver, say("never")]).unwrap();

    assert_eq!(ending(&stage, max), ("BOT", "HANDED_OVER"));
    assert_eq!(stage.texts("ann"), ["one moment"]);
    assert!(stage.session.closed.is_none());
}

#[test]
fn the_same_bot_comes_once_at_a_time() {
    let mut stage = Stage::with(&[customer("ann")]);
    start(&mut stage, engaged("max")).unwrap();
    assert!(matches!(start(&mut stage, engaged("max")), Err(Rejection::NotAllowed(_))));
    let named = Engagement { name: "German".into(), ..engaged("max").engagement };
    start(&mut stage, StartBot { engagement: named, ..engaged("max") }).unwrap();

    stop(&mut stage, "max").unwrap();
    assert!(matches!(stop(&mut stage, "max"), Err(Rejection::NotAllowed(_))));
    start(&mut stage, engaged("max")).unwrap();
    for n in 0..3 {
        start(&mut stage, engaged(&format!("bot{n}"))).unwrap();
    }
    assert!(matches!(start(&mut stage, engaged("one more")), Err(Rejection::NotAllowed(_))));
}

#[test]
fn a_request_that_comes_again_is_carried_out_once() {
    let mut stage = Stage::with(&[customer("ann")]);
    let once = |id: &str| Some(Once { id: id.into() });
    let begin = StartBot { once: once("m1"), ..engaged("max") };
    let first = start(&mut stage, begin.clone()).unwrap();
    let again = start(&mut stage, StartBot { user_id: "00BB".into(), ..begin }).unwrap();
    assert_eq!(again, Answer { repeated: true, ..first });

    let which = engaged("max").engagement.which();
    let stop = StopBot { once: once("m2"), client: "crm".into(), which };
    stage.perform(bots(BotWish::Stop(stop.clone()))).unwrap();
    assert!(stage.perform(bots(BotWish::Stop(stop))).unwrap().repeated);
}

#[test]
fn data_of_a_workflow_reach_their_bot_and_nobody_else() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    let unseen = StartBot { visibility: Visibility::Int, ..engaged("max") };
    start(&mut stage, unseen).unwrap();
    let told = the_report(&mut stage);
    stage.room.bots.heard(told.who, told.upto);
    let n_lines = lines(&stage, "bob");
    let data = UserData::default().with("order", "4711");

    let which = engaged("max").engagement.which();
    let send = SendData { once: None, client: "crm".into(), which, data: data.clone() };
    let sent = stage.perform(bots(BotWish::Send(send))).unwrap();

    assert_eq!(the_report(&mut stage).data, [(sent.position, data)]);
    assert_eq!(lines(&stage, "bob"), n_lines);
}

#[test]
fn a_turn_is_carried_out_whole_or_not_at_all() {
    let mut stage = Stage::with(&[customer("ann")]);
    start(&mut stage, engaged("max")).unwrap();
    let told = the_report(&mut stage);
    let topic = Act::Attach(UserData::default().with("Topic", "invoice"));
    let long = "x".repeat(stage.policy.longest_text + 1);

    let refused = act(&mut stage, &told, vec![topic.clone(), say(&long)]);
    assert!(matches!(refused, Err(Rejection::TextTooLong { .. })));
    assert_eq!(stage.session.user_data.text("Topic"), None);

    act(&mut stage, &told, vec![topic, say("an invoice, I see")]).unwrap();
    assert_eq!(stage.session.user_data.text("Topic").as_deref(), Some("invoice"));
    assert_eq!(stage.session.bot(told.who).unwrap().2.answered, told.upto);
}

#[test]
fn a_bot_that_fails_goes_and_says_so_once() {
    let mut stage = Stage::with(&[customer("ann")]);
    let max = start(&mut stage, engaged("max")).unwrap().participant.unwrap();
    let (who, after, reason) = (max, Position::NONE, Failure::NoAnswer);
    let stale = BotWish::Fail { who, after: Position(9), reason };
    stage.perform(bots(stale)).unwrap();
    assert!(stage.session.participant(max).unwrap().is_here());

    stage.perform(bots(BotWish::Fail { who, after, reason })).unwrap();
    let last = stage.session.last;
    stage.perform(bots(BotWish::Fail { who, after, reason })).unwrap();

    assert_eq!(ending(&stage, max), ("SYSTEM", "NO_ANSWER"));
    assert!(stage.session.bot_ending(max).is_abnormal());
    assert_eq!((stage.session.last, stage.session.closed), (last, None));
}

#[test]
fn a_bot_keeps_no_session_alive_and_hears_of_the_end() {
    let mut stage = Stage::with(&[customer("ann")]);
    let max = start(&mut stage, engaged("max")).unwrap().participant.unwrap();
    let first = the_report(&mut stage);
    stage.room.bots.heard(max, first.upto);

    stage.leave("ann");

    assert_eq!(stage.ending().map(|(by, _)| by), Some(EndedBy::Client));
    let told = the_report(&mut stage);
    assert_eq!((told.occasion, told.who), (Occasion::End, max));
    assert_eq!(ending(&stage, max), ("SYSTEM", "ALL_PARTICIPANTS_LEFT"));
    assert!(!stage.room.bots.is_empty(&stage.session), "its end is still to be told");
    stage.room.bots.heard(max, told.upto);
    assert!(stage.room.bots.is_empty(&stage.session));
    let late = act(&mut stage, &first, vec![say("hello?")]);
    assert_eq!(late.unwrap_err(), Rejection::Closed);
}

#[test]
fn a_bot_is_no_agent_to_whoever_closes_if_there_is_none() {
    let mut stage = Stage::with(&[customer("ann"), agent("bob")]);
    start(&mut stage, engaged("max")).unwrap();

    stage.leave_with("bob", "bob", AfterAction::CloseIfNoAgents).unwrap();

    assert!(stage.session.closed.is_some());
}

#[test]
fn the_joining_of_a_bot_is_marked_as_one() {
    let mut stage = Stage::with(&[customer("ann")]);
    start(&mut stage, engaged("max")).unwrap();
    let hidden = StartBot { visibility: Visibility::Vip, ..engaged("watcher") };
    start(&mut stage, hidden).unwrap();

    let known = |name: &str| stage.session.participant(stage.who(name)).unwrap().clone();
    assert!(known("max").is_bot() && !known("max").keeps_alive());
    assert_eq!(known("max").joined.user_data.text("GCTI_Chat_PartyStyle").as_deref(), Some("BOT"));
    assert_eq!(known("watcher").joined.role, Role::Supervisor);
    assert_eq!(lines(&stage, "ann"), 2, "the one who watches is not seen");
}

fn start(stage: &mut Stage, wish: StartBot) -> Result<Answer, Rejection> {
    stage.perform(bots(BotWish::Start(wish)))
}

fn stop(stage: &mut Stage, id: &str) -> Result<Answer, Rejection> {
    let which = engaged(id).engagement.which();
    let stop = StopBot { once: None, client: "crm".into(), which };
    stage.perform(bots(BotWish::Stop(stop)))
}

fn act(stage: &mut Stage, told: &BotReport, acts: Vec<Act>) -> Result<Answer, Rejection> {
    let BotReport { who, after, upto, .. } = *told;
    stage.perform(bots(BotWish::Turn(Turn { who, after, upto, acts })))
}

fn bots(wish: BotWish) -> Command {
    Command::Bots(Box::new(wish))
}

fn engaged(id: &str) -> StartBot {
    StartBot {
        once: None,
        client: "crm".into(),
        user_id: "00AA".into(),
        asker: None,
        nickname: id.into(),
        visibility: Visibility::All,
        engagement: Engagement { id: id.into(), ..Engagement::default() },
    }
}

fn say(text: &str) -> Act {
    Act::Say { text: text.into(), message_type: None, attributes: UserData::default() }
}

/// What bots were told since the last time.
fn reports(stage: &mut Stage) -> Vec<BotReport> {
    stage.effects.drain(..).filter_map(bot_report).collect()
}

fn the_report(stage: &mut Stage) -> BotReport {
    let mut reports = reports(stage);
    assert_eq!(reports.len(), 1, "{reports:?}");
    reports.remove(0)
}

fn bot_report(effect: Effect) -> Option<BotReport> {
    if let Effect::TellBot(report) = effect { Some(*report) } else { None }
}

fn texts(told: &BotReport) -> Vec<&str> {
    let said = told.lines.iter().filter_map(|line| {
        if let Fact::Said { words, .. } = &line.event.fact {
            Some(words.text.as_str())
        } else {
            None
        }
    });
    said.collect()
}

fn ending(stage: &Stage, who: ParticipantId) -> (&'static str, &'static str) {
    let Ending { by, reason, .. } = stage.session.bot_ending(who);
    (by.leak(), reason.leak())
}

fn lines(stage: &Stage, viewer: &str) -> usize {
    let from = crate::chat::transcript::From::Id(crate::chat::EventId(0));
    stage.view(viewer, from).lines.len()
}
