//! A customer's chat over REST, whichever connection it is asked over.

use crate::wire::{FORM, Http, text_of};
use std::io::{Error, Result};
use std::net::SocketAddr;

const SERVICE: &str = "/genesys/2/chat/customer-support";

#[derive(Clone, Debug)]
pub struct Rest {
    pub session: String,
    proof: String,
}

impl Rest {
    /// Starts a chat; more is what else is said of it, as members of a form.
    pub async fn begin(http: &mut Http, more: &str) -> Result<Self> {
        let body = format!("nickname=Ann{more}");
        let status = http.post(SERVICE, (FORM, &body), "").await?;
        if status != 200 {
            return Err(Error::other(format!("{status}: {}", http.body())));
        }
        let text = |name: &str| text_of(http.body(), name).unwrap_or_default().to_owned();
        let proof = format!("userId={}&secureKey={}&alias=1", text("userId"), text("secureKey"));
        Ok(Self { session: text("chatId"), proof })
    }

    /// Asks something that must be answered with 200.
    pub async fn ask(&self, http: &mut Http, operation: &str, more: &str) -> Result<()> {
        let path = format!("{SERVICE}/{}/{operation}", self.session);
        let status = http.post(&path, (FORM, &format!("{}{more}", self.proof)), "").await?;
        let is_good = status == 200 && http.body().contains("\"statusCode\":0");
        if is_good { Ok(()) } else { Err(Error::other(format!("{status}: {}", http.body()))) }
    }

    /// Asks whether there is anything new, when there is not.
    pub async fn look(&self, http: &mut Http) -> Result<()> {
        self.ask(http, "refresh", "&transcriptPosition=999999999999").await
    }

    /// The same over a connection of its own.
    pub async fn ask_alone(
        &self,
        address: SocketAddr,
        operation: &str,
        more: &str,
    ) -> Result<Http> {
        let mut http = Http::open(address).await?;
        self.ask(&mut http, operation, more).await?;
        Ok(http)
    }
}
