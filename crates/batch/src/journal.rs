//! The contract of a journal: the durable record of the requests of a batch.

mod schema;
mod sqlite;
mod writer;

pub use sqlite::SqliteJournal;

use std::io;

use crate::digest::InputKey;
use crate::record::{NewRecord, Outcome, Record, RecordState};

/// A durable record of what was sent and what came of it.
///
/// Whatever a function returns successfully is on the disk: neither a killed process nor a lost
/// power takes it back. States change as this table says, and in no other way:
///
/// | from | to | by |
/// |---|---|---|
/// | - | waiting | [`register`](Self::register) |
/// | waiting | sending | [`intend`](Self::intend) |
/// | sending | waiting, unknown, pending, done, failed | [`settle`](Self::settle) |
/// | pending | done, failed | [`settle`](Self::settle) |
/// | sending | unknown | [`abandon`](Self::abandon), and opening after a crash |
/// | unknown, failed | waiting | [`requeue`](Self::requeue) |
pub trait Journal: Send + Sync + 'static {
    /// Returns the key of the digests.
    fn input_key(&self) -> &InputKey;

    /// Returns the name of the batch: 16 random hexadecimal digits, part of references that the
    /// list does not give.
    fn batch_name(&self) -> &str;

    /// Adds records that are new, compares those that are known, and returns the state of each, in
    /// the order given.
    ///
    /// # Errors
    ///
    /// [`JournalError::RecordChanged`] if a record has another digest or reference than at first,
    /// and [`JournalError::Repeated`] if a new one is the same as a known one; then none is added.
    /// Else as the journal can be written.
    fn register(
        &self,
        records: Vec<NewRecord>,
    ) -> impl Future<Output = Result<Vec<RecordState>, JournalError>> + Send;

    /// Moves what a run was sending that is no more to unknown, and returns how many these are.
    ///
    /// # Errors
    ///
    /// As the journal can be written.
    fn abandon(&self) -> impl Future<Output = Result<u64, JournalError>> + Send;

    /// Writes down that a record is about to be sent, and returns whether it may be: `false` if it
    /// was not waiting.
    ///
    /// # Errors
    ///
    /// As the journal can be written. Then the record must not be sent.
    fn intend(&self, number: u64) -> impl Future<Output = Result<bool, JournalError>> + Send;

    /// Writes down what came of a record that is sending or pending.
    ///
    /// # Errors
    ///
    /// [`JournalError::OutOfTurn`] if it is neither; else as the journal can be written.
    fn settle(
        &self,
        number: u64,
        state: RecordState,
        outcome: Outcome,
    ) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Lets the records of one state wait again, and returns how many these are.
    ///
    /// Of [`RecordState::Unknown`] each may be billed a second time, and so may each of
    /// [`RecordState::Failed`] that has a transaction.
    ///
    /// # Errors
    ///
    /// [`JournalError::OutOfTurn`] for a state other than unknown and failed; else as the journal
    /// can be written.
    fn requeue(&self, state: RecordState)
    -> impl Future<Output = Result<u64, JournalError>> + Send;

    /// Returns how many records are in each state, in the order of [`RecordState::ALL`].
    ///
    /// # Errors
    ///
    /// As the journal can be read.
    fn counts(&self) -> impl Future<Output = Result<Counts, JournalError>> + Send;

    /// Returns up to `limit` records behind the one of this number in their order, of one state or
    /// of all.
    ///
    /// # Errors
    ///
    /// As the journal can be read.
    fn records_after(
        &self,
        number: u64,
        state: Option<RecordState>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Record>, JournalError>> + Send;
}

/// The number of records of a batch in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; RecordState::ALL.len()]);

impl Counts {
    /// Returns how many are in one state.
    #[must_use]
    pub fn of(&self, state: RecordState) -> u64 {
        let states = RecordState::ALL.into_iter().zip(self.0);
        states
            .filter_map(|(other, count)| (other == state).then_some(count))
            .sum()
    }

    /// Returns how many there are in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub(crate) fn set(&mut self, state: RecordState, count: u64) {
        for (other, place) in RecordState::ALL.into_iter().zip(&mut self.0) {
            if other == state {
                *place = count;
            }
        }
    }
}

/// A journal that cannot be used, or not in this way. Nothing was changed by the call that failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file is no journal of this program.
    #[error("the file is no journal of a batch: give the path of another, which will be made")]
    Foreign,
    /// A part of the journal cannot be what this program wrote.
    #[error(
        "the journal is damaged ({what}): restore it from a backup; what it listed as sent must not be sent again"
    )]
    Damaged {
        /// The part.
        what: String,
    },
    /// Another process has the journal open.
    #[error("another process uses this journal: wait for it to end, or stop it")]
    InUse,
    /// The given key is not the one that the batch began with.
    #[error("the key is another than the one that this batch began with")]
    KeyDiffers,
    /// A record of the list is not what it was when the batch began.
    #[error(
        "record {number} of the list has changed since the batch began: restore it, or begin a new batch for it"
    )]
    RecordChanged {
        /// Its place in the list, from 1.
        number: u64,
    },
    /// A record stands in the list twice, or has moved since the batch began: it would be sent and
    /// billed twice.
    #[error(
        "record {number} of the list is the same as record {known}, which the batch has already: take one of them out, \
         or restore the order; what is to be verified twice needs a CustomerReferenceID of its own"
    )]
    Repeated {
        /// Its place in the list, from 1.
        number: u64,
        /// The place of the same record, as the journal knows it.
        known: u64,
    },
    /// The journal was written by a newer version of this program.
    #[error("the journal has version {version}, and this program knows {known}: use a newer one")]
    Newer {
        /// The version of the journal.
        version: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// A record changed in a way that the states do not allow.
    #[error("record {number} cannot become {state} now: the journal and the run disagree")]
    OutOfTurn {
        /// Its place in the list, from 1; 0 for several.
        number: u64,
        /// The state that it should have gone to.
        state: RecordState,
    },
    /// There is no randomness for a new key.
    #[error("the operating system gave no randomness for the key of the batch")]
    Randomness,
    /// The file cannot be read or written.
    #[error("the journal cannot be read or written: {0}")]
    Storage(#[from] StorageError),
    /// The thread of the journal has ended.
    #[error("the journal is closed, since writing to it failed before")]
    Closed,
}

/// The reason why a journal cannot be read or written.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// There is no room.
    #[error("the disk is full: make room and run the batch again")]
    Full,
    /// The file or its folder may not be written.
    #[error("the file or its folder is read-only, or may not be written by this user")]
    ReadOnly,
    /// Anything else, in the words of the database.
    #[error("{0}")]
    Other(String),
    /// The operating system failed.
    #[error("{0}")]
    Io(io::ErrorKind),
}
