//! An agent in the storm. Whenever his connection is cut he comes back, wherever he is let in, and goes
//! on with what lies on his desk.

use super::book::{Book, Touch};
use super::town::{Stage, Town, agent_name};
use crate::support::desk_line::{Cut, DeskLine};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tokio::sync::watch;

/// A socket that is closed with it is to be opened again at another node.
const GO_ON_ELSEWHERE: u16 = 1012;

pub struct Agent {
    town: Town,
    number: usize,
    dice: StdRng,
    token: Option<String>,
    has_desk: bool,
    /// What was asked over the connection there is now, by its reference.
    errands: BTreeMap<u64, Errand>,
    /// Offers of what he was still busy with, by the interaction.
    unheeded: BTreeMap<String, Value>,
    book: Book,
}

#[derive(Clone, Debug)]
struct Errand {
    what: What,
    /// Asked before, and nobody knows whether it was done.
    is_repeated: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum What {
    Login,
    Accept(u64, String),
    Reject(u64, String),
    Finish(String),
    GiveBack(String),
}

impl Agent {
    pub fn new(town: &Town, number: usize) -> Self {
        Self {
            town: town.clone(),
            number,
            dice: StdRng::seed_from_u64(number as u64),
            token: None,
            has_desk: false,
            errands: BTreeMap::new(),
            unheeded: BTreeMap::new(),
            book: Book { agent: agent_name(number), ..Book::default() },
        }
    }

    /// Works until all go home, and looks at his desk once more.
    pub async fn work(mut self) -> Book {
        let mut stage = self.town.stage.subscribe();
        while *stage.borrow() != Stage::Home {
            let end = self.work_until_cut(&mut stage).await;
            if let Err(Cut { told: Some(code) }) = end
                && code != GO_ON_ELSEWHERE
            {
                self.book.complain(&format!("closed with {code}"));
            }
            // His desk shows what he was offered.
            self.errands.clear();
            self.unheeded.clear();
        }
        let desk = loop {
            if let Ok(desk) = self.look_at_desk().await {
                break desk;
            }
        };
        if desk["invitations"] != json!([]) {
            self.book.complain(&format!("something rings at the end: {desk}"));
        }
        self.book.desk = desk["handled"].as_array().unwrap().iter().map(interaction_of).collect();
        self.book
    }

    async fn work_until_cut(&mut self, stage: &mut watch::Receiver<Stage>) -> Result<(), Cut> {
        let mut line = self.register().await?;
        loop {
            tokio::select! {
                frame = line.next() => self.take(&frame?, &mut line).await?,
                () = until_home(stage) => return Ok(()),
            }
        }
    }

    async fn register(&mut self) -> Result<DeskLine, Cut> {
        let mut line = self.town.come_in(&self.book.agent, self.number).await;
        let mut register = json!({ "type": "register", "clientVersion": 106 });
        if let Some(token) = &self.token {
            register["resume"] = json!({ "token": token, "sessions": [] });
        }
        line.send(register).await?;
        let registered = line.next().await?;
        assert_eq!(registered["type"], "registered", "{registered}");
        self.token = Some(registered["resumeToken"].as_str().unwrap().to_owned());
        if !self.has_desk {
            self.ask(&mut line, Errand::first(What::Login)).await?;
        }
        Ok(line)
    }

    async fn look_at_desk(&mut self) -> Result<Value, Cut> {
        let mut line = self.register().await?;
        loop {
            let frame = line.next().await?;
            if frame["handled"].is_array() {
                return Ok(frame);
            }
        }
    }

    async fn take(&mut self, frame: &Value, line: &mut DeskLine) -> Result<(), Cut> {
        match frame["type"].as_str().unwrap() {
            "ack" => self.done(frame, line).await?,
            "error" => self.refused(frame, line).await?,
            "invite" => self.answer(frame, line).await?,
            "agentStatus" if frame["handled"].is_array() => {
                self.has_desk = true;
                for invitation in frame["invitations"].as_array().unwrap() {
                    self.answer(invitation, line).await?;
                }
                for handled in frame["handled"].as_array().unwrap() {
                    self.go_on(interaction_of(handled), line).await?;
                }
            }
            "agentStatus" | "partyAdded" | "propertiesChanged" => {}
            "partyRemoved" | "processingStopped" | "revoked" => {
                let interaction = frame["interactionId"].as_str().unwrap();
                if self.book.has(interaction) {
                    self.book.complain(&format!("it was taken from him: {frame}"));
                }
            }
            "loggedOut" if !self.has_desk => {}
            _ => self.book.complain(&format!("unexpected: {frame}")),
        }
        Ok(())
    }

    /// Says yes or no to an offer, unless it is said already.
    async fn answer(&mut self, invitation: &Value, line: &mut DeskLine) -> Result<(), Cut> {
        let ticket = invitation["ticket"].as_u64().unwrap();
        let interaction = interaction_of(invitation);
        if self.is_about(&interaction) {
            self.unheeded.insert(interaction, invitation.clone());
            return Ok(());
        }
        self.touch(&interaction, true);
        if self.book.offers.insert(ticket, interaction.clone()).is_none() {
            self.town.offered();
        }
        let what = if self.is_calm() || self.dice.random_range(0..4) != 0 {
            What::Accept(ticket, interaction)
        } else {
            What::Reject(ticket, interaction)
        };
        self.ask(line, Errand::first(what)).await
    }

    /// In the storm nobody keeps anything.
    async fn go_on(&mut self, interaction: String, line: &mut DeskLine) -> Result<(), Cut> {
        if self.is_about(&interaction) {
            return Ok(());
        }
        self.touch(&interaction, true);
        if self.is_calm() {
            return Ok(());
        }
        let what = if self.dice.random_range(0..3) == 0 {
            What::GiveBack(interaction)
        } else {
            What::Finish(interaction)
        };
        self.ask(line, Errand::first(what)).await
    }

    async fn ask(&mut self, line: &mut DeskLine, errand: Errand) -> Result<(), Cut> {
        // Who asks again let go the first time, and another one may have it by now.
        if let Some(interaction) = errand.what.lets_go()
            && !errand.is_repeated
        {
            self.touch(interaction, false);
        }
        let reference = line.send(errand.what.frame(&self.book.agent)).await?;
        self.errands.insert(reference, errand);
        Ok(())
    }

    async fn done(&mut self, ack: &Value, line: &mut DeskLine) -> Result<(), Cut> {
        let errand = self.errand(ack);
        match errand.what.clone() {
            What::Login => self.has_desk = true,
            What::Accept(ticket, interaction) => {
                self.book.accepted.push(ticket);
                self.go_on(interaction, line).await?;
            }
            What::Reject(ticket, _) => self.book.rejected.push(ticket),
            What::Finish(interaction) => self.book.finished.push(interaction),
            What::GiveBack(_) => {}
        }
        self.heed(&errand, line).await
    }

    /// What he let go of may have been offered to him again before he heard that it was gone.
    async fn heed(&mut self, errand: &Errand, line: &mut DeskLine) -> Result<(), Cut> {
        let offered = errand.what.interaction().and_then(|one| self.unheeded.remove(one));
        match offered {
            Some(invitation) if invitation["ticket"].as_u64() != errand.what.ticket() => {
                Box::pin(self.answer(&invitation, line)).await
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Who is not answered asks again, as he is told to. What was done the first time may then be
    /// refused.
    async fn refused(&mut self, error: &Value, line: &mut DeskLine) -> Result<(), Cut> {
        let errand = self.errand(error);
        if error["code"] == 503 || error["code"] == 504 {
            return self.ask(line, Errand { is_repeated: true, ..errand }).await;
        }
        if !errand.is_repeated {
            self.book.complain(&format!("{errand:?}: {error}"));
        }
        self.heed(&errand, line).await
    }

    fn errand(&mut self, answer: &Value) -> Errand {
        self.errands.remove(&answer["ref"].as_u64().unwrap()).unwrap()
    }

    fn is_about(&self, interaction: &str) -> bool {
        self.errands.values().any(|errand| errand.what.interaction() == Some(interaction))
    }

    fn is_calm(&self) -> bool {
        *self.town.stage.borrow() != Stage::Storm
    }

    fn touch(&mut self, interaction: &str, has: bool) {
        let (order, interaction) = (self.town.now(), interaction.to_owned());
        self.book.touches.push(Touch { order, interaction, has });
    }
}

impl Errand {
    fn first(what: What) -> Self {
        Self { what, is_repeated: false }
    }
}

impl What {
    fn interaction(&self) -> Option<&str> {
        match self {
            Self::Login => None,
            Self::Accept(_, interaction)
            | Self::Reject(_, interaction)
            | Self::Finish(interaction)
            | Self::GiveBack(interaction) => Some(interaction),
        }
    }

    fn ticket(&self) -> Option<u64> {
        match self {
            Self::Accept(ticket, _) | Self::Reject(ticket, _) => Some(*ticket),
            Self::Login | Self::Finish(_) | Self::GiveBack(_) => None,
        }
    }

    /// What he has no more when this is carried out.
    fn lets_go(&self) -> Option<&str> {
        match self {
            Self::Login | Self::Accept(..) => None,
            Self::Reject(..) | Self::Finish(_) | Self::GiveBack(_) => self.interaction(),
        }
    }

    fn frame(&self, place: &str) -> Value {
        match self {
            Self::Login => {
                let media = json!([{ "media": "email", "state": "ready" }]);
                json!({ "type": "agentLogin", "place": place, "media": media })
            }
            Self::Accept(ticket, _) => json!({ "type": "accept", "ticket": ticket }),
            Self::Reject(ticket, _) => json!({ "type": "reject", "ticket": ticket }),
            Self::Finish(interaction) => {
                json!({ "type": "stopProcessing", "interactionId": interaction })
            }
            Self::GiveBack(interaction) => {
                json!({ "type": "placeInQueue", "interactionId": interaction, "queue": "mail" })
            }
        }
    }
}

async fn until_home(stage: &mut watch::Receiver<Stage>) {
    stage.wait_for(|stage| *stage == Stage::Home).await.map(drop).unwrap();
}

/// Of an invitation, or of what is handled.
fn interaction_of(row: &Value) -> String {
    let inner = if row["interaction"].is_object() { &row["interaction"] } else { row };
    inner["interactionId"].as_str().unwrap().to_owned()
}
