//! The result of a verification in a word.

use crate::wire::open;

open! {
    /// The result of a verification.
    pub struct RecordStatus {
        /// The rule of the account is fulfilled.
        MATCH = "match",
        /// It is not.
        NOMATCH = "nomatch",
        /// There was nothing to compare; seen in other people's code.
        MISSING = "missing",
    }
}
