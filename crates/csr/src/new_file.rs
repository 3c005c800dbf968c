//! A file that appears whole or not at all, and never in place of another.
//!
//! Where the system can do it (Linux on its usual file systems), the file has no name until it is
//! whole: whatever ends the process before leaves nothing behind. Elsewhere it is written under a
//! name of its own in the same folder, `.<name>.<digits>.partial` with the same mode, and renamed.
//! A process that is killed leaves that file, which may hold a plain key; the next call for the
//! same name removes it, and knows it from one that is being written by its lock. Leaves out
//! folders, and what is in the file.

mod file_access;
#[cfg(target_os = "linux")]
mod nameless;
mod partial;

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

pub use file_access::FileAccess;

/// Writes a new file, whole or not at all, and flushes it and its folder to disk.
///
/// Of a process that is killed nothing remains on Linux's usual file systems. Elsewhere a hidden
/// `.<name>.<digits>.partial` may stay, with the mode of the file; the next call for the same name
/// removes it.
///
/// ```
/// # let folder = tempfile::tempdir()?;
/// let path = folder.path().join("server.key");
/// csr::write_new_file(&path, csr::FileAccess::OwnerOnly, b"a key")?;
/// let again = csr::write_new_file(&path, csr::FileAccess::OwnerOnly, b"another");
/// assert_eq!(again.unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
///
/// [`ErrorKind::AlreadyExists`] if there is anything of that name, a dangling link included; else
/// what the system says.
pub fn write_new_file(path: &Path, access: FileAccess, content: &[u8]) -> io::Result<()> {
    let mut file = NewFile::create(path, access)?;
    file.write(content)?;
    file.sync()?;
    file.link()?;
    sync_folder(folder_of(path))
}

/// A file on its way to its name.
pub(crate) struct NewFile<'a> {
    path: &'a Path,
    place: Place,
}

enum Place {
    #[cfg(target_os = "linux")]
    Nameless(File),
    Partial(partial::Partial),
}

impl<'a> NewFile<'a> {
    /// Makes an empty file that does not have its name yet.
    pub(crate) fn create(path: &'a Path, access: FileAccess) -> io::Result<Self> {
        let folder = folder_of(path);
        partial::remove_stale(folder, path);
        #[cfg(target_os = "linux")]
        if let Some(file) = nameless::create(folder, access)? {
            return Ok(Self {
                path,
                place: Place::Nameless(file),
            });
        }
        let partial = partial::Partial::create(folder, path, access)?;
        Ok(Self {
            path,
            place: Place::Partial(partial),
        })
    }

    pub(crate) fn write(&mut self, content: &[u8]) -> io::Result<()> {
        self.file().write_all(content)
    }

    /// Waits until the content is on the disk.
    pub(crate) fn sync(&mut self) -> io::Result<()> {
        self.file().sync_all()
    }

    /// Gives the file its name, unless there is a file of that name.
    pub(crate) fn link(self) -> io::Result<()> {
        match self.place {
            #[cfg(target_os = "linux")]
            Place::Nameless(file) => nameless::link(&file, self.path),
            Place::Partial(partial) => partial.link(self.path),
        }
    }

    fn file(&mut self) -> &mut File {
        match &mut self.place {
            #[cfg(target_os = "linux")]
            Place::Nameless(file) => file,
            Place::Partial(partial) => partial.file(),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Flushes a folder: a new name survives a power cut only then.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    match File::open(folder)?.sync_all() {
        // Some network file systems know no such thing.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Folders cannot be opened elsewhere; the file system's journal has to do.
#[cfg(not(unix))]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_appears_whole_and_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let mut file = NewFile::create(&path, FileAccess::OwnerOnly).unwrap();
        file.write(b"half").unwrap();
        assert!(!path.exists());
        file.write(b" and half").unwrap();
        file.sync().unwrap();
        file.link().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"half and half");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_given_up_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        let mut file = NewFile::create(&path, FileAccess::OwnerOnly).unwrap();
        file.write(b"half").unwrap();
        drop(file);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn neither_a_file_nor_a_dangling_link_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        fs::write(&path, "theirs").unwrap();
        let refused = write_new_file(&path, FileAccess::Everybody, b"ours");
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"theirs");
        #[cfg(unix)]
        {
            let link = folder.path().join("link");
            let target = folder.path().join("nowhere");
            std::os::unix::fs::symlink(&target, &link).unwrap();
            let refused = write_new_file(&link, FileAccess::Everybody, b"ours");
            assert_eq!(refused.unwrap_err().kind(), ErrorKind::AlreadyExists);
            assert!(!target.exists());
        }
    }
}
