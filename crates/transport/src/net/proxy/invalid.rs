//! Errors of a proxy's settings.

/// A proxy's settings cannot work; reported when they are made, never when a connection is.
///
/// It never shows the URI, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidProxy {
    /// The user name is empty or holds a colon, or there is a control character.
    #[error(
        "the proxy's user name is empty or has a colon, or user name or password has a control character"
    )]
    Credentials,
    /// An environment variable cannot be used; the source says why.
    #[error("the environment variable {variable} names no usable proxy")]
    Environment {
        /// The variable.
        variable: &'static str,
        /// The problem of its value.
        source: Box<Self>,
    },
    /// It is not a URI with a host and a port up to 65535.
    #[error(
        "the proxy's URI must look like http://proxy.example:3128; percent-encode special characters of user name and password"
    )]
    Malformed,
    /// The URI has another scheme.
    #[error(
        "the scheme of the proxy's URI is not the expected one; http and https are supported, SOCKS is not"
    )]
    Scheme,
}
