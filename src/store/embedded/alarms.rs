//! When what sleeps must wake.

use super::{EmbeddedStore, Fault, fence};
use crate::base::{Millis, ThingId};
use crate::owned::StoreFuture;
use crate::ownership::alarm::Alarm;
use crate::ownership::door::AlarmTable;
use rusqlite::Connection;

pub const TABLES: &str = "
    CREATE TABLE alarms (
        at INTEGER NOT NULL,
        thing TEXT NOT NULL,
        micros INTEGER NOT NULL,
        tie INTEGER NOT NULL,
        PRIMARY KEY (at, thing, micros, tie)
    ) STRICT, WITHOUT ROWID;
";

/// How many alarms are told at once.
const MOST_TOLD: i64 = 1_000;

impl AlarmTable for EmbeddedStore {
    fn set(&self, alarm: &Alarm) -> StoreFuture<()> {
        const INSERT: &str = "INSERT OR IGNORE INTO alarms (at, thing, micros, tie)
             VALUES (?1, ?2, ?3, ?4)";
        let alarm = alarm.clone();
        self.write(move |connection| execute(connection, INSERT, &alarm))
    }

    fn due(&self, now: Millis) -> StoreFuture<Vec<Alarm>> {
        self.query(move |connection| due(connection, now))
    }

    fn clear(&self, alarm: &Alarm) -> StoreFuture<()> {
        const DELETE: &str =
            "DELETE FROM alarms WHERE at = ?1 AND thing = ?2 AND micros = ?3 AND tie = ?4";
        let alarm = alarm.clone();
        self.write(move |connection| execute(connection, DELETE, &alarm))
    }
}

fn execute(connection: &Connection, statement: &str, alarm: &Alarm) -> Result<(), Fault> {
    let Alarm { at, thing, epoch } = alarm;
    let key = (at.0.cast_signed(), thing.as_str(), epoch.micros.cast_signed(), epoch.tie);
    connection.prepare_cached(statement)?.execute(key)?;
    Ok(())
}

fn due(connection: &Connection, now: Millis) -> Result<Vec<Alarm>, Fault> {
    let mut select = connection.prepare_cached(
        "SELECT at, thing, micros, tie FROM alarms WHERE at <= ?1 ORDER BY at LIMIT ?2",
    )?;
    let mut rows = select.query((now.0.cast_signed(), MOST_TOLD))?;
    let mut alarms = vec![];
    while let Some(row) = rows.next()? {
        let at: i64 = row.get(0)?;
        let (at, thing) = (Millis(at.cast_unsigned()), ThingId(row.get(1)?));
        alarms.push(Alarm { at, thing, epoch: fence::epoch(row, 2)? });
    }
    Ok(alarms)
}
