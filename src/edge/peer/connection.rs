//! What both ends of a standing connection do: read, write, ask whether the other still answers. It
//! ends with the first of the three that ends.

use super::framing::{NoFrame, PIECE, read_frame, write_frame};
use super::outbox::{Outbox, Waiting};
use super::pulse::{Beat, Pulse};
use super::terms::PeerConfig;
use super::transport::Stream;
use super::wire::Frame;
use crate::telemetry::meters;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, BufWriter};
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Why a connection is over.
#[derive(Debug, thiserror::Error)]
pub enum Ending {
    #[error(transparent)]
    NoFrame(#[from] NoFrame),
    #[error("the connection broke")]
    Io(#[source] io::Error),
    #[error("the other end does not answer")]
    Silent,
    #[error("the other end takes too little")]
    Slow,
    #[error("the other end said something that is not its turn to say")]
    OutOfTurn,
    #[error("the node has another address or is no member any more")]
    Moved,
}

/// Runs a connection that both ends have greeted on. `hear` gets every frame but pings, and must
/// not wait.
pub async fn run(
    stream: Box<dyn Stream>,
    (outbox, waiting): (&Outbox, Waiting),
    config: &PeerConfig,
    hear: impl FnMut(Frame) -> Result<(), Ending>,
) -> Ending {
    let pulse = Pulse::new(&config.pace);
    let (incoming, outgoing) = tokio::io::split(stream);
    let reader = Reader { outbox, pulse: &pulse, longest_frame: config.limits.longest_frame };
    tokio::select! {
        ending = reader.run(incoming, hear) => ending,
        ending = write(outgoing, waiting, &pulse) => ending,
        ending = beat(outbox, &pulse, config) => ending,
        () = outbox.overflowed() => Ending::Slow,
    }
}

struct Reader<'a> {
    outbox: &'a Outbox,
    pulse: &'a Pulse,
    longest_frame: usize,
}

impl Reader<'_> {
    async fn run(
        &self,
        incoming: impl AsyncRead + Unpin,
        mut hear: impl FnMut(Frame) -> Result<(), Ending>,
    ) -> Ending {
        let mut incoming = BufReader::with_capacity(PIECE, incoming);
        loop {
            let on_piece = || self.pulse.gets_on();
            let frame = match read_frame(&mut incoming, self.longest_frame, on_piece).await {
                Ok(frame) => frame,
                Err(no_frame) => return no_frame.into(),
            };
            if let Err(ending) = self.take(frame, &mut hear) {
                return ending;
            }
        }
    }

    fn take(
        &self,
        frame: Frame,
        hear: &mut impl FnMut(Frame) -> Result<(), Ending>,
    ) -> Result<(), Ending> {
        match frame {
            Frame::Ping(n) => self.outbox.urge(&Frame::Pong(n)),
            Frame::Pong(n) => {
                if let Some(took) = self.pulse.pong(n, Instant::now()) {
                    meters().peer_round_trip.record(took);
                }
            }
            Frame::Unknown(kind) => tracing::debug!(kind, "a frame of a newer version is skipped"),
            Frame::Hello(_)
            | Frame::Call(_)
            | Frame::Listen(_)
            | Frame::Answer { .. }
            | Frame::Refused { .. }
            | Frame::News { .. }
            | Frame::Close { .. } => return hear(frame),
        }
        Ok(())
    }
}

async fn write(outgoing: impl AsyncWrite + Unpin, mut waiting: Waiting, pulse: &Pulse) -> Ending {
    let mut outgoing = BufWriter::with_capacity(PIECE, outgoing);
    while let Some(encoded) = waiting.next().await {
        let mut next = Some(encoded);
        while let Some(encoded) = next {
            if let Err(error) = write_frame(&mut outgoing, &encoded, || pulse.gets_on()).await {
                return Ending::Io(error);
            }
            next = waiting.next_now();
        }
        if let Err(error) = outgoing.flush().await {
            return Ending::Io(error);
        }
    }
    // Whoever runs the connection holds the other end of what waits.
    Ending::NoFrame(NoFrame::Closed)
}

async fn beat(outbox: &Outbox, pulse: &Pulse, config: &PeerConfig) -> Ending {
    let mut ticks = interval(config.pace.ping_every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match pulse.tick(Instant::now()) {
            Beat::Ping(n) => outbox.urge(&Frame::Ping(n)),
            Beat::Silent => return Ending::Silent,
        }
    }
}
