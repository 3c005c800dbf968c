//! Why a proxy cannot be used as it is given.

/// A proxy's settings cannot work; found when they are made, never when a connection is.
///
/// It never shows the URI, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProxy {
    /// The user name is empty or holds a colon, or there is a control character.
    #[error(
        "the proxy's user name is empty or holds a colon, or there is a line break in it or in the password"
    )]
    Credentials,
    /// An environment variable holds what cannot be used; the source says why.
    #[error("the environment variable {variable} names no proxy that can be used")]
    Environment {
        /// The variable.
        variable: &'static str,
        /// What is wrong with its value.
        source: Box<Self>,
    },
    /// It is no URI with a host and a port up to 65535.
    #[error(
        "the proxy's URI must look like http://proxy.example:3128, with what is special in user name and password percent-encoded"
    )]
    Malformed,
    /// The URI starts with another scheme.
    #[error(
        "the scheme of the proxy's URI is not the one expected; http and https are spoken, SOCKS is not"
    )]
    Scheme,
}
