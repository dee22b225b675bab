//! What can go wrong in a data folder, and which of it passes by itself.

use crate::base::ThingId;
use crate::owned::StoreError;
use rusqlite::ErrorCode;
use std::io;
use std::path::PathBuf;

/// Why a data folder was not opened. Nothing in it was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the data folder {folder} cannot be used")]
    Folder { folder: PathBuf, source: io::Error },
    #[error("the data folder {folder} is in use by another process (it holds {lock})")]
    InUse { folder: PathBuf, lock: PathBuf },
    #[error("{file} is no file of this program")]
    Foreign { file: PathBuf },
    #[error(
        "{file} was written by a newer version: its format is {found}, this version knows up to \
         {known}"
    )]
    Newer { file: PathBuf, found: usize, known: usize },
    #[error("{file} is damaged: {what}")]
    Damaged { file: PathBuf, what: String },
    #[error("{file} cannot be opened")]
    Sqlite { file: PathBuf, source: rusqlite::Error },
    #[error("a thread of the store cannot be started")]
    Thread(#[source] io::Error),
}

/// Why a piece of work did not succeed.
#[derive(Debug)]
pub enum Fault {
    /// A rule of the door says no, or what was read makes no sense.
    Refused(StoreError),
    Sqlite(rusqlite::Error),
}

impl Fault {
    /// What is stored of a thing cannot be understood.
    pub fn damaged(thing: &ThingId, what: String) -> Self {
        Self::Refused(StoreError::Damaged { thing: thing.clone(), what })
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Refused(error) => error,
            Fault::Sqlite(error) if passes(&error) => Self::Unavailable(error.to_string()),
            // No thing is known here: it may be any page of the file.
            Fault::Sqlite(error) => {
                Self::Damaged { thing: "the whole store".into(), what: error.to_string() }
            }
        }
    }
}

/// Whether the same work can succeed later: the disk is full or does not answer.
pub fn passes(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
                | ErrorCode::OutOfMemory
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::FileLockingProtocolFailed
        )
    )
}

/// Whether the file itself is broken.
pub fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}
