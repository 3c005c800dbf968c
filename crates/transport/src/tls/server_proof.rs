//! Whether a server has proven, in a handshake that is under way, that it holds the key of its certificate.
//!
//! Until then whoever is on the way may write what it says, alerts above all: they are the only messages that are taken
//! at any moment. So an alert before that is no verdict on our certificate.

use std::{fmt, sync::Arc};

use rustls::{
    DigitallySignedStruct, DistinguishedName, Error as TlsError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::tls::client_auth::Handshakes;

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

/// Verifies as another does, and notes for the handshake under way that the server has proven itself.
pub(crate) struct ProofNoting {
    inner: Arc<dyn ServerCertVerifier>,
    handshakes: Arc<Handshakes>,
}

impl ProofNoting {
    pub(crate) fn new(inner: Arc<dyn ServerCertVerifier>, handshakes: Arc<Handshakes>) -> Self {
        Self { inner, handshakes }
    }
}

impl ServerCertVerifier for ProofNoting {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        self.inner
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let valid = self.inner.verify_tls12_signature(message, cert, dss)?;
        self.handshakes.note_proof(ServerProof::Tls12);
        Ok(valid)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        let valid = self.inner.verify_tls13_signature(message, cert, dss)?;
        self.handshakes.note_proof(ServerProof::Tls13);
        Ok(valid)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.inner.requires_raw_public_keys()
    }

    fn root_hint_subjects(&self) -> Option<&[DistinguishedName]> {
        self.inner.root_hint_subjects()
    }
}

impl fmt::Debug for ProofNoting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProofNoting").field(&self.inner).finish()
    }
}
