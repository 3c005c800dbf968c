//! The file of a journal, made and checked before SQLite opens it.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use crate::folder;
use crate::journal::error::{JournalError, StorageError};

/// Makes the file if it is not there, so that no one else can read the key in it at any time.
pub(super) fn make(path: &Path) -> Result<(), JournalError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(file) => {
            file.sync_all().map_err(StorageError::from)?;
            Ok(folder::sync_around(path).map_err(StorageError::from)?)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => check_length(path),
        Err(error) => Err(StorageError::from(error).into()),
    }
}

/// Refuses a path at which there is no journal to go on with.
pub(super) fn check_exists(path: &Path) -> Result<(), JournalError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > 0 => check_length(path),
        Ok(_) => Err(JournalError::Missing),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(JournalError::Missing),
        Err(error) => Err(StorageError::from(error).into()),
    }
}

/// Refuses a file that is too short for a database, which SQLite takes for empty and writes over.
///
/// By its length alone: if this process has the journal open, to close another handle of the file
/// would drop the lock on it (<https://www.sqlite.org/howtocorrupt.html>, section 2.2).
fn check_length(path: &Path) -> Result<(), JournalError> {
    let metadata = fs::metadata(path).map_err(StorageError::from)?;
    match metadata.len() {
        0 => Ok(make_private(path)?),
        1..SHORTEST_DATABASE => Err(JournalError::Foreign),
        _ => Ok(()),
    }
}

/// The smallest page of a database (<https://www.sqlite.org/fileformat.html>, section 1.3.2).
const SHORTEST_DATABASE: u64 = 512;

/// Takes an empty file that someone else made from all but its user, before there is a key in it.
fn make_private(path: &Path) -> Result<(), StorageError> {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let _only_unix_has_modes = path;
    Ok(())
}
