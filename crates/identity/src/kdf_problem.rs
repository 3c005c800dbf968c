//! Everything that can be wrong with the parameters of a key derivation function.
//!
//! Leaves out costs that are well-formed and too high.

use std::fmt;

/// A problem of the parameters of a key derivation function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KdfProblem {
    /// The parameters are not well-formed or contradict each other; the file is damaged.
    Malformed,
    /// The cost, block size or number of iterations is zero, or scrypt's cost no power of two.
    InvalidCost,
}

impl fmt::Display for KdfProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("has malformed parameters; the file is damaged"),
            Self::InvalidCost => f.write_str("has an invalid cost; the file is damaged"),
        }
    }
}
