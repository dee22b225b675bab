//! Just enough HTTP and JSON to cost this program little.

use std::fmt::Write;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub const JSON: &str = "json";
pub const FORM: &str = "x-www-form-urlencoded";

/// One kept-alive connection.
pub struct Http {
    stream: TcpStream,
    request: String,
    answer: Vec<u8>,
    /// Where the head of the answer ends.
    head: usize,
}

impl Http {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, request: String::new(), answer: Vec::new(), head: 0 })
    }

    /// Asks, and gives back the status; the rest can be looked at then. The header is a whole line, or
    /// nothing.
    pub async fn post(
        &mut self,
        path: &str,
        (kind, body): (&str, &str),
        header: &str,
    ) -> Result<u16> {
        self.request.clear();
        let written = write!(
            self.request,
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/{kind}\r\n\
             {header}content-length: {}\r\n\r\n{body}",
            body.len()
        );
        written.map_err(Error::other)?;
        self.stream.write_all(self.request.as_bytes()).await?;
        self.answer.clear();
        loop {
            if self.stream.read_buf(&mut self.answer).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.head = head_of(&self.answer);
            if self.head != 0 && self.head + self.announced() <= self.answer.len() {
                return self.head()[9..12].parse().map_err(Error::other);
            }
        }
    }

    pub fn head(&self) -> &str {
        std::str::from_utf8(&self.answer[..self.head]).unwrap()
    }

    pub fn body(&self) -> &str {
        std::str::from_utf8(&self.answer[self.head..]).unwrap()
    }

    /// The header that is to be brought from now on: a cookie.
    pub fn cookie(&self) -> Option<String> {
        let cookie = self.head().split_once("set-cookie: ")?.1.split([';', '\r']).next()?;
        Some(format!("cookie: {cookie}\r\n"))
    }

    fn announced(&self) -> usize {
        let length = self.head().split_once("content-length: ");
        let length = length.unwrap_or_else(|| panic!("no length: {}", self.head())).1;
        length.split_once('\r').unwrap().0.parse().unwrap()
    }
}

/// How long the head is; 0 if it is not complete.
fn head_of(answer: &[u8]) -> usize {
    answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4)
}

/// A text of a JSON object, wherever it stands.
pub fn text_of<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = json.split_once(&format!("\"{name}\":\""))?;
    rest.split('"').next()
}

/// A number of a JSON object, where it stands last.
pub fn last_number_of(json: &str, name: &str) -> Option<u64> {
    let (_, rest) = json.rsplit_once(&format!("\"{name}\":"))?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
