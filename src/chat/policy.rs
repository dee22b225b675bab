//! The settings that the rules of a chat need, as plain values.

use crate::base::Parting;
use crate::base::user_data::UserDataLimits;
use crate::chat::dormancy::Patience;
use crate::chat::idle::Idleness;
use crate::chat::push::PushPolicy;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// `flex-disconnect-timeout`: a web participant silent for so long is removed.
    pub flex_disconnect_timeout: Duration,
    /// `flex-push-timeout`: after so long without a sign of life a web participant who is told what
    /// happens, or has it pushed to him, is looked for; after as long again he is removed.
    pub flex_push_timeout: Duration,
    /// How long a participant whose connection was lost may come back unseen.
    pub resume_window: Duration,
    /// The same for one who was told to go on at another node, if it is longer.
    pub move_window: Duration,
    /// `session-sleep-after`: a session in which nothing happens for so long, and will not for as
    /// long again, is put to sleep. None: never.
    pub sleep_after: Option<Duration>,
    /// The longest text, in bytes.
    pub longest_text: usize,
    pub longest_nickname: usize,
    pub user_data: UserDataLimits,
    /// Events a session may have, and their bytes. Leaving is always possible.
    pub most_events: u64,
    pub most_bytes: usize,
    /// Messages and notices of one session: so many a second …
    pub send_rate: u32,
    /// … and so many at once.
    pub send_burst: u32,
    /// `transcript-auto-save` above 0: the contact's record gets the running transcript.
    pub auto_save: AutoSave,
    /// Whether the contact house is told of sessions at all (`use-contact-server`).
    pub contacts: Contacts,
    /// After this long without an answer a record is told again (`transcript-resend-delay`).
    pub tell_record_again: Duration,
    /// What becomes of a session whose running transcript cannot be kept.
    pub on_unkept: OnUnkept,
    /// After this long without an answer a bot is told again: longer than all attempts together.
    pub tell_bot_again: Duration,
    /// `[inactivity-control]`
    pub idleness: Idleness,
    /// The same of asynchronous chats.
    pub patience: Patience,
    pub push: PushPolicy,
}

/// What becomes of a session whose record does not get its running transcript
/// (`transcript-save-on-error`). Its own log has everything in any case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnUnkept {
    /// It goes on, and the record is told again for as long as it takes.
    Continue,
    /// It ends when the record was told again so often in vain (`transcript-resend-attempts`).
    Close { after: u32 },
}

/// When the contact's record gets the running transcript (decision 0014, D3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AutoSave {
    AtTheEnd,
    /// After each message, batched to a second.
    Running,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contacts {
    Used,
    Unused,
}

impl Policy {
    /// How long a web participant may be silent who need not ask.
    pub fn flex_push_patience(&self) -> Duration {
        self.flex_push_timeout * 2
    }

    /// How long somebody may come back unseen.
    pub fn window(&self, parting: Parting) -> Duration {
        match parting {
            Parting::Lost => self.resume_window,
            Parting::Moving => self.resume_window.max(self.move_window),
        }
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            flex_disconnect_timeout: Duration::from_secs(45),
            flex_push_timeout: Duration::from_secs(300),
            resume_window: Duration::from_secs(15),
            move_window: Duration::from_secs(30),
            sleep_after: None,
            longest_text: 64 * 1024,
            longest_nickname: 128,
            user_data: UserDataLimits::default(),
            most_events: 5_000,
            most_bytes: 5_000_000,
            send_rate: 5,
            send_burst: 20,
            auto_save: AutoSave::AtTheEnd,
            contacts: Contacts::Used,
            tell_record_again: Duration::from_secs(15),
            on_unkept: OnUnkept::Continue,
            tell_bot_again: Duration::from_secs(120),
            idleness: Idleness::default(),
            patience: Patience::default(),
            push: PushPolicy::default(),
        }
    }
}
