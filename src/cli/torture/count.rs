//! What the servers themselves say how many messages they have taken.

use crate::cli::talk::http::Server;
use crate::cli::torture::check::around::Counted;
use crate::telemetry::names::MESSAGES;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::interval;

/// Often enough that a node hardly catches up with what it had counted before it was killed.
const EVERY: Duration = Duration::from_secs(2);

const PATIENCE: Duration = Duration::from_secs(5);

/// The counters of all nodes, since the run began.
pub struct Counters {
    servers: Vec<Server>,
    before: Vec<u64>,
    last: Vec<u64>,
    /// Why they say nothing any more.
    spoilt: Option<String>,
}

impl Counters {
    /// Reads them for the first time; nothing if there is nowhere to read.
    pub async fn begin(urls: &[String]) -> Result<Option<Self>, String> {
        if urls.is_empty() {
            return Ok(None);
        }
        let servers = urls
            .iter()
            .map(|url| Server::with_patience(url.trim_end_matches("/metrics"), None, PATIENCE));
        let servers: Vec<_> = servers.collect::<Result<_, _>>()?;
        let mut before = Vec::new();
        for server in &servers {
            before.push(read(server).await?);
        }
        Ok(Some(Self { servers, last: before.clone(), before, spoilt: None }))
    }

    /// Reads them again and again until nobody sends to `ended` any more, and says how many messages
    /// were counted.
    pub async fn watch(mut self, mut ended: oneshot::Receiver<()>) -> Counted {
        let mut again = interval(EVERY);
        loop {
            tokio::select! {
                _ = again.tick() => self.look().await,
                _ = &mut ended => break,
            }
        }
        self.look().await;
        match self.spoilt {
            Some(why) => Err(why),
            None => Ok(self.last.iter().sum::<u64>() - self.before.iter().sum::<u64>()),
        }
    }

    /// A node that was started anew counts from nothing.
    async fn look(&mut self) {
        for (server, last) in self.servers.iter().zip(&mut self.last) {
            match read(server).await {
                Ok(now) if now < *last => {
                    self.spoilt = Some("a node was started again and counts anew".to_owned());
                }
                Ok(now) => *last = now,
                Err(text) => self.spoilt = Some(text),
            }
        }
    }
}

async fn read(server: &Server) -> Result<u64, String> {
    let page = server.page("/metrics").await;
    let page = page.map_err(|trouble| format!("metrics cannot be read: {}", trouble.text()))?;
    Ok(sum(&String::from_utf8_lossy(&page)))
}

/// All values of the counter of messages, whatever their labels.
fn sum(page: &str) -> u64 {
    let values = page.lines().filter_map(|line| {
        let rest = line.strip_prefix(MESSAGES.name)?;
        let is_it = rest.starts_with('{') || rest.starts_with(' ');
        is_it.then(|| rest.rsplit(' ').next()?.parse::<u64>().ok()).flatten()
    });
    values.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_the_sum_over_its_labels() {
        let page = "# HELP holdfast_messages_total x\n\
                    holdfast_messages_total{party=\"agent\"} 7\n\
                    holdfast_messages_total{party=\"customer\"} 5\n\
                    holdfast_messages_total_of_others 100\n";

        assert_eq!(sum(page), 12);
    }
}
