//! The chain of sources of an error.

use std::{error::Error as StdError, io};

/// An error and all that lies beneath it.
///
/// `io::Error::source` steps over the error that it carries, so that one is looked at first.
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
