//! A journal in one file, by SQLite: for one process at a time.

mod error;

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, params};

use crate::digest::InputKey;
use crate::journal::schema::{self, Header, damaged};
use crate::journal::writer::Writer;
use crate::journal::{Counts, Journal, JournalError, StorageError};
use crate::record::{NewRecord, Outcome, Record, RecordState};

/// A journal in one SQLite file.
///
/// Durable by a write-ahead log that is synchronized at each commit; calls that come at once share
/// one. Put it on a local disk: file systems of a network promise neither the locks nor the
/// durability. Beside the file there is one ending in `-wal` while it is open, and after a crash:
/// they belong together.
///
/// The journal has no personal datum unless the references of the list are such.
#[derive(Debug)]
pub struct SqliteJournal {
    header: Header,
    writer: Writer,
}

impl SqliteJournal {
    /// Opens the journal of this path, or makes it, readable and writable by this user alone.
    ///
    /// Records that a dead process was sending become [`RecordState::Unknown`].
    ///
    /// # Errors
    ///
    /// [`JournalError::InUse`] while another process has it; [`JournalError::Foreign`],
    /// [`JournalError::Damaged`] or [`JournalError::Newer`] for a file that is no journal, is not
    /// whole, or is of a newer program; [`JournalError::KeyDiffers`] if it began with a given key;
    /// [`JournalError::Storage`] if the file cannot be read or written.
    pub async fn open(path: impl Into<PathBuf>) -> Result<Self, JournalError> {
        Self::open_inner(path.into(), None).await
    }

    /// Opens or makes a journal as [`open`](Self::open) does, whose key is kept elsewhere.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open); [`JournalError::KeyDiffers`] if the batch began with another.
    pub async fn open_with_key(
        path: impl Into<PathBuf>,
        key: InputKey,
    ) -> Result<Self, JournalError> {
        Self::open_inner(path.into(), Some(key)).await
    }

    async fn open_inner(path: PathBuf, key: Option<InputKey>) -> Result<Self, JournalError> {
        // The check of a long journal takes seconds.
        let opening = tokio::task::spawn_blocking(move || {
            make_file(&path)?;
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let mut connection = Connection::open_with_flags(&path, flags)?;
            let header = schema::open(&mut connection, key.as_ref())?;
            let writer = Writer::start(connection).map_err(StorageError::from)?;
            Ok(Self { header, writer })
        });
        opening.await.map_err(|_| JournalError::Closed)?
    }

    /// Closes the file, so that another process can open it when this returns.
    ///
    /// Dropping the journal does the same, a moment later.
    pub async fn close(self) {
        self.writer.close().await;
    }
}

/// Makes the file if it is not there, so that no one else can read the key in it at any time.
fn make_file(path: &Path) -> Result<(), JournalError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(file) => {
            file.sync_all().map_err(StorageError::from)?;
            Ok(sync_folder(path)?)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check_length(path),
        Err(error) => Err(StorageError::from(error).into()),
    }
}

/// Refuses a file that is too short for a database, which SQLite takes for empty and writes over.
///
/// By its length alone: if this process has the journal open, to close another handle of the file
/// would drop the lock on it (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
fn check_length(path: &Path) -> Result<(), JournalError> {
    let metadata = fs::metadata(path).map_err(StorageError::from)?;
    match metadata.len() {
        0 => Ok(make_private(path)?),
        1..SHORTEST_DATABASE => Err(JournalError::Foreign),
        _ => Ok(()),
    }
}

/// The smallest page of a database (<https://www.sqlite.org/fileformat.html>, section 1.3.2).
const SHORTEST_DATABASE: u64 = 512;

/// Takes an empty file that someone else made from all but its user, before there is a key in it.
fn make_private(path: &Path) -> Result<(), StorageError> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let _only_unix_has_modes = path;
    Ok(())
}

/// Makes the name of a new file durable: without this, a lost power may take the whole journal.
fn sync_folder(path: &Path) -> Result<(), StorageError> {
    if cfg!(not(unix)) {
        return Ok(()); // a folder cannot be opened as a file there
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
    let folder = File::open(folder.unwrap_or_else(|| Path::new(".")))?;
    Ok(folder.sync_all()?)
}

impl Journal for SqliteJournal {
    fn input_key(&self) -> &InputKey {
        &self.header.key
    }

    fn batch_name(&self) -> &str {
        &self.header.name
    }

    async fn register(&self, records: Vec<NewRecord>) -> Result<Vec<RecordState>, JournalError> {
        let register = move |connection: &Connection| {
            let records = records.iter();
            records.map(|record| register(connection, record)).collect()
        };
        self.writer.run(register).await
    }

    async fn abandon(&self) -> Result<u64, JournalError> {
        self.writer.run(schema::abandon).await
    }

    async fn intend(&self, number: u64) -> Result<bool, JournalError> {
        let intend = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE record SET state = 'sending', attempts = attempts + 1
                 WHERE number = ?1 AND state = 'waiting'",
            )?;
            Ok(statement.execute([place(number)?])? == 1)
        };
        self.writer.run(intend).await
    }

    async fn settle(
        &self,
        number: u64,
        state: RecordState,
        outcome: Outcome,
    ) -> Result<(), JournalError> {
        let settle = move |connection: &Connection| {
            let is_end = matches!(state, RecordState::Done | RecordState::Failed);
            let mut statement = connection.prepare_cached(
                "UPDATE record SET state = ?2, transaction_id = ?3, transaction_record_id = ?4,
                     status = ?5, errors = ?6
                 WHERE number = ?1 AND (state = 'sending' OR (state = 'pending' AND ?7))
                     AND ?2 <> 'sending'",
            )?;
            let changed = statement.execute(params![
                place(number)?,
                state.as_str(),
                outcome.transaction_id,
                outcome.transaction_record_id,
                outcome.status,
                serde_json::Value::from(outcome.errors).to_string(),
                is_end,
            ])?;
            match changed {
                1 => Ok(()),
                _ => Err(JournalError::OutOfTurn { number, state }),
            }
        };
        self.writer.run(settle).await
    }

    async fn requeue(&self, state: RecordState) -> Result<u64, JournalError> {
        if !matches!(state, RecordState::Unknown | RecordState::Failed) {
            let state = RecordState::Waiting;
            return Err(JournalError::OutOfTurn { number: 0, state });
        }
        let requeue = move |connection: &Connection| {
            let changed = connection.execute(
                "UPDATE record SET state = 'waiting', transaction_id = NULL,
                     transaction_record_id = NULL, status = NULL, errors = '[]'
                 WHERE state = ?1",
                [state.as_str()],
            )?;
            Ok(changed as u64)
        };
        self.writer.run(requeue).await
    }

    async fn counts(&self) -> Result<Counts, JournalError> {
        let counts = |connection: &Connection| {
            let mut statement =
                connection.prepare_cached("SELECT state, count(*) FROM record GROUP BY state")?;
            let mut rows = statement.query([])?;
            let mut counts = Counts::default();
            while let Some(row) = rows.next()? {
                let count: i64 = row.get(1)?;
                counts.set(state(row, 0)?, count.unsigned_abs());
            }
            Ok(counts)
        };
        self.writer.run(counts).await
    }

    async fn records_after(
        &self,
        number: u64,
        state: Option<RecordState>,
        limit: usize,
    ) -> Result<Vec<Record>, JournalError> {
        let records = move |connection: &Connection| {
            // Two statements, so that each goes by an index of its own.
            let filter = match state {
                Some(_) => "state = ?3 AND",
                None => "?3 IS NULL AND",
            };
            let mut statement = connection.prepare_cached(&format!(
                "SELECT number, reference, state, attempts, transaction_id, transaction_record_id,
                     status, errors
                 FROM record WHERE {filter} number > ?1 ORDER BY number LIMIT ?2"
            ))?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let state = state.map(RecordState::as_str);
            let mut rows = statement.query(params![place(number)?, limit, state])?;
            let mut records = Vec::new();
            while let Some(row) = rows.next()? {
                records.push(record(row)?);
            }
            Ok(records)
        };
        self.writer.run(records).await
    }
}

fn register(connection: &Connection, record: &NewRecord) -> Result<RecordState, JournalError> {
    let number = place(record.number)?;
    let mut known = connection.prepare_cached(
        "SELECT digest = ?2 AND reference = ?3, state FROM record WHERE number = ?1",
    )?;
    let input = params![number, record.digest.as_bytes(), record.reference];
    let known = known
        .query_row(input, |row| Ok((row.get(0)?, state(row, 1))))
        .optional()?;
    match known {
        Some((true, state)) => state,
        Some((false, _)) => Err(JournalError::RecordChanged {
            number: record.number,
        }),
        None => {
            // Lines that were taken out or put in move all that follow: a record is known by what
            // it is as well as by its place.
            let mut same =
                connection.prepare_cached("SELECT number FROM record WHERE digest = ?1")?;
            let same: Option<i64> = same
                .query_row([record.digest.as_bytes()], |row| row.get(0))
                .optional()?;
            if let Some(known) = same {
                let (number, known) = (record.number, known.unsigned_abs());
                return Err(JournalError::Repeated { number, known });
            }
            let mut insert = connection.prepare_cached(
                "INSERT INTO record (number, digest, reference, state) VALUES (?1, ?2, ?3, 'waiting')",
            )?;
            insert.execute(input)?;
            Ok(RecordState::Waiting)
        }
    }
}

fn record(row: &Row<'_>) -> Result<Record, JournalError> {
    let number: i64 = row.get(0)?;
    let errors: String = row.get(7)?;
    Ok(Record {
        number: number.unsigned_abs(),
        reference: row.get(1)?,
        state: state(row, 2)?,
        attempts: row.get(3)?,
        outcome: Outcome {
            transaction_id: row.get(4)?,
            transaction_record_id: row.get(5)?,
            status: row.get(6)?,
            errors: serde_json::from_str(&errors)
                .map_err(|_| damaged("the errors of a record cannot be read"))?,
        },
    })
}

fn state(row: &Row<'_>, column: usize) -> Result<RecordState, JournalError> {
    let name: String = row.get(column)?;
    RecordState::named(&name).ok_or_else(|| damaged("a record is in no known state"))
}

/// Returns a number as the database has it. No list has more than 9 * 10^18 records.
fn place(number: u64) -> Result<i64, JournalError> {
    i64::try_from(number).map_err(|_| damaged("the number of a record is too large"))
}
