//! A verifier that requires a pinned key on top of another verifier's checks (RFC 7469, section
//! 2.6).

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, OtherError, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::error::server_certificate::PinMismatch;
use crate::tls::spki_pin::SpkiPin;

#[derive(Debug)]
pub(super) struct PinVerifier {
    inner: Arc<dyn ServerCertVerifier>,
    pins: Vec<SpkiPin>,
}

impl PinVerifier {
    pub(super) fn new(inner: Arc<dyn ServerCertVerifier>, pins: Vec<SpkiPin>) -> Self {
        Self { inner, pins }
    }

    fn check(&self, end_entity: &CertificateDer<'_>) -> Result<(), CertificateError> {
        let pin = SpkiPin::of_certificate(end_entity).map_err(|_| CertificateError::BadEncoding)?;
        if self.pins.contains(&pin) {
            return Ok(());
        }
        let pin = pin.to_string();
        Err(CertificateError::Other(OtherError(Arc::new(PinMismatch {
            pin,
        }))))
    }
}

impl ServerCertVerifier for PinVerifier {
    /// Verifies the chain first: its problems are the better reason.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )?;
        // Last, so that a pin is compared only with a certificate that has been verified.
        self.check(end_entity)?;
        Ok(verified)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
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
