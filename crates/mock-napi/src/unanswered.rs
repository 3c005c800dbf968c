//! The mark of a response that is not to be sent.

/// Marks a response that is not to be sent: the connection ends in its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Unanswered;
