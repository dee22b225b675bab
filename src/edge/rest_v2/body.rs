//! The bytes of a request, as pairs of names and values: from the query, a form, a multipart form or
//! a JSON object. Size and time are bounded before anything is understood.

use crate::edge::rest_v2::fault::Fault;
use crate::edge::rest_v2::json;
use crate::edge::rest_v2::pairs::Pairs;
use actix_multipart::Multipart;
use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use actix_web::web::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// What a body may cost.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    pub most_bytes: usize,
    /// How long the first bytes may take …
    pub patience: Duration,
    /// … and how much longer each second's worth of them gives.
    pub slowest_bytes_per_second: u32,
}

impl Default for BodyLimits {
    fn default() -> Self {
        let patience = Duration::from_secs(10);
        Self { most_bytes: 256 * 1_024, patience, slowest_bytes_per_second: 10_000 }
    }
}

/// Everything that a request brings, the query first.
pub async fn pairs(
    request: &HttpRequest,
    payload: impl Stream<Item = Result<Bytes, PayloadError>>,
    limits: BodyLimits,
) -> Result<Pairs, Fault> {
    let body = whole(request.headers(), payload, limits).await?;
    let mut pairs = decode_form(request.query_string().as_bytes())?;
    pairs.extend(decode(request.headers(), body).await?);
    Ok(pairs)
}

/// The body as it came.
pub async fn whole(
    headers: &HeaderMap,
    payload: impl Stream<Item = Result<Bytes, PayloadError>>,
    limits: BodyLimits,
) -> Result<Bytes, Fault> {
    refuse_announced(headers, limits)?;
    read(payload, limits).await
}

/// Refuses what says itself that it is too large, before its first byte is read.
fn refuse_announced(headers: &HeaderMap, limits: BodyLimits) -> Result<(), Fault> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    match announced.and_then(|text| text.parse::<usize>().ok()) {
        Some(n_bytes) if limits.most_bytes < n_bytes => Err(too_large(limits)),
        Some(_) | None => Ok(()),
    }
}

async fn read(
    payload: impl Stream<Item = Result<Bytes, PayloadError>>,
    limits: BodyLimits,
) -> Result<Bytes, Fault> {
    let mut payload = pin!(payload);
    let mut body = BytesMut::new();
    let begun = Instant::now();
    loop {
        let n_bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let earned = Duration::from_secs(1) * n_bytes / limits.slowest_bytes_per_second;
        let chunk = timeout_at(begun + limits.patience + earned, payload.next()).await;
        let Some(chunk) = chunk.map_err(|_| Fault::unreadable(408, "the body comes too slowly"))?
        else {
            return Ok(body.freeze());
        };
        let chunk = chunk
            .map_err(|error| Fault::unreadable(400, format!("the body is broken: {error}")))?;
        if limits.most_bytes < body.len() + chunk.len() {
            return Err(too_large(limits));
        }
        body.extend_from_slice(&chunk);
    }
}

fn too_large(limits: BodyLimits) -> Fault {
    Fault::unreadable(413, format!("at most {} bytes are allowed", limits.most_bytes))
}

async fn decode(headers: &HeaderMap, body: Bytes) -> Result<Pairs, Fault> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.trim_start().to_ascii_lowercase().starts_with("multipart/") {
        return decode_multipart(headers, without_types(&body, boundary(kind)).into()).await;
    }
    // Some clients post a JSON object and call it a form.
    if body.trim_ascii_start().starts_with(b"{") {
        return json::read(&body).map_err(|_| Fault::unreadable(400, "the body is no JSON object"));
    }
    decode_form(&body)
}

async fn decode_multipart(headers: &HeaderMap, body: Bytes) -> Result<Pairs, Fault> {
    let broken = |error: actix_multipart::MultipartError| {
        Fault::unreadable(400, format!("the multipart form is broken: {error}"))
    };
    let most = body.len();
    let mut parts = Multipart::new(headers, stream::iter([Ok(body)]));
    let mut pairs = Pairs::new();
    while let Some(part) = parts.next().await {
        let mut part = part.map_err(broken)?;
        let Some(name) = part.name().map(str::to_owned) else { continue };
        let value = part.bytes(most).await;
        let value = value.map_err(|_| Fault::unreadable(413, "a part is too large"))?;
        pairs.push((name, as_text(value.map_err(broken)?.to_vec())?));
    }
    Ok(pairs)
}

fn boundary(kind: &str) -> &str {
    let mut parameters = kind.split(';').filter_map(|parameter| parameter.trim().split_once('='));
    let named = parameters.find(|(name, _)| name.eq_ignore_ascii_case("boundary"));
    named.map_or("", |(_, boundary)| boundary.trim_matches('"'))
}

/// A multipart form without the types of its parts: they say nothing here, and clients that give each part
/// the type of the whole would seem to send forms within a form.
fn without_types(form: &[u8], boundary: &str) -> Vec<u8> {
    const TYPE: &[u8] = b"content-type:";
    let mut plain = Vec::with_capacity(form.len());
    let mut is_head = false;
    for line in form.split_inclusive(|byte| *byte == b'\n') {
        let words = line.trim_ascii_end();
        let is_type = words.get(..TYPE.len()).is_some_and(|name| name.eq_ignore_ascii_case(TYPE));
        if is_head && is_type {
            continue;
        }
        let begins = words.strip_prefix(b"--").is_some_and(|rest| rest == boundary.as_bytes());
        is_head = begins || is_head && !words.is_empty();
        plain.extend_from_slice(line);
    }
    plain
}

/// Reads `a=b&c=d`. Pairs without a name are nobody's; what is not UTF-8 is refused and not mended,
/// or two readers would read different things.
pub fn decode_form(bytes: &[u8]) -> Result<Pairs, Fault> {
    let mut pairs = Pairs::new();
    for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let name = as_text(unescape(&pair[..at]))?;
        let value = as_text(unescape(pair.get(at + 1..).unwrap_or_default()))?;
        if !name.is_empty() {
            pairs.push((name, value));
        }
    }
    Ok(pairs)
}

fn unescape(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.first_chunk::<2>().filter(|_| *first == b'%').and_then(hex_byte);
        let (byte, left) = match (escaped, first) {
            (Some(byte), _) => (byte, &after[2..]),
            (None, b'+') => (b' ', after),
            (None, byte) => (*byte, after),
        };
        plain.push(byte);
        rest = left;
    }
    plain
}

fn hex_byte(digits: &[u8; 2]) -> Option<u8> {
    let high = char::from(digits[0]).to_digit(16)?;
    let low = char::from(digits[1]).to_digit(16)?;
    u8::try_from(high * 16 + low).ok()
}

fn as_text(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|_| Fault::unreadable(400, "a parameter is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_browsers_write_it() {
        let pairs = decode_form(b"&message=Hi+there+%26+more&userData%5BTimeZone%5D=-480&x&=y&z=%");

        let expected =
            [("message", "Hi there & more"), ("userData[TimeZone]", "-480"), ("x", ""), ("z", "%")];
        assert_eq!(pairs, Ok(expected.map(|(name, value)| (name.into(), value.into())).to_vec()));
    }

    #[test]
    fn only_the_types_of_parts_are_left_out() {
        let form = "--cut\r\nContent-Type: multipart/form-data\r\nA: b\r\n\r\nContent-Type: c\r\n--cut--\r\n";
        let without = "--cut\r\nA: b\r\n\r\nContent-Type: c\r\n--cut--\r\n";

        let of = boundary("multipart/form-data; charset=utf-8; Boundary=\"cut\"");
        assert_eq!(without_types(form.as_bytes(), of), without.as_bytes());
        assert_eq!(boundary("multipart/form-data"), "");
    }

    #[test]
    fn what_is_not_utf8_is_refused() {
        for form in [&b"message=%FF"[..], b"message=\xC0\x80", b"%ED%A0%80=x"] {
            assert_eq!(decode_form(form).unwrap_err().http, 400);
        }
    }

    #[actix_web::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let limits = BodyLimits { patience: Duration::from_millis(1), ..BodyLimits::default() };

        let fault = read(stream::pending(), limits).await.unwrap_err();

        assert_eq!(fault.http, 408);
    }

    #[actix_web::test]
    async fn a_body_that_does_not_end_is_given_up_at_the_limit() {
        let endless = stream::repeat_with(|| Ok(Bytes::from_static(&[b'a'; 4_096])));

        let fault = read(endless, BodyLimits::default()).await.unwrap_err();

        assert_eq!(fault.http, 413);
    }
}
