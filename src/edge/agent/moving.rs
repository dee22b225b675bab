//! A node that is left lets its agents go to other ones, not all at once: each connection has its
//! turn somewhere within the given time. New ones are sent away meanwhile; those that are there go
//! on until their turn.

use super::Api;
use crate::base::Chance;
use actix_web::HttpResponse;
use actix_web::http::header::RETRY_AFTER;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};

/// Whether the node lets its clients go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Moving {
    #[default]
    No,
    /// One after the other, the last one then.
    Until(Instant),
}

/// One connection's turn to leave.
pub(super) struct Leaving {
    moving: watch::Receiver<Moving>,
    chance: Arc<dyn Chance>,
    at: Option<Instant>,
}

impl Api {
    /// Lets every client go to another node: each is told `moved` and closed with 1012, one after
    /// the other within the given time. Comes back when all are gone, or have had their time.
    pub async fn move_on(&self, within: Duration) {
        let all = within + self.pace.farewell + self.pace.farewell;
        self.moving.send_replace(Moving::Until(Instant::now() + within));
        if timeout(all, self.moving.closed()).await.is_err() {
            let n_left = self.moving.receiver_count();
            tracing::warn!(n_left, "connections of agents that do not end");
        }
    }

    /// Takes clients in again. Whose turn it was to leave has left, or leaves.
    pub fn stay(&self) {
        self.moving.send_replace(Moving::No);
    }
}

impl Leaving {
    pub fn of(api: &Api) -> Self {
        Self { moving: api.moving.subscribe(), chance: api.handles.chance.clone(), at: None }
    }

    /// Ends when it is this connection's turn.
    pub async fn turn(&mut self) {
        let at = match self.at {
            Some(at) => at,
            None => {
                let is_moving = |moving: &Moving| *moving != Moving::No;
                let until = match self.moving.wait_for(is_moving).await.map(|moving| *moving) {
                    Ok(Moving::Until(until)) => until,
                    // Without an API nobody is moved.
                    Ok(Moving::No) | Err(_) => pending().await,
                };
                let left = until.saturating_duration_since(Instant::now());
                *self.at.insert(Instant::now() + some_of(left, &*self.chance))
            }
        };
        sleep_until(at).await;
    }
}

/// Any part of a span, each as likely as another.
fn some_of(span: Duration, chance: &dyn Chance) -> Duration {
    let mut bytes = [0; 2];
    chance.fill(&mut bytes);
    span.mul_f64(f64::from(u16::from_le_bytes(bytes)) / 65_536.0)
}

/// What somebody new is told while the node lets its clients go.
pub(super) fn refuse_if_moving(api: &Api) -> Option<HttpResponse> {
    let is_moving = *api.moving.borrow() != Moving::No;
    let refused = || HttpResponse::ServiceUnavailable().insert_header((RETRY_AFTER, "1")).finish();
    is_moving.then(refused)
}
