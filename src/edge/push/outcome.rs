//! What became of one attempt to carry a push, and when the next one is worth it.

use crate::base::error_chain::Chain;
use crate::base::time::growing_pause;
use reqwest::Response;
use reqwest::header::RETRY_AFTER;
use std::time::Duration;

/// Longer answers of receivers and providers are of no use.
const LONGEST_ANSWER: usize = 64 * 1024;

/// Nobody is waited for longer than this before he is tried again, unless he wishes it.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);

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
        let retry_after = response.headers().get(RETRY_AFTER);
        let retry_after = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if LONGEST_ANSWER < body.len() {
                break;
            }
        }
        Ok(Self { status, retry_after: retry_after.map(Duration::from_secs), body })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
