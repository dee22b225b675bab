//! What is typed, and the runtime of the loops that read it.

use crate::cli::Failure;
use std::future::Future;
use tokio::sync::mpsc;

/// Lines that are typed ahead wait in the terminal beyond so many.
const MOST_LINES: usize = 64;

/// Runs a client to its end. One thread is enough for somebody who types.
pub fn run<T>(client: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::Other(format!("no client can be started: {error}")))?;
    runtime.block_on(client)
}

/// The lines of the standard input; the channel is closed at its end. A thread of its own reads
/// them, which does not hold up the end of the program as a runtime's would.
pub fn lines() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(MOST_LINES);
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            // What is no text is the end of the input as well.
            let Ok(line) = line else { return };
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// A name for a request that nobody else gives.
pub fn new_name() -> String {
    format!("{:032x}", rand::random::<u128>())
}

/// Chance for the pauses between tries.
pub fn dice() -> f64 {
    rand::random()
}
