//! `[cometd]`: customers who hold a connection instead of asking again and again.

use crate::config::spec::{Opt, Section};

/// Times are in milliseconds, as CometD writes them.
#[derive(Clone)]
pub struct CometdSection {
    /// `enabled`
    pub enabled: bool,
    /// `timeout`
    pub timeout: u64,
    /// `interval`
    pub interval: u64,
    /// `max-interval`
    pub max_interval: u64,
    /// `max-sessions-per-browser`
    pub max_sessions_per_browser: u64,
    /// `multi-session-interval`
    pub multi_session_interval: u64,
    /// `max-queue`
    pub max_queue: u64,
    /// `max-clients`
    pub max_clients: u64,
    /// `handshake-rate`
    pub handshake_rate: u64,
    /// `ping-interval`
    pub ping_interval: u64,
    /// `trust-client-session`
    pub trust_client_session: bool,
    /// `callback-polling`
    pub callback_polling: bool,
}

impl Default for CometdSection {
    fn default() -> Self {
        Self {
            enabled: true,
            timeout: 30_000,
            interval: 0,
            max_interval: 10_000,
            max_sessions_per_browser: 1,
            multi_session_interval: 2_000,
            max_queue: 64,
            max_clients: 100_000,
            handshake_rate: 600,
            ping_interval: 25_000,
            trust_client_session: false,
            callback_polling: false,
        }
    }
}

impl Section for CometdSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "enabled",
            |s: &mut Self| &mut s.enabled,
            "Whether `/genesys/cometd` and `/genesys/2/chat-ntf` are served on the customer \
             listener. (GMS calls it `[chat] enable_notification_mode`, and has it off.)",
        ),
        Opt::new(
            "timeout",
            |s: &mut Self| &mut s.timeout,
            "Milliseconds for which a connect is held when there is nothing to say. Less than what \
             proxies in between let a request take.",
        )
        .within(0, 600_000),
        Opt::new(
            "interval",
            |s: &mut Self| &mut s.interval,
            "Milliseconds that a client waits between the answer to a connect and its next one.",
        )
        .within(0, 600_000),
        Opt::new(
            "max-interval",
            |s: &mut Self| &mut s.max_interval,
            "Milliseconds after which a client without a connect is forgotten, beyond `interval`. \
             Its chat goes on: from then on `[settings] flex-disconnect-timeout` runs.",
        )
        .within(1_000, 600_000),
        Opt::new(
            "max-sessions-per-browser",
            |s: &mut Self| &mut s.max_sessions_per_browser,
            "Connects of one browser that are held at once, over HTTP. Clients beyond that are \
             answered at once and told to come again after `multi-session-interval`.",
        )
        .within(0, 100),
        Opt::new(
            "multi-session-interval",
            |s: &mut Self| &mut s.multi_session_interval,
            "Milliseconds between the connects of such a client.",
        )
        .within(100, 600_000),
        Opt::new(
            "max-queue",
            |s: &mut Self| &mut s.max_queue,
            "Messages that wait for a client that does not take them, with at most 256 KiB. What is \
             beyond that stays in its chat session, and comes from there when there is room.",
        )
        .within(1, 10_000),
        Opt::new(
            "max-clients",
            |s: &mut Self| &mut s.max_clients,
            "Clients that one node remembers at a time. When there are more, those go first who have \
             shaken hands and never connected; if there are none, newcomers are told to shake hands \
             again later.",
        )
        .within(1, 10_000_000),
        Opt::new(
            "handshake-rate",
            |s: &mut Self| &mut s.handshake_rate,
            "Handshakes per minute of one address; 0 means any number. `[listen] trusted-gateways` are \
             not counted. More than all customers behind one address make, also when they come back \
             from a node that stopped.",
        )
        .within(0, 1_000_000),
        Opt::new(
            "ping-interval",
            |s: &mut Self| &mut s.ping_interval,
            "Milliseconds between two pings over a WebSocket. One over which nothing has come for 2.4 \
             times as long is closed: its client is gone, whatever the network says. Less than what \
             proxies in between let a connection be silent.",
        )
        // Ten pongs in a second would be a flood.
        .within(500, 600_000),
        Opt::new(
            "trust-client-session",
            |s: &mut Self| &mut s.trust_client_session,
            "Whether a client over HTTP is known by its client id alone, and need not bring the \
             cookie `BAYEUX_BROWSER` that its handshake was answered with. For programs that keep \
             no cookies.",
        ),
        Opt::new(
            "callback-polling",
            |s: &mut Self| &mut s.callback_polling,
            "Whether old browsers may poll by script tags (JSONP). Any page may then read what \
             only a client id protects.",
        ),
    ];
}
