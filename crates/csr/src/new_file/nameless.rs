//! Files without a name, which end with the process unless they are given one (`open(2)`,
//! `O_TMPFILE`).
//!
//! Leaves out file systems that do not know them.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat};
use rustix::io::Errno;

use crate::new_file::file_access::FileAccess;

/// Creates one in a folder; `None` if the file system cannot do it, or could not name it later.
pub(super) fn create(folder: &Path, access: FileAccess) -> io::Result<Option<File>> {
    let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
    let file: File = match rustix::fs::open(folder, flags, Mode::from_raw_mode(access.mode())) {
        Ok(file) => file.into(),
        // Without the file system's support, old kernels see a folder opened for writing.
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    // A container may lack /proc.
    Ok(Path::new(&own_path(&file)).exists().then_some(file))
}

/// Gives it a name that no other file has.
pub(super) fn link(file: &File, path: &Path) -> io::Result<()> {
    // AT_EMPTY_PATH would need CAP_DAC_READ_SEARCH; the path through /proc needs nothing.
    linkat(CWD, own_path(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?;
    Ok(())
}

/// Returns the one path that leads to a file without a name, short of a privilege.
fn own_path(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}
