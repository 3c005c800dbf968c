//! The number of what a client presents and trusts among all that it has had.
//!
//! Leaves out what a generation consists of.

use std::fmt;

/// Counts what a client has presented and trusted: each rotation of identities or trust anchors makes the next
/// generation.
///
/// It stands in every [`ConnectionInfo`](crate::ConnectionInfo), so that logs tell with which identities and trust anchors
/// a connection was opened. A connector that was built has the first; it starts at 1 in every process and means nothing outside.
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

    /// The number, from 1.
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
