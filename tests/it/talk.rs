//! The terminal clients against a real node: a customer and an agent who chat through routing while
//! the node is killed and started again beneath them.

use crate::support::process::Process;
use crate::support::screen::{Screen, holdfast};
use std::path::Path;

/// Who is at the terminals of one node.
struct Scene {
    node: Process,
    agent: Screen,
    customer: Screen,
    chat: String,
}

#[test]
fn a_customer_and_an_agent_go_on_over_the_death_of_their_node() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::begin(folder.path());
    scene.customer.types("one");
    scene.agent.waits_for(": one");
    scene.agent.types("two");
    scene.customer.waits_for(": two");

    scene.node.kill();
    scene.customer.types("three");
    scene.agent.types("four");
    scene.customer.waits_for("waiting for the server");
    scene.agent.waits_for("waiting for the server");
    scene.node = scene.node.restart();

    scene.customer.waits_for("… sent");
    for screen in [&scene.customer, &scene.agent] {
        screen.waits_for(": three");
        screen.waits_for(": four");
    }
    scene.customer.types("five");
    scene.agent.waits_for(": five");
    scene.agent.types("six");
    for screen in [&scene.customer, &scene.agent] {
        screen.waits_for(": six");
    }
    let seen_by_customer = scene.customer.conversation();
    let seen_by_agent = scene.agent.conversation();

    assert_eq!(seen_by_customer, seen_by_agent);
    assert_eq!(seen_by_customer[..4], ["Ann joined", "agent joined", "Ann: one", "agent: two"]);
    let mut amid = seen_by_customer[4..6].to_vec();
    amid.sort();
    assert_eq!(amid, ["Ann: three", "agent: four"]);
    assert_eq!(seen_by_customer[6..], ["Ann: five", "agent: six"]);

    scene.customer.types("/quit");
    assert_eq!(scene.customer.ends(), Some(0));
    scene.agent.waits_for("Ann left");
    scene.agent.types("/quit");
    assert_eq!(scene.agent.ends(), Some(0));
    let password = scene.node.first_password();
    let said = ["one", "two", "three", "four", "five", "six"];
    for form in ["xml", "json", "text"] {
        let (code, document, complaints) = transcript(&scene.node, &password, &scene.chat, form);
        assert_eq!(code, Some(0), "{complaints}");
        for word in said {
            let n_times = document.split(|c: char| !c.is_alphanumeric()).filter(|w| *w == word);
            assert_eq!(n_times.count(), 1, "{word} in {form}: {document}");
        }
    }
}

#[test]
fn the_end_of_the_input_ends_a_chat_after_everything_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::begin(folder.path());

    scene.customer.types("one");
    scene.customer.types("two");
    scene.customer.stops_typing();

    assert_eq!(scene.customer.ends(), Some(0));
    scene.agent.waits_for(": two");
    scene.agent.waits_for("Ann left");
    scene.agent.stops_typing();
    assert_eq!(scene.agent.ends(), Some(0));
}

#[test]
fn a_whisper_is_for_agents_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut scene = Scene::begin(folder.path());

    scene.agent.types("/whisper a difficult one");
    scene.agent.waits_for("agent (agents only): a difficult one");
    scene.agent.types("hello");

    scene.customer.waits_for("agent: hello");
    assert!(!scene.customer.conversation().concat().contains("difficult"));
}

#[test]
fn what_cannot_be_found_or_reached_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut node = Process::start(folder.path(), &[]);
    let password = node.first_password();

    let (code, _, complaints) = transcript(&node, &password, "nonesuch", "text");
    assert_eq!((code, complaints.trim()), (Some(1), "there is no chat nonesuch"));
    let refused = ["talk", "agent", "--url", &node.agent, "--name", "bob"];
    let (code, _, complaints) = holdfast(&refused, &[("HOLDFAST_AGENT_PASSWORD", "wrong")]);
    assert_eq!(code, Some(1), "{complaints}");

    assert!(node.terminate().success());
    let (code, _, complaints) = transcript(&node, &password, "nonesuch", "text");
    assert_eq!(code, Some(5), "{complaints}");
    let (code, _, complaints) = holdfast(&["talk", "customer", "--url", &node.customer], &[]);
    assert_eq!(code, Some(5), "{complaints}");
}

impl Scene {
    /// A node, an agent who takes what comes, and a customer whom he has taken.
    fn begin(folder: &Path) -> Self {
        let node = Process::start(folder, &[]);
        let data = folder.to_str().unwrap();
        let agent = ["talk", "agent", "--url", &node.agent, "--data-folder", data, "--auto-accept"];
        let agent = Screen::start("agent", &agent);
        agent.waits_for("logged in");
        let customer = ["talk", "customer", "--url", &node.customer, "--nickname", "Ann"];
        let customer = Screen::start("customer", &customer);
        let begun = customer.waits_for("; to go on with it after a restart:");
        let chat = begun.trim_start_matches("chat ").split(';').next().unwrap().to_owned();
        agent.waits_for("you are in chat #1");
        customer.waits_for("agent joined");
        Self { node, agent, customer, chat }
    }
}

/// The transcript, for somebody who was given the password.
fn transcript(
    node: &Process,
    password: &str,
    chat: &str,
    form: &str,
) -> (Option<i32>, String, String) {
    let arguments = ["transcript", chat, "--as", form, "--url", &node.agent];
    holdfast(&arguments, &[("HOLDFAST_AGENT_PASSWORD", password)])
}
