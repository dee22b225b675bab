//! Looking for records over plain HTTP.

use super::answer::{Asked as Query, Refused, answer, asked};
use super::wire::{HistoryAnswer, HistoryQuery};
use crate::base::time::from_utc;
use crate::base::{AgentId, ContactId, Millis};
use crate::contact::Reader;
use crate::contact::identify::Criterion;
use crate::contact::reader::Running;
use crate::contact::search::{RecordQuery, split};
use crate::contact::state::Status;
use crate::edge::agent::Api;
use actix_web::{HttpRequest, HttpResponse, web};
use std::collections::BTreeMap;

/// Before the name of an attribute of the contact.
const ATTRIBUTE: &str = "attribute.";

/// Attributes that one look asks for.
const MOST_ATTRIBUTES: usize = 10;

/// What was asked, one after the other.
struct Asked {
    query: RecordQuery,
    attributes: Criterion,
    page: HistoryQuery,
}

/// `GET /api/v1/records?text=&contactId=&from=&to=&agent=&status=&attribute.<name>=&limit=&after=`
pub async fn get(
    request: HttpRequest,
    query: Query<BTreeMap<String, String>>,
    api: web::Data<Api>,
) -> HttpResponse {
    let work = async |reader: Reader| {
        let Asked { query, attributes, page } =
            read(&reader, asked(query)?).map_err(Refused::Unreadable)?;
        let after = page.after().map_err(Refused::Unreadable)?;
        let part = (after.as_ref(), page.most().map_err(Refused::Unreadable)?);
        let found = api.handles.contacts.search(query, &attributes, part).await?;
        Ok(HistoryAnswer::from(found))
    };
    answer((&request, &api), work).await
}

fn read(reader: &Reader, given: BTreeMap<String, String>) -> Result<Asked, String> {
    let mut query = RecordQuery::of(reader.standing);
    query.running_of = (reader.running == Running::Own).then(|| reader.agent.clone());
    let (mut attributes, mut page) = (Criterion(vec![]), HistoryQuery::default());
    for (name, value) in given {
        match name.as_str() {
            "text" => query.words = words(&value)?,
            "contactId" => query.contacts = Some(vec![ContactId(value)]),
            "from" => query.from = Some(time(&value)?),
            "to" => query.to = Some(time(&value)?),
            "agent" => query.agent = Some(AgentId(value)),
            "status" => query.status = Some(status(&value)?),
            "limit" => {
                let number = value.parse().map_err(|_| format!("'{value}' is no number"))?;
                page.limit = Some(number);
            }
            "after" => page.after = Some(value),
            _ => match name.strip_prefix(ATTRIBUTE) {
                Some(attribute) => attributes.0.push((attribute.to_owned(), value)),
                None => return Err(format!("'{name}' is nothing that can be asked")),
            },
        }
    }
    check_attributes(&attributes)?;
    Ok(Asked { query, attributes, page })
}

/// No store is asked for more at once.
pub fn check_attributes(asked: &Criterion) -> Result<(), String> {
    if asked.0.len() <= MOST_ATTRIBUTES {
        return Ok(());
    }
    Err(format!("at most {MOST_ATTRIBUTES} attributes are looked for at once"))
}

/// Without a word everything would be found.
fn words(text: &str) -> Result<Vec<String>, String> {
    let words = split(text);
    if words.is_empty() { Err(format!("there is no word in '{text}'")) } else { Ok(words) }
}

fn time(text: &str) -> Result<Millis, String> {
    from_utc(text).ok_or_else(|| format!("'{text}' is no time, as 2026-01-31T09:30:00Z"))
}

fn status(text: &str) -> Result<Status, String> {
    match text {
        "New" => Ok(Status::New),
        "Pending" => Ok(Status::Pending),
        "InProcess" => Ok(Status::InProcess),
        "Stopped" => Ok(Status::Stopped),
        _ => Err(format!("'{text}' is none of New, Pending, InProcess, Stopped")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_look_asks_for_a_few_attributes_and_no_more() {
        let read = |n: usize| {
            let asked = (0..n).map(|n| (format!("attribute.a{n}"), "x".to_owned())).collect();
            read(&Reader::agent("ada".into()), asked)
        };

        assert_eq!(read(MOST_ATTRIBUTES).unwrap().attributes.0.len(), MOST_ATTRIBUTES);
        assert!(read(MOST_ATTRIBUTES + 1).err().unwrap().contains("at most 10 attributes"));
    }

    #[test]
    fn what_cannot_be_asked_is_told() {
        let read = |name: &str, value: &str| {
            read(&Reader::agent("ada".into()), [(name.into(), value.into())].into())
        };

        assert!(read("text", "a bill").is_ok());
        assert_eq!(read("attribute.Color", "red").unwrap().attributes.0.len(), 1);
        for (name, value) in [
            ("from", "yesterday"),
            ("status", "Open"),
            ("limit", "all"),
            ("words", "bill"),
            ("text", "!!!"),
        ] {
            assert!(read(name, value).is_err(), "{name}={value}");
        }
    }
}
