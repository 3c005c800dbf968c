//! The errors of a journal, in the words of the person who runs the batch.

use std::io;

use crate::record::RecordState;

/// A journal that cannot be used, or not in this way. Nothing was changed by the call that failed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JournalError {
    /// The file is no journal of this program.
    #[error("the file is no journal of a batch: give the path of another, which will be made")]
    Foreign,
    /// A part of the journal cannot be what this program wrote.
    #[error(
        "the journal is damaged ({what}): a run with a backup of it sends, and bills, again what was \
         sent since the backup was made"
    )]
    Damaged {
        /// The part.
        what: String,
    },
    /// Another process has the journal open.
    #[error("another process uses this journal: wait for it to end, or stop it")]
    InUse,
    /// The key that the batch began with was not given, or another was.
    #[error("the key is not the one that this batch began with: open the journal with that key")]
    KeyDiffers,
    /// Another record has the number of a new one: the list has changed since the batch began.
    #[error(
        "record {number} of the list has changed since the batch began: restore it; a new batch is \
         for records that were never sent, as it bills all that are in it"
    )]
    RecordChanged {
        /// Its place in the list, from 1.
        number: u64,
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
    #[error(
        "a record cannot become {state} now, as another process has changed it: run the batch again, which goes by the \
         journal"
    )]
    OutOfTurn {
        /// The state that it should have gone to.
        state: RecordState,
    },
    /// Records of this state are not sent again.
    #[error(
        "records that are {state} cannot be sent again: only unknown, pending and failed ones can"
    )]
    NotRequeued {
        /// The state.
        state: RecordState,
    },
    /// There is no journal to go on with.
    #[error(
        "there is no journal of this path or name: give the one that the batch began with; a new one would \
         begin it anew, and bill all of it again"
    )]
    Missing,
    /// There is no randomness for a new key.
    #[error("the operating system gave no randomness for the key of the batch: try again later")]
    Randomness,
    /// The file cannot be read or written.
    #[error("the journal cannot be read or written: {0}")]
    Storage(#[from] StorageError),
    /// The thread of the journal has ended.
    #[error("the journal is closed, since writing to it failed or its thread ended: open it again")]
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
    #[error(
        "the file or its folder is read-only, or may not be written by this user: make it writable, and run the batch \
         again"
    )]
    ReadOnly,
    /// The database cannot be reached, or the connection to it broke, and it did not come back in
    /// time.
    #[error("the database cannot be reached: {0}")]
    Unreachable(String),
    /// The database rejects the user or the password.
    #[error("the database rejects the user or the password of the journal: check both")]
    Credentials,
    /// The database runs without `fsync`: what it has committed is lost with the power, and could
    /// then be sent twice.
    #[error(
        "the database runs with `fsync` off, so that it may forget what was sent: switch it on"
    )]
    NotDurable,
    /// Anything else, in the words of the database.
    #[error("{0}")]
    Other(String),
    /// The operating system failed.
    #[error("{0}")]
    Io(io::ErrorKind),
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

/// Makes the error of a journal that cannot be what this program wrote.
pub(crate) fn damaged(what: &str) -> JournalError {
    JournalError::Damaged {
        what: what.to_owned(),
    }
}
