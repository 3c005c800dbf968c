//! The things that a crypto provider of the caller's lacks.

/// The reason why a connector cannot use a crypto provider.
///
/// A version of TLS that is offered must also be possible: to leave one out is a setting, not the
/// side effect of a list that is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CryptoProviderProblem {
    /// It has no cipher suite of a version that is offered.
    #[error(
        "it has no cipher suite of {version}; add one, or offer the other version alone (`tls13_only`, or `rustls_base_config`)"
    )]
    NoCipherSuite {
        /// `TLS 1.2` or `TLS 1.3`.
        version: &'static str,
    },
    /// It has no group for the key exchange of a version that is offered.
    #[error(
        "it has no key exchange group for {version}; add one, or offer the other version alone (`tls13_only`, or `rustls_base_config`)"
    )]
    NoKeyExchangeGroup {
        /// `TLS 1.2` or `TLS 1.3`.
        version: &'static str,
    },
    /// It has no algorithm by which a server's certificate and signature could be verified.
    #[error("it verifies no signature, so no server could prove its identity; add algorithms")]
    NoSignatureVerification,
}
