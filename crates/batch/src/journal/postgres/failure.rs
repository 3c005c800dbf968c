//! Errors of PostgreSQL: which may pass, and in the words of the person who runs the batch.

use std::error::Error as _;
use std::io;

use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::journal::error::{JournalError, StorageError};

/// A call that failed.
pub(super) type Failure = crate::journal::failure::Failure<Error>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Database(error)
    }
}

impl Failure {
    /// Returns whether another connection may succeed: the database restarts, the network broke,
    /// two workers held each other up, one waited long for its turn, or froze in it.
    pub(super) fn may_pass(&self) -> bool {
        let Self::Database(error) = self else {
            return false;
        };
        if error.is_closed() || io_error(error).is_some() {
            return true;
        }
        error.code().is_some_and(|code| {
            // Class 08: connection exceptions; 57P01 to 57P03: it shuts down, or starts.
            code.code().starts_with("08")
                || [
                    SqlState::ADMIN_SHUTDOWN,
                    SqlState::CRASH_SHUTDOWN,
                    SqlState::CANNOT_CONNECT_NOW,
                    SqlState::TOO_MANY_CONNECTIONS,
                    SqlState::T_R_DEADLOCK_DETECTED,
                    SqlState::T_R_SERIALIZATION_FAILURE,
                    SqlState::LOCK_NOT_AVAILABLE,
                    SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
                ]
                .contains(code)
        })
    }
}

impl From<Failure> for JournalError {
    fn from(failure: Failure) -> Self {
        let error = match failure {
            Failure::Database(error) => error,
            Failure::Journal(error) => return error,
        };
        let code = error.code();
        let is = |state: &SqlState| code == Some(state);
        if is(&SqlState::DISK_FULL) {
            return StorageError::Full.into();
        }
        if is(&SqlState::READ_ONLY_SQL_TRANSACTION) || is(&SqlState::INSUFFICIENT_PRIVILEGE) {
            return StorageError::ReadOnly.into();
        }
        if is(&SqlState::INVALID_PASSWORD) || is(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION) {
            return StorageError::Credentials.into();
        }
        if error.is_closed() || (code.is_none() && io_error(&error).is_some()) {
            let reason = io_error(&error).map_or(io::ErrorKind::NotConnected, io::Error::kind);
            return StorageError::Unreachable(with_causes(&error, reason)).into();
        }
        // The code and the kind of the message: its detail may quote a reference.
        let text = match error.as_db_error() {
            Some(error) => format!("{} (SQLSTATE {})", error.message(), error.code().code()),
            None => with_causes(&error, io::ErrorKind::Other),
        };
        StorageError::Other(text).into()
    }
}

fn io_error(error: &Error) -> Option<&io::Error> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        cause = error.source();
    }
    None
}

/// Returns the error and what caused it; what closed a connection is not in its text.
fn with_causes(error: &Error, kind: io::ErrorKind) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    if cause.is_none() {
        text = format!("{text}: {kind}");
    }
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text
}
