//! `[push.<provider>]`: the servers and services that customers' pushes go to; `[push]`: which of them are
//! the usual ones.

use crate::config::field::{Choice, Field, Range, Raw, listed, quoted};
use crate::config::secret::Secret;
use crate::config::spec::{Opt, Section};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone)]
pub struct PushSection {
    /// `default-provider`
    pub default_provider: String,
    /// `default-fcm`
    pub default_fcm: String,
    /// `default-apns`
    pub default_apns: String,
}

#[derive(Clone)]
pub struct PushProvider {
    /// `type`
    pub kind: ProviderKind,
    /// `url`
    pub url: String,
    /// `debug-url`
    pub debug_url: String,
    /// `secret`
    pub secret: Secret,
    /// `credentials`
    pub credentials: Secret,
    /// `team-id`
    pub team_id: String,
    /// `key-id`
    pub key_id: String,
    /// `topic`
    pub topic: String,
    /// `title`
    pub title: String,
    /// `text`
    pub text: String,
    /// `texts`
    pub texts: Texts,
    /// `include-text`
    pub include_text: bool,
    /// `time-to-live`
    pub time_to_live: Duration,
    /// `trusted-folder`
    pub trusted_folder: Option<PathBuf>,
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

/// Who carries what is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    Http,
    Fcm,
    Apns,
}

/// A text for each language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts(pub BTreeMap<String, String>);

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

impl Choice for ProviderKind {
    const WORDS: &'static [(&'static str, Self)] =
        &[("http", Self::Http), ("fcm", Self::Fcm), ("apns", Self::Apns)];
}

impl Field for Texts {
    fn set(&mut self, raw: &Raw, range: Range<'_>) -> Result<(), String> {
        self.0 = texts(raw).ok_or_else(|| self.kind(range))?;
        Ok(())
    }

    fn show(&self) -> String {
        let texts = self.0.iter().map(|(name, text)| format!("{name} = {}", quoted(text)));
        let texts: Vec<String> = texts.collect();
        if texts.is_empty() { "{}".into() } else { format!("{{ {} }}", texts.join(", ")) }
    }

    fn kind(&self, _: Range<'_>) -> String {
        "a table of texts by language, like { de = \"Neue Nachricht\" }".into()
    }
}

/// A table, or `de=Neue Nachricht` in a list or between commas.
fn texts(raw: &Raw) -> Option<BTreeMap<String, String>> {
    if let Raw::Table(entries) = raw {
        let text = |raw: &Raw| match raw {
            Raw::Text(text) => Some(text.clone()),
            Raw::Integer(_) | Raw::Switch(_) | Raw::List(_) | Raw::Table(_) | Raw::Other(_) => None,
        };
        return entries.iter().map(|(name, raw)| Some((name.clone(), text(raw)?))).collect();
    }
    let entries = listed(raw)?;
    let entries = entries.iter().map(|entry| {
        let (name, text) = entry.split_once('=')?;
        Some((name.trim().to_owned(), text.trim().to_owned()))
    });
    entries.collect()
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
        let (default_fcm, default_apns) = (String::new(), String::new());
        Self { default_provider: "default".into(), default_fcm, default_apns }
    }
}

impl Default for PushProvider {
    fn default() -> Self {
        Self {
            kind: ProviderKind::Http,
            url: String::new(),
            debug_url: String::new(),
            secret: Secret::default(),
            credentials: Secret::default(),
            team_id: String::new(),
            key_id: String::new(),
            topic: String::new(),
            title: String::new(),
            text: "You have a new message".into(),
            texts: Texts::default(),
            include_text: false,
            time_to_live: Duration::from_secs(3_600),
            trusted_folder: None,
            timeout: Duration::from_secs(5),
            include_payload: true,
            events: PushedEvent::WORDS.iter().map(|(_, event)| *event).collect(),
            connections: 4,
            queue: 1_000,
        }
    }
}

impl Section for PushSection {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "default-provider",
            |s: &mut Self| &mut s.default_provider,
            "The provider of customers who name none (`GCTI_GMS_PushProvider`), of the device type \
             `customhttp`.",
        ),
        Opt::new(
            "default-fcm",
            |s: &mut Self| &mut s.default_fcm,
            "The same for the device types `fcm`, `gcm` and `android`; empty: the only provider of type \
             `fcm`.",
        ),
        Opt::new(
            "default-apns",
            |s: &mut Self| &mut s.default_apns,
            "The same for the device type `ios`; empty: the only provider of type `apns`.",
        ),
    ];
}

impl PushSection {
    /// The provider that customers of a kind of device go to who name none.
    pub fn usual<'a>(
        &'a self,
        kind: ProviderKind,
        of: &'a BTreeMap<String, PushProvider>,
    ) -> Option<&'a str> {
        let named = match kind {
            ProviderKind::Http => &self.default_provider,
            ProviderKind::Fcm => &self.default_fcm,
            ProviderKind::Apns => &self.default_apns,
        };
        let mut fitting = of.iter().filter(|(_, provider)| provider.kind == kind);
        if named.is_empty() {
            return fitting
                .next()
                .map(|(name, _)| name.as_str())
                .filter(|_| fitting.next().is_none());
        }
        fitting.find(|(name, _)| *name == named).map(|(name, _)| name.as_str())
    }
}

impl Section for PushProvider {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "type",
            |s: &mut Self| &mut s.kind,
            "`http`: a server of one's own; `fcm`: Firebase, for apps and browsers; `apns`: Apple, for its \
             devices.",
        ),
        Opt::new(
            "url",
            |s: &mut Self| &mut s.url,
            "Where pushes are posted to (docs/api/push.md). Any host: it is the operator's word. Plain \
             http is used with a warning at start. Redirections are not followed. With `fcm` and `apns` \
             without a path, and empty: the service itself.",
        ),
        Opt::new(
            "debug-url",
            |s: &mut Self| &mut s.debug_url,
            "Where pushes of customers go who ask for it (`GCTI_GMS_PushDebug`); empty: where all go. With \
             `apns` it is likely to be https://api.sandbox.push.apple.com.",
        ),
        Opt::new(
            "secret",
            |s: &mut Self| &mut s.secret,
            "`http`: what each push is signed with, at least 16 characters.",
        ),
        Opt::new(
            "credentials",
            |s: &mut Self| &mut s.credentials,
            "`fcm`: the JSON file of a service account that may send; `apns`: the signing key that Apple \
             gave (.p8). Best as `${file:/path}`.",
        ),
        Opt::new("team-id", |s: &mut Self| &mut s.team_id, "`apns`: the id of the team."),
        Opt::new("key-id", |s: &mut Self| &mut s.key_id, "`apns`: the id of the signing key."),
        Opt::new("topic", |s: &mut Self| &mut s.topic, "`apns`: the app's bundle id."),
        Opt::new(
            "title",
            |s: &mut Self| &mut s.title,
            "`fcm`, `apns`: what is shown above the text; empty: nothing, or who spoke if that is told.",
        ),
        Opt::new(
            "text",
            |s: &mut Self| &mut s.text,
            "`fcm`, `apns`: what a device shows when there is something to see.",
        ),
        Opt::new(
            "texts",
            |s: &mut Self| &mut s.texts,
            "`fcm`, `apns`: the text for those whose `push_notification_language` is one of these.",
        ),
        Opt::new(
            "include-text",
            |s: &mut Self| &mut s.include_text,
            "`fcm`, `apns`: whether what was said is shown in place of the text. It then goes through the \
             service, and stands on locked screens.",
        ),
        Opt::new(
            "time-to-live",
            |s: &mut Self| &mut s.time_to_live,
            "`fcm`, `apns`: for so long a push is tried again, and kept by the service for a device that is \
             off.",
        )
        .within(1, 2_419_200),
        Opt::new(
            "trusted-folder",
            |s: &mut Self| &mut s.trusted_folder,
            "`fcm`, `apns`: folder of the certificates that the service's is checked against; without it, \
             what the system trusts.",
        ),
        Opt::new("timeout", |s: &mut Self| &mut s.timeout, "For one answer.").within(1, 60),
        Opt::new(
            "include-payload",
            |s: &mut Self| &mut s.include_payload,
            "`http`: whether those get more than their `deviceId` who ask for it \
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
