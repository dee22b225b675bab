//! What goes on beside requests on every node: what an earlier process left open lives again, figures
//! and health are kept, what is over for long is purged.

use crate::base::{Clock, Millis, Process, ThingId};
use crate::chat::Session;
use crate::config::Retention;
use crate::contact::Archivist;
use crate::contact::forget::Erased;
use crate::interaction::look::Figures;
use crate::interaction::{Look, Sight};
use crate::node::backend::Backend;
use crate::node::clock::SteadyClock;
use crate::node::houses::Houses;
use crate::node::orphans::{Fate, settle};
use crate::node::queue_lines::Named;
use crate::node::wiring::{is_session, routing_domain};
use crate::owned::StoreError;
use crate::ownership::actor::{Place, Things, Watch};
use crate::ownership::{Absent, placement};
use crate::telemetry::{Health, meters, recorder};
use futures_util::{StreamExt, stream};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How many sessions are taken over at once after a start.
const WAKE_AT_ONCE: usize = 32;

/// How long to wait before what could not be restored is tried again.
const WAKE_AGAIN: Duration = Duration::from_secs(2);

/// How often the figures are kept in order and the store's health is looked at.
const UPKEEP: Duration = Duration::from_secs(1);

/// How often what is counted by looking is looked at.
const FIGURES: Duration = Duration::from_secs(5);

/// How often closed sessions whose time is over are purged.
const PURGE: Duration = Duration::from_secs(600);

/// How often records are looked for whose time is over.
const OUTLIVED: Duration = Duration::from_secs(6 * 3_600);

/// How long to wait between one handful of what is purged and the next.
const PURGE_ON: Duration = Duration::from_millis(500);

/// Takes over what an earlier process left open, so that its timers and reports go on although
/// nobody asks for it; or ends it, where sessions are not restored. What the store does not answer
/// for is tried again until it does.
pub fn settle_what_was_left_open(
    sessions: Things<Session>,
    backend: Backend,
    fate: Fate,
) -> JoinHandle<()> {
    actix::spawn(async move {
        let mut left = match backend.left_open().await {
            Ok(open) => open.into_iter().filter(is_session).collect::<Vec<_>>(),
            Err(error) => return tracing::error!(%error, "failed to list the open sessions"),
        };
        let n_open = left.len();
        let mut rounds = tokio::time::interval(WAKE_AGAIN);
        while !left.is_empty() {
            rounds.tick().await;
            left = settle_all(&sessions, left, fate).await;
        }
        tracing::info!(n_open, ?fate, "what was left open is settled");
    })
}

/// Settles sessions, some at a time; gives back those that are to be tried again.
async fn settle_all(sessions: &Things<Session>, things: Vec<ThingId>, fate: Fate) -> Vec<ThingId> {
    let settling =
        things.into_iter().map(|thing| async { (settle(sessions, &thing, fate).await, thing) });
    let mut settled = stream::iter(settling).buffer_unordered(WAKE_AT_ONCE);
    let (mut again, mut why) = (Vec::new(), None);
    while let Some((settled, thing)) = settled.next().await {
        match settled {
            Err(Absent::Unavailable(cause)) => {
                tracing::debug!(%thing, cause, "not restored yet");
                why = Some(cause);
                again.push(thing);
            }
            // A creation that was never acknowledged leaves a claim, and nothing to restore.
            // What sleeps has an alarm.
            Err(Absent::NotFound | Absent::Closed | Absent::Asleep { .. }) | Ok(()) => {}
            Err(
                absent @ (Absent::Elsewhere(_)
                | Absent::InRepair
                | Absent::NotRestored
                | Absent::AwaitsRestoration),
            ) => {
                tracing::warn!(%thing, %absent, "not restored");
            }
        }
    }
    if let Some(why) = why {
        // Each of them would flood the log while the store is away.
        tracing::warn!(n_left = again.len(), why, "not restored yet");
    }
    again
}

/// Wakes sessions whose sleep is over.
pub fn watch_sleepers(watch: Watch<Session>) -> JoinHandle<()> {
    actix::spawn(async move { watch.run().await })
}

/// Keeps the figures in order and tells probes how the store is.
pub fn watch_store(
    backend: Backend,
    houses: &Houses,
    (health, clock): (Arc<Health>, Arc<dyn Clock>),
) -> JoinHandle<()> {
    let (sessions, routing) = (houses.sessions.clone(), houses.routing.clone());
    actix::spawn(async move {
        let mut ticks = tokio::time::interval(UPKEEP);
        loop {
            ticks.tick().await;
            recorder::run_upkeep();
            meters().clock_off.set(SteadyClock.seconds_off());
            let n_suspended = sessions.n_suspended() + routing.n_suspended();
            health.note_suspended(n_suspended, sessions.n_active() + routing.n_active());
            if backend.answers() {
                health.store_works(clock.now());
            } else {
                health.store_stalled();
            }
        }
    })
}

/// Deletes closed sessions whose time is over.
pub fn purge(backend: Backend, clock: Arc<dyn Clock>) -> JoinHandle<()> {
    actix::spawn(async move {
        let mut ticks = tokio::time::interval(PURGE);
        loop {
            ticks.tick().await;
            while purge_some(&backend, &*clock).await {
                tokio::time::sleep(PURGE_ON).await;
            }
        }
    })
}

/// Erases records whose time is over, tenant by tenant. One node does it for a tenant: to look for them
/// costs more than to erase them.
pub fn erase_outlived(contacts: Archivist, place: Place, retention: &Retention) -> JoinHandle<()> {
    let kept = retention.0.clone().into_iter().filter(|(_, days)| 0 < *days);
    let kept: Vec<_> =
        kept.map(|(tenant, days)| (tenant, Duration::from_secs(days * 86_400))).collect();
    actix::spawn(async move {
        let mut ticks = tokio::time::interval(OUTLIVED);
        let mut rests = BTreeMap::new();
        loop {
            ticks.tick().await;
            for (tenant, keep) in &kept {
                if !falls_to(&place.me, tenant, &place.view.accepting()) {
                    // Whoever does it meanwhile says nothing of where he is.
                    rests.remove(tenant);
                    continue;
                }
                let from = rests.get(tenant).copied().unwrap_or_default();
                if let Ok(rest) = erase_round(&contacts, (tenant, *keep), from).await {
                    rests.insert(tenant.clone(), rest);
                }
            }
        }
    })
}

/// Erases all of a tenant whose time is over, from where the round before has left something. Says from
/// where the next one goes on.
async fn erase_round(
    contacts: &Archivist,
    (tenant, keep): (&str, Duration),
    mut from: Millis,
) -> Result<Millis, StoreError> {
    let (mut n_erased, mut left) = (0, None::<Millis>);
    let done = loop {
        match contacts.erase_outlived(tenant, keep, from).await {
            Ok(Erased { n_records, next, rest }) => {
                n_erased += n_records;
                left = Some(left.map_or(rest, |left| left.min(rest)));
                match next {
                    Some(next) => from = next,
                    None => break Ok(left.unwrap_or(rest)),
                }
            }
            Err(error) => break Err(error),
        }
        tokio::time::sleep(PURGE_ON).await;
    };
    if 0 < n_erased {
        tracing::info!(tenant, n_erased, "records were erased, their time is over");
    }
    done.inspect_err(|error| {
        tracing::warn!(tenant, %error, "failed to erase records whose time is over");
    })
}

/// Whether this process looks after a tenant. Should two think so for a while, no harm is done.
fn falls_to(me: &Process, tenant: &str, among: &[Process]) -> bool {
    placement::place(&ThingId(format!("retention:{tenant}")), among) == Some(me)
}

/// Whether there may be more.
async fn purge_some(backend: &Backend, clock: &dyn Clock) -> bool {
    match backend.purge(clock.now()).await {
        Ok(n_purged) => 0 < n_purged,
        Err(error) => {
            tracing::warn!(%error, "failed to purge closed sessions");
            false
        }
    }
}

/// Looks now and then at what is counted by looking.
pub fn keep_figures(houses: &Houses, (health, named): (Arc<Health>, Named)) -> JoinHandle<()> {
    let (sessions, routing) = (houses.sessions.clone(), houses.routing.clone());
    let domain = routing_domain();
    let (asked, of) = (routing.clone(), domain.clone());
    health.queues.ask(move || asked.is_active(&of));
    actix::spawn(async move {
        let mut ticks = tokio::time::interval(FIGURES);
        loop {
            ticks.tick().await;
            meters().sessions_active.of("active").set(count(sessions.n_active()));
            if !routing.is_active(&domain) {
                // Who routes counts all. What this node counted before it handed on is no more.
                show(&Figures::default());
                meters().agents_busy.set(0.0);
                health.queues.show(vec![]);
                continue;
            }
            if let Ok(Sight::Figures(figures)) = routing.look(&domain, Look::Figures).await {
                show(&figures);
            }
            let lines = match routing.look(&domain, Look::RealTime).await {
                Ok(Sight::RealTime(seen)) => {
                    let n_busy = seen.agents.iter().filter(|row| row.busy.is_on()).count();
                    meters().agents_busy.set(count(n_busy));
                    named.lines(&seen)
                }
                // What was true a while ago is not shown as if it were true now.
                Ok(_) | Err(_) => vec![],
            };
            health.queues.show(lines);
        }
    })
}

fn show(figures: &Figures) {
    let agents = &figures.agents;
    meters().queue_waiting.set(count(figures.n_waiting()));
    meters().agents.of("ready").set(count(agents.n_ready));
    meters().agents.of("not_ready").set(count(agents.n_not_ready));
    meters().agents.of("connection_lost").set(count(agents.n_lost));
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::BootId;

    #[test]
    fn each_tenant_falls_to_one_node() {
        let process =
            |node: &str| Process { node: node.into(), boot: BootId::from("the first start") };
        let all = ["node-a", "node-b", "node-c"].map(process);

        for tenant in ["Environment", "sales", "support"] {
            let falls = all.iter().filter(|me| falls_to(me, tenant, &all));
            assert_eq!(falls.count(), 1, "{tenant}");
            assert!(falls_to(&all[1], tenant, &all[1..2]), "whoever is alone does it all");
        }
    }
}
