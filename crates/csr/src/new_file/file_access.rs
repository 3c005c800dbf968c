//! Read access to a new file.
//!
//! Leaves out systems without permission bits, where the folder decides.

/// Read access to a new file on Unix; elsewhere it inherits the permissions of its folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileAccess {
    /// Its owner alone, from the first byte on: mode 0600.
    OwnerOnly,
    /// Everybody, less what the umask takes away: mode 0644.
    Everybody,
}

impl FileAccess {
    #[cfg(unix)]
    pub(super) const fn mode(self) -> u32 {
        match self {
            Self::OwnerOnly => 0o600,
            Self::Everybody => 0o644,
        }
    }
}
