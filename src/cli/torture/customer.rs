//! A customer: starts a chat over REST, says what he is told to, and asks for news all the while.
//! Nothing waits for anything else: requests overlap as they may.

use crate::cli::talk::http::Reply;
use crate::cli::talk::input;
use crate::cli::torture::check::{Author, Sight, View, ViewKind, Viewer, What};
use crate::cli::torture::ledger::Record;
use crate::cli::torture::line::{Line, Lost};
use crate::cli::torture::settings::Over;
use crate::cli::torture::sight::CUSTOMER;
use crate::cli::torture::world::{Outcome, World};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Between two tries over CometD.
const AGAIN: Duration = Duration::from_millis(500);

pub struct Customer {
    world: Rc<World>,
    pub session: String,
    keys: Vec<(String, String)>,
    stream: u32,
    /// Up to here he has asked for news.
    position: Cell<u64>,
    /// No sooner the server wants to be asked again.
    poll_after: Cell<Option<Duration>>,
    /// The server says that he is out.
    pub is_out: Cell<bool>,
    /// Nobody wants more of him: what is not known by now stays unknown.
    pub is_done: Cell<bool>,
    /// He has seen an agent.
    pub has_met_agent: Cell<bool>,
    /// His line over CometD; none for one who asks over REST.
    line: Option<Line>,
    /// What of his own he has seen, and how often the whole transcript, over his line.
    seen: RefCell<BTreeSet<u32>>,
    n_whole: Cell<u32>,
    /// Byte for byte what he was answered, if somebody wants to compare it.
    pub answers: RefCell<Option<Vec<Vec<u8>>>>,
}

impl Customer {
    /// Starts a chat; nothing if the run ends before there is one.
    pub async fn begin(world: &Rc<World>, slot: u32, round: u32) -> Option<Rc<Self>> {
        let nickname = format!("{CUSTOMER}{slot}-{round}");
        let ways = &world.arguments.over;
        let turn = usize::try_from(slot).unwrap_or_default() % ways.len().max(1);
        let over = ways.get(turn).copied().unwrap_or(Over::Rest);
        if over != Over::Rest {
            return Self::begin_over(world, Line::new(world, over), &nickname).await;
        }
        let form = [
            pair("nickname", nickname),
            pair("subject", "torture"),
            pair("userData[TortureRun]", &world.run),
        ];
        Self::begin_as(world, &form).await
    }

    /// Starts a chat over CometD: asks for it by the same key until its first event comes.
    async fn begin_over(world: &Rc<World>, line: Line, nickname: &str) -> Option<Rc<Self>> {
        let key = format!("{}-{}", world.run, input::new_name());
        let wish = json!({
            "operation": "requestChat", "nickname": nickname, "subject": "torture",
            "messageId": key, "userData": { "TortureRun": world.run },
        });
        while !world.is_stopping.get() {
            let began = async {
                line.meet().await?;
                line.publish(&wish).await?;
                loop {
                    let events = line.events().await?;
                    let has_come = !events.is_empty();
                    let mut events = events.into_iter();
                    if let Some(first) = events.find(|event| event.status_code == 0) {
                        // An agent may have come already.
                        return Ok::<_, Lost>((first, events));
                    }
                    // What came refuses the chat, as when no agent has come yet.
                    if has_come {
                        world.failed("cometd refused");
                        sleep(AGAIN).await;
                        line.publish(&wish).await?;
                    }
                }
            };
            if let Ok((first, more)) = began.await {
                let customer = Self::new(world, &first, Some(line));
                customer.hear(&first);
                more.for_each(|event| customer.hear(&event));
                return Some(customer);
            }
            sleep(AGAIN).await;
        }
        None
    }

    /// The same for a customer who says himself who he is.
    pub async fn begin_as(world: &Rc<World>, form: &[(String, String)]) -> Option<Rc<Self>> {
        let key = format!("{}-{}", world.run, input::new_name());
        let is_wanted = || !world.is_stopping.get();
        let outcome = world.ask(&world.arguments.service, form, &key, is_wanted).await;
        let Outcome::Done(reply) = outcome else { return None };
        Some(Self::new(world, &reply, None))
    }

    fn new(world: &Rc<World>, reply: &Reply, line: Option<Line>) -> Rc<Self> {
        let Reply { chat_id, user_id, secure_key, alias, .. } = reply.clone();
        let keys = [("userId", user_id), ("secureKey", secure_key), ("alias", alias)];
        let stream = world.note(&chat_id, |record| {
            record.is_known = true;
            record.begin_stream(Viewer::Customer)
        });
        Rc::new(Self {
            world: world.clone(),
            session: chat_id,
            keys: keys.map(|(name, value)| pair(name, value)).to_vec(),
            stream,
            position: Cell::new(1),
            poll_after: Cell::default(),
            is_out: Cell::new(false),
            is_done: Cell::new(false),
            has_met_agent: Cell::new(false),
            line,
            seen: RefCell::default(),
            n_whole: Cell::new(0),
            answers: RefCell::new(None),
        })
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
        if let Some(line) = &self.line {
            return self.say_over(line, (cseq, &form[0].1), &mark.key).await;
        }
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
        if let Some(line) = &self.line {
            return self.listen_over(line).await;
        }
        while !self.is_done.get() {
            // Not all at the same time.
            let pause = Duration::from_secs_f64(pause * (0.5 + self.world.chance()));
            let until = Instant::now() + pause.max(self.poll_after.take().unwrap_or_default());
            self.world.wait_until(until, || self.is_done.get()).await;
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
        self.poll_after.set(reply.poll_after);
        // An answer may be of a moment ago; he has seen what he has seen.
        self.position.set(from.max(reply.next_position));
        if reply.chat_ended {
            self.is_out.set(true);
        }
    }

    /// Fetches the transcript from its beginning.
    pub async fn fetch_whole(&self) {
        if let Some(line) = &self.line {
            let n_before = self.n_whole.get();
            // Lost on its way, it is asked for again by whoever wants it.
            let _ = line
                .publish(&self.wish(json!({ "operation": "refresh", "transcriptPosition": 1 })))
                .await;
            let deadline = Instant::now() + self.world.arguments.patience();
            self.world.wait_until(deadline, || n_before < self.n_whole.get()).await;
            return;
        }
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
        if let Some(line) = &self.line {
            while !self.is_out.get() && !self.is_done.get() {
                let _ = line.publish(&self.wish(json!({ "operation": "disconnect" }))).await;
                let deadline = Instant::now() + self.world.arguments.patience();
                self.world.wait_until(deadline, || self.is_out.get()).await;
            }
            return;
        }
        self.ask("disconnect", &[], &input::new_name()).await;
    }

    /// Says something until he sees that it was said.
    async fn say_over(&self, line: &Line, (cseq, text): (u32, &String), key: &str) {
        let wish = json!({ "operation": "sendMessage", "message": text, "messageId": key });
        let wish = self.wish(wish);
        let is_seen = || self.seen.borrow().contains(&cseq);
        while !is_seen() && !self.is_out.get() && !self.is_done.get() {
            // What is lost is said again.
            let n_met = line.n_met();
            let _ = line.publish(&wish).await;
            let deadline = Instant::now() + self.world.arguments.patience();
            let is_enough = || is_seen() || self.is_out.get() || n_met != line.n_met();
            self.world.wait_until(deadline, is_enough).await;
        }
        if !is_seen() {
            self.world.note(&self.session, |record| record.give_up());
        }
    }

    /// Hears of what happens until nobody wants more of him; from where he was, over another line, when
    /// one is lost.
    async fn listen_over(&self, line: &Line) {
        while !self.is_done.get() {
            match line.events().await {
                Ok(events) => events.iter().for_each(|event| self.hear(event)),
                Err(lost) => {
                    self.world.count(|figures| figures.n_reconnects += 1);
                    line.pause(lost).await;
                    let position = self.position.get();
                    let wish = json!({ "operation": "requestNotifications", "transcriptPosition": position });
                    if line.meet().await.is_ok() {
                        // Should it be lost as well, the next look for events shows it.
                        let _ = line.publish(&self.wish(wish)).await;
                    }
                }
            }
        }
    }

    /// Takes an event in. Only a look at the whole begins with the first number again.
    fn hear(&self, event: &Reply) {
        if event.status_code != 0 {
            let code = event.errors.first().map_or(0, |error| error.code);
            self.world.failed(&format!("cometd event {code}"));
            return;
        }
        let from = self.position.get();
        if 1 < from && event.messages.first().is_some_and(|first| first.index == 1) {
            self.n_whole.set(self.n_whole.get() + 1);
            self.show(ViewKind::Whole, 1, event, 0);
        } else {
            self.show(ViewKind::Stream, from, event, 0);
            self.position.set(from.max(event.next_position));
        }
        if event.chat_ended {
            self.is_out.set(true);
        }
    }

    fn wish(&self, mut data: Value) -> Value {
        for (name, value) in &self.keys {
            data[name] = Value::from(value.as_str());
        }
        data
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
        for line in lines.iter().filter(|_| self.line.is_some()) {
            if let What::Said(Author::Customer, cseq) = line.what
                && self.seen.borrow_mut().insert(cseq)
            {
                self.world.acked(&self.session, (Author::Customer, cseq), Some(line.position));
            }
        }
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
