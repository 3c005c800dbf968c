//! Files that one call creates, and removes again unless it succeeds.
//!
//! Leaves out what is in them.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{Error, FileStep};
use crate::new_file::{FileAccess, NewFile, sync_folder};

/// Asked before every step; an error stands for the failure of that step. Tests fail steps with
/// it, and meddle with the files in between.
pub(super) type Rehearsal<'a> = dyn FnMut(FileStep, &Path) -> io::Result<()> + 'a;

/// The files created so far; dropping it removes them.
pub(super) struct CreatedFiles<'a> {
    folder: &'a Path,
    rehearsal: &'a mut Rehearsal<'a>,
    paths: Vec<PathBuf>,
}

impl<'a> CreatedFiles<'a> {
    pub(super) fn new(folder: &'a Path, rehearsal: &'a mut Rehearsal<'a>) -> Self {
        Self {
            folder,
            rehearsal,
            paths: Vec::new(),
        }
    }

    /// Fails if anything of that name is there, a dangling link included.
    pub(super) fn refuse_existing(&mut self, path: &Path) -> Result<(), Error> {
        // Without following links: a dangling one is in the way too.
        self.step(FileStep::Look, path, || match fs::symlink_metadata(path) {
            Ok(_) => Err(ErrorKind::AlreadyExists.into()),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        })
    }

    /// Writes a file that has no name yet, and waits until it is on the disk.
    pub(super) fn prepare<'p>(
        &mut self,
        path: &'p Path,
        access: FileAccess,
        content: &[u8],
    ) -> Result<NewFile<'p>, Error> {
        let mut file = self.step(FileStep::Create, path, || NewFile::create(path, access))?;
        self.step(FileStep::Write, path, || file.write(content))?;
        self.step(FileStep::Sync, path, || file.sync())?;
        Ok(file)
    }

    /// Gives a file its name, and waits until that is on the disk.
    pub(super) fn link(&mut self, path: &Path, file: NewFile<'_>) -> Result<(), Error> {
        self.step(FileStep::Link, path, || file.link())?;
        // From here on a failure removes it again.
        self.paths.push(path.to_owned());
        let folder = self.folder;
        self.step(FileStep::Sync, folder, || sync_folder(folder))
    }

    /// Fails unless the file holds what was written.
    pub(super) fn read_back(&mut self, path: &Path, written: &str) -> Result<(), Error> {
        let read = self.step(FileStep::Read, path, || {
            // Room for all at once, and one byte more to see whether there is more: a buffer that
            // grows leaves copies of the secret behind.
            let room = written.len() + 1;
            let mut content = Zeroizing::new(Vec::with_capacity(room));
            File::open(path)?
                .take(room as u64)
                .read_to_end(&mut content)?;
            Ok(content)
        })?;
        if *read == written.as_bytes() {
            Ok(())
        } else {
            Err(Error::ReadBack {
                path: path.to_owned(),
            })
        }
    }

    /// Keeps the files.
    pub(super) fn keep(mut self) {
        self.paths.clear();
    }

    fn step<T>(
        &mut self,
        step: FileStep,
        path: &Path,
        action: impl FnOnce() -> io::Result<T>,
    ) -> Result<T, Error> {
        (self.rehearsal)(step, path)
            .and_then(|()| action())
            .map_err(|source| match source.kind() {
                // Also at the last step, where another process may have taken the name since the
                // first look.
                ErrorKind::AlreadyExists => Error::AlreadyExists {
                    path: path.to_owned(),
                },
                _ => Error::File {
                    step,
                    path: path.to_owned(),
                    source,
                },
            })
    }
}

impl Drop for CreatedFiles<'_> {
    fn drop(&mut self) {
        for path in self.paths.iter().rev() {
            // The failure that led here is the one to report.
            let _ = fs::remove_file(path);
        }
    }
}
