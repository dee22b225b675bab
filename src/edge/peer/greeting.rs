//! The first words of a connection: both ends say who they are, and each decides whether it goes on.

use super::framing::{NoFrame, read_frame};
use super::terms::PeerConfig;
use super::transport::{Named, Stream};
use super::wire::{Frame, Hello, Refusal};
use crate::base::NodeId;
use tokio::io::AsyncWriteExt;

/// Nobody has a longer name. Strangers are not to fill the memory.
const LONGEST_HELLO: usize = 4 * 1024;

/// Why a connection does not come about.
#[derive(Debug, thiserror::Error)]
pub enum NoGreeting {
    #[error("the connection could not be made")]
    Unreachable(#[source] std::io::Error),
    #[error("the connection or its greeting took too long")]
    Late,
    #[error("the greeting did not come")]
    NoHello(#[from] NoFrame),
    #[error("it began with something else than a greeting")]
    OutOfTurn,
    #[error("it speaks protocol {theirs} and this node {ours}")]
    Version { theirs: i32, ours: i32 },
    #[error("it says that it is {0}")]
    OtherNode(NodeId),
    #[error("it says that it is {0}, which its certificate does not say")]
    Stranger(NodeId),
    #[error("it has the name of this node")]
    Namesake,
    #[error("it refused: {0}")]
    Refused(Refusal),
}

impl PeerConfig {
    fn hello(&self) -> Frame {
        let (process, program) = (self.me.clone(), self.program.clone());
        Frame::Hello(Hello { protocol: self.protocol, process, program })
    }

    fn check_version(&self, hello: &Hello) -> Result<(), NoGreeting> {
        let (theirs, ours) = (hello.protocol, self.protocol);
        let is_near = theirs.abs_diff(ours) <= 1;
        if is_near { Ok(()) } else { Err(NoGreeting::Version { theirs, ours }) }
    }
}

/// Greets a node that was dialled.
pub async fn greet(
    stream: &mut dyn Stream,
    config: &PeerConfig,
    node: &NodeId,
) -> Result<Hello, NoGreeting> {
    say(stream, &config.hello()).await?;
    let hello = hear(stream).await?;
    if hello.process.node != *node {
        return Err(NoGreeting::OtherNode(hello.process.node));
    }
    config.check_version(&hello)?;
    Ok(hello)
}

/// Greets somebody who dialled, if it is who it says.
pub async fn be_greeted(
    stream: &mut dyn Stream,
    config: &PeerConfig,
    named: &Named,
) -> Result<Hello, NoGreeting> {
    let hello = hear(stream).await?;
    let node = &hello.process.node;
    if !named.allows(node) {
        say(stream, &Frame::Refused { id: 0, why: Refusal::Stranger }).await?;
        return Err(NoGreeting::Stranger(node.clone()));
    }
    if *node == config.me.node {
        say(stream, &Frame::Refused { id: 0, why: Refusal::Stranger }).await?;
        return Err(NoGreeting::Namesake);
    }
    // Said in any case, so that the other end can tell its people how far apart the two are.
    say(stream, &config.hello()).await?;
    config.check_version(&hello)?;
    Ok(hello)
}

async fn say(stream: &mut dyn Stream, frame: &Frame) -> Result<(), NoFrame> {
    let encoded = frame.encode(LONGEST_HELLO).map_err(std::io::Error::other)?;
    stream.write_all(&encoded).await?;
    stream.flush().await?;
    Ok(())
}

async fn hear(stream: &mut dyn Stream) -> Result<Hello, NoGreeting> {
    let mut stream = stream;
    match read_frame(&mut stream, LONGEST_HELLO, || ()).await? {
        Frame::Hello(hello) => Ok(hello),
        Frame::Refused { why, .. } => Err(NoGreeting::Refused(why)),
        Frame::Call(_)
        | Frame::Listen(_)
        | Frame::Answer { .. }
        | Frame::News { .. }
        | Frame::Close { .. }
        | Frame::Ping(_)
        | Frame::Pong(_)
        | Frame::Unknown(_) => Err(NoGreeting::OutOfTurn),
    }
}
