//! The number of a client's identities and trust anchors among all that it has had.
//!
//! Leaves out the content of a generation.

use std::fmt;

/// The number of a client's generation: each rotation of identities or trust anchors begins the
/// next.
///
/// It is in every [`ConnectionInfo`](crate::ConnectionInfo), so that logs show with which
/// identities and trust anchors a connection was opened. A new connector has the first, 1; the
/// number has no meaning outside the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Generation(u64);

impl Generation {
    pub(crate) const FIRST: Self = Self(1);

    pub(crate) const fn from_number(number: u64) -> Self {
        Self(number)
    }

    pub(crate) const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Returns the number, from 1.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
