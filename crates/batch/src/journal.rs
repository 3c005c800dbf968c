//! The contract of a journal: the durable record of the requests of a batch.

mod column;
pub(crate) mod counts;
pub(crate) mod error;
mod failure;
mod header;
pub(crate) mod postgres;
pub(crate) mod selection;
pub(crate) mod sqlite;

use crate::digest::{InputDigest, InputKey};
use crate::journal::counts::Counts;
use crate::journal::error::JournalError;
use crate::journal::selection::Selection;
use crate::record::{NewRecord, Outcome, Position, Record, RecordState};

/// A durable record of what was sent and what came of it.
///
/// A record is known by its digest alone. Its number is its place in the list as it was last read,
/// so it changes with the list.
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
/// | unknown, pending, failed | waiting | [`requeue`](Self::requeue) |
pub trait Journal: Send + Sync + 'static {
    /// Returns the key of the digests.
    fn input_key(&self) -> &InputKey;

    /// Returns the name of the batch: 16 random hexadecimal digits, part of references that the
    /// list does not give.
    fn batch_name(&self) -> &str;

    /// Adds records that are new, and returns what is known of each, in the order given. One that
    /// is the same as another is not added.
    ///
    /// # Errors
    ///
    /// [`JournalError::RecordChanged`] if a record that is new has the number of another; then none
    /// is added. Else as the journal can be written.
    fn register(
        &self,
        records: Vec<NewRecord>,
    ) -> impl Future<Output = Result<Vec<Registration>, JournalError>> + Send;

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
    fn intend(
        &self,
        digest: InputDigest,
    ) -> impl Future<Output = Result<bool, JournalError>> + Send;

    /// Writes down what came of a record that is sending, or pending with the transaction of the
    /// outcome.
    ///
    /// # Errors
    ///
    /// [`JournalError::OutOfTurn`] if it is neither; else as the journal can be written.
    fn settle(
        &self,
        digest: InputDigest,
        state: RecordState,
        outcome: Outcome,
    ) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Lets records of one state wait again, and returns which these are.
    ///
    /// Of [`RecordState::Unknown`] each may be billed a second time, and so may each of
    /// [`RecordState::Failed`] that has a transaction. One that is [`RecordState::Pending`] is
    /// billed a second time if its transaction ends in a result after all, which no one asks for
    /// any more.
    ///
    /// # Errors
    ///
    /// [`JournalError::NotRequeued`] for a state other than these; else as the journal can be
    /// written.
    fn requeue(
        &self,
        state: RecordState,
        selection: Selection,
    ) -> impl Future<Output = Result<Vec<InputDigest>, JournalError>> + Send;

    /// Counts the records by state, the results by status, and the intents.
    ///
    /// # Errors
    ///
    /// As the journal can be read.
    fn counts(&self) -> impl Future<Output = Result<Counts, JournalError>> + Send;

    /// Gives records other numbers, or none to those that the list no longer has. Their states stay
    /// as they are.
    ///
    /// # Errors
    ///
    /// As the journal can be written.
    fn renumber(
        &self,
        numbers: Vec<(InputDigest, Option<u64>)>,
    ) -> impl Future<Output = Result<(), JournalError>> + Send;

    /// Returns whether a record of this reference has, or may have had before it was sent again,
    /// a result with these ids; an empty one stands for none.
    ///
    /// # Errors
    ///
    /// As the journal can be read.
    fn has_result(
        &self,
        reference: &str,
        transaction_id: &str,
        transaction_record_id: &str,
    ) -> impl Future<Output = Result<bool, JournalError>> + Send;

    /// Returns up to `limit` records behind a position in the order of the list, of one state or of
    /// all. Those that the list no longer has come last.
    ///
    /// # Errors
    ///
    /// As the journal can be read.
    fn records_after(
        &self,
        position: Position,
        state: Option<RecordState>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Record>, JournalError>> + Send;
}

/// The knowledge that a journal has of a record of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Registration {
    /// It is in this state; if it is waiting, it is the caller's to send.
    Known(RecordState),
    /// It is waiting, and another worker has the lease of it.
    Leased,
    /// It is the same as another one, and was not added.
    Repeated {
        /// The place of the other in the list.
        known: u64,
    },
}
