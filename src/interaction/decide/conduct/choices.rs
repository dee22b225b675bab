//! What is recorded of a route: who was chosen by which rule, and why each of the others was not.

use super::tests::{ROUTES, arrives, life_with, process, skilled};
use crate::interaction::capacity::Capacity;
use crate::interaction::command::{Command, Wanted};
use crate::interaction::route::{Choice, MOST_KEPT, MOST_NAMED, PassedOver, Rule};
use crate::interaction::route_checks;
use crate::interaction::support::Life;
use std::sync::Arc;

#[test]
fn each_of_the_others_is_named_with_the_reason() {
    let mut life = life_with(process(ROUTES));
    life.give_capacity("ful", Capacity::of_numbers([("chat".into(), 0)]));
    for (agent, level) in [("ful", 9), ("dnd", 9), ("low", 1), ("ada", 5), ("bob", 6)] {
        skilled(&mut life, agent, &[], &[("German", level)]);
    }
    life.wish(Command::SetDoNotDisturb { agent: "dnd".into() });
    life.login("off", Wanted::NotReady { reason: "lunch".into() });

    arrives(&mut life, "1", "german");

    let choice = last_choice(&life, "1");
    let sought = choice.sought.as_ref().unwrap();
    let sought = (sought.strategy.as_str(), sought.block.as_str(), sought.target.to_string());
    assert_eq!(sought, ("german", "r", "Skill['German'] >= 5".to_owned()));
    assert_eq!((choice.rule, life.invited_agent("1")), (Rule::LongestReady, "ada".to_owned()));
    let expected = [
        ("bob", PassedOver::ReadyLater),
        ("ful", PassedOver::Full),
        ("dnd", PassedOver::DoNotDisturb),
        ("low", PassedOver::NotWanted),
        ("off", PassedOver::NotReady),
    ];
    assert_eq!(choice.others, expected.map(|(agent, why)| (agent.into(), why)));

    life.reject("1");
    assert_eq!(last_choice(&life, "1").others[0], ("ada".into(), PassedOver::Refused));
    life.reject("1");
    assert_eq!(last_choice(&life, "1").rule, Rule::OldestRefusal);
    route_checks::check(&life);
}

#[test]
fn the_rule_is_the_last_agent_or_the_least_to_do_where_it_was() {
    let mut life = life_with(process(ROUTES));
    life.ready_agent("ada");
    arrives(&mut life, "1", "last");
    life.accept("1");
    life.ready_agent("bob");
    arrives(&mut life, "2", "least");
    life.accept("2");
    life.wish(Command::Leave { agent: "ada".into(), interaction: "1".into() });
    life.wait_seconds(31);

    let choices = ["1", "2"].map(|id| last_choice(&life, id));

    assert_eq!(
        choices.each_ref().map(|choice| choice.rule),
        [Rule::LastAgent, Rule::LeastOccupied]
    );
    assert_eq!(choices[0].others, [("bob".into(), PassedOver::NotWanted)]);
    assert_eq!(choices[1].others, [("ada".into(), PassedOver::MoreOccupied)]);
    route_checks::check(&life);
}

#[test]
fn what_is_recorded_is_small_however_many_agents_there_are() {
    let mut life = Life::new();
    for n in 0..300 {
        let wanted = if n < 100 { Wanted::NotReady { reason: "x".into() } } else { Wanted::Ready };
        life.login(&format!("agent-{n:03}"), wanted);
    }

    life.chat("1");
    for _ in 0..MOST_KEPT + 3 {
        life.reject("1");
    }

    let choice = last_choice(&life, "1");
    assert_eq!(choice.others.len(), MOST_NAMED);
    // Whoever is offered something goes to the end of the line.
    let n_refused = u32::try_from(MOST_KEPT + 3).unwrap();
    let n_later = 200 - 1 - n_refused - u32::try_from(MOST_NAMED).unwrap();
    let more = [
        (PassedOver::Refused, n_refused),
        (PassedOver::ReadyLater, n_later),
        (PassedOver::NotReady, 100),
    ];
    assert_eq!(choice.more, more.into());
    let one = life.domain.interaction(&"1".into()).unwrap();
    assert_eq!(one.routes.len(), MOST_KEPT);
    assert!(life.log.last().unwrap().len() < 800, "{}", life.log.last().unwrap());
    route_checks::check(&life);
}

fn last_choice(life: &Life, id: &str) -> Arc<Choice> {
    let one = life.domain.interaction(&id.into()).unwrap();
    one.routes.last().unwrap().choice.clone().unwrap()
}
