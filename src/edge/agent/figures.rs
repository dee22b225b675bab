//! The figures of the day over HTTP, for those who may look for any interaction, and wallboards: once, or as a stream of events
//! that tells what has changed, at an interval that the client chooses. `docs/api/figures.md`
//! explains both.

mod latest;
pub(super) mod own;
mod wire;

use super::Api;
use super::admission::admit_with;
use super::attentive::attentive;
use super::moving::{Leaving, refuse_if_moving};
use super::refuse::Refused;
use crate::config::Privilege;
use crate::edge::handles::Handles;
use crate::interaction::statistics::RealTime;
use crate::interaction::{Look, Sight};
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream::unfold;
use latest::Latest;
use own::{Own, OwnPlace};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until};

/// Streams that a node serves at a time.
const MOST_STREAMS: usize = 50;

/// Seconds between two looks.
const INTERVALS: std::ops::RangeInclusive<u64> = 1..=300;

/// A stream in which nothing has changed says something all the same after so long, so that whoever
/// is in between does not hold it for dead.
const LONGEST_SILENCE: Duration = Duration::from_secs(15);

/// The streams of a listener. However many there are, the routing domain is asked about once a second.
pub struct Streams {
    places: Arc<Semaphore>,
    latest: Arc<Latest>,
    own: Own,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    #[serde(default = "every_five_seconds")]
    interval: u64,
}

/// One client's stream, between two of its events.
struct Stream {
    handles: Handles,
    interval: Duration,
    next: Instant,
    latest: Arc<Latest>,
    told: Option<Arc<RealTime>>,
    silent_since: Instant,
    leaving: Leaving,
    is_stopping: watch::Receiver<bool>,
    _place: (OwnedSemaphorePermit, OwnPlace),
}

impl Default for Streams {
    fn default() -> Self {
        let places = Arc::new(Semaphore::new(MOST_STREAMS));
        Self { places, latest: Arc::default(), own: Own::default() }
    }
}

fn every_five_seconds() -> u64 {
    5
}

/// `GET /api/v1/figures`
pub async fn get(request: HttpRequest, api: web::Data<Api>) -> HttpResponse {
    if let Err(refused) = admit_with((&request, &api), Privilege::FindInteractions).await {
        return refused;
    }
    match look(&api.handles).await {
        Some(figures) => HttpResponse::Ok()
            .insert_header((header::CACHE_CONTROL, "no-store"))
            .json(wire::figures(&figures)),
        None => Refused::new(503, "the routing domain cannot be reached").answer(),
    }
}

/// `GET /api/v1/figures/changes?interval=5`
pub async fn follow(
    request: HttpRequest,
    query: Result<web::Query<Query>, actix_web::Error>,
    api: web::Data<Api>,
) -> HttpResponse {
    if let Some(refused) = refuse_if_moving(&api) {
        return refused;
    }
    let account = match admit_with((&request, &api), Privilege::FindInteractions).await {
        Ok(account) => account,
        Err(refused) => return refused,
    };
    let interval = query.map(|query| query.interval).ok().filter(|one| INTERVALS.contains(one));
    let Some(interval) = interval else {
        let text = "interval is a number of seconds from 1 to 300, and all there is";
        return Refused::new(400, text).answer();
    };
    let Ok(place) = api.streams.places.clone().try_acquire_owned() else {
        return Refused::new(503, "too many streams at once; another node may have room").answer();
    };
    let Some(own) = api.streams.own.take(&account.agent) else {
        return Refused::new(429, "this account has as many streams as it may have").answer();
    };
    let stream = Stream {
        handles: api.handles.clone(),
        interval: Duration::from_secs(interval),
        next: Instant::now(),
        latest: api.streams.latest.clone(),
        told: None,
        silent_since: Instant::now(),
        leaving: Leaving::of(&api),
        is_stopping: api.is_stopping.subscribe(),
        _place: (place, own),
    };
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(attentive(&request, unfold(stream, Stream::next_event)))
}

/// The figures at this moment; nothing while the domain cannot be reached.
async fn look(handles: &Handles) -> Option<RealTime> {
    match handles.routing.look(&handles.routing_domain, Look::RealTime).await {
        Ok(Sight::RealTime(figures)) => Some(*figures),
        Ok(_) => {
            tracing::warn!("figures in another form, from a node of another version");
            None
        }
        Err(error) => {
            tracing::debug!(%error, "figures cannot be had");
            None
        }
    }
}

impl Stream {
    /// Waits for something to tell. Nothing more comes when the node stops, or lets its clients go.
    async fn next_event(mut self) -> Option<(String, Self)> {
        loop {
            tokio::select! {
                _ = self.is_stopping.wait_for(|is_stopping| *is_stopping) => return None,
                () = self.leaving.turn() => return None,
                () = sleep_until(self.next) => {}
            }
            self.next = Instant::now() + self.interval;
            let event = match self.latest.or_look(|| look(&self.handles)).await {
                Some(figures) => self.tell(figures),
                None => None,
            };
            let event = event.or_else(|| self.sign_of_life());
            if let Some(event) = event {
                self.silent_since = Instant::now();
                return Some((event, self));
            }
        }
    }

    /// Everything at first and when a day has begun; then what has changed, if anything has.
    fn tell(&mut self, figures: Arc<RealTime>) -> Option<String> {
        let event = match &self.told {
            Some(told) if told.since == figures.since => {
                let changes = wire::changes(told, &figures);
                (!changes.is_empty()).then(|| in_event("changes", &changes))
            }
            Some(_) | None => Some(in_event("figures", &wire::figures(&figures))),
        };
        self.told = Some(figures);
        event
    }

    fn sign_of_life(&self) -> Option<String> {
        let is_due = LONGEST_SILENCE <= self.silent_since.elapsed() + self.interval / 2;
        is_due.then(|| ": nothing has changed\n\n".to_owned())
    }
}

/// One event as browsers' `EventSource` reads it. The JSON has no line breaks.
fn in_event(name: &str, content: &impl Serialize) -> String {
    match serde_json::to_string(content) {
        Ok(json) => format!("event: {name}\ndata: {json}\n\n"),
        Err(error) => {
            tracing::error!(%error, "figures that have no JSON");
            String::new()
        }
    }
}
