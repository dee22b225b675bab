//! `holdfast talk customer`: starts a chat and speaks in it. One request is on its way at a time, so
//! that lines arrive in their order; a line is sent again by the same name until the server says that
//! it has it, so a server that dies and comes back loses nothing and doubles nothing.

use crate::cli::talk::http::{Reply, Server, Trouble};
use crate::cli::talk::input;
use crate::cli::talk::line::{CustomerWish, customer_wish};
use crate::cli::talk::pace::{BackOff, Pace};
use crate::cli::talk::show;
use crate::cli::{Failure, print};
use clap::Args;
use jiff::tz::TimeZone;
use std::collections::VecDeque;
use std::path::PathBuf;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

#[derive(Debug, Args)]
pub struct CustomerArguments {
    /// Where the customer API is
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    pub url: String,
    /// File of the authority that the server's certificate is from [otherwise those of the system]
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// The service to address
    #[arg(long, default_value = "customer-support")]
    pub service: String,
    /// The name that agents see
    #[arg(long, default_value = "Customer")]
    pub nickname: String,
    /// What it is about
    #[arg(long)]
    pub subject: Option<String>,
    /// Go on with this chat
    #[arg(long, requires_all = ["user_id", "secure_key"])]
    pub chat_id: Option<String>,
    /// Who you are in that chat
    #[arg(long, requires = "chat_id")]
    pub user_id: Option<String>,
    /// The proof of it
    #[arg(long, requires = "chat_id")]
    pub secure_key: Option<String>,
    /// Stay in the chat after the end of the input
    #[arg(long)]
    pub stay: bool,
}

/// What proves who asks.
#[derive(Clone, Debug, Default)]
struct Keys {
    chat_id: String,
    user_id: String,
    secure_key: String,
    alias: String,
}

/// A request that must reach the server.
#[derive(Clone, Debug)]
struct Outgoing {
    operation: &'static str,
    parameters: Vec<(String, String)>,
    /// Its name; the same however often it is sent.
    name: String,
    urgency: Urgency,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Urgency {
    /// Sent again until it is there.
    Lasting,
    /// Worth nothing later.
    OfTheMoment,
}

/// What a step of the conversation led to.
enum Step {
    Worked,
    Failed,
    Over,
}

struct Customer {
    server: Server,
    service: String,
    keys: Keys,
    /// The first event that was not shown yet.
    position: u64,
    outbox: VecDeque<Outgoing>,
    pace: Pace,
    back_off: BackOff,
    is_waiting: bool,
    zone: TimeZone,
}

/// Chats until the end of the input or of the chat.
pub async fn chat(arguments: CustomerArguments) -> Result<(), Failure> {
    let server = Server::new(&arguments.url, arguments.ca.as_deref()).map_err(Failure::Usage)?;
    let mut customer = Customer {
        server,
        service: arguments.service.clone(),
        keys: Keys::default(),
        position: 1,
        outbox: VecDeque::new(),
        pace: Pace::default(),
        back_off: BackOff::default(),
        is_waiting: false,
        zone: TimeZone::system(),
    };
    let stays = arguments.stay;
    customer.begin(arguments).await?;
    customer.converse(input::lines(), stays).await
}

impl Customer {
    async fn begin(&mut self, arguments: CustomerArguments) -> Result<(), Failure> {
        let CustomerArguments { url, service, nickname, subject, .. } = arguments;
        if let (Some(chat_id), Some(user_id), Some(secure_key)) =
            (arguments.chat_id, arguments.user_id, arguments.secure_key)
        {
            self.keys = Keys { chat_id, user_id, secure_key, alias: "0".to_owned() };
            return Ok(());
        }
        let mut form = vec![pair("nickname", nickname), pair("transcriptPosition", "1")];
        form.extend(subject.map(|subject| pair("subject", subject)));
        let reply = self.create(&form).await?;
        print::note(&format!("chat {}; to go on with it after a restart:", reply.chat_id))?;
        let Reply { chat_id, user_id, secure_key, .. } = &reply;
        print::note(&format!(
            "holdfast talk customer --url {url} --service {service} --chat-id {chat_id} \
             --user-id {user_id} --secure-key {secure_key}"
        ))?;
        self.take(&reply)
    }

    /// Creates the chat, by one name however often it is tried.
    async fn create(&mut self, form: &[(String, String)]) -> Result<Reply, Failure> {
        let name = input::new_name();
        let mut n_tries = 0;
        loop {
            n_tries += 1;
            match self.server.customer(&self.service, form, &name).await {
                Ok(reply) => {
                    self.recovered()?;
                    return Ok(reply);
                }
                // At the very first there is nothing to be waited for.
                Err(Trouble::Unreachable(text)) if n_tries == 1 => {
                    return Err(Failure::Network(text));
                }
                Err(Trouble::Refused(text) | Trouble::Ended(text)) => {
                    return Err(Failure::Other(format!("no chat was started: {text}")));
                }
                Err(Trouble::Unreachable(_) | Trouble::NotNow(_)) => self.waits()?,
            }
            tokio::time::sleep(self.back_off.pause(input::dice())).await;
        }
    }

    async fn converse(
        &mut self,
        mut lines: mpsc::Receiver<String>,
        stays: bool,
    ) -> Result<(), Failure> {
        let mut is_open = true;
        loop {
            let pause = match self.step().await? {
                Step::Over => return self.end(),
                Step::Failed => self.back_off.pause(input::dice()),
                Step::Worked if self.outbox.is_empty() => self.pace.pause(),
                Step::Worked => continue,
            };
            let deadline = Instant::now() + pause;
            loop {
                tokio::select! {
                    () = sleep_until(deadline) => break,
                    line = lines.recv(), if is_open => match line {
                        Some(line) => self.wish(&line)?,
                        None => {
                            is_open = false;
                            if !stays {
                                self.ask("disconnect", vec![]);
                            }
                        }
                    },
                }
                // While the server is not there, a new line does not bring it back.
                if !self.is_waiting && !self.outbox.is_empty() {
                    break;
                }
            }
        }
    }

    fn wish(&mut self, line: &str) -> Result<(), Failure> {
        match customer_wish(line) {
            Ok(None) => return Ok(()),
            Err(hint) => return print::note(&hint),
            Ok(Some(CustomerWish::Say(text))) => self.ask("send", vec![pair("message", text)]),
            Ok(Some(CustomerWish::Rename(nickname))) => {
                self.ask("updateNickname", vec![pair("nickname", nickname)]);
            }
            Ok(Some(CustomerWish::Type)) => self.ask("startTyping", vec![]),
            Ok(Some(CustomerWish::PushUrl(url))) => self.ask("pushUrl", vec![pair("pushUrl", url)]),
            Ok(Some(CustomerWish::Attach { key, value })) => {
                self.ask("updateData", vec![pair(&format!("userData[{key}]"), value)]);
            }
            Ok(Some(CustomerWish::Quit)) => self.ask("disconnect", vec![]),
        }
        Ok(())
    }

    fn ask(&mut self, operation: &'static str, parameters: Vec<(String, String)>) {
        let urgency = match operation {
            "startTyping" => Urgency::OfTheMoment,
            _ => Urgency::Lasting,
        };
        self.outbox.push_back(Outgoing { operation, parameters, name: input::new_name(), urgency });
    }

    /// Sends what is first to be sent, or asks for news.
    async fn step(&mut self) -> Result<Step, Failure> {
        let outgoing = self.outbox.front().cloned();
        match self.request(outgoing.as_ref()).await {
            Ok(reply) => {
                let is_news = !reply.messages.is_empty() || outgoing.is_some();
                self.take(&reply)?;
                self.recovered()?;
                self.pace.no_sooner(reply.poll_after);
                if is_news {
                    self.pace.hurry();
                }
                let sent = outgoing.and_then(|_| self.outbox.pop_front());
                let is_gone = sent.is_some_and(|sent| sent.operation == "disconnect");
                Ok(if is_gone || reply.chat_ended { Step::Over } else { Step::Worked })
            }
            Err(Trouble::Unreachable(_) | Trouble::NotNow(_)) => {
                if outgoing.is_some_and(|one| one.urgency == Urgency::OfTheMoment) {
                    self.outbox.pop_front();
                }
                self.waits()?;
                Ok(Step::Failed)
            }
            Err(Trouble::Ended(text)) => {
                if outgoing.is_some_and(|one| one.operation == "disconnect") {
                    self.outbox.pop_front();
                } else {
                    print::note(&text)?;
                }
                Ok(Step::Over)
            }
            Err(Trouble::Refused(text)) if outgoing.is_some() => {
                self.outbox.pop_front();
                print::note(&format!("not sent: {text}"))?;
                Ok(Step::Worked)
            }
            Err(Trouble::Refused(text)) => Err(Failure::Other(text)),
        }
    }

    async fn request(&self, outgoing: Option<&Outgoing>) -> Result<Reply, Trouble> {
        let Keys { chat_id, user_id, secure_key, alias } = &self.keys;
        let mut form = vec![
            pair("alias", alias),
            pair("userId", user_id),
            pair("secureKey", secure_key),
            pair("transcriptPosition", self.position.to_string()),
        ];
        let (operation, name) = match outgoing {
            Some(Outgoing { operation, parameters, name, .. }) => {
                form.extend(parameters.iter().cloned());
                (*operation, name.clone())
            }
            None => ("refresh", input::new_name()),
        };
        self.server.customer(&format!("{}/{chat_id}/{operation}", self.service), &form, &name).await
    }

    /// Shows what is new in a reply, each event once.
    fn take(&mut self, reply: &Reply) -> Result<(), Failure> {
        let Reply { chat_id, user_id, secure_key, alias, .. } = reply.clone();
        self.keys = Keys { chat_id, user_id, secure_key, alias };
        for message in &reply.messages {
            if message.index < self.position {
                continue;
            }
            self.position = message.index + 1;
            if let Some(line) = show::of_message(message, &self.zone) {
                print::answer(&format!("{line}\n"))?;
            }
        }
        self.position = self.position.max(reply.next_position);
        Ok(())
    }

    fn waits(&mut self) -> Result<(), Failure> {
        if std::mem::replace(&mut self.is_waiting, true) {
            return Ok(());
        }
        print::note("… waiting for the server")
    }

    fn recovered(&mut self) -> Result<(), Failure> {
        self.back_off.forget();
        if !std::mem::replace(&mut self.is_waiting, false) {
            return Ok(());
        }
        let is_sent = self.outbox.front().is_some_and(|one| one.urgency == Urgency::Lasting);
        print::note(if is_sent { "… sent" } else { "… the server is back" })
    }

    fn end(&self) -> Result<(), Failure> {
        print::note("the chat is over")?;
        match self.outbox.iter().filter(|one| one.operation != "disconnect").count() {
            0 => Ok(()),
            n_unsent => {
                Err(Failure::Other(format!("the chat ended before {n_unsent} lines were sent")))
            }
        }
    }
}

fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}
