//! A journal in one file, by SQLite: for one process at a time.

pub(crate) mod digest_set;
mod failure;
mod file;
mod rows;
mod schema;
mod writer;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, MAIN_DB, OpenFlags, params};

use crate::digest::{InputDigest, InputKey};
use crate::journal::column;
use crate::journal::counts::Counts;
use crate::journal::error::{JournalError, StorageError};
use crate::journal::header::BatchHeader;
use crate::journal::selection::Selection;
use crate::journal::sqlite::failure::Failure;
use crate::journal::sqlite::rows::{record, register, requeue, state};
use crate::journal::sqlite::writer::Writer;
use crate::journal::{Journal, Registration};
use crate::record::{NewRecord, Outcome, Position, Record, RecordState};

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
    header: BatchHeader,
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
        Self::open_inner(path.into(), None, file::make).await
    }

    /// Opens a journal as [`open`](Self::open) does, but makes none.
    ///
    /// For whoever goes on with a batch: with a path that is mistyped, [`open`](Self::open) begins
    /// it anew, and all of it is billed again.
    ///
    /// # Errors
    ///
    /// [`JournalError::Missing`] if there is no file, or an empty one; else as
    /// [`open`](Self::open).
    pub async fn open_existing(path: impl Into<PathBuf>) -> Result<Self, JournalError> {
        Self::open_inner(path.into(), None, file::check_exists).await
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
        Self::open_inner(path.into(), Some(key), file::make).await
    }

    async fn open_inner(
        path: PathBuf,
        key: Option<InputKey>,
        prepare: fn(&Path) -> Result<(), JournalError>,
    ) -> Result<Self, JournalError> {
        // The check of a long journal takes seconds.
        let opening = tokio::task::spawn_blocking(move || {
            prepare(&path)?;
            let (connection, header) = connect(&path, key.as_ref())?;
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

fn connect(path: &Path, key: Option<&InputKey>) -> Result<(Connection, BatchHeader), Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    // SQLite opens what it may only read as well, and later calls that an error of the disk.
    if connection.is_readonly(MAIN_DB)? {
        return Err(JournalError::from(StorageError::ReadOnly).into());
    }
    let header = schema::open(&mut connection, key)?;
    Ok((connection, header))
}

impl Journal for SqliteJournal {
    fn input_key(&self) -> &InputKey {
        &self.header.key
    }

    fn batch_name(&self) -> &str {
        &self.header.name
    }

    async fn register(&self, records: Vec<NewRecord>) -> Result<Vec<Registration>, JournalError> {
        let register = move |connection: &Connection| {
            let records = records.iter();
            records.map(|record| register(connection, record)).collect()
        };
        self.writer.run(register).await
    }

    async fn abandon(&self) -> Result<u64, JournalError> {
        self.writer.run(schema::abandon).await
    }

    async fn intend(&self, digest: InputDigest) -> Result<bool, JournalError> {
        let intend = move |connection: &Connection| {
            let mut statement = connection.prepare_cached(
                "UPDATE record SET state = 'sending', attempts = attempts + 1
                 WHERE digest = ?1 AND state = 'waiting'",
            )?;
            Ok(statement.execute([digest.as_bytes()])? == 1)
        };
        self.writer.run(intend).await
    }

    async fn settle(
        &self,
        digest: InputDigest,
        state: RecordState,
        outcome: Outcome,
    ) -> Result<(), JournalError> {
        let settle = move |connection: &Connection| {
            let is_end = matches!(state, RecordState::Done | RecordState::Failed);
            let mut statement = connection.prepare_cached(
                "UPDATE record SET state = ?2, transaction_id = ?3, transaction_record_id = ?4,
                     status = ?5, errors = ?6
                 WHERE digest = ?1 AND ?2 <> 'sending' AND (
                     state = 'sending' OR (state = 'pending' AND ?7 AND transaction_id IS ?3)
                 )",
            )?;
            let changed = statement.execute(params![
                digest.as_bytes(),
                state.as_str(),
                outcome.transaction_id,
                outcome.transaction_record_id,
                outcome.status,
                column::of_texts(&outcome.errors),
                is_end,
            ])?;
            match changed {
                1 => Ok(()),
                _ => Err(JournalError::OutOfTurn { state }.into()),
            }
        };
        self.writer.run(settle).await
    }

    async fn requeue(
        &self,
        state: RecordState,
        selection: Selection,
    ) -> Result<Vec<InputDigest>, JournalError> {
        if !state.may_be_requeued() {
            return Err(JournalError::NotRequeued { state });
        }
        self.writer
            .run(move |connection| requeue(connection, state, &selection))
            .await
    }

    async fn counts(&self) -> Result<Counts, JournalError> {
        let counts = |connection: &Connection| {
            let mut statement = connection.prepare_cached(
                "SELECT state, status, count(*), sum(attempts) FROM record GROUP BY state, status",
            )?;
            let mut rows = statement.query([])?;
            let mut counts = Counts::default();
            while let Some(row) = rows.next()? {
                let (count, attempts): (i64, i64) = (row.get(2)?, row.get(3)?);
                let (count, attempts) = (count.unsigned_abs(), attempts.unsigned_abs());
                counts.add(state(row, 0)?, row.get(1)?, count, attempts);
            }
            Ok(counts)
        };
        self.writer.run(counts).await
    }

    async fn renumber(&self, numbers: Vec<(InputDigest, Option<u64>)>) -> Result<(), JournalError> {
        let renumber = move |connection: &Connection| {
            let mut statement =
                connection.prepare_cached("UPDATE record SET number = ?2 WHERE digest = ?1")?;
            for (digest, number) in numbers {
                statement.execute(params![digest.as_bytes(), column::of_number(number)?])?;
            }
            Ok(())
        };
        self.writer.run(renumber).await
    }

    async fn has_result(
        &self,
        reference: &str,
        transaction_id: &str,
        transaction_record_id: &str,
    ) -> Result<bool, JournalError> {
        let values = [reference, transaction_id, transaction_record_id].map(str::to_owned);
        let has = move |connection: &Connection| {
            let query = "SELECT EXISTS (
                SELECT 1 FROM record WHERE reference = ?1 AND (
                    attempts > 1 OR (attempts = 1 AND state = 'waiting')
                    OR (
                        state IN ('done', 'failed') AND coalesce(transaction_id, '') = ?2
                        AND coalesce(transaction_record_id, '') = ?3
                    )
                )
            )";
            Ok(connection.query_row(query, values, |row| row.get(0))?)
        };
        self.writer.run(has).await
    }

    async fn records_after(
        &self,
        position: Position,
        state: Option<RecordState>,
        limit: usize,
    ) -> Result<Vec<Record>, JournalError> {
        let records = move |connection: &Connection| {
            // Two statements, so that each goes by an index of its own.
            let filter = match state {
                Some(_) => "state = ?4 AND",
                None => "?4 IS NULL AND",
            };
            let mut statement = connection.prepare_cached(&format!(
                "SELECT number, digest, reference, state, attempts, transaction_id,
                     transaction_record_id, status, errors
                 FROM record WHERE {filter} (number, digest) > (?1, ?2)
                 ORDER BY number, digest LIMIT ?3"
            ))?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let state = state.map(RecordState::as_str);
            let number = column::of_number(position.number())?;
            let digest = position.digest().as_bytes();
            let mut rows = statement.query(params![number, digest, limit, state])?;
            let mut records = Vec::new();
            while let Some(row) = rows.next()? {
                records.push(record(row)?);
            }
            Ok(records)
        };
        self.writer.run(records).await
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::future::pending;
    use std::io::Cursor;

    use napi::testing::{self, FakeService};
    use napi::verifications::RecordStatus;
    use rusqlite::OptionalExtension;

    use super::*;
    use crate::run::Batch;
    use crate::run::end::BatchError;

    const RECORDS: u64 = 300;

    fn list() -> String {
        let line = |number| {
            format!(
                r#"{{"CountryCode":"IT","DataFields":{{"PersonInfo":{{"MiddleName":"{number}"}}}}}}"#
            ) + "\n"
        };
        (0..RECORDS).map(line).collect()
    }

    fn service() -> FakeService {
        let service = FakeService::new();
        for _ in 0..RECORDS {
            service.respond(&testing::verify_result(RecordStatus::MATCH));
        }
        service
    }

    async fn pragma(journal: &SqliteJournal, pragma: String) -> i64 {
        let run = move |connection: &Connection| {
            let value = connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0));
            Ok(value.optional()?.unwrap_or_default())
        };
        journal.writer.run(run).await.unwrap()
    }

    /// Runs the batch into a journal that fails by a setting of its connection, then into the same
    /// opened again, and compares what the service saw with what the journal says.
    async fn fail_and_go_on(setting: &str, more: i64, is_expected: fn(&StorageError) -> bool) {
        let folder = tempfile::tempdir().unwrap();
        let open = || SqliteJournal::open(folder.path().join("journal"));
        let service = service();
        let mut batch = Batch::new(service.client(), open().await.unwrap());
        let pages = pragma(batch.journal(), "page_count".to_owned()).await;
        pragma(batch.journal(), format!("{setting} = {}", pages + more)).await;
        let error = batch.run(Cursor::new(list()), pending()).await.unwrap_err();
        let BatchError::Journal { error, unsaved } = &error else {
            panic!("{error:?}");
        };
        let is_storage = matches!(error, JournalError::Storage(error) if is_expected(error));
        assert!(is_storage, "{error:?}");
        let responses = service.requests().len();
        batch.into_journal().unwrap().close().await;
        let mut batch = Batch::new(service.client(), open().await.unwrap());
        let done = batch
            .journal()
            .counts()
            .await
            .unwrap()
            .of(RecordState::Done);
        let unsaved = unsaved.len() as u64;
        assert_eq!(
            responses as u64,
            done + unsaved,
            "each response is somewhere"
        );
        let summary = batch.run(Cursor::new(list()), pending()).await.unwrap();
        // What was not saved is unknown, and not sent again.
        assert_eq!(summary.counts.of(RecordState::Unknown), unsaved);
        assert_eq!(summary.counts.of(RecordState::Done) + unsaved, RECORDS);
        let bodies = service.requests().into_iter().map(|it| it.into_body());
        assert_eq!(bodies.collect::<BTreeSet<_>>().len() as u64, RECORDS);
        assert_eq!(service.requests().len() as u64, RECORDS);
    }

    #[tokio::test]
    async fn full_disk_loses_nothing_wherever_it_strikes() {
        for more in [0, 3, 7, 12] {
            let is_full = |error: &StorageError| matches!(error, StorageError::Full);
            fail_and_go_on("max_page_count", more, is_full).await;
        }
    }

    #[tokio::test]
    async fn read_only_journal_sends_nothing() {
        let is_read_only = |error: &StorageError| matches!(error, StorageError::ReadOnly);
        fail_and_go_on("query_only", 1, is_read_only).await;
    }
}
