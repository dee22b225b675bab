//! Frames on a stream of bytes. Memory is taken as bytes come in, never because a length says so.

use super::wire::{BadFrame, Frame};
use std::io;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Longer frames are read and written in pieces, and each piece counts as a sign of life.
pub const PIECE: usize = 64 * 1024;

/// Why there is no further frame.
#[derive(Debug, thiserror::Error)]
pub enum NoFrame {
    #[error("the other end closed the connection")]
    Closed,
    #[error("a frame of {0} bytes is too long")]
    TooLong(usize),
    #[error(transparent)]
    Bad(#[from] BadFrame),
    #[error("the connection broke")]
    Io(#[source] io::Error),
}

impl From<io::Error> for NoFrame {
    fn from(error: io::Error) -> Self {
        // A process that ends says no goodbye: what TLS holds for an attack is here the usual.
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Closed } else { Self::Io(error) }
    }
}

/// Reads one frame, and tells of each piece of a long one.
pub async fn read_frame(
    stream: &mut (impl AsyncRead + Unpin),
    longest: usize,
    on_piece: impl Fn(),
) -> Result<Frame, NoFrame> {
    let n_bytes = usize::try_from(stream.read_u32().await?).unwrap_or(usize::MAX);
    if longest < n_bytes {
        return Err(NoFrame::TooLong(n_bytes));
    }
    let mut content = Vec::new();
    while content.len() < n_bytes {
        let n_read = content.len();
        content.resize(n_bytes.min(n_read + PIECE), 0);
        stream.read_exact(&mut content[n_read..]).await?;
        if PIECE < n_bytes {
            on_piece();
        }
    }
    Ok(Frame::decode(content)?)
}

/// Writes one encoded frame, and tells of each piece of a long one. Does not flush.
pub async fn write_frame(
    stream: &mut (impl AsyncWrite + Unpin),
    encoded: &[u8],
    on_piece: impl Fn(),
) -> io::Result<()> {
    for piece in encoded.chunks(PIECE) {
        stream.write_all(piece).await?;
        if PIECE < encoded.len() {
            on_piece();
        }
    }
    Ok(())
}
