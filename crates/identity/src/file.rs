//! Reading a file once, with a bound.
//!
//! Leaves out what the bytes mean.

use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use crate::{Error, Input};

/// The bytes of a file, wiped on drop, and what the file system says of the file they came from.
pub(crate) struct Content {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    metadata: Metadata,
}

impl Content {
    /// The permission bits, if group or world may read the file.
    #[cfg(unix)]
    pub(crate) fn exposed_mode(&self) -> Option<u32> {
        use std::os::unix::fs::PermissionsExt;

        let mode = self.metadata.permissions().mode() & 0o7777;
        (mode & 0o044 != 0).then_some(mode)
    }

    /// Always `None`: there are no permission bits on this system.
    #[cfg(not(unix))]
    pub(crate) fn exposed_mode(&self) -> Option<u32> {
        let _ = &self.metadata;
        None
    }
}

/// Reads a regular file of at most `limit` bytes.
pub(crate) fn read(path: &Path, input: Input, limit: u64) -> Result<Content, Error> {
    let unreadable = |source: io::Error| Error::Read {
        path: path.to_path_buf(),
        source,
    };
    let regular = |metadata: Metadata| match metadata.is_file() {
        true => Ok(metadata),
        false => Err(Error::NotAFile {
            path: path.to_path_buf(),
        }),
    };
    // Before opening, which wakes up some devices; and after it, when it cannot be swapped any more.
    regular(fs::metadata(path).map_err(unreadable)?)?;
    let file = without_waiting().open(path).map_err(unreadable)?;
    let metadata = regular(file.metadata().map_err(unreadable)?)?;
    // Room for everything at once: a buffer that grows leaves copies of a key behind, and std reads
    // into one of its own, which it does not wipe, where fewer than 32 bytes are left.
    let room = usize::try_from(metadata.len().min(limit))
        .unwrap_or(0)
        .saturating_add(32);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge { input, limit });
    }
    Ok(Content { bytes, metadata })
}

/// Opens for reading. A named pipe, put there since the path was looked at, is opened at once and
/// does not wait for a writer; for a regular file the flag means nothing.
///
/// Where the value of the flag is not known below, such a pipe may still hold us up.
fn without_waiting() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    if let Some(flag) = O_NONBLOCK {
        use std::os::unix::fs::OpenOptionsExt;

        options.custom_flags(flag);
    }
    options
}

/// The flag of POSIX, which leaves its value to the system; std does not have it.
#[cfg(unix)]
const O_NONBLOCK: Option<i32> = if cfg!(any(target_os = "linux", target_os = "android")) {
    // The kernel's asm-generic/fcntl.h; MIPS, SPARC and some others have values of their own.
    if cfg!(any(
        target_arch = "aarch64",
        target_arch = "arm",
        target_arch = "loongarch64",
        target_arch = "powerpc64",
        target_arch = "riscv64",
        target_arch = "s390x",
        target_arch = "x86",
        target_arch = "x86_64",
    )) {
        Some(0o4000)
    } else {
        None
    }
} else if cfg!(any(
    target_vendor = "apple",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
)) {
    Some(4)
} else {
    None
};

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn opening_a_named_pipe_does_not_wait_for_a_writer() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        // Of POSIX, so it is on every Unix.
        let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        if O_NONBLOCK.is_some() {
            let file = without_waiting().open(&pipe).unwrap();
            assert!(!file.metadata().unwrap().is_file());
        }
        let refused = read(&pipe, Input::Key, 10);
        assert!(matches!(refused, Err(Error::NotAFile { .. })));
    }
}
