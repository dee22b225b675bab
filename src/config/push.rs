//! `[push.<provider>]`: the servers that customers' pushes go to; `[push]`: which of them is the usual one.

use crate::config::field::Choice;
use crate::config::secret::Secret;
use crate::config::spec::{Opt, Section};
use std::time::Duration;

#[derive(Clone)]
pub struct PushSection {
    /// `default-provider`
    pub default_provider: String,
}

#[derive(Clone)]
pub struct PushProvider {
    /// `url`
    pub url: String,
    /// `debug-url`
    pub debug_url: String,
    /// `secret`
    pub secret: Secret,
    /// `timeout`
    pub timeout: Duration,
    /// `include-payload`
    pub include_payload: bool,
    /// `events`
    pub events: Vec<PushedEvent>,
    /// `connections`
    pub connections: u64,
    /// `queue`
    pub queue: u64,
}

/// What may be pushed, by the names that customers' clients know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushedEvent {
    ParticipantJoined,
    ParticipantLeft,
    Message,
    NicknameUpdated,
    PushUrl,
    CustomNotice,
    Notice,
    IdleAlert,
    IdleClose,
}

/// Which names a push carries of whom it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PushContent {
    SessionId,
    UserId,
    AppDbid,
    SecureKey,
}

impl Choice for PushedEvent {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("ParticipantJoined", Self::ParticipantJoined),
        ("ParticipantLeft", Self::ParticipantLeft),
        ("Message", Self::Message),
        ("NicknameUpdated", Self::NicknameUpdated),
        ("PushUrl", Self::PushUrl),
        ("CustomNotice", Self::CustomNotice),
        ("Notice", Self::Notice),
        ("IdleAlert", Self::IdleAlert),
        ("IdleClose", Self::IdleClose),
    ];
}

impl Choice for PushContent {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("session-id", Self::SessionId),
        ("user-id", Self::UserId),
        ("app-dbid", Self::AppDbid),
        ("secure-key", Self::SecureKey),
    ];
}

impl Default for PushSection {
    fn default() -> Self {
        Self { default_provider: "default".into() }
    }
}

impl Default for PushProvider {
    fn default() -> Self {
        Self {
            url: String::new(),
            debug_url: String::new(),
            secret: Secret::default(),
            timeout: Duration::from_secs(5),
            include_payload: true,
            events: PushedEvent::WORDS.iter().map(|(_, event)| *event).collect(),
            connections: 4,
            queue: 1_000,
        }
    }
}

impl Section for PushSection {
    const OPTIONS: &'static [Opt<Self>] = &[Opt::new(
        "default-provider",
        |s: &mut Self| &mut s.default_provider,
        "The provider of customers who name none (`GCTI_GMS_PushProvider`).",
    )];
}

impl Section for PushProvider {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "url",
            |s: &mut Self| &mut s.url,
            "Where pushes are posted to (docs/api/push.md). Any host: it is the operator's word. Plain \
             http is used with a warning at start. Redirections are not followed.",
        ),
        Opt::new(
            "debug-url",
            |s: &mut Self| &mut s.debug_url,
            "Where pushes of customers go who ask for it (`GCTI_GMS_PushDebug`); empty: where all go.",
        ),
        Opt::new(
            "secret",
            |s: &mut Self| &mut s.secret,
            "What each push is signed with, at least 16 characters.",
        ),
        Opt::new("timeout", |s: &mut Self| &mut s.timeout, "For one answer.").within(1, 60),
        Opt::new(
            "include-payload",
            |s: &mut Self| &mut s.include_payload,
            "Whether those get more than their `deviceId` who ask for it \
             (`GCTI_GMS_PushIncludePayload`).",
        ),
        Opt::new(
            "events",
            |s: &mut Self| &mut s.events,
            "What is pushed. That a customer's part in the chat is over is pushed in any case.",
        ),
        Opt::new(
            "connections",
            |s: &mut Self| &mut s.connections,
            "How many pushes are under way at a time. Those of one chat go one after the other.",
        )
        .within(1, 64),
        Opt::new(
            "queue",
            |s: &mut Self| &mut s.queue,
            "How many pushes may wait for a slow receiver; more are dropped and counted.",
        )
        .within(1, 100_000),
    ];
}
