//! The way out to one receiver: a signed POST, and what came back.

use crate::base::Clock;
use crate::base::error_chain::Chain;
use crate::webhook::signature::{HEADER, sign};
use crate::webhook::verdict::{Verdict, verdict};
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use reqwest::redirect;
use std::sync::Arc;
use std::time::Duration;

/// Names what is told, so that a receiver may ignore what it had before.
pub const DELIVERY: &str = "Holdfast-Delivery";
/// How often it was told, with this time; the first one is 1.
pub const ATTEMPT: &str = "Holdfast-Attempt";

/// Longer answers are cut off.
const LONGEST_ANSWER: usize = 256 * 1024;

/// Servers let an idle connection go after five seconds or more. What is told in the moment in which they
/// do is lost, so we let it go before.
const IDLE: Duration = Duration::from_secs(4);

const AGENT: &str = concat!("holdfast/", env!("CARGO_PKG_VERSION"));

pub struct Messenger {
    client: reqwest::Client,
    address: Address,
    clock: Arc<dyn Clock>,
}

/// A receiver, as its operator named it.
#[derive(Clone)]
pub struct Address {
    pub url: String,
    /// What requests are signed with; never shown.
    pub secret: String,
    /// For one answer.
    pub timeout: Duration,
}

/// What one attempt came to.
#[derive(Debug)]
pub enum Reaction {
    Answered(Vec<u8>),
    /// Why another attempt may do better.
    Failed(String),
    Refused(u16),
}

impl Messenger {
    pub fn new(address: Address, clock: Arc<dyn Clock>) -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .timeout(address.timeout)
            .pool_idle_timeout(IDLE)
            .http1_only()
            .build()?;
        Ok(Self { client, address, clock })
    }

    /// Tells a JSON document once, and takes what the receiver has to say.
    pub async fn tell(&self, delivery: &str, attempt: u32, body: Vec<u8>) -> Reaction {
        match self.send(delivery, attempt, body).await {
            Err(reaction) => reaction,
            Ok(response) => match read(response).await {
                Ok(body) => Reaction::Answered(body),
                Err(error) => Reaction::Failed(why(error)),
            },
        }
    }

    /// Tells a JSON document once. The status is the answer; what follows it is neither waited for nor read.
    pub async fn inform(&self, delivery: &str, attempt: u32, body: Vec<u8>) -> Reaction {
        match self.send(delivery, attempt, body).await {
            Err(reaction) => reaction,
            Ok(_) => Reaction::Answered(Vec::new()),
        }
    }

    /// A response that was taken, with its body still to be read.
    async fn send(
        &self,
        delivery: &str,
        attempt: u32,
        body: Vec<u8>,
    ) -> Result<reqwest::Response, Reaction> {
        let signature = sign(&self.address.secret, self.clock.now().seconds(), &body);
        let request = self.client.post(&self.address.url);
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, AGENT)
            .header(HEADER, signature)
            .header(DELIVERY, delivery)
            .header(ATTEMPT, attempt.to_string());
        let response = request.body(body).send().await;
        let response = response.map_err(|error| Reaction::Failed(why(error)))?;
        let status = response.status().as_u16();
        match verdict(status) {
            Verdict::Again => Err(Reaction::Failed(format!("status {status}"))),
            Verdict::Refused => Err(Reaction::Refused(status)),
            Verdict::Answered => Ok(response),
        }
    }
}

/// The body, or more than it may have.
async fn read(mut response: reqwest::Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        body.extend_from_slice(&chunk);
        if LONGEST_ANSWER < body.len() {
            break;
        }
    }
    Ok(body)
}

/// Without the address: it may carry a token.
fn why(error: reqwest::Error) -> String {
    Chain(&error.without_url()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Millis;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    struct Now;

    impl Clock for Now {
        fn now(&self) -> Millis {
            Millis(1_000_000)
        }
    }

    #[tokio::test]
    async fn who_is_informed_is_not_waited_for_when_he_has_taken_it() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let secret = "0123456789abcdef".to_owned();
        let address = Address { url, secret, timeout: Duration::from_secs(60) };
        let messenger = Messenger::new(address, Arc::new(Now)).unwrap();
        tokio::spawn(async move {
            let mut held = Vec::new();
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.read(&mut [0; 4_096]).await.unwrap();
                let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhal";
                stream.write_all(head).await.unwrap();
                // The first ones never hear of an end, the last one does at once.
                held.extend((held.len() < 3).then_some(stream));
            }
        });

        for attempt in 1..=3 {
            let informed = messenger.inform("s/1/1001", attempt, b"{}".into());
            let reaction = tokio::time::timeout(Duration::from_secs(30), informed).await.unwrap();
            assert!(matches!(reaction, Reaction::Answered(_)), "{reaction:?}");
        }
        let asked = messenger.tell("s/1/1001", 4, b"{}".into()).await;
        assert!(matches!(asked, Reaction::Failed(_)), "whose words are wanted has to say them");
    }
}
