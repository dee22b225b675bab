//! One client: what waits for it, the connect that it holds, how long it is remembered.

use crate::base::Millis;
use crate::edge::cometd::bayeux::message::Incoming;
use crate::edge::cometd::bayeux::reply::{Advice, Reply, Text, millis};
use crate::edge::cometd::bayeux::terms::Terms;
use serde_json::json;
use std::collections::VecDeque;
use std::time::Duration;

/// What the server knows of a client between its handshake and its end.
#[derive(Debug)]
pub struct Client {
    pub id: String,
    /// The browser that it is bound to, if it came with a cookie or was given one.
    pub browser: Option<String>,
    /// Whether it says what it has got, and is sent again what it has not.
    acknowledges: bool,
    queue: VecDeque<Text>,
    /// Sent in answer to connects, and not yet acknowledged.
    unacknowledged: VecDeque<(u64, Vec<Text>)>,
    /// The number of the last batch.
    batch: u64,
    /// Of everything that waits, or may have to be sent again.
    n_waiting: usize,
    n_bytes: usize,
    /// Of everything that was ever taken.
    n_taken: u64,
    /// Of everything that was taken, what it has heard by its own account: it went on afterwards.
    n_heard: u64,
    /// Of everything that was taken, what went a way that it uses no more: whether that arrived, what comes
    /// over another way does not say.
    n_doubtful: u64,
    connect: Option<Connect>,
    /// How many connects there were.
    n_connects: u64,
    /// When it is forgotten, if it holds no connect.
    expires_at: Millis,
    standing: Standing,
    /// Whether it was last told something else than what is agreed.
    was_told_otherwise: bool,
    /// Whether it did not wait the last time because of other pages of its browser.
    was_crowded: bool,
}

/// The connect that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Connect {
    number: u64,
    until: Millis,
    patience: Patience,
}

/// How long a connect may be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// As long as is agreed, or as the client wishes.
    AsAgreed,
    /// Others wait for the same answer.
    None,
    /// The browser holds as many connects as it may.
    Crowded,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Here,
    /// It said good bye, or was forgotten.
    Gone,
    /// It is to go on elsewhere, after a while.
    SentOn(Duration),
}

/// What a look at a connect shows.
#[derive(Debug, PartialEq, Eq)]
pub enum Looked {
    /// Its answer, behind what waited for the client.
    Answer(Vec<Text>),
    /// Nothing yet, and nothing before then unless something happens.
    Wait(Duration),
}

/// What became of a message for a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offered {
    /// It is so many messages that were taken.
    Taken(u64),
    /// So much waits already.
    Full,
    Gone,
}

impl Client {
    /// A client that has just shaken hands.
    pub fn new(
        id: String,
        browser: Option<String>,
        handshake: &Incoming,
        (terms, now): (&Terms, Millis),
    ) -> Self {
        Self {
            id,
            browser,
            acknowledges: handshake.wants_acknowledgements(),
            queue: VecDeque::new(),
            unacknowledged: VecDeque::new(),
            batch: 0,
            n_waiting: 0,
            n_bytes: 0,
            n_taken: 0,
            n_heard: 0,
            n_doubtful: 0,
            connect: None,
            n_connects: 0,
            expires_at: now + terms.interval + terms.max_interval,
            standing: Standing::Here,
            was_told_otherwise: false,
            was_crowded: false,
        }
    }

    /// The answer to its handshake.
    pub fn welcome(&self, handshake: &Incoming, types: &[&'static str], terms: &Terms) -> Text {
        let reply = Reply {
            client_id: Some(&self.id),
            version: Some("1.0"),
            minimum_version: Some("1.0"),
            supported_connection_types: Some(types),
            advice: Some(Advice::of(terms)),
            ext: self.acknowledges.then(|| json!({ "ack": true })),
            ..Reply::done(handshake)
        };
        reply.into_text()
    }

    /// Takes a connect in place of the one that is held, if there is one, and numbers it. The first
    /// one is answered at once: the client learns that it is connected. So is the first that may wait
    /// again: the client learns that it need not take its time any more.
    pub fn connect(
        &mut self,
        message: &Incoming,
        patience: Patience,
        (terms, now): (&Terms, Millis),
    ) -> u64 {
        if self.acknowledges {
            self.settle(message.acknowledged());
        }
        self.n_connects += 1;
        let is_first = self.n_connects == 1;
        let may_wait = patience == Patience::AsAgreed && !is_first && !self.was_crowded;
        self.was_crowded = patience == Patience::Crowded;
        let wished = message.timeout().unwrap_or(terms.timeout).min(terms.timeout);
        let until = if may_wait { now + wished } else { now };
        self.connect = Some(Connect { number: self.n_connects, until, patience });
        self.n_connects
    }

    /// The answer to a connect, if it is time for it: something waits, or nothing came until now, or
    /// another connect took its place.
    pub fn look(
        &mut self,
        (number, message): (u64, &Incoming),
        (terms, now): (&Terms, Millis),
    ) -> Looked {
        let held = match self.connect {
            Some(held) if held.number == number => held,
            // A client that goes on with both at once would never rest without an interval.
            Some(_) | None => {
                self.was_told_otherwise = true;
                let interval = terms.multi_session_interval;
                let advice = Advice { interval: millis(interval), ..Advice::of(terms) };
                let reply = Reply { advice: Some(advice), ..Reply::done(message) };
                return Looked::Answer(vec![reply.into_text()]);
            }
        };
        if self.standing == Standing::Here && self.queue.is_empty() && now < held.until {
            return Looked::Wait(held.until.since(now));
        }
        self.connect = None;
        let mut messages = self.batch();
        messages.push(self.answer(message, held.patience, terms));
        let interval = match held.patience {
            Patience::Crowded => terms.multi_session_interval,
            Patience::AsAgreed | Patience::None => terms.interval,
        };
        self.expires_at = now + interval + terms.max_interval;
        Looked::Answer(messages)
    }

    /// All that waits, for somebody whom it reaches without a connect. Who acknowledges gets it with
    /// his connects only, or he could not say what he has.
    pub fn take(&mut self) -> Vec<Text> {
        if self.acknowledges {
            return Vec::new();
        }
        let messages: Vec<Text> = self.queue.drain(..).collect();
        self.forget(&messages);
        messages
    }

    /// All that waits, for somebody who will not ask again. It counts as waiting: who leaves a page seldom
    /// reads it.
    pub fn take_last(&mut self) -> Vec<Text> {
        self.queue.drain(..).collect()
    }

    /// Lets a message wait for the client, if there is room for it.
    pub fn offer(&mut self, message: &Text, terms: &Terms) -> Offered {
        if self.standing != Standing::Here {
            return Offered::Gone;
        }
        let is_full = terms.max_queue <= self.n_waiting
            || 0 < self.n_waiting && terms.max_queue_bytes < self.n_bytes + message.len();
        if is_full {
            return Offered::Full;
        }
        Offered::Taken(self.queue_up(message))
    }

    /// The same for what a wish of the client itself led to. It has room beyond what others have: whoever
    /// carries the wish cannot wait, for what makes room may come behind it.
    pub fn offer_own(&mut self, message: &Text) -> Offered {
        if self.standing != Standing::Here {
            return Offered::Gone;
        }
        Offered::Taken(self.queue_up(message))
    }

    /// Whether so much waits that the client is to take some of it before it wishes for more.
    pub fn is_choked(&self, terms: &Terms) -> bool {
        2 * terms.max_queue <= self.n_waiting || 2 * terms.max_queue_bytes < self.n_bytes
    }

    /// How many messages were sent, and acknowledged by a client that does so.
    pub fn n_delivered(&self) -> u64 {
        self.n_taken - u64::try_from(self.n_waiting).unwrap_or(u64::MAX)
    }

    /// How many messages it has heard: it acknowledged them, or went on after they were sent.
    pub fn n_heard(&self) -> u64 {
        if self.acknowledges { self.n_delivered() } else { self.n_heard }
    }

    /// It went on, after having been sent so many messages.
    pub fn heard(&mut self, n_sent: u64) {
        let n_sent = n_sent.min(self.n_delivered());
        if self.n_doubtful < n_sent {
            self.n_heard = self.n_heard.max(n_sent);
        }
    }

    /// It comes another way, and did not say that it heard what was sent over the former one.
    pub fn came_another_way(&mut self) {
        if self.n_heard < self.n_delivered() {
            self.n_doubtful = self.n_delivered();
        }
    }

    /// Whether it says what it has got.
    pub fn acknowledges(&self) -> bool {
        self.acknowledges
    }

    /// The connection that held a connect is lost.
    pub fn abandon(&mut self, number: u64, (terms, now): (&Terms, Millis)) {
        if self.connect.is_some_and(|held| held.number == number) {
            self.connect = None;
            self.expires_at = now + terms.interval + terms.max_interval;
        }
    }

    /// Whether it has been silent for too long.
    pub fn is_expired(&self, now: Millis) -> bool {
        self.connect.is_none() && self.expires_at <= now
    }

    pub fn is_here(&self) -> bool {
        self.standing == Standing::Here
    }

    pub fn has_connected(&self) -> bool {
        0 < self.n_connects
    }

    pub fn is_sent_on(&self) -> bool {
        matches!(self.standing, Standing::SentOn(_))
    }

    /// It says good bye, or is forgotten.
    pub fn leave(&mut self) {
        self.standing = Standing::Gone;
    }

    /// It is to shake hands elsewhere, after a while.
    pub fn send_on(&mut self, after: Duration) {
        self.standing = Standing::SentOn(after);
    }

    fn queue_up(&mut self, message: &Text) -> u64 {
        self.n_waiting += 1;
        self.n_taken += 1;
        self.n_bytes += message.len();
        self.queue.push_back(message.clone());
        self.n_taken
    }

    /// Forgets what was received, and puts back what was not.
    fn settle(&mut self, acknowledged: Option<u64>) {
        let upto = acknowledged.unwrap_or(u64::MAX);
        while self.unacknowledged.front().is_some_and(|(batch, _)| *batch <= upto) {
            if let Some((_, messages)) = self.unacknowledged.pop_front() {
                self.forget(&messages);
            }
        }
        while let Some((_, messages)) = self.unacknowledged.pop_back() {
            messages.into_iter().rev().for_each(|message| self.queue.push_front(message));
        }
    }

    /// What waits, to be sent with the answer to a connect.
    fn batch(&mut self) -> Vec<Text> {
        if !self.acknowledges {
            return self.take();
        }
        let messages: Vec<Text> = self.queue.drain(..).collect();
        if !messages.is_empty() {
            self.batch += 1;
            self.unacknowledged.push_back((self.batch, messages.clone()));
        }
        messages
    }

    fn answer(&mut self, message: &Incoming, patience: Patience, terms: &Terms) -> Text {
        let advice = match (self.standing, patience) {
            (Standing::SentOn(after), _) => {
                let advice = Some(Advice::handshake(after));
                return Reply { advice, ..Reply::refused(message, "402::Unknown client") }
                    .into_text();
            }
            (Standing::Gone, _) => Some(Advice::none()),
            (Standing::Here, Patience::Crowded) => {
                self.was_told_otherwise = true;
                Some(Advice::multiple_clients(terms))
            }
            (Standing::Here, Patience::AsAgreed | Patience::None) => {
                std::mem::take(&mut self.was_told_otherwise).then(|| Advice::of(terms))
            }
        };
        let ext = self.acknowledges.then(|| json!({ "ack": self.batch }));
        Reply { advice, ext, ..Reply::done(message) }.into_text()
    }

    fn forget(&mut self, messages: &[Text]) {
        self.n_waiting -= messages.len();
        self.n_bytes -= messages.iter().map(|message| message.len()).sum::<usize>();
    }
}
