//! Whether a server has proven, in an unfinished handshake, that it holds the key of its
//! certificate.
//!
//! Until then anyone on the path may inject messages, alerts above all: they are accepted at any
//! moment. So an alert before that is no verdict on our certificate.

/// The possible senders of an alert that ends a handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AlertOrigin {
    /// The server: the alert was protected by keys that the server's proof authenticates.
    #[default]
    Server,
    /// The server, or anyone on the path: under TLS 1.2 a server verifies our certificate before
    /// anything is protected ([RFC 5246, section 7.3]), so its verdict and a forged one look the
    /// same.
    ///
    /// [RFC 5246, section 7.3]: https://www.rfc-editor.org/rfc/rfc5246#section-7.3
    Unprotected,
    /// Anyone, and before our certificate was sent.
    Unproven,
}

impl AlertOrigin {
    /// Returns the possible senders of an alert, by the signature that the server has proven itself
    /// with.
    ///
    /// Under TLS 1.2 that signature is verified in the flight in which our certificate is sent;
    /// under TLS 1.3 the server's Finished still follows, and our certificate after it ([RFC 8446,
    /// section 2]).
    ///
    /// [RFC 8446, section 2]: https://www.rfc-editor.org/rfc/rfc8446#section-2
    pub(crate) fn during_handshake(proof: Option<ServerProof>) -> Self {
        match proof {
            Some(ServerProof::Tls12) => Self::Unprotected,
            Some(ServerProof::Tls13) | None => Self::Unproven,
        }
    }
}

/// The server's signature that was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerProof {
    /// The one in ServerKeyExchange.
    Tls12,
    /// The one in CertificateVerify.
    Tls13,
}
