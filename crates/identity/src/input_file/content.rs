//! The bytes of an input, and who else may touch the file they came from.
//!
//! Leaves out opening, and what the bytes mean.

use std::fmt;
use std::path::PathBuf;

use zeroize::Zeroizing;

use crate::input::Input;
use crate::report::Finding;

/// The bytes of an input, wiped when dropped; never shown.
pub struct FileContent {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(crate) input: Input,
    /// As it was given.
    pub(crate) path: PathBuf,
    pub(super) mode: Option<u32>,
    /// Whether this process may change the mode.
    pub(super) is_changeable: bool,
}

impl FileContent {
    /// Returns the bytes, which may be a secret.
    #[must_use]
    pub fn secret_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the permission bits of a regular file on Unix, if others than its owner may read or
    /// change it; for example `0o644`.
    #[must_use]
    pub const fn exposed_mode(&self) -> Option<u32> {
        match self.mode {
            Some(mode) if mode & OF_OTHERS != 0 => Some(mode),
            _ => None,
        }
    }
}

impl FileContent {
    /// Returns the finding about a key file, if others may touch it.
    pub(crate) fn key_exposed(&self) -> Option<Finding> {
        self.exposed_mode().map(|mode| Finding::KeyFileExposed {
            path: self.path.clone(),
            mode,
            is_changeable: self.is_changeable,
        })
    }

    /// Returns the finding about the file of a passphrase or password, if others may touch it.
    pub(crate) fn secret_exposed(&self) -> Option<Finding> {
        self.exposed_mode().map(|mode| Finding::SecretFileExposed {
            input: self.input,
            path: self.path.clone(),
            mode,
            is_changeable: self.is_changeable,
        })
    }
}

impl fmt::Debug for FileContent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileContent").finish_non_exhaustive()
    }
}

/// Group and world may read or write.
const OF_OTHERS: u32 = 0o066;
