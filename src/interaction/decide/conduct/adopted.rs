//! What lies where when a workflow comes, goes or changes, and whom its queues and skills keep out.

use super::tests::{ROUTES, arrives, life_with, process, skilled};
use crate::base::UserData;
use crate::interaction::command::{By, Command, Destination, Submission};
use crate::interaction::error::Rejection;
use crate::interaction::record::Stage;
use crate::interaction::support::chat;
use crate::owned::Thing;
use crate::workflow::Process;
use std::sync::Arc;

#[test]
fn what_is_being_offered_when_the_workflow_goes_is_offered_to_everybody_afterwards() {
    let mut life = life_with(process(ROUTES));
    skilled(&mut life, "ada", &[], &[("German", 9)]);
    arrives(&mut life, "1", "german");
    assert_eq!(life.invited_agent("1"), "ada");
    life.policy.workflow = None;
    life.restart();
    skilled(&mut life, "bob", &[], &[]);

    life.wait_seconds(31);

    assert_eq!(life.invited_agent("1"), "bob");
    let due = life.domain.next_deadline(&life.desks, &life.policy);
    assert!(due.is_none_or(|due| life.now < due), "{due:?} at {:?}", life.now);
}

#[test]
fn a_view_with_another_condition_looks_at_what_lies_there() {
    let view = |condition: &str| {
        let text = "[queues.q]\nviews = [{ name = 'v', condition = \"CONDITION\", strategy = 's' }]\n\
                    [strategies.s]\nstart = 'r'\nfault = 'r'\n[strategies.s.blocks]\n\
                    r = { do = 'route', targets = ['any'], timeout = 600, timed-out = 'r', queue = 'q' }\n";
        process(&text.replace("CONDITION", condition))
    };
    let mut life = life_with(view("UData['X'] == 'never'"));
    skilled(&mut life, "ada", &[], &[]);
    arrives(&mut life, "1", "q");
    assert_eq!(life.invited_agent("1"), "nobody");

    life.policy.workflow = Some(Arc::new(view("UData['X'] == ''")));
    life.restart();
    // The desk of the other has not come back yet.
    skilled(&mut life, "bob", &[], &[]);

    assert_eq!(life.invited_agent("1"), "bob");
}

#[test]
fn what_differs_in_what_its_skill_is_called_is_not_passed_by_for_the_others() {
    let mut life = life_with(process(
        "[queues.q]\nviews = [{ name = 'v', strategy = 's' }]\n\
         [strategies.s]\nstart = 'r'\nfault = 'r'\n[strategies.s.blocks]\n\
         r = { do = 'route', targets = [{ skill = \"0 < Skill[UData['Topic']]\" }], timeout = 600, \
         timed-out = 'r', queue = 'q' }\n",
    ));
    skilled(&mut life, "ada", &[], &[("billing", 5)]);
    for (id, topic) in [("1", "orders"), ("2", "orders"), ("3", "billing"), ("4", "orders")] {
        let user_data = UserData::default().with("Topic", topic);
        let to = Destination::Queue("q".into());
        life.wish(Command::Submit(Submission { to, user_data, ..chat(id) }));
    }

    assert_eq!(
        ["1", "2", "3", "4"].map(|id| life.invited_agent(id)),
        ["nobody", "nobody", "ada", "nobody"]
    );
    skilled(&mut life, "bob", &[], &[("orders", 1)]);
    assert_eq!(["1", "2", "4"].map(|id| life.invited_agent(id)), ["bob", "bob", "bob"]);
}

#[test]
fn agents_put_nothing_into_a_queue_that_is_not_for_them() {
    let mut life = life_with(Process::shipped().clone());
    skilled(&mut life, "ada", &[], &[]);
    arrives(&mut life, "1", "async-chat-main-queue");
    life.accept("1");
    let place = |by| Command::PlaceInQueue {
        interaction: "1".into(),
        queue: "async-chat-stop-queue".into(),
        by,
    };

    let no = life.refused(place(By::Agent("ada".into())));

    assert_eq!(no, Rejection::NotForAgents("async-chat-stop-queue".into()));
    assert_eq!(life.handlers("1"), ["ada"]);
    life.wish(place(By::Operator));
    assert_eq!(life.stage("1"), Stage::Stopped { reason: "completed".into() });
}
