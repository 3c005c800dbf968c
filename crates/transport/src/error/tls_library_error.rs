//! Errors of the TLS library, without its type.
//!
//! `rustls::Error` changes with the major versions of rustls, which are no business of a program
//! that only reports why its settings do not work.

/// An error of the TLS library; its `Display` is the library's message.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct TlsLibraryError(rustls::Error);

impl TlsLibraryError {
    pub(crate) const fn new(error: rustls::Error) -> Self {
        Self(error)
    }
}
