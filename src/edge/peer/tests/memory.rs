//! A network in memory, on a clock that can stand still.

use super::config;
use crate::base::NodeId;
use crate::edge::peer::framing::{read_frame, write_frame};
use crate::edge::peer::wire::{Frame, Hello};
use crate::edge::peer::{Arrival, Named, PeerConfig, Stream, Transport, TransportFuture};
use std::collections::HashMap;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use tokio::io::DuplexStream;
use tokio::sync::mpsc;

/// Bytes on their way between two ends.
const ON_THE_WAY: usize = 64 * 1024;

/// Streams by address. An address nobody listens at refuses.
#[derive(Clone, Default)]
pub struct Network(Arc<Mutex<HashMap<String, mpsc::UnboundedSender<DuplexStream>>>>);

/// One node's way into it.
pub struct Plug {
    network: Network,
    arriving: Arc<tokio::sync::Mutex<mpsc::UnboundedReceiver<DuplexStream>>>,
}

impl Network {
    pub fn listen(&self, address: &str) -> mpsc::UnboundedReceiver<DuplexStream> {
        let (sender, arriving) = mpsc::unbounded_channel();
        self.0.lock().unwrap().insert(address.to_owned(), sender);
        arriving
    }

    pub fn plug(&self, address: &str) -> Arc<Plug> {
        let arriving = Arc::new(tokio::sync::Mutex::new(self.listen(address)));
        Arc::new(Plug { network: self.clone(), arriving })
    }

    pub fn config(&self, node: &str) -> PeerConfig {
        config(node, self.plug(node))
    }

    pub fn dial(&self, address: &str) -> io::Result<DuplexStream> {
        let (ours, theirs) = tokio::io::duplex(ON_THE_WAY);
        let network = self.0.lock().unwrap();
        let refused = || io::Error::from(io::ErrorKind::ConnectionRefused);
        network.get(address).ok_or_else(refused)?.send(theirs).map_err(|_| refused())?;
        Ok(ours)
    }
}

impl Transport for Plug {
    fn close(&self) {}

    fn dial(&self, _: &NodeId, address: &str) -> TransportFuture<Box<dyn Stream>> {
        let dialled = self.network.dial(address);
        Box::pin(async { Ok(Box::new(dialled?) as Box<dyn Stream>) })
    }

    fn accept(&self) -> TransportFuture<Pin<Box<dyn Future<Output = io::Result<Arrival>> + Send>>> {
        let arriving = self.arriving.clone();
        Box::pin(async move {
            let Some(stream) = arriving.lock().await.recv().await else {
                return std::future::pending().await;
            };
            let from = "memory".to_owned();
            let arrival = Arrival { stream: Box::new(stream), named: Named::Trusted, from };
            Ok(Box::pin(async { Ok(arrival) }) as Pin<Box<_>>)
        })
    }
}

/// A peer that does what the test says.
pub struct ByHand(pub DuplexStream);

impl ByHand {
    pub async fn say(&mut self, frame: &Frame) {
        assert!(self.try_say(frame).await, "the connection is closed");
    }

    /// Whether the other end still takes something.
    pub async fn try_say(&mut self, frame: &Frame) -> bool {
        let encoded = frame.encode(16 << 20).unwrap();
        write_frame(&mut self.0, &encoded, || ()).await.is_ok()
    }

    /// The next frame that is no ping.
    pub async fn hear(&mut self) -> Frame {
        loop {
            let frame = read_frame(&mut self.0, 16 << 20, || ()).await.unwrap();
            if !matches!(frame, Frame::Ping(_)) {
                return frame;
            }
        }
    }

    /// Whether the other end closes the connection, whatever it says before.
    pub async fn is_closed(&mut self) -> bool {
        while read_frame(&mut self.0, 16 << 20, || ()).await.is_ok() {}
        true
    }

    /// Hears the other's greeting and answers as `node`.
    pub async fn greet(&mut self, node: &str, protocol: i32) -> Hello {
        self.say(&hello(node, protocol)).await;
        let Frame::Hello(hello) = self.hear().await else { panic!("no greeting") };
        hello
    }
}

pub fn hello(node: &str, protocol: i32) -> Frame {
    let process = super::process(node);
    Frame::Hello(Hello { protocol, process, program: "by hand".into() })
}
