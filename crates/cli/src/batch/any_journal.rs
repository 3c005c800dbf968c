//! A journal of either kind.

use batch::{
    Counts, InputDigest, InputKey, Journal, JournalError, NewRecord, Outcome, Position,
    PostgresJournal, Record, RecordState, Registration, Selection, SqliteJournal,
};

/// A journal of either kind.
#[derive(Debug)]
pub(crate) enum AnyJournal {
    Sqlite(SqliteJournal),
    Postgres(PostgresJournal),
}

impl AnyJournal {
    /// Closes it, so that others need not wait for what it has.
    pub(crate) async fn close(self) -> Result<(), JournalError> {
        match self {
            Self::Sqlite(journal) => {
                journal.close().await;
                Ok(())
            }
            Self::Postgres(journal) => journal.close().await,
        }
    }
}

impl Journal for AnyJournal {
    fn input_key(&self) -> &InputKey {
        match self {
            Self::Sqlite(journal) => journal.input_key(),
            Self::Postgres(journal) => journal.input_key(),
        }
    }

    fn batch_name(&self) -> &str {
        match self {
            Self::Sqlite(journal) => journal.batch_name(),
            Self::Postgres(journal) => journal.batch_name(),
        }
    }

    async fn register(&self, records: Vec<NewRecord>) -> Result<Vec<Registration>, JournalError> {
        match self {
            Self::Sqlite(journal) => journal.register(records).await,
            Self::Postgres(journal) => journal.register(records).await,
        }
    }

    async fn abandon(&self) -> Result<u64, JournalError> {
        match self {
            Self::Sqlite(journal) => journal.abandon().await,
            Self::Postgres(journal) => journal.abandon().await,
        }
    }

    async fn intend(&self, digest: InputDigest) -> Result<bool, JournalError> {
        match self {
            Self::Sqlite(journal) => journal.intend(digest).await,
            Self::Postgres(journal) => journal.intend(digest).await,
        }
    }

    async fn settle(
        &self,
        digest: InputDigest,
        state: RecordState,
        outcome: Outcome,
    ) -> Result<(), JournalError> {
        match self {
            Self::Sqlite(journal) => journal.settle(digest, state, outcome).await,
            Self::Postgres(journal) => journal.settle(digest, state, outcome).await,
        }
    }

    async fn requeue(
        &self,
        state: RecordState,
        selection: Selection,
    ) -> Result<Vec<InputDigest>, JournalError> {
        match self {
            Self::Sqlite(journal) => journal.requeue(state, selection).await,
            Self::Postgres(journal) => journal.requeue(state, selection).await,
        }
    }

    async fn counts(&self) -> Result<Counts, JournalError> {
        match self {
            Self::Sqlite(journal) => journal.counts().await,
            Self::Postgres(journal) => journal.counts().await,
        }
    }

    async fn renumber(&self, numbers: Vec<(InputDigest, Option<u64>)>) -> Result<(), JournalError> {
        match self {
            Self::Sqlite(journal) => journal.renumber(numbers).await,
            Self::Postgres(journal) => journal.renumber(numbers).await,
        }
    }

    async fn has_result(
        &self,
        reference: &str,
        transaction_id: &str,
        transaction_record_id: &str,
    ) -> Result<bool, JournalError> {
        let (id, record_id) = (transaction_id, transaction_record_id);
        match self {
            Self::Sqlite(journal) => journal.has_result(reference, id, record_id).await,
            Self::Postgres(journal) => journal.has_result(reference, id, record_id).await,
        }
    }

    async fn records_after(
        &self,
        position: Position,
        state: Option<RecordState>,
        limit: usize,
    ) -> Result<Vec<Record>, JournalError> {
        match self {
            Self::Sqlite(journal) => journal.records_after(position, state, limit).await,
            Self::Postgres(journal) => journal.records_after(position, state, limit).await,
        }
    }
}
