//! Files under a name of their own until they are whole, where there are none without a name.
//!
//! The writer holds a lock, which ends with its process: a partial file that can be locked is a
//! leftover. Leaves out what is done about file systems without locks: leftovers stay there.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::new_file::file_access::FileAccess;

/// A file that is removed when it is dropped, unless it has got its name.
pub(super) struct Partial {
    file: File,
    path: PathBuf,
}

impl Partial {
    pub(super) fn create(folder: &Path, wanted: &Path, access: FileAccess) -> io::Result<Self> {
        // 64 random bits collide only if another process chooses such names on purpose.
        for _ in 0..ATTEMPTS {
            let path = folder.join(name(wanted, Some(random()?)));
            match create_new(&path, access) {
                Ok(file) => {
                    // Who cannot lock it leaves it to be removed by hand.
                    let _ = file.try_lock();
                    return Ok(Self { file, path });
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Err(ErrorKind::ResourceBusy.into())
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Gives it its name, unless there is a file of that name.
    pub(super) fn link(self, wanted: &Path) -> io::Result<()> {
        match rename_without_replacing(&self.path, wanted) {
            Err(error) if is_unsupported(&error) => link_or_claim(&self.path, wanted),
            result => result,
        }
    }
}

/// Gives a second name, the first of which goes when its owner is dropped. Where a file can have
/// but one (FAT), an empty file takes the new name first, and is then replaced by the whole one.
fn link_or_claim(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            // No hard links here, as on FAT: claim the name, so that the rename replaces an empty
            // file of ours and no other.
            create_new(to, FileAccess::OwnerOnly)?;
            fs::rename(from, to).inspect_err(|_| {
                let _ = fs::remove_file(to);
            })
        }
        result => result,
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // Gone already if it was renamed; else the failure that led here is the one to report.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes what killed processes have left of a file.
pub(super) fn remove_stale(folder: &Path, wanted: &Path) {
    let (start, end) = (name(wanted, None), ENDING);
    // As far as possible: a file that stays is hidden, and the next call tries again.
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let file_name = entry.file_name();
        let bytes = file_name.as_encoded_bytes();
        let digits = bytes
            .strip_prefix(start.as_encoded_bytes())
            .and_then(|rest| rest.strip_suffix(end.as_bytes()));
        let is_ours = digits.is_some_and(|digits| {
            digits.len() == DIGITS && digits.iter().all(u8::is_ascii_hexdigit)
        });
        // A link or a folder of that name is not ours.
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_ours && is_file && is_left_over(&entry.path()) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Returns whether it can be locked, as no process is writing it.
fn is_left_over(path: &Path) -> bool {
    // For writing: NFS gives exclusive locks to no other handle.
    let file = OpenOptions::new().write(true).open(path);
    file.is_ok_and(|file| file.try_lock().is_ok())
}

/// Returns `.<name>.<digits>.partial`, or all of it in front of the digits.
fn name(wanted: &Path, digits: Option<u64>) -> OsString {
    let mut name = OsString::from(".");
    name.push(wanted.file_name().unwrap_or_else(|| OsStr::new("file")));
    name.push(".");
    if let Some(digits) = digits {
        name.push(format!("{digits:0DIGITS$x}{ENDING}"));
    }
    name
}

fn random() -> io::Result<u64> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|_| io::Error::from(ErrorKind::Other))?;
    Ok(u64::from_ne_bytes(bytes))
}

#[cfg(unix)]
fn create_new(path: &Path, access: FileAccess) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;

    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(access.mode())
        .open(path)
}

#[cfg(not(unix))]
fn create_new(path: &Path, _access: FileAccess) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_without_replacing(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};

    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_without_replacing(_from: &Path, _to: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Returns whether the file system or the kernel does not know the operation.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        // EINVAL is the error of file systems without RENAME_NOREPLACE.
        ErrorKind::Unsupported | ErrorKind::InvalidInput
    )
}

const ENDING: &str = ".partial";
const DIGITS: usize = 16;
const ATTEMPTS: usize = 8;

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_partial_file_gets_its_name_and_replaces_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = folder.path().join("acme.key");
        for (content, appears) in [("ours", true), ("another", false)] {
            let mut partial =
                Partial::create(folder.path(), &wanted, FileAccess::OwnerOnly).unwrap();
            assert!(
                names(folder.path())
                    .iter()
                    .any(|name| name.to_string_lossy().starts_with(".acme.key."))
            );
            partial.file().write_all(content.as_bytes()).unwrap();
            let linked = partial.link(&wanted);
            assert_eq!(linked.is_ok(), appears);
            assert_eq!(names(folder.path()), ["acme.key"]);
            assert_eq!(fs::read(&wanted).unwrap(), b"ours");
        }
    }

    #[test]
    fn without_a_rename_that_spares_others_a_link_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        fs::write(path("from"), "ours").unwrap();
        link_or_claim(&path("from"), &path("to")).unwrap();
        assert_eq!(fs::read(path("to")).unwrap(), b"ours");
        let refused = link_or_claim(&path("from"), &path("to")).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::AlreadyExists);
        // What cannot be linked leaves no empty file behind.
        assert!(link_or_claim(&path("missing"), &path("other")).is_err());
        assert!(!path("other").exists());
    }

    #[test]
    fn stale_files_are_removed_and_those_being_written_stay() {
        let folder = tempfile::tempdir().unwrap();
        let wanted = folder.path().join("acme.key");
        let left_over = folder.path().join(".acme.key.0123456789abcdef.partial");
        let foreign = [
            ".acme.key.mine.partial",
            ".other.key.0123456789abcdef.partial",
            "acme.csr",
        ];
        for name in foreign {
            fs::write(folder.path().join(name), "theirs").unwrap();
        }
        fs::write(&left_over, "half a key").unwrap();
        let being_written = Partial::create(folder.path(), &wanted, FileAccess::OwnerOnly).unwrap();
        remove_stale(folder.path(), &wanted);
        assert!(!left_over.exists());
        assert!(being_written.path.exists());
        assert!(foreign.iter().all(|name| folder.path().join(name).exists()));
    }
}
