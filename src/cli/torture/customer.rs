//! A customer: starts a chat over REST, says what he is told to, and asks for news all the while.
//! Nothing waits for anything else: requests overlap as they may.

use crate::cli::talk::http::Reply;
use crate::cli::talk::input;
use crate::cli::torture::check::{Author, Sight, View, ViewKind, Viewer, What};
use crate::cli::torture::ledger::Record;
use crate::cli::torture::sight::CUSTOMER;
use crate::cli::torture::world::{Outcome, World};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

pub struct Customer {
    world: Rc<World>,
    pub session: String,
    keys: Vec<(String, String)>,
    stream: u32,
    /// Up to here he has asked for news.
    position: Cell<u64>,
    /// The server says that he is out.
    pub is_out: Cell<bool>,
    /// Nobody wants more of him: what is not known by now stays unknown.
    pub is_done: Cell<bool>,
    /// He has seen an agent.
    pub has_met_agent: Cell<bool>,
    /// Byte for byte what he was answered, if somebody wants to compare it.
    pub answers: RefCell<Option<Vec<Vec<u8>>>>,
}

impl Customer {
    /// Starts a chat; nothing if the run ends before there is one.
    pub async fn begin(world: &Rc<World>, slot: u32, round: u32) -> Option<Rc<Self>> {
        let form = [
            pair("nickname", format!("{CUSTOMER}{slot}-{round}")),
            pair("subject", "torture"),
            pair("userData[TortureRun]", &world.run),
        ];
        Self::begin_as(world, &form).await
    }

    /// The same for a customer who says himself who he is.
    pub async fn begin_as(world: &Rc<World>, form: &[(String, String)]) -> Option<Rc<Self>> {
        let key = format!("{}-{}", world.run, input::new_name());
        let is_wanted = || !world.is_stopping.get();
        let outcome = world.ask(&world.arguments.service, form, &key, is_wanted).await;
        let Outcome::Done(reply) = outcome else { return None };
        let Reply { chat_id, user_id, secure_key, alias, .. } = *reply;
        let keys = [("userId", user_id), ("secureKey", secure_key), ("alias", alias)];
        let stream = world.note(&chat_id, |record| {
            record.is_known = true;
            record.begin_stream(Viewer::Customer)
        });
        Some(Rc::new(Self {
            world: world.clone(),
            session: chat_id,
            keys: keys.map(|(name, value)| pair(name, value)).to_vec(),
            stream,
            position: Cell::new(1),
            is_out: Cell::new(false),
            is_done: Cell::new(false),
            has_met_agent: Cell::new(false),
            answers: RefCell::new(None),
        }))
    }

    /// Says something that was planned.
    pub async fn say(self: Rc<Self>, cseq: u32) {
        let (world, session, word) = (&self.world, &self.session, (Author::Customer, cseq));
        let Some((text, mark)) = world.text(session, word) else { return };
        // Whenever it arrives, it does so after this: the answer must show it.
        let from = self.position.get();
        let form = [pair("message", text), pair("transcriptPosition", from.to_string())];
        let now = world.now();
        world.note(session, |record| record.sent(word.0, cseq, now));
        let outcome = self.ask("send", &form, &mark.key).await;
        match outcome {
            Outcome::Done(reply) => {
                let position = self.show(ViewKind::Answer, from, &reply, cseq);
                world.acked(session, word, position);
            }
            Outcome::Refused => {
                self.is_out.set(true);
                world.note(session, |record| record.give_up());
            }
            Outcome::Unknown => world.note(session, |record| record.give_up()),
        }
    }

    /// Asks for news again and again, until nobody wants more of him.
    pub async fn listen(self: Rc<Self>) {
        let pause = self.world.arguments.poll;
        while !self.is_done.get() {
            // Not all at the same time.
            sleep(Duration::from_secs_f64(pause * (0.5 + self.world.chance()))).await;
            if !self.is_done.get() {
                self.poll().await;
            }
        }
    }

    /// Asks for news once.
    pub async fn poll(&self) {
        let from = self.position.get();
        let Outcome::Done(reply) = self.refresh(from).await else { return };
        self.show(ViewKind::Stream, from, &reply, 0);
        // An answer may be of a moment ago; he has seen what he has seen.
        self.position.set(from.max(reply.next_position));
        if reply.chat_ended {
            self.is_out.set(true);
        }
    }

    /// Fetches the transcript from its beginning.
    pub async fn fetch_whole(&self) {
        if let Outcome::Done(reply) = self.refresh(1).await {
            self.show(ViewKind::Whole, 1, &reply, 0);
        }
    }

    /// Goes.
    pub async fn leave(&self) {
        let now = self.world.now();
        self.world.note(&self.session, |record| {
            record.history.goodbyes.insert(Author::Customer, now);
        });
        self.ask("disconnect", &[], &input::new_name()).await;
    }

    async fn refresh(&self, from: u64) -> Outcome {
        let form = [pair("transcriptPosition", from.to_string())];
        self.ask("refresh", &form, &input::new_name()).await
    }

    async fn ask(&self, operation: &str, form: &[(String, String)], key: &str) -> Outcome {
        let form: Vec<_> = self.keys.iter().chain(form).cloned().collect();
        let path = format!("{}/{}/{operation}", self.world.arguments.service, self.session);
        self.world.ask(&path, &form, key, || !self.is_done.get()).await
    }

    /// Notes what an answer shows, and says where it shows one of his own messages.
    fn show(&self, kind: ViewKind, from: u64, reply: &Reply, cseq: u32) -> Option<u64> {
        let scene = self.world.scene(&self.session);
        let lines: Vec<_> =
            reply.messages.iter().filter_map(|message| scene.of_message(message)).collect();
        let own = What::Said(Author::Customer, cseq);
        let position = lines.iter().find(|line| line.what == own).map(|line| line.position);
        if lines.iter().any(|line| is_of_agent(&line.what)) {
            self.has_met_agent.set(true);
        }
        if let Some(answers) = &mut *self.answers.borrow_mut() {
            answers.push(reply.body.clone());
        }
        self.world.show(
            &self.session,
            View { viewer: Viewer::Customer, kind, stream: self.stream, from, lines },
        );
        position
    }

    /// What he is to say next has its number.
    pub fn plan(&self, planned: u64) -> u32 {
        let plan = |record: &mut Record| record.plan(Author::Customer, Sight::All, planned);
        self.world.note(&self.session, plan)
    }

    /// Fetches until everything is there that was acknowledged, or until a time.
    pub async fn fetch_all(&self, deadline: Instant) {
        loop {
            self.fetch_whole().await;
            let has_all = |record: &mut Record| record.has_all(Viewer::Customer, ViewKind::Whole);
            if self.world.note(&self.session, has_all) || deadline <= Instant::now() {
                return;
            }
            sleep(Duration::from_millis(500)).await;
        }
    }
}

fn is_of_agent(what: &What) -> bool {
    match what {
        What::Joined(party) => party.who == Author::Agent,
        What::Said(author, _) => *author == Author::Agent,
        What::Left(_) | What::Damaged | What::Strange | What::Other => false,
    }
}

pub fn pair(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}
