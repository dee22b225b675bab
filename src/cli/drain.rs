//! `holdfast status`, `holdfast drain`, `holdfast undrain`: asks a running node over its health
//! listener.

use crate::cli::sources::SourceArguments;
use crate::cli::talk::input;
use crate::cli::{Failure, print};
use crate::edge::admin::Status;
use crate::edge::admin::routes::OPERATOR;
use clap::Args;
use std::time::Duration;

/// How often a drain is looked at while it is waited for.
const LOOK: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub struct NodeArguments {
    /// The node's health listener, as http://host:port [otherwise that of the configuration]
    #[arg(long)]
    pub url: Option<String>,
}

#[derive(Debug, Args)]
pub struct StatusArguments {
    #[command(flatten)]
    pub node: NodeArguments,
    /// Print it as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Args)]
pub struct DrainArguments {
    #[command(flatten)]
    pub node: NodeArguments,
    /// Hand nothing over: chats that are there end by themselves, new ones begin on other nodes or,
    /// if this one is alone, are refused
    #[arg(long)]
    pub wait: bool,
    /// Return at once instead of when the node has ended
    #[arg(long)]
    pub no_follow: bool,
}

/// Prints how a node sees its cluster.
pub fn status(arguments: &StatusArguments, sources: SourceArguments) -> Result<(), Failure> {
    let url = arguments.node.url(sources)?;
    input::run(async {
        let status = ask(&url).await?;
        if arguments.json {
            let text = serde_json::to_string_pretty(&status);
            let text = text.map_err(|error| Failure::Other(error.to_string()))?;
            return print::answer(&format!("{text}\n"));
        }
        print::answer(&status.table())
    })
}

/// Tells a node to drain, and follows it until it has ended.
pub fn drain(arguments: &DrainArguments, sources: SourceArguments) -> Result<(), Failure> {
    let url = arguments.node.url(sources)?;
    let path = if arguments.wait { "/drain?wait=true" } else { "/drain" };
    input::run(async {
        tell(&url, path).await?;
        if arguments.no_follow {
            return Ok(());
        }
        follow(&url).await
    })
}

/// Takes a drain back.
pub fn undrain(arguments: &NodeArguments, sources: SourceArguments) -> Result<(), Failure> {
    let url = arguments.url(sources)?;
    input::run(async { tell(&url, "/undrain").await })
}

/// Says how it goes until nobody answers any more, or the drain was taken back.
async fn follow(url: &str) -> Result<(), Failure> {
    let mut looks = tokio::time::interval(LOOK);
    let mut told = String::new();
    loop {
        looks.tick().await;
        let Ok(status) = ask(url).await else { return print::note("the node has ended") };
        let Some(drain) = status.drain else {
            return Err(Failure::Other("the drain was taken back".into()));
        };
        let now = format!("{}: {} left, {} moved", drain.phase, drain.n_left, drain.n_moved);
        if now != told {
            print::note(&now)?;
            told = now;
        }
    }
}

async fn ask(url: &str) -> Result<Status, Failure> {
    let response = client()?.get(format!("{url}/status")).send().await;
    let response = response.and_then(reqwest::Response::error_for_status);
    let status = response.map_err(|error| unreachable(&error))?.json().await;
    status.map_err(|error| Failure::Network(format!("{url} does not answer as a node: {error}")))
}

async fn tell(url: &str, path: &str) -> Result<(), Failure> {
    let told = client()?.post(format!("{url}{path}")).header(OPERATOR, "holdfast").send().await;
    let response = told.map_err(|error| unreachable(&error))?;
    if response.status().is_success() {
        return Ok(());
    }
    let (code, text) = (response.status(), response.text().await.unwrap_or_default());
    Err(Failure::Other(format!("the node refused ({code}): {text}")))
}

fn client() -> Result<reqwest::Client, Failure> {
    let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build();
    client.map_err(|error| Failure::Other(error.to_string()))
}

fn unreachable(error: &reqwest::Error) -> Failure {
    Failure::Network(format!("no node answers: {error}"))
}

impl NodeArguments {
    fn url(&self, sources: SourceArguments) -> Result<String, Failure> {
        match &self.url {
            Some(url) => Ok(url.trim_end_matches('/').to_owned()),
            None => Ok(format!("http://{}", sources.read()?.config.listen.health)),
        }
    }
}
