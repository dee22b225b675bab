//! Reading what is asked of bots.

use crate::base::UserId;
use crate::chat::Command;
use crate::chat::bots::{BotWish, Engagement, SendData, StartBot, StopBot, Which};
use crate::chat::command::Once;
use crate::esp::fault::{Fault, Kind};
use crate::esp::parameters::Parameters;
use crate::esp::sender::{From, Policy};

/// The one channel of bots.
const CHANNEL: &str = "channel-chatbot";
/// ID and name of a bot together have fewer characters than this.
const ID_AND_NAME: usize = 49;
/// A word for reports has at most so many characters.
const LONGEST_WORD: usize = 50;

pub fn start(parameters: &Parameters, from: From, policy: &Policy) -> Result<StartBot, Fault> {
    let Which { id, name } = which(parameters)?;
    let Some(own_nickname) = policy.bots.get(&id) else {
        return Err(Fault::invalid(format!("there is no bot '{id}'")));
    };
    let nickname = parameters.text("Nickname")?.unwrap_or_else(|| own_nickname.clone());
    let engagement = Engagement {
        id,
        name,
        stops_on_agent_arrival: parameters.is_true("StopBotOnAgentArrival")?,
        stops_on_customer_left: parameters.is_true("StopBotOnCustomerLeft")?,
        holds_up: parameters.is_true("ChatBotHoldup")?,
        category: word(parameters, "ChatBotCategory")?,
        function: word(parameters, "ChatBotFunction")?,
    };
    Ok(StartBot {
        once: Some(Once { id: from.id }),
        client: from.client,
        // Whoever carries it out has dice.
        user_id: UserId(String::new()),
        asker: None,
        nickname,
        visibility: parameters.visibility()?,
        engagement,
    })
}

pub fn stop(parameters: &Parameters, from: From) -> Result<Command, Fault> {
    let (which, once) = (which(parameters)?, Some(Once { id: from.id }));
    let stop = StopBot { once, client: from.client, which };
    Ok(Command::Bots(Box::new(BotWish::Stop(stop))))
}

pub fn send(parameters: &Parameters, from: From) -> Result<Command, Fault> {
    let (which, once) = (which(parameters)?, Some(Once { id: from.id }));
    let data = parameters.list("Data")?;
    if data.is_empty() {
        return Err(Fault::new(Kind::Missing, "the parameter Data is missing or empty"));
    }
    let send = SendData { once, client: from.client, which, data };
    Ok(Command::Bots(Box::new(BotWish::Send(send))))
}

fn which(parameters: &Parameters) -> Result<Which, Fault> {
    if let Some(channel) = parameters.text("_umsChannel")?
        && channel != CHANNEL
    {
        return Err(Fault::invalid(format!("_umsChannel is {CHANNEL}, not '{channel}'")));
    }
    let id = parameters.required("ChatBotID")?;
    let name = parameters.text("ChatBotName")?.unwrap_or_default();
    if ID_AND_NAME <= id.chars().count() + name.chars().count() {
        let text = format!("ChatBotID and ChatBotName have fewer than {ID_AND_NAME} characters");
        return Err(Fault::new(Kind::TooLong, text));
    }
    Ok(Which { id, name })
}

fn word(parameters: &Parameters, name: &str) -> Result<String, Fault> {
    let word = parameters.text(name)?.unwrap_or_default();
    if LONGEST_WORD < word.chars().count() {
        let text = format!("{name} has at most {LONGEST_WORD} characters");
        return Err(Fault::new(Kind::TooLong, text));
    }
    Ok(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{UserData, Value};
    use crate::chat::Visibility;
    use crate::esp::method::Method;

    #[test]
    fn a_bot_comes_under_its_own_name_and_with_what_its_workflow_says() {
        let given = [
            ("_umsChannel", "channel-chatbot"),
            ("ChatBotID", "faq"),
            ("Visibility", "INT"),
            ("StopBotOnAgentArrival", "true"),
            ("StopBotOnCustomerLeft", "yes"),
            ("ChatBotHoldup", "true"),
            ("ChatBotCategory", "Dialog"),
        ];

        let start = read(given.into_iter().collect()).unwrap();

        assert_eq!((start.nickname.as_str(), start.visibility), ("Ask me", Visibility::Int));
        let expected = Engagement {
            id: "faq".into(),
            stops_on_agent_arrival: true,
            holds_up: true,
            category: "Dialog".into(),
            ..Engagement::default()
        };
        assert_eq!(start.engagement, expected);
    }

    #[test]
    fn data_come_as_a_list_or_as_a_text_and_are_needed() {
        let expected = UserData::default().with("order", "4711");
        for data in [Value::List(expected.clone()), "order:4711".into()] {
            let given = UserData::default().with("ChatBotID", "faq").with("Data", data);
            let parameters = Parameters::of(Method::SendData, given).unwrap();
            let Command::Bots(wish) = send(&parameters, from()).unwrap() else { panic!() };
            let BotWish::Send(sent) = *wish else { panic!("{wish:?}") };
            assert_eq!(sent.data, expected);
        }
        let without = UserData::default().with("ChatBotID", "faq");
        let parameters = Parameters::of(Method::SendData, without).unwrap();
        assert_eq!(send(&parameters, from()).unwrap_err().code(), 100);
    }

    #[test]
    fn what_does_not_fit_is_a_fault() {
        let bot = || UserData::default().with("ChatBotID", "faq");
        let fifty = "x".repeat(50);
        assert_eq!(read(UserData::default()).unwrap_err().code(), 100);
        assert_eq!(read(UserData::default().with("ChatBotID", "other")).unwrap_err().code(), 400);
        assert_eq!(read(bot().with("_umsChannel", "sms")).unwrap_err().code(), 400);
        assert_eq!(read(bot().with("ChatBotName", "x".repeat(46))).unwrap_err().code(), 204);
        assert!(read(bot().with("ChatBotName", "x".repeat(45))).is_ok());
        assert!(read(bot().with("ChatBotCategory", fifty.as_str())).is_ok());
        let too_long = bot().with("ChatBotFunction", format!("{fifty}x"));
        assert_eq!(read(too_long).unwrap_err().code(), 204);
    }

    fn read(given: UserData) -> Result<StartBot, Fault> {
        let parameters = Parameters::of(Method::StartBot, given)?;
        let bots = [("faq".to_owned(), "Ask me".to_owned())].into();
        let policy = Policy { nickname: "System".into(), bots };
        start(&parameters, from(), &policy)
    }

    fn from() -> From {
        From { client: "crm".into(), id: "m1".into() }
    }
}
