//! What is agreed with every client: how long things take, how much may wait.

use std::time::Duration;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// How long a connect is held when there is nothing to say.
    pub timeout: Duration,
    /// How long a client waits before its next connect.
    pub interval: Duration,
    /// How much longer than that it may be silent before it is forgotten.
    pub max_interval: Duration,
    /// The same for clients of a browser that holds as many connects as it may.
    pub multi_session_interval: Duration,
    /// How many connects of one browser are held at once.
    pub max_sessions_per_browser: usize,
    /// What may wait for one client: messages …
    pub max_queue: usize,
    /// … and their bytes. One message of any length always may.
    pub max_queue_bytes: usize,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            interval: Duration::ZERO,
            max_interval: Duration::from_secs(10),
            multi_session_interval: Duration::from_secs(2),
            max_sessions_per_browser: 1,
            max_queue: 64,
            max_queue_bytes: 256 * 1024,
        }
    }
}
