//! How a connection knows when everything that works for it has come to its end: whoever works holds
//! a word that is never said, and the last one to let go of it ends the silence.

use tokio::sync::mpsc;

/// Held by whoever works for a connection.
#[derive(Clone)]
pub struct Working(
    #[expect(dead_code, reason = "held, and never used to say anything")] mpsc::Sender<Never>,
);

/// The connection's end.
pub struct AtWork(mpsc::Receiver<Never>);

/// What is never said.
enum Never {}

pub fn working() -> (Working, AtWork) {
    let (working, at_work) = mpsc::channel(1);
    (Working(working), AtWork(at_work))
}

impl AtWork {
    /// Ends when nobody works for the connection any more.
    pub async fn ended(&mut self) {
        let _: Option<Never> = self.0.recv().await;
    }
}
