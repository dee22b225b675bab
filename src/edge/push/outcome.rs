//! What became of one attempt to carry a push, and when the next one is worth it.

use crate::base::error_chain::Chain;
use crate::base::time::growing_pause;
use actix_web::http::header::HttpDate;
use reqwest::Response;
use reqwest::header::{DATE, RETRY_AFTER};
use std::str::FromStr;
use std::time::{Duration, SystemTime};

/// Longer answers of receivers and providers are of no use.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Nobody is waited for longer than this before he is tried again, unless he wishes it.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

/// Nor is anybody tried again sooner.
const LEAST_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Delivered,
    /// It did not arrive, and is not tried again.
    Failed(String),
    /// It is taken neither now nor later.
    Refused(String),
    /// It is not taken because of what the operator has to mend, here or with the provider.
    Misconfigured(String),
    /// Nobody has this device any more.
    Unregistered(String),
    /// Nobody can have such a device; its provider was not asked.
    NoDevice(String),
    /// It may be taken later.
    NotNow(NotNow),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotNow {
    pub why: String,
    /// Not before this time has passed.
    pub after: Duration,
    /// Whether the provider named the time.
    pub is_named: bool,
    pub whose: Whose,
}

/// Who has to be left in peace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The one device, of which there was too much.
    Device,
    /// The provider fails, or this push makes it fail.
    Anybody,
    Provider,
}

impl NotNow {
    /// How long to wait after so many attempts in vain: as long as was asked for, or else longer each time.
    pub fn pause(&self, n_attempts: u32) -> Duration {
        if self.is_named {
            return self.after;
        }
        growing_pause(n_attempts, self.after, LONGEST_PAUSE)
    }
}

/// A provider that could not be reached, or did not answer in time.
pub fn unreached(error: reqwest::Error) -> Outcome {
    let whose = if error.is_connect() { Whose::Provider } else { Whose::Anybody };
    let why = Chain(&error.without_url()).to_string();
    Outcome::NotNow(NotNow { why, after: Duration::from_secs(1), is_named: false, whose })
}

/// What a provider answered: its status, the pause that it asks for, its words.
pub struct Answer {
    pub status: u16,
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

impl Answer {
    /// That it may be taken later: when the provider says so, or else after the usual time.
    pub fn not_now(&self, why: String, usual: Duration, whose: Whose) -> NotNow {
        let (after, is_named) = (self.retry_after.unwrap_or(usual), self.retry_after.is_some());
        NotNow { why, after, is_named, whose }
    }

    pub async fn read(mut response: Response) -> Result<Self, reqwest::Error> {
        let status = response.status().as_u16();
        let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok());
        let retry_after = header(RETRY_AFTER).and_then(|named| pause_of(named, header(DATE)));
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if LONGEST_ANSWER < body.len() {
                break;
            }
        }
        Ok(Self { status, retry_after, body })
    }
}

/// The pause that is named in seconds, or as a date, which is of the clock that dated the answer (RFC 9110,
/// section 10.2.3). Nobody is asked again at once.
fn pause_of(named: &str, dated: Option<&str>) -> Option<Duration> {
    let time = |date: &str| HttpDate::from_str(date).ok().map(SystemTime::from);
    let pause = match named.trim().parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => time(named)?.duration_since(time(dated?)?).unwrap_or_default(),
    };
    Some(pause.max(LEAST_PAUSE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_named_in_seconds_or_as_a_date_and_is_none_at_all_never() {
        let noon = Some("Sun, 06 Nov 1994 12:00:00 GMT");
        let seconds = |named, dated| pause_of(named, dated).map(|pause| pause.as_secs());

        assert_eq!(seconds(" 120 ", None), Some(120));
        assert_eq!(seconds("0", None), Some(1));
        assert_eq!(seconds("Sun, 06 Nov 1994 12:02:00 GMT", noon), Some(120));
        assert_eq!(seconds("Sun, 06 Nov 1994 11:00:00 GMT", noon), Some(1), "it is over");
        assert_eq!(seconds("Sun, 06 Nov 1994 12:02:00 GMT", None), None);
        assert_eq!(seconds("soon", noon), None);
        assert_eq!(seconds("-5", noon), None);
    }

    #[test]
    fn each_pause_is_longer_than_the_one_before_up_to_the_longest_unless_it_was_named() {
        let pauses = |after: u64, is_named| {
            let after = Duration::from_secs(after);
            let not_now = NotNow { why: String::new(), after, is_named, whose: Whose::Provider };
            [1, 2, 3, 40].map(|n_attempts| not_now.pause(n_attempts).as_secs())
        };

        assert_eq!(pauses(1, false), [1, 2, 4, 300]);
        assert_eq!(pauses(100, false), [100, 200, 300, 300]);
        assert_eq!(pauses(100, true), [100; 4]);
        assert_eq!(pauses(3_600, true), [3_600; 4], "who asks for an hour gets it");
    }
}
