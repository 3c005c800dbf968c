//! The credentials that an operation is sent with.

/// Whether an operation wants credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Authentication {
    /// None are sent.
    None,
    /// HTTP Basic: version 1.
    Basic,
    /// A token, which the client fetches for its credentials: version 3.
    Bearer,
}
