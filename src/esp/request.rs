//! What comes, and what is to be done about it.

use crate::base::{SessionId, UserData, UserId};
use crate::chat::bots::StartBot;
use crate::chat::command::{IdleBase, IdleWish, Language, NoticeWish, Once, Outside, Speech};
use crate::chat::{Command, LeaveReason};
use crate::esp::bots;
use crate::esp::fault::{Fault, Kind};
use crate::esp::method::{BOT_SERVICE, INTERACTION_ID, Method, SERVICE};
use crate::esp::parameters::Parameters;
pub use crate::esp::sender::{From, Policy};
use crate::ownership::restoration::Asker;

/// Takes back what was set of inactivity control.
const RESET: &str = "reset-parameters";

/// Longer names of sessions there are none.
const LONGEST_ID: usize = 128;

/// A request as it came, of a strategy or of another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub service: String,
    pub method: String,
    /// That of the interaction; it names the session.
    pub user_data: UserData,
    pub parameters: UserData,
    /// Who asks: names of requests are his own. Accounts have letters, digits, `-` and `_`; a strategy
    /// of this program has something else in its name, so that it is no account's.
    pub client: String,
    /// The name of this request. Sent again with the same one, it is carried out once.
    pub id: String,
}

/// A request that could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub session: SessionId,
    pub task: Task,
    pub from: From,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    Say(Box<Outside>),
    Change(Command),
    StartBot(Box<StartBot>),
    /// Of a bot that is there; the name of the request stands in it.
    TellBot(Command),
    Close(Command),
    /// To forget the session, if another process owns it.
    Purge,
    /// To tell about the session; whoever only asks brings none back.
    Describe(Asker),
}

impl Call {
    pub fn read(request: Request, policy: &Policy) -> Result<Self, Fault> {
        let method = method(&request)?;
        let parameters = Parameters::of(method, request.parameters)?;
        let session = session(&parameters, &request.user_data)?;
        let from = From { client: request.client, id: request.id };
        let task = match method {
            Method::Message => Task::Say(Box::new(message(&parameters, from.clone(), policy)?)),
            Method::Notice => Task::Say(Box::new(notice(&parameters, from.clone(), policy)?)),
            Method::PlaceOnHold => Task::Change(Command::PlaceOnHold),
            Method::CloseSession => close(&parameters)?,
            Method::GetSessionInfo => describe(&parameters)?,
            Method::IdleControlConfigure => Task::Change(control_idle(&parameters)?),
            Method::ConfigureSession => Task::Change(configure(&parameters)?),
            Method::StartBot => {
                Task::StartBot(Box::new(bots::start(&parameters, from.clone(), policy)?))
            }
            Method::StopBot => Task::TellBot(bots::stop(&parameters, from.clone())?),
            Method::SendData => Task::TellBot(bots::send(&parameters, from.clone())?),
        };
        Ok(Self { session, task, from })
    }

    /// Who asks, where a session must be brought back.
    pub fn asker(&self) -> Asker {
        match self.task {
            Task::Describe(asker) => asker,
            Task::Say(_)
            | Task::Change(_)
            | Task::StartBot(_)
            | Task::TellBot(_)
            | Task::Close(_)
            | Task::Purge => Asker::Workflow,
        }
    }
}

fn method(request: &Request) -> Result<Method, Fault> {
    let unknown = |text: String| Fault::new(Kind::NoSuchMethod, text);
    let service = request.service.as_str();
    if ![SERVICE, BOT_SERVICE].contains(&service) {
        let text =
            format!("there is no service '{service}'; there are {SERVICE} and {BOT_SERVICE}");
        return Err(unknown(text));
    }
    Method::named(&request.method).filter(|method| method.service() == service).ok_or_else(|| {
        let known = Method::ALL.iter().filter(|method| method.service() == service);
        let known = known.map(|method| method.name()).collect::<Vec<_>>().join(", ");
        unknown(format!("{service} has no method '{}'; it has {known}", request.method))
    })
}

/// An explicit parameter counts before the user data.
fn session(parameters: &Parameters, user_data: &UserData) -> Result<SessionId, Fault> {
    let named = match parameters.text(INTERACTION_ID)? {
        Some(named) => Some(named),
        None => user_data.text(INTERACTION_ID),
    };
    let missing = || {
        let text = format!(
            "no session is named; {INTERACTION_ID} stands in the user data or among the parameters"
        );
        Fault::new(Kind::Missing, text)
    };
    let named = named.filter(|named| !named.is_empty()).ok_or_else(missing)?;
    if LONGEST_ID < named.len() {
        let text = format!("{INTERACTION_ID} has at most {LONGEST_ID} bytes");
        return Err(Fault::new(Kind::TooLong, text));
    }
    Ok(SessionId(named))
}

fn message(parameters: &Parameters, from: From, policy: &Policy) -> Result<Outside, Fault> {
    let text = parameters.required("MessageText")?;
    let message_type = parameters.text("MessageType")?;
    outside(parameters, from, policy, Speech::Message { text, message_type })
}

fn notice(parameters: &Parameters, from: From, policy: &Policy) -> Result<Outside, Fault> {
    let text = parameters.text("NoticeText")?;
    let notice = match parameters.required("NoticeType")?.as_str() {
        "USER_PUSHED_URL" => NoticeWish::PushUrl(text.unwrap_or_default()),
        "USER_CUSTOM" => NoticeWish::Custom { text, message_type: None, data: UserData::default() },
        other => {
            let text = format!("NoticeType is USER_PUSHED_URL or USER_CUSTOM, not '{other}'");
            return Err(Fault::invalid(text));
        }
    };
    outside(parameters, from, policy, Speech::Notice(notice))
}

fn outside(
    parameters: &Parameters,
    from: From,
    policy: &Policy,
    speech: Speech,
) -> Result<Outside, Fault> {
    let nickname = parameters.text("Nickname")?;
    Ok(Outside {
        once: Some(Once { id: from.id }),
        client: from.client,
        // Whoever carries it out has dice.
        user_id: UserId(String::new()),
        nickname: nickname.unwrap_or_else(|| policy.nickname.clone()),
        visibility: parameters.visibility()?,
        speech,
        attributes: parameters.list("EventAttributes")?,
    })
}

fn close(parameters: &Parameters) -> Result<Task, Fault> {
    if parameters.is_true("Purge")? {
        return Ok(Task::Purge);
    }
    let reason = LeaveReason::RemovedByServer;
    let is_careful = parameters.is_true("CloseIfNoAgents")?;
    Ok(Task::Close(match is_careful {
        true => Command::CloseIfNoAgents(reason),
        false => Command::Close(reason),
    }))
}

fn describe(parameters: &Parameters) -> Result<Task, Fault> {
    let induces = parameters.is_true("InduceRestore")?;
    Ok(Task::Describe(if induces { Asker::Workflow } else { Asker::Anyone }))
}

fn configure(parameters: &Parameters) -> Result<Command, Fault> {
    let name = parameters.text("GCTI_LanguageName")?.map(Language::Name);
    let code = parameters.text("GCTI_LanguageCode")?.map(Language::Code);
    let begins_anew = parameters.text("async-idle-reset")?.as_deref() == Some("1");
    match (name.or(code), begins_anew) {
        (Some(language), false) => Ok(Command::SetLanguage(language)),
        (None, true) => Ok(Command::BeginIdleAnew),
        (Some(_), true) => Err(Fault::invalid("a language and async-idle-reset are two requests")),
        (None, false) => {
            let text = "ConfigureSession needs GCTI_LanguageName, GCTI_LanguageCode or \
                        async-idle-reset = 1";
            Err(Fault::new(Kind::Missing, text))
        }
    }
}

/// At least one parameter says what is wanted.
fn control_idle(parameters: &Parameters) -> Result<Command, Fault> {
    let mut changed = UserData::default();
    let names = Method::IdleControlConfigure.parameters().iter().map(|known| known.name);
    for name in names.filter(|name| *name != RESET) {
        if let Some(text) = parameters.given(name)? {
            changed.set(name, text);
        }
    }
    let resets = parameters.is_true(RESET)?;
    if changed.is_empty() && !resets {
        let text = format!("IdleControlConfigure needs {RESET} = true or another parameter");
        return Err(Fault::new(Kind::Missing, text));
    }
    let base = if resets { IdleBase::Configured } else { IdleBase::AsItIs };
    Ok(Command::ControlIdle(IdleWish { base, changed }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::Visibility;
    use std::collections::BTreeMap;

    #[test]
    fn a_message_is_said_in_the_name_of_whom_it_names() {
        let given = [("MessageText", "he lies"), ("Nickname", "Fraud desk"), ("Visibility", "INT")];
        let given: UserData = given.into_iter().collect();

        let call = read("Message", given.with("EventAttributes", "a:1")).unwrap();

        assert_eq!((call.session.as_str(), call.asker()), ("chat-1", Asker::Workflow));
        let Task::Say(outside) = call.task else { panic!("{call:?}") };
        assert_eq!(
            (outside.nickname.as_str(), outside.visibility),
            ("Fraud desk", Visibility::Int)
        );
        assert_eq!(outside.attributes, UserData::default().with("a", "1"));
        assert_eq!(outside.once, Some(Once { id: "m1".into() }));
    }

    #[test]
    fn without_a_name_it_is_said_in_that_of_the_configuration() {
        let call = read("Message", UserData::default().with("MessageText", "welcome")).unwrap();

        let Task::Say(outside) = call.task else { panic!("{call:?}") };
        assert_eq!((outside.nickname.as_str(), outside.visibility), ("System", Visibility::All));
    }

    #[test]
    fn only_two_kinds_of_notices_are_given() {
        let of = |kind: &str| {
            let given = [("NoticeType", kind), ("NoticeText", "https://example.com")];
            read("Notice", given.into_iter().collect())
        };

        assert!(of("USER_PUSHED_URL").is_ok() && of("USER_CUSTOM").is_ok());
        assert_eq!(of("SYS_COMMAND").unwrap_err().code(), 400);
        assert_eq!(of("").unwrap_err().code(), 100);
    }

    #[test]
    fn an_explicit_name_of_the_session_counts_before_the_user_data() {
        let call = read("PlaceOnHold", UserData::default().with("InteractionId", "parent"));
        assert_eq!(call.unwrap().session.as_str(), "parent");

        let nameless = Request { user_data: UserData::default(), ..request("PlaceOnHold") };
        assert_eq!(Call::read(nameless, &policy()).unwrap_err().code(), 100);
        let endless = UserData::default().with("InteractionId", "x".repeat(129));
        assert_eq!(read("PlaceOnHold", endless).unwrap_err().code(), 204);
    }

    #[test]
    fn a_session_is_closed_at_once_or_when_no_agent_is_there() {
        let reason = LeaveReason::RemovedByServer;
        let closing = |name: &str, text: &str| {
            read("CloseSession", UserData::default().with(name, text)).unwrap().task
        };

        assert_eq!(closing("CloseIfNoAgents", "false"), Task::Close(Command::Close(reason)));
        let careful = Task::Close(Command::CloseIfNoAgents(reason));
        assert_eq!(closing("CloseIfNoAgents", "true"), careful);
        assert_eq!(closing("Purge", "true"), Task::Purge);
    }

    #[test]
    fn who_only_asks_brings_nothing_back() {
        let asker = |given: UserData| read("GetSessionInfo", given).unwrap().asker();

        assert_eq!(asker(UserData::default()), Asker::Anyone);
        assert_eq!(asker(UserData::default().with("InduceRestore", "true")), Asker::Workflow);
    }

    #[test]
    fn the_name_of_a_language_counts_before_its_code() {
        let both = [("GCTI_LanguageName", "German"), ("GCTI_LanguageCode", "fr-FR")];
        let set = |given: UserData| read("ConfigureSession", given).map(|call| call.task);

        let name = Language::Name("German".into());
        let expected = Task::Change(Command::SetLanguage(name));
        assert_eq!(set(both.into_iter().collect()), Ok(expected));
        let code = Task::Change(Command::SetLanguage(Language::Code("fr-FR".into())));
        assert_eq!(set(both.into_iter().skip(1).collect()), Ok(code));
        assert_eq!(set(UserData::default()).unwrap_err().code(), 100);
    }

    #[test]
    fn inactivity_control_takes_what_is_given_an_empty_message_too() {
        let given = [("timeout-alert", "60"), ("message-alert", ""), ("reset-parameters", "false")];

        let call = read("IdleControlConfigure", given.into_iter().collect()).unwrap();

        let changed = [("timeout-alert", "60"), ("message-alert", "")].into_iter().collect();
        let wish = IdleWish { base: IdleBase::AsItIs, changed };
        assert_eq!(call.task, Task::Change(Command::ControlIdle(wish)));
        let reset = UserData::default().with("reset-parameters", "true");
        let wish = IdleWish { base: IdleBase::Configured, changed: UserData::default() };
        let expected = Task::Change(Command::ControlIdle(wish));
        assert_eq!(read("IdleControlConfigure", reset).unwrap().task, expected);
    }

    #[test]
    fn what_is_not_there_says_so() {
        let fault = |method: &str| read(method, UserData::default()).unwrap_err();

        assert_eq!(fault("IdleControlConfigure").code(), 100);
        assert!(fault("Massage").text.contains("Message"));
        let reset = |value| UserData::default().with("async-idle-reset", value);
        assert_eq!(read("ConfigureSession", reset("yes")).unwrap_err().code(), 100);
        let both = reset("1").with("GCTI_LanguageCode", "de-DE");
        assert_eq!(read("ConfigureSession", both).unwrap_err().code(), 400);
        let alone = read("ConfigureSession", reset("1")).unwrap();
        assert_eq!(alone.task, Task::Change(Command::BeginIdleAnew));
        let elsewhere = Request { service: "Mail".into(), ..request("Message") };
        assert_eq!(Call::read(elsewhere, &policy()).unwrap_err().code(), 404);
    }

    fn read(method: &str, parameters: UserData) -> Result<Call, Fault> {
        Call::read(Request { parameters, ..request(method) }, &policy())
    }

    fn request(method: &str) -> Request {
        Request {
            service: "Chat".into(),
            method: method.into(),
            user_data: UserData::default().with("InteractionId", "chat-1"),
            parameters: UserData::default(),
            client: "crm".into(),
            id: "m1".into(),
        }
    }

    fn policy() -> Policy {
        Policy { nickname: "System".into(), bots: BTreeMap::new() }
    }
}
