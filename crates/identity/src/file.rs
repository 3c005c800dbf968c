//! Reading a file once, with a bound.
//!
//! Leaves out what the bytes mean.

use std::fs::{self, File, Metadata};
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
    // Before opening: opening a named pipe waits for a writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(Error::NotAFile {
            path: path.to_path_buf(),
        });
    }
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    // Room for everything at once: a buffer that grows leaves copies of a key behind.
    let room = usize::try_from(metadata.len().min(limit))
        .unwrap_or(0)
        .saturating_add(1);
    let mut bytes = Zeroizing::new(Vec::with_capacity(room));
    file.take(limit.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > limit {
        return Err(Error::TooLarge { input, limit });
    }
    Ok(Content { bytes, metadata })
}
