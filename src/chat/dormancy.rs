//! Asynchronous chats: what their interaction shows of them, and how long nobody need do anything in
//! them. A workflow reads two properties: `GCTI_Chat_AsyncStatus`, whether such a chat waits, is served
//! or wants somebody, and `GCTI_Chat_AsyncCheckAt`, when it is to be looked after.

use crate::base::{Millis, UserData, Value};
use crate::chat::idle::CountedNotices;
use std::time::Duration;

pub const STATUS: &str = "GCTI_Chat_AsyncStatus";
/// Seconds since 1970, like `_current_time()` of a workflow.
pub const CHECK_AT: &str = "GCTI_Chat_AsyncCheckAt";
const MODE: &str = "GCTI_Chat_AsyncMode";

const SHORTEST_MARGIN: Duration = Duration::from_secs(10);

/// The numbers are the guide's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    OnHold = -2,
    /// An agent is there whom the customer can see.
    Served = -1,
    New = 1,
    /// The customer has written while it was on hold.
    Answered = 2,
    /// Nobody did anything for long; it will soon be closed.
    Alerted = 3,
    /// The desk of its agent was lost.
    DeskLost = 4,
    /// Its agent has placed it in a queue for others.
    Transferred = 5,
}

/// `async-idle-alert`, `async-idle-close` and `async-idle-notices`: inactivity control of asynchronous
/// chats, whoever is there. The texts are those of `[inactivity-control]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// Which notices count as activity, and wake a chat on hold.
    pub notices: CountedNotices,
    pub until_alert: Duration,
    pub until_close: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            notices: CountedNotices::Major,
            until_alert: Duration::from_secs(86_400),
            until_close: Duration::from_secs(3_600),
        }
    }
}

impl Patience {
    /// How much later than its close a chat is to be looked after. As long as it lives, a chat that is
    /// looked after in vain costs a request; so the server promises more than it must, and need not
    /// promise anew with each word.
    pub fn margin(&self) -> Duration {
        ((self.until_alert + self.until_close) / 20).max(SHORTEST_MARGIN)
    }
}

impl Status {
    const ALL: [Self; 7] = [
        Self::OnHold,
        Self::Served,
        Self::New,
        Self::Answered,
        Self::Alerted,
        Self::DeskLost,
        Self::Transferred,
    ];

    /// What user data say, if it is one of the guide's numbers.
    pub fn of(user_data: &UserData) -> Option<Self> {
        let number = user_data.text(STATUS)?.parse::<i64>().ok()?;
        Self::ALL.into_iter().find(|status| *status as i64 == number)
    }

    pub fn value(self) -> Value {
        Value::Number(self as i64)
    }

    /// An agent had it and has laid it down, or somebody has said that it may wait: it lives without
    /// anybody in it (decision 0037).
    pub fn is_held(self) -> bool {
        match self {
            Self::OnHold | Self::Answered | Self::Alerted | Self::DeskLost | Self::Transferred => {
                true
            }
            Self::Served | Self::New => false,
        }
    }
}

pub fn is_asynchronous(user_data: &UserData) -> bool {
    user_data.text(MODE).as_deref() == Some("true")
}

/// Until when the server has promised to have closed a chat, in whole seconds.
pub fn promised(user_data: &UserData) -> Option<i64> {
    user_data.text(CHECK_AT)?.parse().ok()
}

/// A time as a workflow reads it.
pub fn seconds(at: Millis) -> i64 {
    i64::try_from(at.0 / 1_000).unwrap_or(i64::MAX)
}
