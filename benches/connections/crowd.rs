//! Many customers over CometD, each with a chat, and their agents.

use crate::client::{Chat, Client, Name, Over, Talker};
use crate::desk::Desk;
use crate::ears::Ears;
use crate::node::{N_AGENTS, Node};
use crate::wire::{Http, JSON};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::iter;
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
}

type Mouth = UnboundedSender<(String, String)>;

/// Begins chats with these numbers.
pub async fn gather(node: &Node, over: Over, numbers: std::ops::Range<usize>) -> Vec<Talker> {
    let address = node.customers;
    let begin = |number| async move {
        Client::meet(address, over).await.unwrap().begin_chat(number, "").await.unwrap()
    };
    iter(numbers).map(begin).buffered(AT_ONCE).collect().await
}

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
    /// Lets all of them hear from now on.
    pub async fn listen(node: &Node, talkers: Vec<Talker>, ears: &Ears) -> Self {
        let mut crowd =
            Self { chats: Vec::new(), wishes: Vec::new(), names: Vec::new(), tasks: Vec::new() };
        let mouths = crowd.open_mouths(node).await;
        for talker in talkers {
            let mouth = mouths[talker.chat.number % mouths.len()].clone();
            crowd.chats.push(talker.chat.clone());
            crowd.names.push((talker.client.name(), mouth));
            let (wishes, wished) = unbounded_channel();
            crowd.wishes.push(wishes);
            crowd.tasks.push(spawn_local(talker.live(ears.clone(), wished)));
        }
        crowd
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

    async fn open_mouths(&mut self, node: &Node) -> Vec<Mouth> {
        let mut mouths = Vec::new();
        for _ in 0..N_MOUTHS {
            let mut http = Http::open(node.customers).await.unwrap();
            let (mouth, mut said) = unbounded_channel::<(String, String)>();
            mouths.push(mouth);
            self.tasks.push(spawn_local(async move {
                while let Some((message, cookie)) = said.recv().await {
                    let told = http.post("/genesys/cometd", (JSON, &message), &cookie).await;
                    assert_eq!(told.unwrap(), 200, "{}", http.body());
                }
            }));
        }
        mouths
    }
}
