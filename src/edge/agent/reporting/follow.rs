//! The same as a stream of server-sent events, each with its position as its `id`: whoever connects anew
//! as the standard says goes on where he was.

use super::reader::Reader;
use super::trouble::Trouble;
use super::wire::Told;
use super::{enter, reader};
use crate::edge::agent::Api;
use crate::edge::agent::attentive::attentive;
use crate::edge::agent::refuse::Refused;
use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::stream::unfold;
use serde::Deserialize;
use std::fmt::Write;
use std::time::Duration;
use tokio::time::Instant;

/// A stream in which nothing happens says something all the same after so long.
const LONGEST_SILENCE: Duration = Duration::from_secs(15);

/// What the standard calls the header with the position of whoever connects anew.
const LAST_EVENT_ID: &str = "last-event-id";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    after: Option<u64>,
}

/// `GET /api/v1/reporting/stream?after=4711`
pub async fn follow(
    request: HttpRequest,
    query: Result<web::Query<Query>, actix_web::Error>,
    api: web::Data<Api>,
) -> HttpResponse {
    let place = match enter(&request, &api).await {
        Ok(place) => place,
        Err(answer) => return answer,
    };
    let after = query.ok().and_then(|query| from(&request, query.after));
    let Some(after) = after else {
        let text = "after, or the header Last-Event-ID, is a position, and that is all";
        return Refused::new(400, text).answer();
    };
    let told = unfold(Some(reader(&api, after, place)), async |reader| next_chunk(reader?).await);
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "text/event-stream"))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(attentive(&request, told))
}

/// The position from which to begin; who connects anew says it in the header.
fn from(request: &HttpRequest, asked: Option<u64>) -> Option<Option<u64>> {
    match request.headers().get(LAST_EVENT_ID) {
        None => Some(asked),
        Some(id) => id.to_str().ok().and_then(|id| id.parse().ok()).map(Some),
    }
}

/// Waits for something to tell. The next is asked for when this is on its way to the client, so one who
/// reads slowly has one page here and no more. Without a reader it is the last.
async fn next_chunk(mut reader: Reader) -> Option<(String, Option<Reader>)> {
    if reader.has_left {
        return None;
    }
    match reader.read(Instant::now() + LONGEST_SILENCE).await {
        Ok(read) if read.told.is_empty() && reader.has_left => None,
        Ok(read) if read.told.is_empty() => Some((comment("nothing has happened"), Some(reader))),
        Ok(read) => Some((read.told.iter().map(in_event).collect(), Some(reader))),
        // The domain is on its way to another node; nothing is lost.
        Err(Trouble::Refused(_)) => Some((comment("nobody answers"), Some(reader))),
        Err(trouble @ (Trouble::Gone { .. } | Trouble::Ahead { .. })) => {
            Some((format!("event: end\ndata: {}\n\n", trouble.shown()), None))
        }
    }
}

fn comment(text: &str) -> String {
    format!(": {text}\n\n")
}

/// The JSON has no line breaks.
fn in_event(told: &Told) -> String {
    let mut event = String::new();
    // To write into a text cannot fail.
    let _ =
        write!(event, "id: {}\nevent: {}\ndata: {}\n\n", told.position.0, told.name, told.shown);
    event
}
