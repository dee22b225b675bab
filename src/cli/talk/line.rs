//! From a typed line to a wish. A line that begins with `/` is a command; `//` begins a text that
//! begins with `/`. Pure.

use crate::edge::agent::wire::request::AfterAction;

/// What customers type.
pub const CUSTOMER_HELP: &str =
    "/nick NAME, /typing, /push URL, /data KEY=VALUE, /quit; anything else is said";

/// What agents type.
pub const AGENT_HELP: &str = "/accept, /reject [REASON], /chat N, /whisper TEXT, /typing, \
     /leave [keep|close|force], /ready, /notready REASON, /quit; anything else is said";

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CustomerWish {
    Say(String),
    Rename(String),
    Type,
    PushUrl(String),
    Attach { key: String, value: String },
    Quit,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentWish {
    Say(String),
    Whisper(String),
    Type,
    Accept,
    Reject(String),
    Switch(usize),
    Leave(AfterAction),
    Ready,
    NotReady(String),
    Quit,
}

/// The wish of a customer's line; nothing for an empty one, a hint for one that makes no sense.
pub fn customer_wish(line: &str) -> Result<Option<CustomerWish>, String> {
    let (command, rest) = match parts(line) {
        Parts::Nothing => return Ok(None),
        Parts::Text(text) => return Ok(Some(CustomerWish::Say(text.to_owned()))),
        Parts::Command(command, rest) => (command, rest),
    };
    let wish = match command {
        "nick" => CustomerWish::Rename(needed(rest, "/nick NAME")?),
        "typing" => CustomerWish::Type,
        "push" => CustomerWish::PushUrl(needed(rest, "/push URL")?),
        "data" => {
            let pair = rest.split_once('=').filter(|(key, _)| !key.trim().is_empty());
            let (key, value) = pair.ok_or("write it as /data KEY=VALUE")?;
            CustomerWish::Attach { key: key.trim().to_owned(), value: value.trim().to_owned() }
        }
        "quit" => CustomerWish::Quit,
        _ => return Err(unknown(command, CUSTOMER_HELP)),
    };
    Ok(Some(wish))
}

/// The wish of an agent's line; nothing for an empty one, a hint for one that makes no sense.
pub fn agent_wish(line: &str) -> Result<Option<AgentWish>, String> {
    let (command, rest) = match parts(line) {
        Parts::Nothing => return Ok(None),
        Parts::Text(text) => return Ok(Some(AgentWish::Say(text.to_owned()))),
        Parts::Command(command, rest) => (command, rest),
    };
    let wish = match command {
        "whisper" => AgentWish::Whisper(needed(rest, "/whisper TEXT")?),
        "typing" => AgentWish::Type,
        "accept" => AgentWish::Accept,
        "reject" => AgentWish::Reject(rest.to_owned()),
        "chat" => AgentWish::Switch(rest.parse().map_err(|_| "write it as /chat N")?),
        "leave" => AgentWish::Leave(after_action(rest)?),
        "ready" => AgentWish::Ready,
        "notready" => AgentWish::NotReady(rest.to_owned()),
        "quit" => AgentWish::Quit,
        _ => return Err(unknown(command, AGENT_HELP)),
    };
    Ok(Some(wish))
}

enum Parts<'a> {
    Nothing,
    Text(&'a str),
    Command(&'a str, &'a str),
}

fn parts(line: &str) -> Parts<'_> {
    let line = line.trim();
    match line.strip_prefix('/') {
        None if line.is_empty() => Parts::Nothing,
        None => Parts::Text(line),
        Some(text) if text.starts_with('/') => Parts::Text(text),
        Some(command) => {
            let (command, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
            Parts::Command(command, rest.trim())
        }
    }
}

fn needed(rest: &str, form: &str) -> Result<String, String> {
    if rest.is_empty() { Err(format!("write it as {form}")) } else { Ok(rest.to_owned()) }
}

fn unknown(command: &str, help: &str) -> String {
    format!("there is no command /{command}: {help}")
}

/// Who says nothing leaves as agents usually do: the chat goes on only if another agent is there.
fn after_action(word: &str) -> Result<AfterAction, String> {
    match word {
        "" | "close" => Ok(AfterAction::CloseIfNoAgents),
        "keep" => Ok(AfterAction::KeepAlive),
        "force" => Ok(AfterAction::ForceClose),
        _ => Err("write it as /leave, /leave keep, /leave close or /leave force".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_said_unless_they_begin_with_a_slash() {
        assert_eq!(customer_wish("  \n"), Ok(None));
        assert_eq!(customer_wish(" hello \n"), Ok(Some(CustomerWish::Say("hello".into()))));
        assert_eq!(customer_wish("//etc"), Ok(Some(CustomerWish::Say("/etc".into()))));
        assert_eq!(agent_wish("a / b"), Ok(Some(AgentWish::Say("a / b".into()))));
    }

    #[test]
    fn customers_have_their_commands() {
        let wish = |line| customer_wish(line).unwrap().unwrap();

        assert_eq!(wish("/nick Ann Lee"), CustomerWish::Rename("Ann Lee".into()));
        assert_eq!(wish("/push https://a.b"), CustomerWish::PushUrl("https://a.b".into()));
        assert_eq!(
            wish("/data order=a=b"),
            CustomerWish::Attach { key: "order".into(), value: "a=b".into() }
        );
        assert_eq!((wish("/typing"), wish("/quit")), (CustomerWish::Type, CustomerWish::Quit));
    }

    #[test]
    fn agents_have_their_commands() {
        let wish = |line| agent_wish(line).unwrap().unwrap();

        assert_eq!(wish("/whisper take it"), AgentWish::Whisper("take it".into()));
        assert_eq!(wish("/reject  too hard"), AgentWish::Reject("too hard".into()));
        assert_eq!(wish("/chat 2"), AgentWish::Switch(2));
        assert_eq!(wish("/leave"), AgentWish::Leave(AfterAction::CloseIfNoAgents));
        assert_eq!(wish("/leave keep"), AgentWish::Leave(AfterAction::KeepAlive));
        assert_eq!(wish("/notready lunch"), AgentWish::NotReady("lunch".into()));
    }

    #[test]
    fn what_makes_no_sense_is_answered_with_a_hint() {
        assert!(customer_wish("/accept").unwrap_err().contains("/nick NAME"));
        assert!(customer_wish("/data =x").unwrap_err().contains("KEY=VALUE"));
        assert!(agent_wish("/chat two").unwrap_err().contains("/chat N"));
        assert!(agent_wish("/leave now").unwrap_err().contains("/leave force"));
        assert!(agent_wish("/whisper").unwrap_err().contains("/whisper TEXT"));
    }
}
