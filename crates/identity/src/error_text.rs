//! An error and its causes in one line, as a log has them.
//!
//! Leaves out what the causes are.

use std::error::Error as _;

use crate::error::Error;

/// Returns an error with its causes, separated by colons.
pub(crate) fn error_text(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
