//! `[inactivity-control]`: what happens in a chat in which nobody does anything.

use crate::config::settings::Notices;
use crate::config::spec::{Opt, Section};
use std::time::Duration;

#[derive(Clone)]
pub struct InactivityControl {
    /// `enabled`
    pub enabled: bool,
    /// `include-notices`
    pub include_notices: Notices,
    /// `timeout-alert`
    pub timeout_alert: Duration,
    /// `timeout-alert2`
    pub timeout_alert2: Duration,
    /// `timeout-close`
    pub timeout_close: Duration,
    /// `message-alert`
    pub message_alert: String,
    /// `message-alert2`
    pub message_alert2: String,
    /// `message-close`
    pub message_close: String,
}

impl Default for InactivityControl {
    fn default() -> Self {
        Self {
            enabled: false,
            include_notices: Notices::Major,
            timeout_alert: Duration::from_secs(255),
            timeout_alert2: Duration::ZERO,
            timeout_close: Duration::from_secs(45),
            message_alert: "Are you still there? This chat will soon be closed.".into(),
            message_alert2: "This chat will be closed very soon.".into(),
            message_close: "This chat was closed because nobody wrote anything.".into(),
        }
    }
}

impl Section for InactivityControl {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::new(
            "enabled",
            |s: &mut Self| &mut s.enabled,
            "Warn and then close when nobody does anything for everybody to see, while a customer and \
             a human agent are there. A workflow may change all of this for one session \
             (`IdleControlConfigure`). In a cluster, only when all nodes have a version that knows it.",
        ),
        Opt::new(
            "include-notices",
            |s: &mut Self| &mut s.include_notices,
            "Which notices count as activity beside words, coming and going: addresses and files \
             (`major`), also custom ones (`major2`), `major` and typing (`typing`), all or none. \
             What bots and workflows do never counts.",
        ),
        Opt::new(
            "timeout-alert",
            |s: &mut Self| &mut s.timeout_alert,
            "Time without activity before the first warning.",
        )
        .within(1, 86_400),
        Opt::new(
            "timeout-alert2",
            |s: &mut Self| &mut s.timeout_alert2,
            "Time from there to a second warning; 0 means none.",
        )
        .within(0, 86_400),
        Opt::new(
            "timeout-close",
            |s: &mut Self| &mut s.timeout_close,
            "Time from the last warning to the close.",
        )
        .within(1, 86_400),
        Opt::new(
            "message-alert",
            |s: &mut Self| &mut s.message_alert,
            "Text of the first warning. An empty text is not shown, and the time runs all the same.",
        ),
        Opt::new(
            "message-alert2",
            |s: &mut Self| &mut s.message_alert2,
            "Text of the second warning.",
        ),
        Opt::new("message-close", |s: &mut Self| &mut s.message_close, "Text at the close."),
    ];
}
