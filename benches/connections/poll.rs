//! What it costs to ask whether there is anything new, when there is not: some 98 of 100 polls of a page.

use crate::Size;
use crate::client::{Client, Over};
use crate::node::Node;
use crate::rest::Rest;
use crate::watch::{self, float, spread};
use crate::wire::Http;
use futures_util::future::join_all;
use std::cell::Cell;
use std::net::SocketAddr;
use std::time::Duration;

const N_ROUNDS: usize = 5;

/// So many ask at a time, each at once when it is answered.
const N_ASKING: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rest,
    RestAlone,
    Connect(Over),
}

const KINDS: [Kind; 4] =
    [Kind::Rest, Kind::RestAlone, Kind::Connect(Over::LongPolling), Kind::Connect(Over::Websocket)];

pub async fn measure(size: Size) {
    let node = Node::start("poll", &["settings.flex-disconnect-timeout=1728000"]);
    let mut costs = KINDS.map(|_| Vec::new());
    for _ in 0..N_ROUNDS {
        for (kind, costs) in KINDS.iter().zip(&mut costs) {
            costs.push(round(&node, *kind, size.span).await);
        }
    }
    println!("### An empty poll, {N_ASKING} on their way at any time\n");
    println!("| what is asked | CPU µs of the node, median (min–max) |");
    println!("|---|---|");
    for (kind, costs) in KINDS.iter().zip(&costs) {
        println!("| {} | {} |", words(*kind), spread(costs, 1));
    }
    println!();
}

/// Microseconds for each poll.
async fn round(node: &Node, kind: Kind, span: Duration) -> f64 {
    let (n_polls, until) = (Cell::new(0_u64), Cell::new(u64::MAX));
    let is_over = || until.get() < watch::now();
    let count = || n_polls.set(n_polls.get() + 1);
    let before = Cell::new(0);
    let asking = (0..N_ASKING).map(|_| ask(node.customers, kind, &is_over, &count));
    // The chats themselves are begun before the time runs.
    let timing = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        n_polls.set(0);
        before.set(node.cpu());
        until.set(watch::now() + watch::nanos(span));
    };
    futures_util::future::join(join_all(asking), timing).await;
    float(node.cpu() - before.get()) / 1e3 / float(n_polls.get())
}

async fn ask(address: SocketAddr, kind: Kind, is_over: &impl Fn() -> bool, count: &impl Fn()) {
    match kind {
        Kind::Rest | Kind::RestAlone => {
            let mut http = Http::open(address).await.unwrap();
            let chat = Rest::begin(&mut http, "").await.unwrap();
            while !is_over() {
                if kind == Kind::RestAlone {
                    http = Http::open(address).await.unwrap();
                }
                chat.look(&mut http).await.unwrap();
                count();
            }
        }
        Kind::Connect(over) => {
            let client = Client::meet(address, over).await.unwrap();
            let mut client = client.begin_chat(0, "").await.unwrap().client;
            let connect = client.connect(Some(0));
            while !is_over() {
                let answer = client.ask(&connect).await.unwrap();
                assert!(answer.contains("\"successful\":true"), "{answer}");
                count();
            }
        }
    }
}

fn words(kind: Kind) -> &'static str {
    match kind {
        Kind::Rest => "REST `refresh`, kept-alive connection",
        Kind::RestAlone => "REST `refresh`, a connection for each",
        Kind::Connect(Over::LongPolling) => "CometD `/meta/connect` that need not wait, HTTP",
        Kind::Connect(Over::Websocket) => "the same, WebSocket",
    }
}
