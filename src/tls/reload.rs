//! Looks whether files have changed, and has them read again. What is wrong is told loudly, and what
//! was right before goes on.

use crate::base::error_chain::Chain;
use crate::telemetry::meters;
use crate::tls::error::TlsError;
use crate::tls::trust;
use aws_lc_rs::digest::{Context, SHA256};
use rustls::pki_types::UnixTime;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const DAY: u64 = 86_400;

/// Something that was made from files.
pub trait Reload: Send + Sync {
    /// What it is for, as logs call it.
    fn place(&self) -> &'static str;

    /// The files, and the folders whose certificates count.
    fn paths(&self) -> Vec<PathBuf>;

    /// Reads everything anew, and only then swaps it in. After an error everything is as before.
    fn reload(&self) -> Result<(), TlsError>;

    /// Warns of certificates that have ended or soon will.
    fn warn_of_end(&self, now: UnixTime);

    /// Says again what must not be forgotten.
    fn nag(&self) {}
}

/// Keeps what is in use and what is in the files the same.
pub struct Reloader {
    watched: Mutex<Vec<Watched>>,
}

struct Watched {
    part: Arc<dyn Reload>,
    /// What the files held when they were last read without an error.
    seen: Vec<u8>,
    warned_on: u64,
}

impl Reloader {
    pub fn new(parts: impl IntoIterator<Item = Arc<dyn Reload>>) -> Self {
        let today = UnixTime::now().as_secs() / DAY;
        let watched = parts.into_iter().map(|part| {
            let seen = content(&part.paths());
            Watched { part, seen, warned_on: today }
        });
        Self { watched: Mutex::new(watched.collect()) }
    }

    /// Reads anew whatever has changed. To be called now and then; it reads files.
    pub fn look(&self) {
        self.go_round(|watched| watched.seen != content(&watched.part.paths()));
    }

    /// Reads everything anew.
    pub fn reload(&self) {
        self.go_round(|_| true);
    }

    fn go_round(&self, is_due: impl Fn(&Watched) -> bool) {
        let mut all = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        for watched in all.iter_mut() {
            if is_due(watched) {
                watched.reload();
            }
            watched.remind(UnixTime::now());
        }
    }
}

impl Watched {
    fn reload(&mut self) {
        // Looked at first: what changes during the reading is then seen at the next look.
        let content = content(&self.part.paths());
        let place = self.part.place();
        match self.part.reload() {
            Ok(()) => {
                self.seen = content;
                meters().tls_reloads.of("read").increment(1);
                tracing::info!(place, "certificates are read anew");
            }
            Err(error) => {
                meters().tls_reloads.of("failed").increment(1);
                let error = Chain(&error);
                tracing::error!(place, %error, "the changed certificates are not used; those before are");
            }
        }
    }

    fn remind(&mut self, now: UnixTime) {
        self.part.nag();
        let today = now.as_secs() / DAY;
        if self.warned_on != today {
            self.warned_on = today;
            self.part.warn_of_end(now);
        }
    }
}

/// A digest of all that the files hold. Times of files are not asked: they may stay as they were
/// when a file is copied.
fn content(paths: &[PathBuf]) -> Vec<u8> {
    let mut digest = Context::new(&SHA256);
    for path in paths {
        if path.is_dir() {
            for file in trust::files(path).unwrap_or_default() {
                add(&mut digest, &file);
            }
        } else {
            add(&mut digest, path);
        }
    }
    digest.finish().as_ref().to_vec()
}

fn add(digest: &mut Context, path: &Path) {
    // A file that cannot be read is unlike any that can; reading it says why.
    let bytes = fs::read(path).unwrap_or_default();
    digest.update(path.as_os_str().as_encoded_bytes());
    digest.update(&bytes.len().to_be_bytes());
    digest.update(&bytes);
}
