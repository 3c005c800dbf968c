//! A verifier that records when the server's signature has been verified.

use std::{fmt, sync::Arc};

use rustls::{
    DigitallySignedStruct, DistinguishedName, Error as TlsError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::connection::server_proof::ServerProof;
use crate::tls::client_auth::Handshakes;

/// Verifies as the inner verifier does, and records in the current handshake that the server has
/// proven itself.
pub(crate) struct ProofRecorder {
    inner: Arc<dyn ServerCertVerifier>,
    handshakes: Arc<Handshakes>,
}

impl ProofRecorder {
    pub(crate) fn new(inner: Arc<dyn ServerCertVerifier>, handshakes: Arc<Handshakes>) -> Self {
        Self { inner, handshakes }
    }
}

impl ServerCertVerifier for ProofRecorder {
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

impl fmt::Debug for ProofRecorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProofRecorder").field(&self.inner).finish()
    }
}
