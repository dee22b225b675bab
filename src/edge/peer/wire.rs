//! What is said on a link, and how it is written. A frame is a length (`u32`, of what follows), a
//! kind (`u8`), the length of its header (`u16`), the header, and the body, which the link does not
//! look into. Numbers are big-endian; a text is its length (`u16`) and UTF-8.
//!
//! A newer version may add kinds, and fields at the end of a header: an older one leaves out what it
//! does not know. `Hello` is for ever what it is.

use crate::base::{BootId, NodeId, Process, ThingId};
use crate::ownership::peers::Call;
use std::time::Duration;

/// One thing that is said on a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The first frame of both ends.
    Hello(Hello),
    Call(Asked),
    /// A call that wants news after its answer.
    Listen(Asked),
    Answer {
        id: u64,
        body: Vec<u8>,
    },
    /// The question was not carried out.
    Refused {
        id: u64,
        why: Refusal,
    },
    News {
        id: u64,
        body: Vec<u8>,
    },
    /// There will be no more news, or nobody wants them.
    Close {
        id: u64,
    },
    Ping(u64),
    Pong(u64),
    /// Something that only a newer version knows.
    Unknown(u8),
}

/// Who speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    pub protocol: i32,
    pub process: Process,
    /// The version of its program, for people.
    pub program: String,
}

/// A question under the number by which its answer is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    pub id: u64,
    pub call: Call,
}

/// Why a question, or a whole connection, was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("another process was meant")]
    WrongBoot,
    #[error("it is busy")]
    Busy,
    #[error("the protocols are too far apart")]
    Version,
    #[error("the certificate does not bear the name of the node")]
    Stranger,
    #[error("its answer is too long")]
    TooLong,
    #[error("a reason of a newer version")]
    Unknown(u8),
}

/// What came is no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    #[error("a frame ended too early")]
    Short,
    #[error("a frame has a text that is none")]
    Text,
}

/// A frame or one of its texts is longer than what may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too long for a frame")]
pub struct TooLong;

const HELLO: u8 = 1;
const CALL: u8 = 2;
const LISTEN: u8 = 3;
const ANSWER: u8 = 4;
const REFUSED: u8 = 5;
const NEWS: u8 = 6;
const CLOSE: u8 = 7;
const PING: u8 = 8;
const PONG: u8 = 9;

/// The bytes of the length before each frame.
const LENGTH: usize = 4;

impl Frame {
    /// The frame with its length before it.
    pub fn encode(&self, longest: usize) -> Result<Vec<u8>, TooLong> {
        let (kind, header, body) = self.parts()?;
        let n_header = u16::try_from(header.len()).map_err(|_| TooLong)?;
        let n_bytes = 3 + header.len() + body.len();
        if longest < n_bytes {
            return Err(TooLong);
        }
        let mut bytes = Vec::with_capacity(LENGTH + n_bytes);
        bytes.extend(u32::try_from(n_bytes).map_err(|_| TooLong)?.to_be_bytes());
        bytes.push(kind);
        bytes.extend(n_header.to_be_bytes());
        bytes.extend(header);
        bytes.extend(body);
        Ok(bytes)
    }

    /// The frame in what followed a length.
    pub fn decode(mut content: Vec<u8>) -> Result<Self, BadFrame> {
        let mut opening = Fields(&content);
        let kind = opening.u8()?;
        let n_header = usize::from(opening.u16()?);
        let header = opening.take(n_header)?.to_vec();
        let n_before = content.len() - opening.0.len();
        content.drain(..n_before);
        Self::read(kind, Fields(&header), content)
    }

    fn parts(&self) -> Result<(u8, Vec<u8>, &[u8]), TooLong> {
        let parts = match self {
            Self::Hello(hello) => (HELLO, hello.write()?, &[][..]),
            Self::Call(asked) => (CALL, asked.write()?, &asked.call.body[..]),
            Self::Listen(asked) => (LISTEN, asked.write()?, &asked.call.body[..]),
            Self::Answer { id, body } => (ANSWER, id.to_be_bytes().to_vec(), &body[..]),
            Self::Refused { id, why } => {
                let mut header = id.to_be_bytes().to_vec();
                header.push(why.code());
                (REFUSED, header, &[][..])
            }
            Self::News { id, body } => (NEWS, id.to_be_bytes().to_vec(), &body[..]),
            Self::Close { id } => (CLOSE, id.to_be_bytes().to_vec(), &[][..]),
            Self::Ping(n) => (PING, n.to_be_bytes().to_vec(), &[][..]),
            Self::Pong(n) => (PONG, n.to_be_bytes().to_vec(), &[][..]),
            Self::Unknown(kind) => (*kind, Vec::new(), &[][..]),
        };
        Ok(parts)
    }

    fn read(kind: u8, mut header: Fields<'_>, body: Vec<u8>) -> Result<Self, BadFrame> {
        let frame = match kind {
            HELLO => Self::Hello(Hello::read(header)?),
            CALL => Self::Call(Asked::read(header, body)?),
            LISTEN => Self::Listen(Asked::read(header, body)?),
            ANSWER => Self::Answer { id: header.u64()?, body },
            REFUSED => Self::Refused { id: header.u64()?, why: Refusal::of(header.u8()?) },
            NEWS => Self::News { id: header.u64()?, body },
            CLOSE => Self::Close { id: header.u64()? },
            PING => Self::Ping(header.u64()?),
            PONG => Self::Pong(header.u64()?),
            unknown => Self::Unknown(unknown),
        };
        Ok(frame)
    }
}

impl Hello {
    fn write(&self) -> Result<Vec<u8>, TooLong> {
        let mut header = self.protocol.to_be_bytes().to_vec();
        write_text(&mut header, self.process.node.as_str())?;
        write_text(&mut header, self.process.boot.as_str())?;
        write_text(&mut header, &self.program)?;
        Ok(header)
    }

    fn read(mut header: Fields<'_>) -> Result<Self, BadFrame> {
        let protocol = header.i32()?;
        let node = NodeId(header.text()?);
        let boot = BootId(header.text()?);
        Ok(Self { protocol, process: Process { node, boot }, program: header.text()? })
    }
}

impl Asked {
    fn write(&self) -> Result<Vec<u8>, TooLong> {
        let Call { kind, thing, boot, n_hops, within, body: _ } = &self.call;
        let within = u32::try_from(within.as_millis()).unwrap_or(u32::MAX);
        let mut header = self.id.to_be_bytes().to_vec();
        header.extend(within.to_be_bytes());
        header.push(*n_hops);
        header.push(u8::from(boot.is_some()));
        write_text(&mut header, boot.as_ref().map_or("", BootId::as_str))?;
        write_text(&mut header, kind)?;
        write_text(&mut header, thing.as_str())?;
        Ok(header)
    }

    fn read(mut header: Fields<'_>, body: Vec<u8>) -> Result<Self, BadFrame> {
        let id = header.u64()?;
        let within = Duration::from_millis(u64::from(header.u32()?));
        let n_hops = header.u8()?;
        let has_boot = header.u8()? != 0;
        let boot = BootId(header.text()?);
        let boot = has_boot.then_some(boot);
        let kind = header.text()?;
        let thing = ThingId(header.text()?);
        Ok(Self { id, call: Call { kind, thing, boot, n_hops, within, body } })
    }
}

impl Refusal {
    fn code(self) -> u8 {
        match self {
            Self::WrongBoot => 1,
            Self::Busy => 2,
            Self::Version => 3,
            Self::Stranger => 4,
            Self::TooLong => 5,
            Self::Unknown(code) => code,
        }
    }

    fn of(code: u8) -> Self {
        match code {
            1 => Self::WrongBoot,
            2 => Self::Busy,
            3 => Self::Version,
            4 => Self::Stranger,
            5 => Self::TooLong,
            unknown => Self::Unknown(unknown),
        }
    }
}

fn write_text(header: &mut Vec<u8>, text: &str) -> Result<(), TooLong> {
    header.extend(u16::try_from(text.len()).map_err(|_| TooLong)?.to_be_bytes());
    header.extend(text.as_bytes());
    Ok(())
}

/// What is left of a header.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, n_bytes: usize) -> Result<&'a [u8], BadFrame> {
        let (taken, left) = self.0.split_at_checked(n_bytes).ok_or(BadFrame::Short)?;
        self.0 = left;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BadFrame> {
        self.take(N)?.try_into().map_err(|_| BadFrame::Short)
    }

    fn u8(&mut self) -> Result<u8, BadFrame> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Result<u16, BadFrame> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Result<u32, BadFrame> {
        self.array().map(u32::from_be_bytes)
    }

    fn i32(&mut self) -> Result<i32, BadFrame> {
        self.array().map(i32::from_be_bytes)
    }

    fn u64(&mut self) -> Result<u64, BadFrame> {
        self.array().map(u64::from_be_bytes)
    }

    fn text(&mut self) -> Result<String, BadFrame> {
        let n_bytes = usize::from(self.u16()?);
        let text = self.take(n_bytes)?.to_vec();
        String::from_utf8(text).map_err(|_| BadFrame::Text)
    }
}
