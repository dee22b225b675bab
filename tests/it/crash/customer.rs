//! A customer who does not give up: he asks again with the same name until he is answered. Sometimes
//! he loses heart over a message whose fate he does not know, and goes on with the next.

use super::ledger::{CustomersBook, Fate, Line, Said};
use super::world::{Dice, PAUSE, Stage, World};
use crate::support::strict;
use serde_json::Value;

pub struct Customer {
    world: World,
    dice: Dice,
    name: String,
    /// Parameters that prove who he is.
    proof: Vec<(&'static str, String)>,
    /// From where he has not read yet.
    next: u64,
    book: CustomersBook,
}

/// What came of a request that was sent once.
enum Heard {
    Done(Value),
    /// It may have been carried out or not.
    Nothing,
}

#[derive(PartialEq, Eq)]
enum Reading {
    Complete,
    Failed,
}

impl Customer {
    pub fn new(world: &World, n: u64) -> Self {
        let name = format!("customer{n}");
        let dice = Dice::new(world.seed ^ (1_000 + n));
        let book = CustomersBook { name: name.clone(), ..CustomersBook::default() };
        Self { world: world.clone(), dice, name, proof: vec![], next: 0, book }
    }

    pub async fn chat(mut self) -> CustomersBook {
        self.begin().await;
        let mut n = 0;
        while self.world.stage() == Stage::Talk {
            self.dice.think().await;
            n += 1;
            self.say(format!("{} {n}", self.name)).await;
            self.read().await;
        }
        while !self.book.has_met_an_agent() {
            self.dice.think().await;
            self.read().await;
        }
        self.dice.think().await;
        self.insist("/disconnect", &[("messageId", "good-bye".to_owned())]).await;
        while self.read().await == Reading::Failed {
            tokio::time::sleep(PAUSE).await;
        }
        self.book
    }

    async fn begin(&mut self) {
        let name = self.name.clone();
        let once = format!("{name}-of-{:020}", self.world.seed);
        let reply = self.insist("", &[("nickname", name), ("messageId", once)]).await;
        let text = |name: &str| reply[name].as_str().unwrap().to_owned();
        self.book.session = text("chatId");
        self.book.user = text("userId");
        self.proof = vec![("userId", text("userId")), ("secureKey", text("secureKey"))];
    }

    async fn say(&mut self, text: String) {
        let once = text.replace(' ', "-");
        let form = [("message", text.clone()), ("messageId", once)];
        let fate = loop {
            match self.ask("/send", &form).await {
                Heard::Done(_) => break Fate::Acknowledged,
                Heard::Nothing if self.dice.throw(4) == 0 => break Fate::Unknown,
                Heard::Nothing => tokio::time::sleep(PAUSE).await,
            }
        };
        if fate == Fate::Acknowledged {
            self.world.acknowledged();
        }
        self.book.said.push(Said { text, fate });
    }

    /// Reads what is new.
    async fn read(&mut self) -> Reading {
        let form = [("transcriptPosition", self.next.to_string())];
        let Heard::Done(reply) = self.ask("/refresh", &form).await else { return Reading::Failed };
        self.next = reply["nextPosition"].as_u64().unwrap();
        let messages = reply["messages"].as_array().unwrap();
        self.book.seen.extend(messages.iter().map(Line::of_reply));
        Reading::Complete
    }

    /// Asks until the node has answered.
    async fn insist(&self, path: &str, form: &[(&str, String)]) -> Value {
        loop {
            match self.ask(path, form).await {
                Heard::Done(reply) => {
                    self.world.acknowledged();
                    return reply;
                }
                Heard::Nothing => tokio::time::sleep(PAUSE).await,
            }
        }
    }

    async fn ask(&self, path: &str, form: &[(&str, String)]) -> Heard {
        let World { http, customer, seed, .. } = &self.world;
        let session = match self.book.session.as_str() {
            "" => String::new(),
            session => format!("/{session}"),
        };
        let form: Vec<_> = self.proof.iter().chain(form).collect();
        let sent = http.post(format!("{customer}{session}{path}")).form(&form).send().await;
        let Ok(answer) = sent else { return Heard::Nothing };
        let status = answer.status().as_u16();
        let Ok(reply) = answer.json::<Value>().await else { return Heard::Nothing };
        if status == 503 {
            assert_eq!(reply["statusCode"], 1, "SEED={seed}: {reply}");
            return Heard::Nothing;
        }
        assert_eq!((status, &reply["statusCode"]), (200, &0.into()), "SEED={seed}: {path} {reply}");
        strict::check(&reply);
        Heard::Done(reply)
    }
}
