//! `[limits]`: how much one customer, one session and one address may ask for. Each node counts for
//! itself.

use crate::config::spec::{Opt, Section};
use std::time::Duration;

#[derive(Clone)]
pub struct Limits {
    /// `message-max-bytes`
    pub message_max_bytes: u64,
    /// `user-data-max-keys`
    pub user_data_max_keys: u64,
    /// `user-data-max-key-bytes`
    pub user_data_max_key_bytes: u64,
    /// `user-data-max-value-bytes`
    pub user_data_max_value_bytes: u64,
    /// `user-data-max-total-bytes`
    pub user_data_max_total_bytes: u64,
    /// `user-data-max-depth`
    pub user_data_max_depth: u64,
    /// `session-max-events`
    pub session_max_events: u64,
    /// `session-max-bytes`
    pub session_max_bytes: u64,
    /// `session-sleep-after`
    pub session_sleep_after: Duration,
    /// `dormant-poll-interval`
    pub dormant_poll_interval: Duration,
    /// `send-rate`
    pub send_rate: u64,
    /// `send-burst`
    pub send_burst: u64,
    /// `create-rate`
    pub create_rate: u64,
    /// `failed-key-rate`
    pub failed_key_rate: u64,
    /// `requests-waiting`
    pub requests_waiting: u64,
    /// `esp-rate`
    pub esp_rate: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            message_max_bytes: 65_536,
            user_data_max_keys: 100,
            user_data_max_key_bytes: 128,
            user_data_max_value_bytes: 8_192,
            user_data_max_total_bytes: 65_536,
            user_data_max_depth: 8,
            session_max_events: 5_000,
            session_max_bytes: 5_242_880,
            session_sleep_after: Duration::from_secs(600),
            dormant_poll_interval: Duration::from_secs(30),
            send_rate: 5,
            send_burst: 20,
            create_rate: 60,
            failed_key_rate: 10,
            requests_waiting: 64,
            esp_rate: 50,
        }
    }
}

impl Section for Limits {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "message-max-bytes",
            |s: &mut Self| &mut s.message_max_bytes,
            "Hard limit on the bytes of one message's text.",
        )
        .within(200, 1_048_576),
        Opt::new(
            "user-data-max-keys",
            |s: &mut Self| &mut s.user_data_max_keys,
            "Most keys of one user data list.",
        )
        .within(1, 10_000),
        Opt::new(
            "user-data-max-key-bytes",
            |s: &mut Self| &mut s.user_data_max_key_bytes,
            "Most bytes of a key.",
        )
        .within(16, 4_096),
        Opt::new(
            "user-data-max-value-bytes",
            |s: &mut Self| &mut s.user_data_max_value_bytes,
            "Most bytes of a value.",
        )
        .within(16, 1_048_576),
        Opt::new(
            "user-data-max-total-bytes",
            |s: &mut Self| &mut s.user_data_max_total_bytes,
            "Most bytes of all keys and values of a list.",
        )
        .within(1_024, 4_194_304),
        Opt::new(
            "user-data-max-depth",
            |s: &mut Self| &mut s.user_data_max_depth,
            "How deep lists may lie within lists.",
        )
        .within(1, 32),
        Opt::new(
            "session-max-events",
            |s: &mut Self| &mut s.session_max_events,
            "Most events of a session. Leaving and closing are always possible.",
        )
        .within(100, 1_000_000),
        Opt::new(
            "session-max-bytes",
            |s: &mut Self| &mut s.session_max_bytes,
            "Most bytes of texts and user data of a session.",
        )
        .within(65_536, 1_073_741_824),
        Opt::new(
            "session-sleep-after",
            |s: &mut Self| &mut s.session_sleep_after,
            "A session leaves memory when nobody has asked for anything for this time, no agent is \
             in it, and nothing is due for as long again; 0 means never. Whatever somebody does \
             wakes it, on any node, and so does its next deadline; to ask whether there is \
             anything new does not. With `[settings] flex-disconnect-timeout` below twice this \
             time no chat sleeps.",
        )
        .within(0, 1_728_000),
        Opt::new(
            "dormant-poll-interval",
            |s: &mut Self| &mut s.dormant_poll_interval,
            "How often a customer who polls is told to ask while his chat is on hold without agent \
             or bot, or sleeps (the header `Holdfast-Poll-After`, docs/api/customer.md); at most \
             two thirds of `[settings] flex-disconnect-timeout`, which counts again as soon as he \
             is expected. 0 tells nobody.",
        )
        .within(0, 3_600),
        Opt::new(
            "send-rate",
            |s: &mut Self| &mut s.send_rate,
            "Messages per second that one participant may go on sending.",
        )
        .within(1, 1_000),
        Opt::new(
            "send-burst",
            |s: &mut Self| &mut s.send_burst,
            "Messages that one participant may send at once.",
        )
        .within(1, 10_000),
        Opt::new(
            "create-rate",
            |s: &mut Self| &mut s.create_rate,
            "Sessions per minute that one address may create; 0 means any number. `[listen] \
             trusted-gateways` are not counted.",
        )
        .within(0, 1_000_000),
        Opt::new(
            "failed-key-rate",
            |s: &mut Self| &mut s.failed_key_rate,
            "Wrong keys per minute that one address may try before it is answered 429.",
        )
        .within(1, 1_000_000),
        Opt::new(
            "requests-waiting",
            |s: &mut Self| &mut s.requests_waiting,
            "Requests that may wait for one session before the next is answered 429.",
        )
        .within(1, 10_000),
        Opt::new(
            "esp-rate",
            |s: &mut Self| &mut s.esp_rate,
            "Requests per second that one client of the ESP listener may go on sending; twice as \
             many at once.",
        )
        .within(1, 100_000),
    ];
}
