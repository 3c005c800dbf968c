//! Whether a server has proven, in a handshake that is under way, that it holds the key of its certificate.
//!
//! Until then whoever is on the way may write what it says, alerts above all: they are the only messages that are taken
//! at any moment. So an alert before that is no verdict on our certificate.

/// What an alert that ends a handshake can be taken for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AlertOrigin {
    /// The server's: it came protected by keys that the server's proof stands behind.
    #[default]
    Server,
    /// The server's, or that of somebody on the way: under TLS 1.2 a server judges our certificate before anything is
    /// protected ([RFC 5246, section 7.3]), so its verdict and a forged one look the same.
    ///
    /// [RFC 5246, section 7.3]: https://www.rfc-editor.org/rfc/rfc5246#section-7.3
    Unprotected,
    /// Anybody's, and before our certificate was sent.
    Unproven,
}

impl AlertOrigin {
    /// Of an alert in a handshake, by the version of the signature that the server has proven itself with.
    ///
    /// Under TLS 1.2 that signature is verified in the step in which our certificate is sent; under TLS 1.3 the server's
    /// Finished is still to come then, and our certificate after it ([RFC 8446, section 2]).
    ///
    /// [RFC 8446, section 2]: https://www.rfc-editor.org/rfc/rfc8446#section-2
    pub(crate) fn during_handshake(proof: Option<ServerProof>) -> Self {
        match proof {
            Some(ServerProof::Tls12) => Self::Unprotected,
            Some(ServerProof::Tls13) | None => Self::Unproven,
        }
    }
}

/// The signature of the server's that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerProof {
    /// That of ServerKeyExchange.
    Tls12,
    /// CertificateVerify.
    Tls13,
}
