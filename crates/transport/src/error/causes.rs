//! The chain of sources of an error.

use std::{error::Error as StdError, io};

/// Iterates over an error and all its sources.
///
/// `io::Error::source` skips the error that it wraps, so that one is taken by `get_ref`.
pub(crate) fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        match cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(carried) => Some(carried as _),
            None => cause.source(),
        }
    })
}
