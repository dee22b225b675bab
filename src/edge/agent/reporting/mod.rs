//! Everything that happens to interactions and agents, in order and from a position on, for programs
//! that make reports of it: page by page, or as a stream of events. They only read, with accounts of
//! their own. `docs/api/reporting.md` explains it.
//!
//! A reader holds one page and its position, and nothing waits for him: who is slow reads on from where he
//! is, or hears that it is no longer kept.

mod follow;
mod reader;
mod trouble;
mod wire;

pub use follow::follow;

use super::Api;
use super::account::Account;
use super::admission::admit;
use super::figures::own::{Own, OwnPlace};
use super::moving::{Leaving, refuse_if_moving};
use super::refuse::Refused;
use crate::base::Position;
use crate::interaction::journal::PAGE_EVENTS;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use reader::Reader;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// Readers of a node at a time, of pages and of streams together.
const MOST_READERS: usize = 20;

/// Seconds that a request for a page may wait for something to happen.
const LONGEST_WAIT: u64 = 60;

const USUAL_PAGE: usize = 500;

/// The places of a listener for readers.
pub struct Readers {
    places: Arc<Semaphore>,
    own: Own,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    after: Option<u64>,
    #[serde(default = "usual_page")]
    most: usize,
    #[serde(default)]
    wait: u64,
}

/// A place of a reader; free again when it is dropped.
type ReadersPlace = (OwnedSemaphorePermit, OwnPlace);

/// A page, as it stands on the wire.
#[derive(Serialize)]
struct PageShown {
    events: Vec<Value>,
    /// What comes next is asked for after this position.
    next: u64,
    /// From here on everything that is kept can be had.
    oldest: u64,
    /// The newest there is.
    last: u64,
}

impl Default for Readers {
    fn default() -> Self {
        Self { places: Arc::new(Semaphore::new(MOST_READERS)), own: Own::default() }
    }
}

impl Readers {
    fn take(&self, account: &Account) -> Result<ReadersPlace, Refused> {
        let full = || Refused::new(503, "too many readers at once; another node may have room");
        let place = self.places.clone().try_acquire_owned().map_err(|_| full())?;
        let own = self.own.take(&account.agent);
        let much = || Refused::new(429, "this account has as many readers as it may have");
        Ok((place, own.ok_or_else(much)?))
    }
}

const fn usual_page() -> usize {
    USUAL_PAGE
}

/// `GET /api/v1/reporting/events?after=4711&most=500&wait=30`
pub async fn get(
    request: HttpRequest,
    query: Result<web::Query<Query>, actix_web::Error>,
    api: web::Data<Api>,
) -> HttpResponse {
    let place = match enter(&request, &api).await {
        Ok(place) => place,
        Err(answer) => return answer,
    };
    let is_fair =
        |query: &Query| (1..=PAGE_EVENTS).contains(&query.most) && query.wait <= LONGEST_WAIT;
    let Some(query) = query.ok().map(web::Query::into_inner).filter(is_fair) else {
        let text =
            "after is a position, most is 1 to 1000, wait is 0 to 60 seconds, and that is all";
        return Refused::new(400, text).answer();
    };
    let mut reader = reader(&api, query.after, place);
    reader.most = query.most;
    match reader.read(Instant::now() + Duration::from_secs(query.wait)).await {
        Ok(read) => {
            HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "no-store")).json(PageShown {
                events: read.told.into_iter().map(|told| told.shown).collect(),
                next: read.next.0,
                oldest: read.oldest.0,
                last: read.last.0,
            })
        }
        Err(trouble) => trouble.answer(),
    }
}

/// Lets those in who make reports.
async fn enter(request: &HttpRequest, api: &Api) -> Result<ReadersPlace, HttpResponse> {
    if let Some(refused) = refuse_if_moving(api) {
        return Err(refused);
    }
    let account = admit(request, api).await?;
    let name = &account.agent.0;
    if !api.handles.config.agents.get(name).is_some_and(|known| known.is_reporting) {
        let text = format!("this account makes no reports: [agents.{name}] reporting");
        return Err(Refused::new(403, text).answer());
    }
    api.readers.take(&account).map_err(|refused| refused.answer())
}

fn reader(api: &Api, after: Option<u64>, place: ReadersPlace) -> Reader {
    Reader {
        handles: api.handles.clone(),
        after: after.map(Position),
        most: USUAL_PAGE,
        leaving: Leaving::of(api),
        is_stopping: api.is_stopping.subscribe(),
        has_left: false,
        _place: place,
    }
}
