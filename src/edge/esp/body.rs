//! What a request brings, as JSON.

use crate::base::UserData;
use crate::base::loose::Loose;
use crate::edge::esp::reply::Refusal;
use crate::edge::rest_v2::body::{BodyLimits, whole};
use crate::esp::method::INTERACTION_ID;
use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use serde::Deserialize;

/// A client's own name for a request, so that it can be sent again.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// What was asked.
#[derive(Debug, Default)]
pub struct Asked {
    pub user_data: UserData,
    pub parameters: UserData,
    /// The client's own name of the request.
    pub id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Body {
    #[serde(default)]
    user_data: Loose,
    #[serde(default)]
    parameters: Loose,
    #[serde(default)]
    interaction_id: Option<String>,
    #[serde(default)]
    message_id: Option<String>,
}

pub async fn read(request: &HttpRequest, payload: Payload) -> Result<Asked, Refusal> {
    let bytes = whole(request.headers(), payload, BodyLimits::default()).await?;
    if !bytes.is_empty() && !is_json(request) {
        return Err(Refusal::new(415, 415, "the body is JSON: Content-Type application/json"));
    }
    let body = parsed(bytes.trim_ascii())?;
    let header = request.headers().get(IDEMPOTENCY_KEY).map(|value| value.to_str());
    let no_text = |_| Refusal::new(400, 400, format!("{IDEMPOTENCY_KEY} is no text"));
    let header = header.transpose().map_err(no_text)?;
    body.into_asked(header.map(str::to_owned))
}

/// A body that is not there asks for nothing beside the method.
fn parsed(text: &[u8]) -> Result<Body, Refusal> {
    if text.is_empty() {
        return Ok(Body::default());
    }
    if !text.starts_with(b"{") {
        return Err(Refusal::new(400, 400, "the body is no JSON object"));
    }
    serde_json::from_slice(text)
        .map_err(|error| Refusal::new(400, 400, format!("the body does not fit: {error}")))
}

fn is_json(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

impl Body {
    fn into_asked(self, header: Option<String>) -> Result<Asked, Refusal> {
        let Self { user_data: Loose(user_data), parameters: Loose(mut parameters), .. } = self;
        let id = one_of((IDEMPOTENCY_KEY, header), ("messageId", self.message_id))?;
        let named = parameters.text(INTERACTION_ID);
        let session = one_of((INTERACTION_ID, named), ("interactionId", self.interaction_id))?;
        if let Some(session) = session {
            parameters.set(INTERACTION_ID, session);
        }
        Ok(Asked { user_data, parameters, id })
    }
}

/// The same may be said in two places, but not two things.
fn one_of(
    (one, first): (&str, Option<String>),
    (other, second): (&str, Option<String>),
) -> Result<Option<String>, Refusal> {
    match (first, second) {
        (Some(first), Some(second)) if first != second => {
            Err(Refusal::new(400, 400, format!("{one} and {other} differ; say one of them")))
        }
        (first, second) => Ok(first.or(second)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_may_be_said_in_two_places_but_not_two_things() {
        let body = |text: &str| serde_json::from_str::<Body>(text).unwrap();
        let both = r#"{"interactionId": "a", "parameters": {"InteractionId": "b"}}"#;
        assert_eq!(body(both).into_asked(None).unwrap_err().http, 400);
        let key = body(r#"{"messageId": "m1"}"#).into_asked(Some("m2".into()));
        assert_eq!(key.unwrap_err().http, 400);

        let asked = body(r#"{"interactionId": "a", "messageId": "m1"}"#).into_asked(None).unwrap();
        let expected = UserData::default().with("InteractionId", "a");
        assert_eq!((asked.parameters, asked.id), (expected, Some("m1".into())));
    }

    #[test]
    fn values_of_json_count_as_texts_and_members_nobody_knows_are_refused() {
        let body: Body =
            serde_json::from_str(r#"{"parameters": {"Purge": true, "n": 1.5}}"#).unwrap();
        let expected: UserData = [("Purge", "true"), ("n", "1.5")].into_iter().collect();
        assert_eq!(body.parameters.0, expected);

        for bad in [
            r#"{"parameter": {}}"#,
            r#"{"parameters": []}"#,
            r#"{"parameters": {"a": [1]}}"#,
            r#"{"parameters": {"a": 1, "a": 2}}"#,
            r#"{"interactionId": 7}"#,
            "[]",
            "7",
        ] {
            assert!(parsed(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
