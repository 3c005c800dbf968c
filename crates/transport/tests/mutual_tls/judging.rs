//! A server's verification of its clients, whose hints, schemes and further verdict a test sets.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
};

use rustls::{
    DigitallySignedStruct, DistinguishedName, Error as TlsError, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    server::danger::{ClientCertVerified, ClientCertVerifier},
};
use rustls_pki_types::{CertificateDer, UnixTime};

use crate::server::judging_by;

type Decide = dyn Fn(&CertificateDer<'_>) -> Result<(), TlsError> + Send + Sync;

/// Accepts the clients of some CAs, unless the test decides otherwise.
pub(crate) struct Judging {
    judge: Arc<dyn ClientCertVerifier>,
    pub(crate) hints: Vec<DistinguishedName>,
    pub(crate) schemes: Vec<SignatureScheme>,
    decide: Box<Decide>,
    /// The signatures of clients that were to be verified.
    pub(crate) proofs: Arc<AtomicUsize>,
}

impl Judging {
    pub(crate) fn by(cas: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        let judge = judging_by(cas);
        Self {
            hints: judge.root_hint_subjects().to_vec(),
            schemes: judge.supported_verify_schemes(),
            judge,
            decide: Box::new(|_| Ok(())),
            proofs: Arc::default(),
        }
    }

    /// Adds a verdict on every certificate that is presented.
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
        self.proofs.fetch_add(1, SeqCst);
        self.judge.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        self.proofs.fetch_add(1, SeqCst);
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
