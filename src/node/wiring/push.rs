//! Pushes: what a session has to tell goes to the courier, which waits for nobody. What it learns of a
//! device goes back to the session.

use crate::base::{Chance, Clock, ThingId};
use crate::chat::{Look, Session};
use crate::config::{Config, ProviderKind, PushProvider};
use crate::edge::handles::ClusterKey;
use crate::edge::push::carrier::Carrier;
use crate::edge::push::mobile::alert::Wording;
use crate::edge::push::mobile::apns::{self, Team};
use crate::edge::push::mobile::{BadProvider, Line, fcm};
use crate::edge::push::{Courier, Means, Route, Unreachable, Writer};
use crate::edge::rest_v2::keys::Keys;
use crate::ownership::actor::Things;
use crate::webhook::actor::Address;
use futures_util::{StreamExt, stream};
use std::sync::Arc;
use tokio::sync::mpsc;

/// So many lost devices may wait until their sessions hear of them, and so many sessions are told at a time.
const MOST_TO_TELL: usize = 1_024;
const AT_A_TIME: usize = 16;

/// The courier of this node, and what it will say of devices.
pub fn courier(
    config: &Config,
    key: Option<&ClusterKey>,
    (clock, chance): (&Arc<dyn Clock>, &Arc<dyn Chance>),
) -> (Courier, mpsc::Receiver<Unreachable>) {
    let writer = Writer {
        content: config.settings.flex_push_content.clone(),
        keys: key.and_then(|key| Keys::new(key, chance.clone()).ok()),
        alias: config.node.name.clone(),
        tells_monitoring: config.settings.show_monitoring_to_customer,
    };
    let (tell, told) = mpsc::channel(MOST_TO_TELL);
    (Courier::start(routes(config), writer, (clock, tell)), told)
}

/// What is wrong with providers beyond their options: their credentials, the certificates that they trust.
pub fn faults(config: &Config, clock: &Arc<dyn Clock>) -> Vec<(String, BadProvider)> {
    let faults = routes(config).into_iter().filter_map(|Route { provider, means, .. }| {
        Some((provider, Carrier::new(means, clock.clone()).err()?))
    });
    faults.collect()
}

/// Tells sessions whose device is not there any more, for as long as there is a courier.
pub fn tell_sessions(sessions: Things<Session>, told: mpsc::Receiver<Unreachable>) {
    actix::spawn(some_at_a_time(told, move |Unreachable { session, who, device }| {
        let sessions = sessions.clone();
        async move {
            let look = Look::Unreachable { who, device };
            // One that does not hear it tells the device again, and hears of it then.
            if let Err(error) = sessions.look(&ThingId::from(&session), look).await {
                tracing::debug!(%session, %error, "a lost device was not told");
            }
        }
    }));
}

/// Does something for each that comes, for some of them at a time.
async fn some_at_a_time<T, F>(mut all: mpsc::Receiver<T>, each: impl FnMut(T) -> F)
where
    F: Future<Output = ()>,
{
    let all = stream::poll_fn(move |context| all.poll_recv(context));
    all.for_each_concurrent(AT_A_TIME, each).await;
}

/// The ways to all receivers of pushes.
pub fn routes(config: &Config) -> Vec<Route> {
    let routes = config.push_providers.iter().flat_map(|(name, provider)| {
        let service = match provider.kind {
            ProviderKind::Http => "",
            ProviderKind::Fcm => fcm::URL,
            ProviderKind::Apns => apns::URL,
        };
        let url = if provider.url.is_empty() { service } else { &provider.url };
        let urls = [(false, url), (true, &provider.debug_url)].into_iter();
        let urls = urls.filter(|(_, url)| !url.is_empty());
        urls.map(move |(is_debug, url)| Route {
            provider: name.clone(),
            is_debug,
            means: means(provider, url),
            n_lanes: size(provider.connections),
            most_waiting: size(provider.queue),
            includes_payload: provider.include_payload,
        })
    });
    routes.collect()
}

fn means(provider: &PushProvider, url: &str) -> Means {
    let (url, timeout) = (url.to_owned(), provider.timeout);
    let credentials = provider.credentials.expose().to_owned();
    let wording = Wording {
        title: provider.title.clone(),
        text: provider.text.clone(),
        texts: provider.texts.0.clone(),
        tells_what_was_said: provider.include_text,
    };
    let line = |url| Line {
        url,
        timeout,
        trusted_folder: provider.trusted_folder.clone(),
        time_to_live: provider.time_to_live,
    };
    match provider.kind {
        ProviderKind::Http => {
            Means::Http(Address { url, secret: provider.secret.expose().to_owned(), timeout })
        }
        ProviderKind::Fcm => Means::Fcm { line: line(url), wording, account: credentials },
        ProviderKind::Apns => {
            let team = Team {
                id: provider.team_id.clone(),
                key_id: provider.key_id.clone(),
                key: credentials,
                topic: provider.topic.clone(),
            };
            Means::Apns { line: line(url), wording, team }
        }
    }
}

fn size(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::time::{Instant, sleep};

    #[tokio::test(start_paused = true)]
    async fn one_that_is_slow_to_hear_holds_up_not_all_others() {
        let (tell, told) = mpsc::channel(MOST_TO_TELL);
        for number in 0..10 * AT_A_TIME {
            tell.try_send(number).unwrap();
        }
        drop(tell);
        let (begun, under_way) = (Instant::now(), &AtomicUsize::default());

        some_at_a_time(told, |_| async move {
            assert!(under_way.fetch_add(1, Ordering::Relaxed) < AT_A_TIME);
            sleep(Duration::from_secs(1)).await;
            under_way.fetch_sub(1, Ordering::Relaxed);
        })
        .await;

        assert_eq!(begun.elapsed(), Duration::from_secs(10));
    }
}
