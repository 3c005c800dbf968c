//! A server's judgement of its clients, with what it asks for and what it decides besides set by the test.

use std::{fmt, sync::Arc};

use rustls::{
    DigitallySignedStruct, DistinguishedName, Error as TlsError, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::server::judging_by;

type Decide = dyn Fn(&CertificateDer<'_>) -> Result<(), TlsError> + Send + Sync;

/// Takes the clients of some authorities, if it also decides so.
pub(crate) struct Judging {
    judge: Arc<dyn ClientCertVerifier>,
    pub(crate) hints: Vec<DistinguishedName>,
    pub(crate) schemes: Vec<SignatureScheme>,
    decide: Box<Decide>,
}

impl Judging {
    pub(crate) fn by(authorities: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        let judge = judging_by(authorities);
        Self {
            hints: judge.root_hint_subjects().to_vec(),
            schemes: judge.supported_verify_schemes(),
            judge,
            decide: Box::new(|_| Ok(())),
        }
    }

    /// Hears of every certificate that is shown, and may refuse it.
    pub(crate) fn deciding(
        self,
        decide: impl Fn(&CertificateDer<'_>) -> Result<(), TlsError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            decide: Box::new(decide),
            ..self
        }
    }
}

impl ClientCertVerifier for Judging {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, TlsError> {
        (self.decide)(end_entity)?;
        self.judge
            .verify_client_cert(end_entity, intermediates, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.judge.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}

impl fmt::Debug for Judging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judging").finish_non_exhaustive()
    }
}
