//! A way to a node of Cassandra on which things happen: answers are slow or get lost, connections
//! break, and a certificate is shown that is not the node's. It reads frames of CQL 4, so that what is
//! lost is always a whole answer.

use rustls::ServerConfig;
use std::collections::BTreeSet;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, WriteHalf, split};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_rustls::TlsAcceptor;

const ERROR: u8 = 0x00;
const BATCH: u8 = 0x0d;

/// `WriteTimeout` of a batch at quorum, of which one copy came and two were wanted.
const WRITE_TIMEOUT: &[u8] =
    b"\x00\x00\x11\x00\x00\x04late\x00\x04\x00\x00\x00\x01\x00\x00\x00\x02\x00\x0eUNLOGGED_BATCH";

/// What becomes of answers to batches, which have taken place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    Arrive,
    GetLost,
    /// Cassandra says that it does not know whether it took place.
    BecomeTimeouts,
}

/// The way. It ends with the runtime of the test.
pub struct Detour {
    /// Where clients connect, as `address:port`.
    pub address: String,
    traffic: Arc<Traffic>,
}

/// One connection of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guest {
    number: u64,
    /// The certificate it showed.
    pub certificate: Option<Vec<u8>>,
}

struct Traffic {
    node: String,
    shown: Mutex<Option<Arc<ServerConfig>>>,
    answers: Mutex<Answers>,
    delay: Mutex<Duration>,
    guests: Mutex<Vec<Guest>>,
    n_spoilt: AtomicU64,
    n_cuts: watch::Sender<u64>,
}

struct Frame {
    header: [u8; 9],
    body: Vec<u8>,
}

impl Detour {
    /// A way to a node that speaks plainly; with a certificate, TLS is spoken up to here. It begins
    /// at the node's own address, as that is where its clients come back to.
    pub async fn to(node: &str, shown: Option<ServerConfig>) -> Self {
        let listener = TcpListener::bind((address_of(node), 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let traffic = Arc::new(Traffic {
            node: node.to_owned(),
            shown: Mutex::new(shown.map(Arc::new)),
            answers: Mutex::new(Answers::Arrive),
            delay: Mutex::default(),
            guests: Mutex::default(),
            n_spoilt: AtomicU64::new(0),
            n_cuts: watch::Sender::new(0),
        });
        let this = traffic.clone();
        actix_web::rt::spawn(async move {
            for number in 0.. {
                let (front, _) = listener.accept().await.unwrap();
                let traffic = this.clone();
                actix_web::rt::spawn(async move { traffic.welcome(number, front).await });
            }
        });
        Self { address, traffic }
    }

    /// What the next clients see.
    pub fn show(&self, shown: ServerConfig) {
        *self.traffic.shown.lock().unwrap() = Some(Arc::new(shown));
    }

    /// Every answer takes so long, however many there are.
    pub fn slow_down(&self, delay: Duration) {
        *self.traffic.delay.lock().unwrap() = delay;
    }

    pub fn let_answers(&self, answers: Answers) {
        *self.traffic.answers.lock().unwrap() = answers;
    }

    /// How many answers got lost or were replaced.
    pub fn n_spoilt(&self) -> u64 {
        self.traffic.n_spoilt.load(Ordering::Acquire)
    }

    /// Ends all connections.
    pub fn cut(&self) {
        self.traffic.n_cuts.send_modify(|n_cuts| *n_cuts += 1);
    }

    /// Those who are here now.
    pub fn guests(&self) -> Vec<Guest> {
        self.traffic.guests.lock().unwrap().clone()
    }
}

/// The address of `address:port`.
pub fn address_of(node: &str) -> &str {
    node.split_once(':').unwrap().0
}

impl Traffic {
    async fn welcome(&self, number: u64, front: TcpStream) {
        let shown = self.shown.lock().unwrap().clone();
        let Some(shown) = shown else {
            return self.lead(Guest { number, certificate: None }, front).await;
        };
        // Whom it does not please, it need not come in.
        if let Ok(front) = TlsAcceptor::from(shown).accept(front).await {
            let chain = front.get_ref().1.peer_certificates();
            let certificate = chain.and_then(<[_]>::first).map(|own| own.as_ref().to_vec());
            self.lead(Guest { number, certificate }, front).await;
        }
    }

    async fn lead(&self, guest: Guest, front: impl AsyncRead + AsyncWrite) {
        let mut cuts = self.n_cuts.subscribe();
        self.guests.lock().unwrap().push(guest.clone());
        // Broken off from either side, or cut.
        tokio::select! {
            _ = self.carry(front) => {}
            _ = cuts.changed() => {}
        }
        self.guests.lock().unwrap().retain(|other| *other != guest);
    }

    async fn carry(&self, front: impl AsyncRead + AsyncWrite) -> io::Result<()> {
        let (mut from_client, mut to_client) = split(front);
        let (mut from_node, mut to_node) = split(TcpStream::connect(&self.node).await?);
        let batches = Mutex::new(BTreeSet::new());
        let (later, on_the_way) = mpsc::unbounded_channel();
        let there = async {
            loop {
                let frame = Frame::read(&mut from_client).await?;
                if frame.kind() == BATCH {
                    batches.lock().unwrap().insert(frame.stream());
                }
                frame.write(&mut to_node).await?;
            }
        };
        let back = async {
            loop {
                let frame = Frame::read(&mut from_node).await?;
                let is_batch = batches.lock().unwrap().remove(&frame.stream());
                if let Some(frame) = if is_batch { self.spoil(frame) } else { Some(frame) } {
                    let due = Instant::now() + *self.delay.lock().unwrap();
                    later.send((due, frame)).map_err(io::Error::other)?;
                }
            }
        };
        tokio::select! {
            ended = there => ended,
            ended = back => ended,
            ended = deliver(on_the_way, &mut to_client) => ended,
        }
    }

    fn spoil(&self, frame: Frame) -> Option<Frame> {
        let answers = *self.answers.lock().unwrap();
        if answers != Answers::Arrive {
            self.n_spoilt.fetch_add(1, Ordering::AcqRel);
        }
        match answers {
            Answers::Arrive => Some(frame),
            Answers::GetLost => None,
            Answers::BecomeTimeouts => Some(frame.turned_into(ERROR, WRITE_TIMEOUT)),
        }
    }
}

async fn deliver<S: AsyncWrite>(
    mut on_the_way: mpsc::UnboundedReceiver<(Instant, Frame)>,
    to_client: &mut WriteHalf<S>,
) -> io::Result<()> {
    while let Some((due, frame)) = on_the_way.recv().await {
        sleep_until(due).await;
        frame.write(to_client).await?;
    }
    Ok(())
}

impl Frame {
    async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Self> {
        let mut header = [0; 9];
        from.read_exact(&mut header).await?;
        let [.., a, b, c, d] = header;
        let mut body = vec![0; usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap()];
        from.read_exact(&mut body).await?;
        Ok(Self { header, body })
    }

    async fn write(&self, to: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        to.write_all(&[&self.header[..], &self.body].concat()).await?;
        to.flush().await
    }

    fn kind(&self) -> u8 {
        self.header[4]
    }

    fn stream(&self) -> [u8; 2] {
        [self.header[2], self.header[3]]
    }

    fn turned_into(mut self, kind: u8, body: &[u8]) -> Self {
        self.header[1] = 0;
        self.header[4] = kind;
        self.header[5..].copy_from_slice(&u32::try_from(body.len()).unwrap().to_be_bytes());
        Self { header: self.header, body: body.to_vec() }
    }
}
