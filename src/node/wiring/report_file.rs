//! A file that gets one line of JSON for each record. It is opened for each of them, so that it may be
//! moved away at any time.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone)]
pub struct ReportFile {
    path: PathBuf,
    /// One line at a time.
    turn: Arc<Mutex<()>>,
}

impl ReportFile {
    pub fn new(path: PathBuf) -> Self {
        Self { path, turn: Arc::default() }
    }

    /// Adds a line, beside whatever the caller does. A record that cannot be written stands in the log.
    pub fn write(&self, record: serde_json::Value) {
        let file = self.clone();
        actix::spawn(async move {
            let shown = record.to_string();
            let line = format!("{shown}\n");
            let written = tokio::task::spawn_blocking(move || {
                let _turn = file.turn.lock().unwrap_or_else(PoisonError::into_inner);
                append(&file.path, &line)
            });
            if let Ok(Err(error)) = written.await {
                tracing::error!(%error, record = shown, "a record could not be written");
            }
        });
    }
}

fn append(path: &Path, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    file.write_all(line.as_bytes())
}
