//! Errors of SQLite in the words of the person who runs the batch.

use rusqlite::{Error, ErrorCode};

use crate::journal::error::{JournalError, StorageError, damaged};

/// A call that failed.
pub(super) type Failure = crate::journal::failure::Failure<Error>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl From<Failure> for JournalError {
    fn from(failure: Failure) -> Self {
        let error = match failure {
            Failure::Database(error) => error,
            Failure::Journal(error) => return error,
        };
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse,
            Some(ErrorCode::NotADatabase) => Self::Foreign,
            Some(ErrorCode::DatabaseCorrupt) => damaged("the database cannot be read"),
            Some(ErrorCode::DiskFull) => StorageError::Full.into(),
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                StorageError::ReadOnly.into()
            }
            Some(_) => StorageError::Other(error.to_string()).into(),
            // A value is not of the type of its column, which STRICT tables rule out.
            None => damaged("a value is not what it should be"),
        }
    }
}
