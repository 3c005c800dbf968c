//! The folder of the state: one file that is replaced as a whole, and a lock that keeps a second
//! mock away.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::Error;

/// A folder that no other mock uses as long as this value lives.
#[derive(Debug)]
pub(crate) struct StateFolder {
    path: PathBuf,
    /// Locked by the system, which unlocks it when the process ends, however it ends.
    _lock: File,
    writing: Mutex<()>,
}

impl StateFolder {
    /// Makes the folder if it is not there, and locks it.
    pub(crate) fn lock(path: &Path) -> Result<Self, Error> {
        make(path).map_err(unwritable(path))?;
        let lock = path.join(LOCK);
        let file = private(OpenOptions::new().create(true).append(true))
            .open(&lock)
            .map_err(unwritable(&lock))?;
        file.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => Error::StateInUse {
                folder: path.to_owned(),
            },
            TryLockError::Error(source) => Error::WriteState { path: lock, source },
        })?;
        Ok(Self {
            path: path.to_owned(),
            _lock: file,
            writing: Mutex::new(()),
        })
    }

    /// Returns the contents of the file of the state; `None` if there is no such file.
    pub(super) fn read(&self) -> Result<Option<Vec<u8>>, Error> {
        let path = self.path.join(STATE);
        match fs::read(&path) {
            Ok(json) => Ok(Some(json)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::ReadFile { path, source }),
        }
    }

    /// Replaces the file of the state by what `contents` returns. A process that is killed
    /// meanwhile leaves the file of before or the new one.
    pub(super) fn write(
        &self,
        contents: impl FnOnce() -> io::Result<Vec<u8>>,
    ) -> Result<(), Error> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let (part, path) = (self.path.join(PART), self.path.join(STATE));
        let contents = contents().map_err(unwritable(&path))?;
        write_durably(&part, &contents).map_err(unwritable(&part))?;
        fs::rename(&part, &path).map_err(unwritable(&path))?;
        sync_folder(&self.path).map_err(unwritable(&self.path))
    }

    /// Returns the error of a state that cannot be used.
    pub(super) fn damaged(&self, source: impl std::error::Error + Send + Sync + 'static) -> Error {
        Error::DamagedState {
            path: self.path.join(STATE),
            source: Box::new(source),
        }
    }
}

fn unwritable(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::WriteState { path, source }
}

/// Makes a folder that its user alone can read, since there are private keys in it.
fn make(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

fn write_durably(path: &Path, contents: &[u8]) -> io::Result<()> {
    // What a killed process has left there is of no use, and may have another mode.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = private(OpenOptions::new().create_new(true).write(true)).open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

/// Makes the new name durable.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(()); // a folder cannot be opened as a file there
    }
    File::open(path)?.sync_all()
}

const LOCK: &str = "lock";
const PART: &str = "state.json.part";
const STATE: &str = "state.json";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = StateFolder::lock(&temporary.path().join("a/state")).unwrap();
        assert_eq!(folder.read().unwrap(), None);
        for contents in [b"first".to_vec(), b"2".to_vec()] {
            folder.write(|| Ok(contents.clone())).unwrap();
            assert_eq!(folder.read().unwrap(), Some(contents));
        }
    }

    #[test]
    fn half_written_part_is_not_the_state() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = StateFolder::lock(temporary.path()).unwrap();
        folder.write(|| Ok(b"whole".to_vec())).unwrap();
        fs::write(temporary.path().join(PART), b"ha").unwrap();
        assert_eq!(folder.read().unwrap(), Some(b"whole".to_vec()));
        folder.write(|| Ok(b"new".to_vec())).unwrap();
        assert_eq!(folder.read().unwrap(), Some(b"new".to_vec()));
        assert!(!temporary.path().join(PART).exists());
    }

    #[test]
    fn folder_is_locked_as_long_as_it_is_in_use() {
        let temporary = tempfile::tempdir().unwrap();
        let first = StateFolder::lock(temporary.path()).unwrap();
        let second = StateFolder::lock(temporary.path());
        assert!(matches!(second, Err(Error::StateInUse { .. })));
        drop(first);
        assert!(StateFolder::lock(temporary.path()).is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn only_the_user_can_read_folder_and_files() {
        use std::os::unix::fs::PermissionsExt;
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("state");
        let folder = StateFolder::lock(&path).unwrap();
        folder.write(|| Ok(Vec::new())).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o700);
        assert_eq!(mode(&path.join(STATE)), 0o600);
        assert_eq!(mode(&path.join(LOCK)), 0o600);
    }

    #[test]
    fn file_in_place_of_the_folder_is_an_error() {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("file");
        fs::write(&path, b"").unwrap();
        let error = StateFolder::lock(&path).unwrap_err();
        assert!(matches!(error, Error::WriteState { .. }), "{error:?}");
    }
}
