//! The data folder: made if it is missing, locked against a second process, its file looked through
//! before anything is changed in it.

use super::error::{OpenError, is_damage};
use super::schema;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Held, never written to: the lock goes with the process, however it ends.
const LOCK: &str = "holdfast.lock";

const DATABASE: &str = "holdfast.db";

/// Tells our files from those of other programs: "HFST".
const APPLICATION: i64 = 0x4846_5354;

/// How long a connection waits for another one: only while one of them starts or ends.
const BUSY: Duration = Duration::from_secs(5);

/// How many prepared statements a connection keeps: more than the houses have.
const N_STATEMENTS: usize = 128;

/// A data folder that is ours until this is dropped.
pub struct DataFolder {
    database: PathBuf,
    _lock: File,
}

/// Opens the folder and the connection of its writer.
pub fn open(folder: &Path) -> Result<(DataFolder, Connection), OpenError> {
    let _lock = lock(folder)?;
    let database = folder.join(DATABASE);
    let unusable = |source| OpenError::Folder { folder: folder.to_owned(), source };
    make_private(&database).map_err(unusable)?;
    let connection = connect_to_write(&database).map_err(|error| refused(&database, error))?;
    Ok((DataFolder { database, _lock }, connection))
}

impl DataFolder {
    pub fn connect_to_read(&self) -> Result<Connection, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connect = || {
            let connection = Connection::open_with_flags(&self.database, flags)?;
            furnish(&connection)?;
            Ok(connection)
        };
        connect().map_err(|error| refused(&self.database, Refused::Sqlite(error)))
    }
}

/// Why a file is not taken.
enum Refused {
    Foreign,
    Newer(usize),
    Damaged(String),
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Refused {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn lock(folder: &Path) -> Result<File, OpenError> {
    let unusable = |source| OpenError::Folder { folder: folder.to_owned(), source };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
    let path = folder.join(LOCK);
    let mut options = File::options();
    let file = options.create(true).write(true).truncate(false).open(&path).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(OpenError::InUse { folder: folder.to_owned(), lock: path })
        }
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

/// Nobody else on this machine shall read what people wrote. The files that SQLite puts beside its
/// own get the same rights.
fn make_private(database: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.create(true).append(true).mode(0o600).open(database).map(drop)
}

fn connect_to_write(database: &Path) -> Result<Connection, Refused> {
    let mut connection = Connection::open(database)?;
    furnish(&connection)?;
    let format = check(&connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // An acknowledgement means that the disk has it.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // What was erased or purged leaves nothing on the pages that it stood on.
    connection.pragma_update(None, "secure_delete", "ON")?;
    connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    connection.pragma_update(None, "journal_size_limit", 64 << 20)?;
    // A file that needs nothing gets nothing: a store must also open on a full disk.
    if format < schema::STEPS.len() {
        upgrade(&mut connection, format)?;
    }
    Ok(connection)
}

fn upgrade(connection: &mut Connection, format: usize) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    schema::upgrade(&transaction, format)?;
    transaction.commit()
}

fn furnish(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(N_STATEMENTS);
    connection.pragma_update(None, "cache_size", -16_000)
}

/// Says which format a sound file of ours has; 0 if it is new.
fn check(connection: &Connection) -> Result<usize, Refused> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let application = number("PRAGMA application_id")?;
    let format = number("PRAGMA user_version")?;
    let n_tables = number("SELECT count(*) FROM sqlite_master")?;
    let is_new = application == 0 && format == 0 && n_tables == 0;
    let format = usize::try_from(format).map_err(|_| Refused::Foreign)?;
    if application != APPLICATION && !is_new {
        return Err(Refused::Foreign);
    }
    if schema::STEPS.len() < format {
        return Err(Refused::Newer(format));
    }
    let found: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if found == "ok" { Ok(format) } else { Err(Refused::Damaged(found)) }
}

fn refused(database: &Path, why: Refused) -> OpenError {
    let file = database.to_owned();
    match why {
        Refused::Foreign => OpenError::Foreign { file },
        Refused::Newer(found) => OpenError::Newer { file, found, known: schema::STEPS.len() },
        Refused::Damaged(what) => OpenError::Damaged { file, what },
        Refused::Sqlite(error) if is_damage(&error) => {
            OpenError::Damaged { file, what: error.to_string() }
        }
        Refused::Sqlite(source) => OpenError::Sqlite { file, source },
    }
}
