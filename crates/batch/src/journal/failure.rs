//! A call that failed inside of a journal. What is public has no type of a database's client.

use crate::journal::error::JournalError;

/// A call that failed, by an error of the database's client or by ours.
#[derive(Debug)]
pub(super) enum Failure<E> {
    Database(E),
    Journal(JournalError),
}

impl<E> From<JournalError> for Failure<E> {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}
