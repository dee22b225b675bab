//! Bots that this program plays itself: to try a workflow before there is a bot, and as an example of
//! how little one needs.

use crate::base::UserData;
use crate::bot::delivery::{Delivery, Told, What};
use crate::bot::policy::Sample;
use crate::chat::bots::Act;

/// What a sample does about what it was told. At the end there is nothing to do.
pub fn answer(sample: Sample, told: &Delivery) -> Vec<Act> {
    if told.end.is_some() {
        return Vec::new();
    }
    match sample {
        Sample::Echo => {
            customer_words(told).map(|text| say(&format!("You said: {text}"))).collect()
        }
        Sample::Greeter => greet(told),
    }
}

fn greet(told: &Delivery) -> Vec<Act> {
    let mut acts = Vec::new();
    if told.occasion == "start" {
        acts.push(say("Hello! Say \"agent\" to speak with a person, or \"bye\" to end this."));
    }
    for text in customer_words(told) {
        match text.trim().to_lowercase().as_str() {
            "agent" => {
                acts.push(say("I am looking for somebody."));
                acts.push(Act::HandOver);
                return acts;
            }
            "bye" => {
                acts.push(say("Goodbye."));
                acts.push(Act::Leave { result: "Success".into() });
                return acts;
            }
            _ if told.occasion == "start" => {}
            _ => acts.push(say("I know only \"agent\" and \"bye\".")),
        }
    }
    acts
}

fn customer_words(told: &Delivery) -> impl Iterator<Item = &str> {
    let is_customer = |event: &&Told| {
        let mut people = told.chat.participants.iter();
        people.any(|one| Some(one.participant) == event.participant && one.role == "CLIENT")
    };
    told.events.iter().filter(is_customer).filter_map(|event| match &event.what {
        What::Message { text, .. } => Some(text.as_str()),
        What::Joined { .. }
        | What::Notice { .. }
        | What::Renamed { .. }
        | What::Left { .. }
        | What::Data { .. } => None,
    })
}

fn say(text: &str) -> Act {
    Act::Say { text: text.to_owned(), message_type: None, attributes: UserData::default() }
}
