//! A media server that submits to the one routing domain, through any node: the same key is one
//! interaction, and there is one domain, whoever made it.

use super::clients::judge;
use super::dice::Dice;
use super::node::{Node, routing_domain};
use super::world::Town;
use holdfast::base::{InteractionId, UserData};
use holdfast::interaction::command::Destination;
use holdfast::interaction::event::Nature;
use holdfast::interaction::{Answer, Command, Look, Sight, Submission};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// What was submitted, under which key, and what the domain called it.
#[derive(Default)]
pub struct Ledger(RefCell<BTreeMap<String, Option<InteractionId>>>);

pub async fn submit(town: Rc<Town>, dice: Dice) {
    let mut n_submitted = 0;
    while !town.is_evening() {
        n_submitted += 1;
        submit_one(&town, &dice, format!("work-{n_submitted}")).await;
        sleep(dice.millis(100, 2_000)).await;
    }
}

async fn submit_one(town: &Town, dice: &Dice, key: String) {
    town.ledger.0.borrow_mut().insert(key.clone(), None);
    for _ in 0..1 + dice.below(8) {
        let (node, wish) = (town.any_node(dice), submission(&key));
        let things = node.inside.routing.clone();
        let asked = node
            .host
            .ask(move || async move { things.perform_named(&routing_domain(), wish).await });
        match timeout(dice.millis(300, 2_500), asked).await.ok().flatten() {
            Some(Ok(Answer::Submitted { interaction, .. })) => {
                town.book.note(format_args!("{key} is {interaction}"));
                town.ledger.0.borrow_mut().insert(key, Some(interaction));
                return;
            }
            Some(Ok(other)) => town.book.complain(format_args!("{key}: {other:?}")),
            Some(Err(no)) => judge(&town.book, &key, &no),
            None => town.book.note(format_args!("{key}: nothing heard")),
        }
        sleep(dice.millis(5, 400)).await;
    }
}

fn submission(key: &str) -> Command {
    Command::Submit(Submission {
        submitted_by: "chat".into(),
        interaction: None,
        key: Some(key.to_owned()),
        media: "workitem".into(),
        tenant: "Environment".into(),
        to: Destination::Endpoint("support".into()),
        subtype: "InboundNew".into(),
        nature: Nature::Work,
        kind: holdfast::interaction::InteractionType::Inbound,
        owner: None,
        user_data: UserData::default(),
        properties: UserData::default(),
    })
}

/// What must hold in the end: submitted again, each key is what it was, and nothing else is there.
pub async fn close(town: &Town, node: &Node) -> Result<(), String> {
    let told = town.ledger.0.borrow().clone();
    let mut names = BTreeMap::new();
    for (key, before) in told {
        let (things, wish) = (node.inside.routing.clone(), submission(&key));
        let asked = node
            .host
            .ask(move || async move { things.perform_named(&routing_domain(), wish).await });
        let answer = timeout(Duration::from_secs(3), asked).await.ok().flatten();
        let Some(Ok(Answer::Submitted { interaction, .. })) = answer else {
            return Err(format!("{key} is answered {answer:?}"));
        };
        if before.as_ref().is_some_and(|before| *before != interaction) {
            town.book.complain(format_args!("{key} was {before:?} and is {interaction}"));
        }
        town.ledger.0.borrow_mut().insert(key.clone(), Some(interaction.clone()));
        if let Some(other) = names.insert(interaction.clone(), key.clone()) {
            town.book.complain(format_args!("{key} and {other} are both {interaction}"));
        }
    }
    let things = node.inside.routing.clone();
    let asked =
        node.host.ask(move || async move { things.look(&routing_domain(), Look::Figures).await });
    match timeout(Duration::from_secs(3), asked).await.ok().flatten() {
        Some(Ok(Sight::Figures(figures))) if figures.n_waiting() != names.len() => {
            let n_waiting = figures.n_waiting();
            let n_names = names.len();
            town.book.complain(format_args!("{n_waiting} interactions of {n_names} keys"));
            Ok(())
        }
        Some(Ok(_)) => Ok(()),
        other => Err(format!("the domain answers {:?}", other.map(|no| no.err()))),
    }
}
