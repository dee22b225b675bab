//! What everybody has said and seen, held against what the node has kept.

use super::world::{PASSWORD, World, agent_name};
use serde_json::Value;

/// Whether a sender knows that his words are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Acknowledged,
    Unknown,
}

#[derive(Clone, Debug)]
pub struct Said {
    pub text: String,
    pub fate: Fate,
}

/// An event, as anybody was shown it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub id: u64,
    pub what: String,
}

#[derive(Default)]
pub struct CustomersBook {
    pub name: String,
    pub session: String,
    pub user: String,
    pub said: Vec<Said>,
    pub seen: Vec<Line>,
}

#[derive(Default)]
pub struct AgentsBook {
    pub chats: Vec<Chat>,
    /// What should never have happened.
    pub complaints: Vec<String>,
}

/// A chat as its agent knows it.
#[derive(Clone, Debug, Default)]
pub struct Chat {
    pub session: String,
    pub user: String,
    pub said: Vec<Said>,
    pub seen: Vec<Line>,
}

pub struct Ledger {
    pub customers: Vec<CustomersBook>,
    pub agents: Vec<AgentsBook>,
}

impl CustomersBook {
    pub fn has_met_an_agent(&self) -> bool {
        self.seen.iter().filter(|line| line.what.starts_with("newParty")).count() == 2
    }
}

impl Line {
    pub fn of_reply(message: &Value) -> Self {
        let kind = match message["type"].as_str().unwrap() {
            "ParticipantJoined" => "newParty",
            "ParticipantLeft" => "partyLeft",
            "Message" => "message",
            other => other,
        };
        let who = message["from"]["nickname"].as_str().unwrap();
        Self::new(&message["index"], (kind, who), message["text"].as_str())
    }

    pub fn of_frame(event: &Value) -> Self {
        let kind = event["type"].as_str().unwrap();
        let who = event["nickname"].as_str().unwrap();
        Self::new(&event["eventId"], (kind, who), event["text"].as_str())
    }

    fn of_transcript(row: &Value) -> Self {
        let kind = row["type"].as_str().unwrap();
        let who = row["userNick"].as_str().unwrap();
        Self::new(&row["eventId"], (kind, who), row["msgText"].as_str())
    }

    fn new(id: &Value, (kind, who): (&str, &str), text: Option<&str>) -> Self {
        // Not every view has words for a leaving.
        let text = text.filter(|_| kind == "message").unwrap_or_default();
        Self { id: id.as_u64().unwrap(), what: format!("{kind} {who}: {text}") }
    }
}

impl Ledger {
    /// Everything that is not as it should be.
    pub async fn check(&self, world: &World) -> Vec<String> {
        let mut complaints: Vec<String> =
            self.agents.iter().flat_map(|agent| agent.complaints.clone()).collect();
        for customer in &self.customers {
            let kept = transcript(world, &customer.session).await;
            let found = self.check_chat(customer, &kept);
            complaints.extend(found.into_iter().map(|what| format!("{}: {what}", customer.name)));
        }
        complaints
    }

    fn check_chat(&self, customer: &CustomersBook, kept: &[Line]) -> Vec<String> {
        let mut complaints = vec![];
        let chats = self.agents.iter().enumerate().flat_map(|(n, agent)| {
            let chats = agent.chats.iter();
            chats.filter(|chat| chat.session == customer.session).map(move |chat| (n, chat))
        });
        let chats: Vec<_> = chats.collect();
        let [(_, chat)] = chats[..] else {
            return vec![format!("{} agents have served this chat", chats.len())];
        };
        if !kept.is_sorted_by(|one, next| one.id < next.id) {
            complaints.push("event ids do not rise".to_owned());
        }
        complaints.extend(compare("the agent", &chat.seen, kept));
        // He reads up to his own leaving.
        let left = format!("partyLeft {}: ", customer.name);
        let end = kept.iter().position(|line| line.what == left).map_or(0, |at| at + 1);
        complaints.extend(compare("the customer", &customer.seen, &kept[..end]));
        complaints.extend(compare_words(&customer.name, &customer.said, kept));
        let agent = agent_of(kept);
        complaints.extend(compare_words(&agent, &chat.said, kept));
        complaints.extend(check_parties([&customer.name, &agent], kept));
        complaints
    }
}

/// Two come, two go.
fn check_parties([customer, agent]: [&str; 2], kept: &[Line]) -> Option<String> {
    let parties = kept.iter().map(|line| line.what.as_str());
    let parties: Vec<_> = parties.filter(|what| !what.starts_with("message")).collect();
    let expected = [
        format!("newParty {customer}: "),
        format!("newParty {agent}: "),
        format!("partyLeft {customer}: "),
        format!("partyLeft {agent}: "),
    ];
    (parties != expected).then(|| format!("came and went: {parties:?}"))
}

fn agent_of(kept: &[Line]) -> String {
    let mut comings = kept.iter().filter_map(|line| line.what.strip_prefix("newParty "));
    let agent = comings.rfind(|who| who.starts_with("agent"));
    agent.unwrap_or_default().trim_end_matches(": ").to_owned()
}

/// What somebody has seen is what was kept: nothing twice, nothing missing, nothing else.
fn compare(who: &str, seen: &[Line], kept: &[Line]) -> Option<String> {
    if seen == kept {
        return None;
    }
    let at = seen.iter().zip(kept).take_while(|(one, other)| one == other).count();
    let near = |lines: &[Line]| lines.iter().skip(at).take(2).cloned().collect::<Vec<_>>();
    let (n_seen, n_kept, seen, kept) = (seen.len(), kept.len(), near(seen), near(kept));
    Some(format!("{who} saw {n_seen} of {n_kept}, at {at} {seen:?} instead of {kept:?}"))
}

/// Each word that was acknowledged is kept once, each other one at most once, all in their order.
fn compare_words(who: &str, said: &[Said], kept: &[Line]) -> Vec<String> {
    let begin = format!("message {who}: ");
    let mut complaints = vec![];
    let mut said = said.iter();
    for text in kept.iter().filter_map(|line| line.what.strip_prefix(&begin)) {
        let lost = loop {
            match said.next() {
                Some(word) if word.text == text => break None,
                Some(word) if word.fate == Fate::Unknown => {}
                Some(word) => break Some(format!("'{}' is missing before '{text}'", word.text)),
                None => break Some(format!("'{text}' is doubled or out of order")),
            }
        };
        if let Some(lost) = lost {
            complaints.push(lost);
            return complaints;
        }
    }
    let rest = said.filter(|word| word.fate == Fate::Acknowledged);
    complaints.extend(rest.map(|word| format!("'{}' is missing", word.text)));
    complaints
}

async fn transcript(world: &World, session: &str) -> Vec<Line> {
    let agent = world.agent;
    let url = format!("http://{agent}/api/v1/interactions/{session}/transcript?as=json");
    let asking = world.http.get(url).basic_auth(agent_name(0), Some(PASSWORD));
    let answer = asking.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let transcript: Value = answer.json().await.unwrap();
    transcript["events"].as_array().unwrap().iter().map(Line::of_transcript).collect()
}

#[test]
fn the_ledger_notices_losses_doubles_and_disorder() {
    let said = |text: &str, fate| Said { text: text.into(), fate };
    let words =
        [said("1", Fate::Acknowledged), said("2", Fate::Unknown), said("3", Fate::Acknowledged)];
    let kept = |texts: &[&str]| {
        let line = |text: &&str| Line { id: 1, what: format!("message ann: {text}") };
        texts.iter().map(line).collect::<Vec<_>>()
    };
    let n_faults = |texts: &[&str]| compare_words("ann", &words, &kept(texts)).len();

    assert_eq!([n_faults(&["1", "3"]), n_faults(&["1", "2", "3"])], [0, 0]);
    assert_eq!(n_faults(&["1", "2"]), 1, "lost at the end");
    assert_eq!(n_faults(&["3"]), 1, "lost before");
    assert_eq!(n_faults(&["1", "1", "3"]), 1, "doubled");
    assert_eq!(n_faults(&["1", "2", "2", "3"]), 1, "doubled without an acknowledgement");
    assert_eq!(n_faults(&["1", "3", "2"]), 1, "out of order");
}
