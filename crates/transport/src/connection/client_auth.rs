//! The outcome of the server's CertificateRequest (RFC 8446, section 4.3.2).

/// Whether the server requested a client certificate in the handshake, and what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuth {
    /// The session was resumed: the certificate is that of the session, requested in the full
    /// handshake before, and none was sent.
    CarriedByTicket,
    /// Requested, but the identity's key fits none of the signature schemes that the server
    /// offered.
    NoCompatibleScheme,
    /// Requested, but the connector has no identity.
    NoneAvailable,
    /// Not requested during the handshake.
    ///
    /// It may be the wrong host, or a server that requests a certificate later by renegotiation,
    /// which TLS 1.3 dropped and this connector does not support.
    NotRequested,
    /// Requested, but nothing was signed: the key is in a device that failed, or had not signed
    /// when a timeout expired.
    ///
    /// So the server has no proof of the certificate; under TLS 1.2 it may have seen it.
    NotSigned,
    /// The identity's certificate chain was sent.
    Presented,
    /// Requested, but the identity is not for this host; see
    /// [`MtlsConnectorBuilder::identity_hosts`](crate::MtlsConnectorBuilder::identity_hosts).
    Withheld,
}

impl ClientAuth {
    /// Checks whether the server requested a certificate and got none.
    pub(crate) fn is_none_sent(self) -> bool {
        matches!(
            self,
            Self::NoCompatibleScheme | Self::NoneAvailable | Self::NotSigned | Self::Withheld
        )
    }
}
