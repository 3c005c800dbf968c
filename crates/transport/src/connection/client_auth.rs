//! What became of the server's request for a client certificate (RFC 8446, section 4.3.2).

/// Whether the server asked for a client certificate in this connection's handshake, and what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientAuth {
    /// The session was resumed: the certificate, which the server asked for in the full handshake before, is that of the
    /// session, and none was sent.
    CarriedByTicket,
    /// The server asked, and the identity's key fits none of the signature schemes that it offered.
    NoCompatibleScheme,
    /// The server asked, and the connector has no identity.
    NoneAvailable,
    /// The server did not ask during the handshake.
    ///
    /// It may be the wrong host, or one that asks later by renegotiation, which TLS 1.3 dropped and this
    /// connector does not speak.
    NotRequested,
    /// The identity's certificate chain was sent.
    Presented,
    /// The server asked, and the identity is not for this host; see
    /// [`MtlsConnectorBuilder::identity_hosts`](crate::MtlsConnectorBuilder::identity_hosts).
    Withheld,
}

impl ClientAuth {
    /// The server asked and got no certificate.
    pub(crate) fn is_none_sent(self) -> bool {
        matches!(
            self,
            Self::NoCompatibleScheme | Self::NoneAvailable | Self::Withheld
        )
    }
}
