//! A customer over CometD: shakes hands, has a chat, and holds a connect or a socket from then on.

use crate::ears::Ears;
use crate::wire::{Http, JSON, last_number_of, text_of};
use futures_util::{SinkExt, StreamExt};
use std::cell::Cell;
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::rc::Rc;
use tokio::net::TcpStream;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

const PATH: &str = "/genesys/cometd";
const CHANNEL: &str = "/service/chatV2/customer-support";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    LongPolling,
    Websocket,
}

impl Over {
    pub const ALL: [Self; 2] = [Self::LongPolling, Self::Websocket];

    pub fn name(self) -> &'static str {
        match self {
            Self::LongPolling => "long-polling",
            Self::Websocket => "WebSocket",
        }
    }
}

/// What a customer keeps when his connection is lost.
#[derive(Clone, Debug)]
pub struct Chat {
    pub number: usize,
    pub session: String,
    pub key: String,
    /// The first event that he has not seen.
    pub position: Rc<Cell<u64>>,
}

pub struct Client {
    link: Link,
    id: String,
}

enum Link {
    Polling { http: Box<Http>, cookie: String },
    Socket(Box<WebSocketStream<TcpStream>>),
}

/// What makes a message that of a client, over whichever connection it goes.
#[derive(Clone, Debug)]
pub struct Name {
    id: String,
    /// Nothing for one with a socket, who says everything himself.
    pub cookie: Option<String>,
}

/// A customer over CometD with his chat.
pub struct Talker {
    pub client: Client,
    pub chat: Chat,
}

impl Client {
    /// Shakes hands and connects.
    pub async fn meet(address: SocketAddr, over: Over) -> Result<Self> {
        let mut link = Link::open(address, over).await?;
        let hello = "[{\"channel\":\"/meta/handshake\",\"version\":\"1.0\",\
                     \"supportedConnectionTypes\":[\"websocket\",\"long-polling\"]}]";
        let answer = link.ask(hello).await?;
        let id = text_of(&answer, "clientId");
        let id = id.ok_or_else(|| Error::other(answer.clone()))?.to_owned();
        let mut client = Self { link, id };
        client.begin().await?;
        Ok(client)
    }

    /// Over HTTP the first connect is answered at once, over a socket it is held.
    async fn begin(&mut self) -> Result<()> {
        let (held, brief) = (self.connect(None), self.connect(Some(0)));
        match &mut self.link {
            Link::Polling { .. } => self.link.ask(&brief).await.map(drop),
            Link::Socket(_) => self.link.tell(&held).await,
        }
    }

    pub fn connect(&self, timeout: Option<u64>) -> String {
        let id = &self.id;
        let kind = match self.link {
            Link::Polling { .. } => "long-polling",
            Link::Socket(_) => "websocket",
        };
        let advice = timeout.map(|timeout| format!(",\"advice\":{{\"timeout\":{timeout}}}"));
        format!(
            "[{{\"channel\":\"/meta/connect\",\"clientId\":\"{id}\",\"connectionType\":\"{kind}\"{}}}]",
            advice.unwrap_or_default()
        )
    }

    pub fn name(&self) -> Name {
        let cookie = match &self.link {
            Link::Polling { cookie, .. } => Some(cookie.clone()),
            Link::Socket(_) => None,
        };
        Name { id: self.id.clone(), cookie }
    }

    /// Sends something, and gives back what is said to it at once.
    pub async fn ask(&mut self, messages: &str) -> Result<String> {
        self.link.ask(messages).await
    }

    pub async fn publish(&mut self, data: &str) -> Result<()> {
        let message = self.name().publication(data);
        match &mut self.link {
            Link::Polling { .. } => self.link.ask(&message).await.map(drop),
            Link::Socket(_) => self.link.tell(&message).await,
        }
    }

    /// The next thing that comes, which may be nothing but the answer to a connect.
    pub async fn next(&mut self) -> Result<String> {
        let connect = self.connect(None);
        match &mut self.link {
            Link::Polling { .. } => self.link.ask(&connect).await,
            Link::Socket(_) => {
                let text = self.link.hear().await?;
                if text.contains("\"/meta/connect\"") {
                    self.link.tell(&connect).await?;
                }
                Ok(text)
            }
        }
    }

    /// Starts a chat; more is what else is said of it, as JSON members.
    pub async fn begin_chat(mut self, number: usize, more: &str) -> Result<Talker> {
        self.publish(&format!("{{\"operation\":\"requestChat\",\"nickname\":\"Ann\"{more}}}"))
            .await?;
        loop {
            let text = self.next().await?;
            if let Some(key) = text_of(&text, "secureKey").filter(|key| !key.is_empty()) {
                let session = text_of(&text, "chatId").unwrap_or_default().to_owned();
                let chat = Chat { number, session, key: key.to_owned(), position: Rc::default() };
                chat.see(&text);
                return Ok(Talker { client: self, chat });
            }
            assert!(!text.contains("\"errors\""), "{text}");
        }
    }

    /// Goes on with a chat from where it was.
    pub async fn go_on(mut self, chat: Chat) -> Result<Talker> {
        let (key, position) = (&chat.key, chat.position.get());
        let wish = format!(
            "{{\"operation\":\"requestNotifications\",\"secureKey\":\"{key}\",\
             \"transcriptPosition\":{position}}}"
        );
        self.publish(&wish).await?;
        Ok(Talker { client: self, chat })
    }
}

impl Name {
    /// What is published, as a message. The data are a JSON object.
    pub fn publication(&self, data: &str) -> String {
        format!("[{{\"channel\":\"{CHANNEL}\",\"clientId\":\"{}\",\"data\":{data}}}]", self.id)
    }
}

impl Chat {
    /// Notes how far a text shows the chat.
    pub fn see(&self, text: &str) {
        if let Some(next) = last_number_of(text, "nextPosition") {
            self.position.set(self.position.get().max(next));
        }
    }

    pub fn saying(&self, words: &str) -> String {
        let key = &self.key;
        format!("{{\"operation\":\"sendMessage\",\"secureKey\":\"{key}\",\"message\":\"{words}\"}}")
    }

    pub fn leaving(&self) -> String {
        format!("{{\"operation\":\"disconnect\",\"secureKey\":\"{}\"}}", self.key)
    }
}

impl Talker {
    /// Hears the next thing.
    pub async fn hear(&mut self, ears: &Ears) -> Result<()> {
        let text = self.client.next().await?;
        if text.contains("\"successful\":false") {
            return Err(Error::other(text));
        }
        self.chat.see(&text);
        ears.borrow_mut().take(&text);
        Ok(())
    }

    /// Hears what comes, and says what it is given to say, until nobody gives it anything any more.
    /// Over long-polling others say it, since a connect is on its way here.
    pub async fn live(mut self, ears: Ears, mut wishes: UnboundedReceiver<String>) {
        if let Link::Polling { .. } = self.client.link {
            loop {
                self.hear(&ears).await.unwrap();
            }
        }
        loop {
            tokio::select! {
                heard = self.hear(&ears) => heard.unwrap(),
                wish = wishes.recv() => match wish {
                    Some(wish) => self.client.publish(&wish).await.unwrap(),
                    None => return,
                },
            }
        }
    }
}

impl Link {
    async fn open(address: SocketAddr, over: Over) -> Result<Self> {
        if over == Over::LongPolling {
            let http = Box::new(Http::open(address).await?);
            return Ok(Self::Polling { http, cookie: String::new() });
        }
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        // Without it this program would hold 128 KiB for each.
        let config = WebSocketConfig::default().read_buffer_size(4_096).write_buffer_size(0);
        let url = format!("ws://{address}{PATH}");
        let opened = client_async_with_config(url, stream, Some(config)).await;
        let (socket, _) = opened.map_err(Error::other)?;
        Ok(Self::Socket(Box::new(socket)))
    }

    async fn ask(&mut self, messages: &str) -> Result<String> {
        match self {
            Self::Polling { http, cookie } => {
                let status = http.post(PATH, (JSON, messages), cookie).await?;
                if status != 200 {
                    return Err(Error::other(format!("{status}: {}", http.body())));
                }
                if let Some(new) = http.cookie() {
                    *cookie = new;
                }
                Ok(http.body().to_owned())
            }
            Self::Socket(_) => {
                self.tell(messages).await?;
                self.hear().await
            }
        }
    }

    async fn tell(&mut self, messages: &str) -> Result<()> {
        match self {
            Self::Socket(socket) => {
                socket.send(Message::text(messages)).await.map_err(Error::other)
            }
            Self::Polling { .. } => Err(Error::other("what is said over HTTP is answered")),
        }
    }

    async fn hear(&mut self) -> Result<String> {
        let Self::Socket(socket) = self else {
            return Err(Error::other("over HTTP only answers come"));
        };
        loop {
            match socket.next().await {
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Error::other(error)),
                None => return Err(ErrorKind::UnexpectedEof.into()),
            }
        }
    }
}
