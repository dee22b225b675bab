//! Many customers over CometD, each with a chat, and their agents.

use crate::client::{Chat, Client, Name, Over, Talker};
use crate::desk::Desk;
use crate::ears::Ears;
use crate::node::{N_AGENTS, Node};
use crate::wire::{Http, JSON};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::iter;
use std::net::SocketAddr;
use std::ops::Range;
use std::pin::pin;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{JoinHandle, spawn_local};

/// So many begin at a time.
const AT_ONCE: usize = 64;

/// So many connections publish for those whose own one waits for news.
const N_MOUTHS: usize = 32;

/// Customers who are there and hear what comes.
pub struct Crowd {
    pub chats: Vec<Chat>,
    wishes: Vec<UnboundedSender<String>>,
    names: Vec<(Name, Mouth)>,
    tasks: Vec<JoinHandle<()>>,
    mouths: Vec<Mouth>,
    ears: Ears,
}

type Mouth = UnboundedSender<(String, String)>;

/// Lets agents come into chats; each has his share.
pub async fn attend(node: &Node, chats: &[Chat], ears: &Ears) -> Vec<Desk> {
    let opening = (0..N_AGENTS.min(chats.len())).map(|n| async move {
        let own = chats.iter().filter(|chat| chat.number % N_AGENTS == n);
        let own: Vec<String> = own.map(|chat| chat.session.clone()).collect();
        Desk::open(node, n, &own, ears).await
    });
    join_all(opening).await
}

impl Crowd {
    /// Nobody yet; all will hear with these ears.
    pub fn new(node: &Node, ears: &Ears) -> Self {
        let (chats, wishes, names) = (Vec::new(), Vec::new(), Vec::new());
        let (tasks, mouths) = (0..N_MOUTHS).map(|_| open_mouth(node.customers)).unzip();
        Self { chats, wishes, names, tasks, mouths, ears: ears.clone() }
    }

    /// Customers who begin chats with these numbers; more is what else is said of each.
    pub async fn gather(
        node: &Node,
        over: Over,
        (numbers, more): (Range<usize>, &str),
        ears: &Ears,
    ) -> Self {
        let (address, mut crowd) = (node.customers, Self::new(node, ears));
        let begin = |number| async move {
            Client::meet(address, over).await.unwrap().begin_chat(number, more).await.unwrap()
        };
        let mut beginning = pin!(iter(numbers).map(begin).buffered(AT_ONCE));
        while let Some(talker) = beginning.next().await {
            crowd.add(talker);
        }
        crowd
    }

    /// Lets one more hear, at once: whoever waits for nothing is forgotten after some seconds.
    pub fn add(&mut self, talker: Talker) {
        let mouth = self.mouths[talker.chat.number % N_MOUTHS].clone();
        self.chats.push(talker.chat.clone());
        self.names.push((talker.client.name(), mouth));
        let (wishes, wished) = unbounded_channel();
        self.wishes.push(wishes);
        self.tasks.push(spawn_local(talker.live(self.ears.clone(), wished)));
    }

    /// Lets one of them say something. What one says goes one way, and so in its order.
    pub fn say(&self, idx: usize, words: &str) {
        let saying = self.chats[idx].saying(words);
        let (name, mouth) = &self.names[idx];
        let is_sent = match &name.cookie {
            Some(cookie) => mouth.send((name.publication(&saying), cookie.clone())).is_ok(),
            None => self.wishes[idx].send(saying).is_ok(),
        };
        assert!(is_sent, "a customer is gone");
    }

    /// Cuts all connections. Whatever went wrong meanwhile is told here.
    pub async fn hang_up(mut self) -> Vec<Chat> {
        for task in self.tasks.drain(..) {
            task.abort();
            if let Err(error) = task.await
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
        std::mem::take(&mut self.chats)
    }
}

fn open_mouth(address: SocketAddr) -> (JoinHandle<()>, Mouth) {
    let (mouth, mut said) = unbounded_channel::<(String, String)>();
    let task = spawn_local(async move {
        // A connection on which nothing is asked for some seconds is closed, so the first message opens it.
        let mut line = None;
        while let Some((message, cookie)) = said.recv().await {
            let http = match &mut line {
                Some(http) => http,
                none => none.insert(Http::open(address).await.unwrap()),
            };
            let told = http.post("/genesys/cometd", (JSON, &message), &cookie).await;
            assert_eq!(told.unwrap(), 200, "{}", http.body());
        }
    });
    (task, mouth)
}
