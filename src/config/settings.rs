//! `[settings]`: the chat options of the guide, by their names there.

use crate::config::field::Choice;
use crate::config::push::PushContent;
use crate::config::spec::{Opt, Section};
use std::time::Duration;

#[derive(Clone)]
pub struct Settings {
    /// `flex-disconnect-timeout`
    pub flex_disconnect_timeout: Duration,
    /// `flex-push-timeout`
    pub flex_push_timeout: Duration,
    /// `user-register-timeout`
    pub user_register_timeout: Duration,
    /// `resume-window`
    pub resume_window: Duration,
    /// `message-max-size`
    pub message_max_size: u64,
    /// `message-log-print-size`
    pub message_log_print_size: u64,
    /// `hide-attached-data`
    pub hide_attached_data: bool,
    /// `session-password-enforce`
    pub session_password_enforce: bool,
    /// `stop-abandoned-interaction`
    pub stop_abandoned_interaction: StopAbandoned,
    /// `attach-session-statistics`
    pub attach_session_statistics: AttachStatistics,
    /// `transcript-auto-save`
    pub transcript_auto_save: AutoSave,
    /// `transcript-save-on-error`
    pub transcript_save_on_error: SaveOnError,
    /// `transcript-resend-attempts`
    pub transcript_resend_attempts: u64,
    /// `transcript-resend-delay`
    pub transcript_resend_delay: Duration,
    /// `transcript-save-notices`
    pub transcript_save_notices: Notices,
    /// `use-contact-server`
    pub use_contact_server: bool,
    /// `allow-duplicated-kvp`
    pub allow_duplicated_kvp: bool,
    /// `session-restoration-mode`
    pub session_restoration_mode: Restoration,
    /// `session-restore-extend-by`
    pub session_restore_extend_by: RestoreExtend,
    /// `session-restore-do-purge`
    pub session_restore_do_purge: bool,
    /// `closed-keep`
    pub closed_keep_days: u64,
    /// `show-monitoring-to-customer`
    pub show_monitoring_to_customer: bool,
    /// `esp-nickname`
    pub esp_nickname: String,
    /// `async-idle-alert`
    pub async_idle_alert: Duration,
    /// `async-idle-close`
    pub async_idle_close: Duration,
    /// `async-idle-notices`
    pub async_idle_notices: Notices,
    /// `flex-push-enabled`
    pub flex_push_enabled: bool,
    /// `flex-push-on-join`
    pub flex_push_on_join: bool,
    /// `flex-push-content`
    pub flex_push_content: Vec<PushContent>,
    /// `flex-push-resend-attempts`
    pub flex_push_resend_attempts: u64,
    /// `flex-push-resend-delay`
    pub flex_push_resend_delay: Duration,
    /// `session-restore-push-send`
    pub session_restore_push_send: bool,
}

/// Whether the chat side stops the interaction of a chat that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StopAbandoned {
    Never,
    Always,
    /// When no agent or supervisor was present at the end.
    NoAgents,
    /// When no agent or supervisor ever joined.
    NoAnswer,
}

/// Which statistics are attached to the interaction at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachStatistics {
    None,
    /// Those that occurred.
    Fired,
    All,
}

/// When the contact's record gets the running transcript.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoSave {
    AtEnd,
    AfterMessages,
    AfterMessagesAndTell,
}

/// What becomes of a session whose running transcript cannot be saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SaveOnError {
    Continue,
    Close,
}

/// Which notices count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notices {
    None,
    Major,
    Major2,
    Typing,
    All,
}

/// What happens to a session whose owner died.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restoration {
    None,
    Simple,
}

/// Who besides the customer may bring about a restoration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreExtend {
    None,
    Agent,
    Esp,
    Both,
}

impl Choice for StopAbandoned {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("never", Self::Never),
        ("always", Self::Always),
        ("noagents", Self::NoAgents),
        ("noanswer", Self::NoAnswer),
    ];
}

impl Choice for AttachStatistics {
    const WORDS: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("fired", Self::Fired), ("all", Self::All)];
}

impl Choice for AutoSave {
    const WORDS: &'static [(&'static str, Self)] =
        &[("0", Self::AtEnd), ("1", Self::AfterMessages), ("2", Self::AfterMessagesAndTell)];
}

impl Choice for SaveOnError {
    const WORDS: &'static [(&'static str, Self)] =
        &[("continue", Self::Continue), ("close", Self::Close)];
}

impl Choice for Notices {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("none", Self::None),
        ("major", Self::Major),
        ("major2", Self::Major2),
        ("typing", Self::Typing),
        ("all", Self::All),
    ];
}

impl Choice for Restoration {
    const WORDS: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("simple", Self::Simple)];
}

impl Choice for RestoreExtend {
    const WORDS: &'static [(&'static str, Self)] =
        &[("none", Self::None), ("agent", Self::Agent), ("esp", Self::Esp), ("both", Self::Both)];
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            flex_disconnect_timeout: Duration::from_secs(45),
            flex_push_timeout: Duration::from_secs(300),
            user_register_timeout: Duration::from_secs(30),
            resume_window: Duration::from_secs(15),
            message_max_size: 32_768,
            message_log_print_size: 0,
            hide_attached_data: true,
            session_password_enforce: false,
            stop_abandoned_interaction: StopAbandoned::Never,
            attach_session_statistics: AttachStatistics::All,
            transcript_auto_save: AutoSave::AtEnd,
            transcript_save_on_error: SaveOnError::Continue,
            transcript_resend_attempts: 5,
            transcript_resend_delay: Duration::from_secs(15),
            transcript_save_notices: Notices::Major,
            use_contact_server: true,
            allow_duplicated_kvp: true,
            session_restoration_mode: Restoration::Simple,
            session_restore_extend_by: RestoreExtend::Both,
            session_restore_do_purge: true,
            closed_keep_days: 7,
            show_monitoring_to_customer: false,
            esp_nickname: "System".into(),
            async_idle_alert: Duration::from_secs(86_400),
            async_idle_close: Duration::from_secs(3_600),
            async_idle_notices: Notices::Major,
            flex_push_enabled: true,
            flex_push_on_join: true,
            flex_push_content: vec![PushContent::SessionId, PushContent::UserId],
            flex_push_resend_attempts: 5,
            flex_push_resend_delay: Duration::from_secs(15),
            session_restore_push_send: true,
        }
    }
}

impl Section for Settings {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "flex-disconnect-timeout",
            |s: &mut Self| &mut s.flex_disconnect_timeout,
            "A customer from whom no request came for this time is removed from the \
             session.",
        )
        .within(1, 1_728_000)
        .immediately(),
        Opt::new(
            "flex-push-timeout",
            |s: &mut Self| &mut s.flex_push_timeout,
            "Holds in place of `flex-disconnect-timeout` for a customer who is told what happens \
             (CometD), or has it pushed to him (`GCTI_Chat_PushSubscribe`). After this time without \
             a sign of life he is looked for, and removed after as long again. For asynchronous \
             chats with pushes the guide advises 86400.",
        )
        .within(1, 1_728_000)
        .immediately(),
        Opt::new(
            "user-register-timeout",
            |s: &mut Self| &mut s.user_register_timeout,
            "Most time between opening an agent's connection and its registration.",
        )
        .within(1, 86_400)
        .immediately(),
        Opt::new(
            "resume-window",
            |s: &mut Self| &mut s.resume_window,
            "How long an agent whose connection was lost may come back without being \
             missed. Who is told to go on at another node has at least 30 seconds.",
        )
        .within(0, 3_600)
        .immediately(),
        Opt::new(
            "message-max-size",
            |s: &mut Self| &mut s.message_max_size,
            "Most bytes of one message's text. `[limits] message-max-bytes` stands above \
             it.",
        )
        .within(200, 2_147_482_624)
        .immediately(),
        Opt::new(
            "message-log-print-size",
            |s: &mut Self| &mut s.message_log_print_size,
            "How many characters of a message the log may show. This version shows none.",
        )
        .within(0, 7_000)
        .not_yet(),
        Opt::new(
            "hide-attached-data",
            |s: &mut Self| &mut s.hide_attached_data,
            "Keep user data out of the log. This version never logs its values.",
        )
        .not_yet(),
        Opt::new(
            "session-password-enforce",
            |s: &mut Self| &mut s.session_password_enforce,
            "Make a password for each session, which every later joiner must bring.",
        ),
        Opt::new(
            "stop-abandoned-interaction",
            |s: &mut Self| &mut s.stop_abandoned_interaction,
            "Whether the chat side stops the interaction when the session ends, after the \
             statistics are attached, whoever handles it: `noagents` if no agent was \
             present at the end, `noanswer` if none ever joined. Bots are not agents. \
             Otherwise the workflow says what becomes of it; without one it is stopped when \
             no agent handles it.",
        ),
        Opt::new(
            "attach-session-statistics",
            |s: &mut Self| &mut s.attach_session_statistics,
            "Statistics attached to the interaction at the end: none, those that occurred, \
             all.",
        )
        .guide("none", "reports need them, and they cost nothing")
        .immediately(),
        Opt::new(
            "transcript-auto-save",
            |s: &mut Self| &mut s.transcript_auto_save,
            "When the contact's record gets the running transcript: 0 at the end, 1 after \
             messages, 2 as 1 until basic clients are told. Events are always stored before they \
             are acknowledged, whatever stands here.",
        )
        .immediately(),
        Opt::new(
            "transcript-save-on-error",
            |s: &mut Self| &mut s.transcript_save_on_error,
            "What becomes of a session whose record could not be given its running transcript \
             (`transcript-auto-save` above 0). `close`: after all attempts it ends, as `DB_ERROR` \
             by the system. `continue`: it goes on. In both cases the session's own log has \
             everything, and the record is tried until it has it too, the end included.",
        ),
        Opt::new(
            "transcript-resend-attempts",
            |s: &mut Self| &mut s.transcript_resend_attempts,
            "How often a running transcript that was not saved is sent again before \
             `transcript-save-on-error = close` ends the session. With `continue` nothing counts \
             them: it is sent until it is saved.",
        )
        .within(0, 1_000),
        Opt::new(
            "transcript-resend-delay",
            |s: &mut Self| &mut s.transcript_resend_delay,
            "How long to wait for the word that a record was saved before it is sent again.",
        )
        .within(1, 86_400),
        Opt::new(
            "transcript-save-notices",
            |s: &mut Self| &mut s.transcript_save_notices,
            "Which notices go into the stored transcript.",
        )
        .immediately(),
        Opt::new(
            "use-contact-server",
            |s: &mut Self| &mut s.use_contact_server,
            "Keep contacts and interaction records. `false` keeps none.",
        ),
        Opt::new(
            "allow-duplicated-kvp",
            |s: &mut Self| &mut s.allow_duplicated_kvp,
            "`true`: of a key that comes twice in one user data list the last value counts. \
             `false`: such a request is refused.",
        ),
        Opt::new(
            "session-restoration-mode",
            |s: &mut Self| &mut s.session_restoration_mode,
            "`simple`: a session whose node died goes on at the next request, and soon without \
             one. `none`: a session ends with its node. A request for it is told that it is over, \
             and the other nodes, or the next start, end it in order: its interaction and its \
             record get everything that was said. A node that was only frozen for long loses its \
             sessions too. What is handed on in order goes on in any case.",
        )
        .guide("none", "no conversation is dropped"),
        Opt::new(
            "session-restore-extend-by",
            |s: &mut Self| &mut s.session_restore_extend_by,
            "Whose request, besides the customer's, makes a dead node's session go on at once: an \
             agent's (`agent`), if he is in it or joins with the `ChatServerWebapiToken` of its \
             interaction; a workflow's (`esp`). Everybody else waits a few seconds until the \
             other nodes, or the next start, have seen to it. No effect if sessions are not \
             restored.",
        )
        .guide("none", "no conversation is dropped"),
        Opt::new(
            "session-restore-do-purge",
            |s: &mut Self| &mut s.session_restore_do_purge,
            "Tell the earlier owner of a restored session, if it still lives, to look at once \
             whether it is one. It finds out within a second in any case.",
        )
        .guide("false", "two owners are never wanted"),
        Opt::new(
            "closed-keep",
            |s: &mut Self| &mut s.closed_keep_days,
            "Days for which the key of a closed session may still read.",
        )
        .within(0, 3_650),
        Opt::new(
            "show-monitoring-to-customer",
            |s: &mut Self| &mut s.show_monitoring_to_customer,
            "Tell customers truthfully whether a supervisor listens. Off: always \
             `monitored: false`.",
        )
        .immediately(),
        Opt::new(
            "esp-nickname",
            |s: &mut Self| &mut s.esp_nickname,
            "In whose name a workflow speaks when its request has no `Nickname`.",
        ),
        Opt::new(
            "async-idle-alert",
            |s: &mut Self| &mut s.async_idle_alert,
            "Of asynchronous chats (`GCTI_Chat_AsyncMode` = `true`): time in which nobody but bots and \
             workflows does anything for everybody to see, whoever is there, until all are warned by \
             `message-alert` of `[inactivity-control]`.",
        )
        .within(1, 1_728_000),
        Opt::new(
            "async-idle-close",
            |s: &mut Self| &mut s.async_idle_close,
            "Time from there until an asynchronous chat is closed, with `message-close`.",
        )
        .within(1, 1_728_000),
        Opt::new(
            "async-idle-notices",
            |s: &mut Self| &mut s.async_idle_notices,
            "Which notices count for it, as in `include-notices` of `[inactivity-control]`. The same \
             ones of a customer wake an asynchronous chat on hold.",
        ),
        Opt::new(
            "flex-push-enabled",
            |s: &mut Self| &mut s.flex_push_enabled,
            "Whether anything is pushed to anybody (docs/api/push.md).",
        ),
        Opt::new(
            "flex-push-on-join",
            |s: &mut Self| &mut s.flex_push_on_join,
            "Whether a customer may ask for pushes when he starts a chat. While it is off, those \
             who asked before get none either.",
        )
        .guide("false", "there is no other way to ask, and without a provider nothing is pushed"),
        Opt::new(
            "flex-push-content",
            |s: &mut Self| &mut s.flex_push_content,
            "What a reliable push tells of the customer, so that somebody can ask in his name. With \
             `secure-key` every provider must have an https address, or one on this machine.",
        ),
        Opt::new(
            "flex-push-resend-attempts",
            |s: &mut Self| &mut s.flex_push_resend_attempts,
            "How often somebody who wants to be sure (`GCTI_GMS_PushResend`) is reminded again of what \
             he has not fetched.",
        )
        .within(0, 100_000),
        Opt::new(
            "flex-push-resend-delay",
            |s: &mut Self| &mut s.flex_push_resend_delay,
            "Time before each of these.",
        )
        .within(1, 86_400),
        Opt::new(
            "session-restore-push-send",
            |s: &mut Self| &mut s.session_restore_push_send,
            "Whether pushes go on, and `flex-push-timeout` holds, after a restoration in which the \
             customer has not been heard yet.",
        )
        .guide("false", "nobody who waits for pushes is forgotten because a node died"),
    ];
}
