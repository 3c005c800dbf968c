//! The tables of a journal in SQLite, and how one is opened, checked and brought up to date.

use rusqlite::{Connection, OptionalExtension, params};

use crate::digest::InputKey;
use crate::journal::error::{JournalError, damaged};
use crate::journal::header::{BatchHeader, new_name};
use crate::journal::sqlite::failure::Failure;

/// Marks a file as a journal of this program, in the field that SQLite has for that: "NaBa".
const APPLICATION_ID: i64 = 0x4e61_4261;

/// The version of the tables below. A change takes the next number and a migration from this one.
pub(super) const VERSION: i64 = 2;

/// The table of what the batch is.
const BATCH: &str = "
    CREATE TABLE batch (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        name TEXT NOT NULL,
        input_key BLOB CHECK (length(input_key) = 32),
        key_check BLOB NOT NULL
    ) STRICT;
";

/// The names of the states are checked by the database as well: a journal outlives programs.
const RECORDS: &str = "
    CREATE TABLE record (
        digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
        number INTEGER NOT NULL CHECK (number > 0),
        reference TEXT NOT NULL,
        state TEXT NOT NULL CHECK (
            state IN ('waiting', 'sending', 'unknown', 'pending', 'done', 'failed')
        ),
        attempts INTEGER NOT NULL DEFAULT 0,
        transaction_id TEXT,
        transaction_record_id TEXT,
        status TEXT,
        errors TEXT NOT NULL DEFAULT '[]'
    ) STRICT;
    CREATE INDEX record_by_number ON record (number, digest);
    CREATE INDEX record_by_state ON record (state, number, digest);
";

/// In version 1 a record was known by its number, and the batch's own references had it.
const TAKE_OLD_RECORDS: &str = "
    INSERT INTO record (digest, number, reference, state, attempts, transaction_id,
        transaction_record_id, status, errors)
    SELECT digest, number,
        CASE WHEN state = 'waiting' AND reference = batch.name || '-' || number
            THEN batch.name || '-' || lower(hex(substr(digest, 1, 8)))
            ELSE reference
        END,
        state, attempts, transaction_id, transaction_record_id, status, errors
    FROM old_record, batch;
    DROP TABLE old_record;
";

/// Takes the journal for this process, makes it if the file is empty, and moves what a dead process
/// was sending to unknown.
pub(super) fn open(
    connection: &mut Connection,
    given: Option<&InputKey>,
) -> Result<BatchHeader, Failure> {
    // The lock is held until the connection ends, or the process: the operating system takes it
    // back from a killed one, so no stale lock is left to be judged by age.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let is_new = is_empty(connection)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // Each commit is on the disk before it returns; NORMAL would lose the last ones with the power.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // On macOS a plain fsync leaves the data in the drive's cache.
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    let transaction =
        connection.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)?;
    if is_new {
        create(&transaction, given)?;
    } else {
        migrate(&transaction, check(&transaction)?)?;
    }
    let header = header(&transaction, given)?;
    abandon(&transaction)?;
    transaction.commit()?;
    Ok(header)
}

/// Moves to unknown whatever is being sent.
pub(super) fn abandon(connection: &Connection) -> Result<u64, Failure> {
    let changed = connection.execute(
        "UPDATE record SET state = 'unknown' WHERE state = 'sending'",
        [],
    )?;
    Ok(changed as u64)
}

/// Returns whether nothing was ever written to the file.
///
/// # Errors
///
/// [`JournalError::Foreign`] if what was written is not ours: decided before anything is changed.
fn is_empty(connection: &Connection) -> Result<bool, Failure> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    match (tables, application) {
        (0, 0) => Ok(true),
        (_, APPLICATION_ID) => Ok(false),
        _ => Err(JournalError::Foreign.into()),
    }
}

fn create(connection: &Connection, given: Option<&InputKey>) -> Result<(), Failure> {
    connection.execute_batch(BATCH)?;
    connection.execute_batch(RECORDS)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    let (name, key) = (new_name()?, BatchHeader::new_key(given)?);
    connection.execute(
        "INSERT INTO batch (id, name, input_key, key_check) VALUES (1, ?1, ?2, ?3)",
        params![name, key.stored.as_ref().map(InputKey::as_bytes), key.check],
    )?;
    Ok(())
}

/// Checks that a journal is whole, and of a version that this program can use, which it returns.
fn check(connection: &Connection) -> Result<i64, Failure> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > VERSION {
        let known = VERSION;
        return Err(JournalError::Newer { version, known }.into());
    }
    if version < 1 {
        return Err(damaged("it has no version").into());
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    match verdict.as_str() {
        "ok" => Ok(version),
        _ => Err(damaged("the database's own check fails").into()),
    }
}

/// Brings a journal of an older version up to date.
fn migrate(connection: &Connection, version: i64) -> Result<(), Failure> {
    if version < 2 {
        connection.execute_batch(
            "ALTER TABLE record RENAME TO old_record; DROP INDEX record_by_state;",
        )?;
        connection.execute_batch(RECORDS)?;
        connection.execute_batch(TAKE_OLD_RECORDS)?;
        connection.pragma_update(None, "user_version", VERSION)?;
    }
    Ok(())
}

fn header(connection: &Connection, given: Option<&InputKey>) -> Result<BatchHeader, Failure> {
    let query = "SELECT name, input_key, key_check FROM batch";
    let row = connection.query_row(query, [], |row| {
        let (stored, check): (Option<Vec<u8>>, Vec<u8>) = (row.get(1)?, row.get(2)?);
        Ok((row.get(0)?, stored, check))
    });
    let Some((name, stored, check)) = row.optional()? else {
        return Err(damaged("its header is missing").into());
    };
    Ok(BatchHeader::read(name, stored.as_deref(), &check, given)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Journal;
    use crate::journal::sqlite::SqliteJournal;
    use crate::record::{Position, RecordState};

    /// The table of records in version 1.
    const VERSION_1: &str = "
        CREATE TABLE record (
            number INTEGER PRIMARY KEY CHECK (number > 0),
            digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
            reference TEXT NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            transaction_id TEXT,
            transaction_record_id TEXT,
            status TEXT,
            errors TEXT NOT NULL DEFAULT '[]'
        ) STRICT;
        CREATE INDEX record_by_state ON record (state, number);
        PRAGMA user_version = 1;
    ";

    #[tokio::test]
    async fn journal_of_version_1_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let journal = SqliteJournal::open(&path).await.unwrap();
        let name = journal.batch_name().to_owned();
        journal.close().await;
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("DROP TABLE record").unwrap();
        connection.execute_batch(VERSION_1).unwrap();
        for (number, reference, state) in [
            (1_u8, format!("{name}-1"), "done"),
            (2, format!("{name}-2"), "waiting"),
            (3, "order 3".to_owned(), "waiting"),
            (4, "order 4".to_owned(), "sending"),
        ] {
            let insert = "INSERT INTO record (number, digest, reference, state, attempts)
                          VALUES (?1, ?2, ?3, ?4, 1)";
            let values = params![number, [number; 32], reference, state];
            connection.execute(insert, values).unwrap();
        }
        connection.close().unwrap();
        let journal = SqliteJournal::open(&path).await.unwrap();
        assert_eq!(journal.batch_name(), name);
        let records = journal.records_after(Position::START, None, 10).await;
        let records: Vec<_> = records.unwrap();
        let records: Vec<_> = records
            .iter()
            .map(|it| (it.number, it.digest.as_bytes()[0], &*it.reference, it.state))
            .collect();
        let (old, new) = (format!("{name}-1"), format!("{name}-0202020202020202"));
        let expected = [
            (Some(1), 1, &*old, RecordState::Done),
            // Nothing of it was sent under the old reference that counts.
            (Some(2), 2, &*new, RecordState::Waiting),
            (Some(3), 3, "order 3", RecordState::Waiting),
            (Some(4), 4, "order 4", RecordState::Unknown),
        ];
        assert_eq!(records, expected);
        assert_eq!(journal.counts().await.unwrap().attempts(), 4);
    }
}
