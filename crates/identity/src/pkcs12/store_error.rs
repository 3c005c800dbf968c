//! Errors about the parts of a store, as errors of the store.
//!
//! Leaves out what is wrong with its keys once they are open.

use crate::error::Error;
use crate::store_problem::StoreProblem;

/// Makes an error about an encryption speak of the store.
pub(super) fn of_store(error: Error) -> Error {
    match error {
        Error::UnsupportedEncryption { oid, name } => {
            Error::Store(StoreProblem::UnsupportedEncryption { oid, name })
        }
        Error::KeyDamaged => Error::Store(StoreProblem::Damaged),
        other => other,
    }
}
