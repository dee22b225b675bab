//! A gate on the way to a server: what goes through it can be cut off, and let through again. It
//! has a thread of its own, so that it works while a test waits for something else.

use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// It goes, with all connections through it, when this is dropped.
pub struct Gate {
    /// Where clients connect.
    pub address: SocketAddr,
    state: watch::Sender<State>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Connections stay, and nothing comes through.
    Silent,
    /// Connections are reset, also those that are tried.
    Cut,
}

impl Gate {
    /// Puts a gate on the way to an address of this machine: beside it, at another port. (A driver of
    /// Cassandra takes the port from where it was sent first, and the address from the node itself.)
    pub fn before(target: &str) -> Self {
        let beside: SocketAddr = target.parse().unwrap();
        let listener = std::net::TcpListener::bind((beside.ip(), 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (state, seen) = watch::channel(State::Open);
        let target = target.to_owned();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(watch_over(listener, target, seen));
        });
        Self { address, state }
    }

    /// Breaks every connection, and takes no more.
    pub fn cut(&self) {
        self.state.send_replace(State::Cut);
    }

    /// Swallows what both sides say from now on, as a network does that has lost one of them.
    pub fn swallow(&self) {
        self.state.send_replace(State::Silent);
    }

    /// Lets everything through again, over connections that are made from then on.
    pub fn mend(&self) {
        self.state.send_replace(State::Open);
    }
}

async fn watch_over(
    listener: std::net::TcpListener,
    target: String,
    mut state: watch::Receiver<State>,
) {
    let listener = TcpListener::from_std(listener).unwrap();
    loop {
        tokio::select! {
            come = listener.accept() => {
                let (client, _) = come.unwrap();
                if *state.borrow() == State::Open {
                    tokio::spawn(let_through(client, target.clone(), state.clone()));
                }
            }
            // Whoever held it is gone.
            changed = state.changed() => if changed.is_err() { return },
        }
    }
}

async fn let_through(mut client: TcpStream, target: String, mut state: watch::Receiver<State>) {
    let Ok(mut server) = TcpStream::connect(&target).await else { return };
    for stream in [&client, &server] {
        stream.set_nodelay(true).unwrap();
    }
    tokio::select! {
        _ = copy_bidirectional(&mut client, &mut server) => return,
        _ = state.wait_for(|state| *state != State::Open) => {}
    }
    // Both are kept. An error means that the gate is gone.
    let _ = state.wait_for(|state| *state == State::Cut).await;
}

#[tokio::test]
async fn a_gate_lets_through_cuts_and_lets_through_again() {
    let server = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let gate = Gate::before(&server.local_addr().unwrap().to_string());
    let mut through = TcpStream::connect(gate.address).await.unwrap();
    let (mut served, _) = server.accept().await.unwrap();
    served.write_all(b"a").await.unwrap();
    assert_eq!(through.read_u8().await.unwrap(), b'a');

    gate.cut();

    assert!(through.read_u8().await.is_err());
    let mut refused = TcpStream::connect(gate.address).await.unwrap();
    assert!(refused.read_u8().await.is_err());
    gate.mend();
    let mut through = TcpStream::connect(gate.address).await.unwrap();
    let (mut served, _) = server.accept().await.unwrap();
    served.write_all(b"b").await.unwrap();
    assert_eq!(through.read_u8().await.unwrap(), b'b');
}
