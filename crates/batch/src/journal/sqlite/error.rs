//! Errors of SQLite in the words of the person who runs the batch.

use std::io;

use rusqlite::ErrorCode;

use crate::journal::schema::damaged;
use crate::journal::{JournalError, StorageError};

impl From<rusqlite::Error> for JournalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&rusqlite::Error> for JournalError {
    fn from(error: &rusqlite::Error) -> Self {
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

impl From<io::Error> for StorageError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            kind => Self::Io(kind),
        }
    }
}
