//! A socket of the agent API that may be cut at any moment, which is no failure here.

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

pub struct DeskLine {
    socket: WebSocketStream<TcpStream>,
    last_ref: u64,
}

/// The end of a connection.
pub struct Cut {
    /// The code with which the node closed it. A node that is killed says nothing.
    pub told: Option<u16>,
}

/// Nobody was told anything.
const SILENTLY: Cut = Cut { told: None };

impl DeskLine {
    /// Opens a socket at a node, with a name and a password.
    pub async fn open(
        (http, node): (&reqwest::Client, SocketAddr),
        account: (&str, &str),
    ) -> Result<Self, Cut> {
        let ticket = ticket((http, node), account).await?;
        let stream = TcpStream::connect(node).await.map_err(|_| SILENTLY)?;
        stream.set_nodelay(true).map_err(|_| SILENTLY)?;
        let url = format!("ws://{node}/api/v1/agent/socket?ticket={ticket}");
        let (socket, _) = client_async(url, stream).await.map_err(|_| SILENTLY)?;
        Ok(Self { socket, last_ref: 0 })
    }

    /// Sends a frame, and says under which reference it will be answered.
    pub async fn send(&mut self, mut frame: Value) -> Result<u64, Cut> {
        self.last_ref += 1;
        frame["ref"] = json!(self.last_ref);
        let sent = self.socket.send(Message::text(frame.to_string())).await;
        sent.map(|()| self.last_ref).map_err(|_| SILENTLY)
    }

    /// The next frame that is no ping. May be dropped while it waits.
    pub async fn next(&mut self) -> Result<Value, Cut> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let frame: Value = serde_json::from_str(&text).unwrap();
                    if frame["type"] != "ping" {
                        return Ok(frame);
                    }
                }
                Some(Ok(Message::Close(close))) => {
                    return Err(Cut { told: close.map(|one| u16::from(one.code)) });
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(SILENTLY),
            }
        }
    }
}

async fn ticket(
    (http, node): (&reqwest::Client, SocketAddr),
    (agent, password): (&str, &str),
) -> Result<String, Cut> {
    let url = format!("http://{node}/api/v1/agent/ticket");
    let body = json!({ "agent": agent, "password": password });
    let answer = http.post(url).json(&body).send().await.map_err(|_| SILENTLY)?;
    let status = answer.status().as_u16();
    assert!(status == 200 || status == 503, "{agent} got no ticket: {status}");
    let body: Value = answer.json().await.map_err(|_| SILENTLY)?;
    Ok(body["ticket"].as_str().ok_or(SILENTLY)?.to_owned())
}
