//! The tables of a journal in SQLite, and how one is opened, checked and brought up to date.

use rusqlite::{Connection, OptionalExtension, params};

use crate::digest::InputKey;
use crate::journal::JournalError;

/// Marks a file as a journal of this program, in the field that SQLite has for that: "NaBa".
const APPLICATION_ID: i64 = 0x4e61_4261;

/// The version of the tables below. A change takes the next number and a migration from this one.
pub(super) const VERSION: i64 = 1;

/// The names of the states are checked by the database as well: a journal outlives programs.
const TABLES: &str = "
    CREATE TABLE batch (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        name TEXT NOT NULL,
        input_key BLOB CHECK (length(input_key) = 32),
        key_check BLOB NOT NULL
    ) STRICT;
    CREATE TABLE record (
        number INTEGER PRIMARY KEY CHECK (number > 0),
        digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
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
    CREATE INDEX record_by_state ON record (state, number);
";

/// The one row of the table `batch`.
#[derive(Debug)]
pub(super) struct Header {
    pub(super) name: String,
    pub(super) key: InputKey,
}

/// Takes the journal for this process, makes it if the file is empty, and moves what a dead process
/// was sending to unknown.
pub(super) fn open(
    connection: &mut Connection,
    given: Option<&InputKey>,
) -> Result<Header, JournalError> {
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
        check(&transaction)?;
    }
    let header = header(&transaction, given)?;
    abandon(&transaction)?;
    transaction.commit()?;
    Ok(header)
}

/// Moves to unknown whatever is being sent.
pub(super) fn abandon(connection: &Connection) -> Result<u64, JournalError> {
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
fn is_empty(connection: &Connection) -> Result<bool, JournalError> {
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    match (tables, application) {
        (0, 0) => Ok(true),
        (_, APPLICATION_ID) => Ok(false),
        _ => Err(JournalError::Foreign),
    }
}

fn create(connection: &Connection, given: Option<&InputKey>) -> Result<(), JournalError> {
    connection.execute_batch(TABLES)?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    let mut name = [0_u8; 8];
    getrandom::fill(&mut name).map_err(|_| JournalError::Randomness)?;
    let name = format!("{:016x}", u64::from_be_bytes(name));
    let drawn = match given {
        Some(_) => None,
        None => Some(InputKey::draw().map_err(|_| JournalError::Randomness)?),
    };
    let key_check = drawn.as_ref().or(given).map(key_check);
    connection.execute(
        "INSERT INTO batch (id, name, input_key, key_check) VALUES (1, ?1, ?2, ?3)",
        params![name, drawn.as_ref().map(InputKey::as_bytes), key_check],
    )?;
    Ok(())
}

/// Checks that a journal is whole, and of a version that this program can use.
fn check(connection: &Connection) -> Result<(), JournalError> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version > VERSION {
        return Err(JournalError::Newer {
            version,
            known: VERSION,
        });
    }
    if version < 1 {
        return Err(damaged("it has no version"));
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    match verdict.as_str() {
        "ok" => Ok(()),
        _ => Err(damaged("the database's own check fails")),
    }
}

fn header(connection: &Connection, given: Option<&InputKey>) -> Result<Header, JournalError> {
    let query = "SELECT name, input_key, key_check FROM batch";
    let row = connection
        .query_row(query, [], |row| {
            let stored: Option<[u8; InputKey::LENGTH]> = row.get(1)?;
            let check: [u8; InputKey::LENGTH] = row.get(2)?;
            Ok((row.get(0)?, stored, check))
        })
        .optional()?;
    let Some((name, stored, check)) = row else {
        return Err(damaged("its header is missing"));
    };
    let key = match (given, stored) {
        (Some(given), _) => given.clone(),
        (None, Some(stored)) => InputKey::new(stored),
        (None, None) => return Err(JournalError::KeyDiffers),
    };
    match key_check(&key) == check {
        true => Ok(Header { name, key }),
        false if given.is_some() => Err(JournalError::KeyDiffers),
        false => Err(damaged("its key does not fit")),
    }
}

/// Returns what tells one key from another without showing it.
fn key_check(key: &InputKey) -> [u8; InputKey::LENGTH] {
    *key.digest(b"the key of a batch").as_bytes()
}

pub(super) fn damaged(what: &str) -> JournalError {
    JournalError::Damaged {
        what: what.to_owned(),
    }
}
