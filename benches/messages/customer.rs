//! A customer: one kept-alive connection that speaks just enough HTTP to cost the generator little.

use serde_json::Value;
use std::fmt::Write;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SERVICE: &str = "/genesys/2/chat/customer-support";

/// Makes a message as long as people's are: an event of some 340 bytes.
const FILLER: &str = "and+so+it+went+on+for+a+while+until+somebody+asked+where+the+order+was+and+\
                      whether+it+would+still+come+today+or+rather+on+Monday+since+nobody+is+at+home";

/// What a customer asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Says something.
    Say,
    /// Says nothing, and is refused when everything but the session has been asked.
    SayNothing,
    /// Looks whether there is anything new. There is not.
    Look,
}

pub struct Customer {
    stream: TcpStream,
    pub chat: Chat,
    pub n_said: u64,
    request: String,
    answer: Vec<u8>,
}

/// Who he is.
#[derive(Clone, Debug, Default)]
pub struct Chat {
    pub number: usize,
    pub id: String,
    proof: String,
}

impl Customer {
    pub async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (request, answer) = (String::new(), Vec::new());
        Self { stream, chat: Chat::default(), n_said: 0, request, answer }
    }

    /// Starts a chat.
    pub async fn create(&mut self, number: usize) {
        let (status, body) = self.post(SERVICE, "nickname=Ann&subject=order").await;
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(status, 200, "{body}");
        let proof = format!("userId={}&secureKey={}&alias=1", text("userId"), text("secureKey"));
        self.chat = Chat { number, id: text("chatId"), proof };
        self.n_said = 0;
    }

    /// Asks, and says whether the answer was as it should be.
    pub async fn ask(&mut self, ask: Ask, due: u64) -> bool {
        let (operation, expected) = match ask {
            Ask::Say => ("send", 200),
            Ask::SayNothing => ("send", 400),
            Ask::Look => ("refresh", 200),
        };
        let mut body = self.chat.proof.clone();
        match ask {
            Ask::Say => {
                self.n_said += 1;
                let (number, n_said) = (self.chat.number, self.n_said);
                write!(body, "&message=m{number}+{n_said}+{due}+{FILLER}").unwrap();
            }
            Ask::SayNothing => write!(body, "&other=m+1+{due}+{FILLER}").unwrap(),
            Ask::Look => body.push_str("&transcriptPosition=999999999999"),
        }
        let path = format!("{SERVICE}/{}/{operation}", self.chat.id);
        self.exchange(&path, &body).await == expected
    }

    /// The same bytes as a message to a node, for a server that only answers.
    pub async fn knock(&mut self, due: u64) -> bool {
        let body = format!("{}&message=m0+1+{due}+{FILLER}", self.chat.proof);
        let path = format!("{SERVICE}/{}/send", self.chat.id);
        self.exchange(&path, &body).await == 200
    }

    pub async fn post(&mut self, path: &str, body: &str) -> (u16, Value) {
        let status = self.exchange(path, body).await;
        (status, serde_json::from_slice(&self.answer[head_of(&self.answer)..]).unwrap_or_default())
    }

    async fn exchange(&mut self, path: &str, body: &str) -> u16 {
        let kind = if body.starts_with('{') { "json" } else { "x-www-form-urlencoded" };
        self.request.clear();
        write!(
            self.request,
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/{kind}\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        self.stream.write_all(self.request.as_bytes()).await.unwrap();
        self.answer.clear();
        loop {
            assert!(self.stream.read_buf(&mut self.answer).await.unwrap() != 0, "hung up");
            let head = head_of(&self.answer);
            if head != 0 && head + announced(&self.answer[..head]) <= self.answer.len() {
                return std::str::from_utf8(&self.answer[9..12]).unwrap().parse().unwrap();
            }
        }
    }
}

/// How long the head is; 0 if it is not complete.
fn head_of(answer: &[u8]) -> usize {
    answer.windows(4).position(|four| four == b"\r\n\r\n").map_or(0, |at| at + 4)
}

fn announced(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).unwrap();
    let (_, rest) = head.split_once("content-length: ").unwrap();
    rest.split_once('\r').unwrap().0.parse().unwrap()
}
