//! A journal in PostgreSQL: for any number of workers on any number of machines.

pub(crate) mod address;
mod failure;
mod lease;
mod pool;
mod records;
mod schema;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use crate::digest::{InputDigest, InputKey};
use crate::journal::counts::Counts;
use crate::journal::error::JournalError;
use crate::journal::header::BatchHeader;
use crate::journal::postgres::address::PostgresAddress;
use crate::journal::postgres::lease::{Heartbeat, Worker};
use crate::journal::postgres::pool::Pool;
use crate::journal::postgres::schema::IfMissing;
use crate::journal::selection::Selection;
use crate::journal::{Journal, Registration};
use crate::record::{NewRecord, Outcome, Position, Record, RecordState};

/// A journal in a schema of a PostgreSQL database, version 12 or later.
///
/// Several workers share it: each runs the same list, and a record belongs to the worker that has
/// the lease of it. A worker renews its lease while it lives. Once the lease of a dead one is over,
/// what it may have sent is unknown, and what it had not sent waits for the others.
///
/// Leases are measured by the clock of the database alone. While the database cannot be reached, a
/// run sends nothing; it goes on if the database is back in time, and ends with
/// [`StorageError::Unreachable`](crate::StorageError::Unreachable) otherwise.
#[derive(Debug)]
pub struct PostgresJournal {
    header: BatchHeader,
    pool: Arc<Pool>,
    worker: Worker,
    heartbeat: Heartbeat,
}

impl PostgresJournal {
    /// The time after which a worker that no longer renews its lease is taken for dead, unless
    /// [`open_with`](Self::open_with) is given another.
    pub const LEASE: Duration = Duration::from_secs(30);

    /// Opens the journal of this address, or makes it.
    ///
    /// # Errors
    ///
    /// [`JournalError::Storage`] if the database cannot be reached, is older than version 12, or
    /// does not keep what it has committed; [`JournalError::Foreign`], [`JournalError::Newer`] or
    /// [`JournalError::Damaged`] if the schema has something else in it;
    /// [`JournalError::KeyDiffers`] if the batch began with a key of its own.
    pub async fn open(address: &PostgresAddress) -> Result<Self, JournalError> {
        Self::open_with(address, Self::LEASE, None).await
    }

    /// Opens a journal as [`open`](Self::open) does, but makes none.
    ///
    /// For whoever goes on with a batch: with a name that is mistyped, [`open`](Self::open) begins
    /// it anew.
    ///
    /// # Errors
    ///
    /// [`JournalError::Missing`] if there is none; else as [`open`](Self::open).
    pub async fn open_existing(address: &PostgresAddress) -> Result<Self, JournalError> {
        Self::open_inner(address, Self::LEASE, None, IfMissing::Refuse).await
    }

    /// Opens or makes a journal with another time of leases, or whose key is kept elsewhere.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub async fn open_with(
        address: &PostgresAddress,
        lease: Duration,
        key: Option<InputKey>,
    ) -> Result<Self, JournalError> {
        Self::open_inner(address, lease, key, IfMissing::Make).await
    }

    async fn open_inner(
        address: &PostgresAddress,
        lease: Duration,
        key: Option<InputKey>,
        if_missing: IfMissing,
    ) -> Result<Self, JournalError> {
        let pool = Arc::new(Pool::new(address)?);
        let (schema, key) = (address.schema(), key.as_ref());
        let header = pool
            .run(move |client, _, _| Box::pin(schema::open(client, schema, key, if_missing)))
            .await?;
        let own = Worker::draw(schema, lease)?;
        let worker = &own;
        pool.run(move |client, _, _| Box::pin(worker.renew(client)))
            .await?;
        pool.run(move |client, _, _| Box::pin(worker.bury(client)))
            .await?;
        let heartbeat = Heartbeat::start(Arc::clone(&pool), own.clone());
        Ok(Self {
            header,
            pool,
            worker: own,
            heartbeat,
        })
    }

    /// Gives back what this worker has leased, so that others need not wait for its lease to end.
    ///
    /// A journal that is dropped instead does so when the lease is over.
    ///
    /// # Errors
    ///
    /// [`JournalError::Storage`] if the database cannot be reached.
    pub async fn close(self) -> Result<(), JournalError> {
        self.heartbeat.stop().await;
        let worker = &self.worker;
        let left = self
            .pool
            .run(move |client, _, _| Box::pin(worker.leave(client)));
        left.await
    }
}

impl Journal for PostgresJournal {
    fn input_key(&self) -> &InputKey {
        &self.header.key
    }

    fn batch_name(&self) -> &str {
        &self.header.name
    }

    async fn register(&self, records: Vec<NewRecord>) -> Result<Vec<Registration>, JournalError> {
        let (worker, records) = (&self.worker, records.as_slice());
        self.pool
            .run(move |client, _, _| Box::pin(records::register(client, worker, records)))
            .await
    }

    async fn abandon(&self) -> Result<u64, JournalError> {
        let worker = &self.worker;
        self.pool
            .run(move |client, _, _| Box::pin(worker.abandon(client)))
            .await
    }

    async fn intend(&self, digest: InputDigest) -> Result<bool, JournalError> {
        let worker = &self.worker;
        self.pool
            .run(move |client, attempt, _| {
                Box::pin(records::intend(client, worker, digest, attempt))
            })
            .await
    }

    async fn settle(
        &self,
        digest: InputDigest,
        state: RecordState,
        outcome: Outcome,
    ) -> Result<(), JournalError> {
        let (worker, outcome) = (&self.worker, &outcome);
        self.pool
            .run(move |client, attempt, _| {
                Box::pin(records::settle(
                    client,
                    worker,
                    (digest, state, outcome),
                    attempt,
                ))
            })
            .await
    }

    async fn requeue(
        &self,
        state: RecordState,
        selection: Selection,
    ) -> Result<Vec<InputDigest>, JournalError> {
        if !state.may_be_requeued() {
            return Err(JournalError::NotRequeued { state });
        }
        let (worker, selection) = (&self.worker, &selection);
        self.pool
            .run(move |client, _, _| Box::pin(records::requeue(client, worker, (state, selection))))
            .await
    }

    async fn counts(&self) -> Result<Counts, JournalError> {
        let worker = &self.worker;
        self.pool
            .run(move |client, _, _| Box::pin(records::counts(client, worker)))
            .await
    }

    async fn renumber(&self, numbers: Vec<(InputDigest, Option<u64>)>) -> Result<(), JournalError> {
        let (worker, numbers) = (&self.worker, numbers.as_slice());
        self.pool
            .run(move |client, _, _| Box::pin(records::renumber(client, worker, numbers)))
            .await
    }

    async fn has_result(
        &self,
        reference: &str,
        transaction_id: &str,
        transaction_record_id: &str,
    ) -> Result<bool, JournalError> {
        let worker = &self.worker;
        let result = [reference, transaction_id, transaction_record_id];
        self.pool
            .run(move |client, _, _| Box::pin(records::has_result(client, worker, result)))
            .await
    }

    async fn records_after(
        &self,
        position: Position,
        state: Option<RecordState>,
        limit: usize,
    ) -> Result<Vec<Record>, JournalError> {
        let worker = &self.worker;
        self.pool
            .run(move |client, _, _| {
                Box::pin(records::after(client, worker, position, (state, limit)))
            })
            .await
    }
}
