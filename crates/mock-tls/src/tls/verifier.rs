//! The verdict on a client certificate: chain and revocation list by webpki, then whether the
//! server knows it; recorded before the client can hear of it.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};
use rustls_pki_types::{CertificateDer, UnixTime};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::event::ConnectionEvent;
use crate::fault::wire::Mute;
use crate::hex::{fingerprint, hex};
use crate::log::Recorder;
use crate::script::client_auth::ClientAuth;
use crate::tls::trust::ClientTrust;
use crate::verdict::{Refusal, Verdict};

/// Judges the client certificate of one connection.
pub(crate) struct Verifier {
    trust: Arc<ClientTrust>,
    /// As of the begin of the handshake, for what does not change.
    chain: Arc<dyn ClientCertVerifier>,
    log: Recorder,
    policy: ClientAuth,
    mute: Mute,
}

impl Verifier {
    pub(crate) fn new(
        trust: Arc<ClientTrust>,
        chain: Arc<dyn ClientCertVerifier>,
        log: Recorder,
        policy: ClientAuth,
        mute: Mute,
    ) -> Self {
        Self {
            trust,
            chain,
            log,
            policy,
            mute,
        }
    }

    fn check_known(&self, certificate: &CertificateDer<'_>) -> Result<(), Error> {
        if self.trust.is_known(&fingerprint(certificate)) {
            return Ok(());
        }
        Err(CertificateError::ApplicationVerificationFailure.into())
    }

    fn record(&self, certificate: &CertificateDer<'_>, verdict: Verdict) {
        let parsed = X509Certificate::from_der(certificate)
            .ok()
            .map(|(_, parsed)| parsed);
        self.log.record(ConnectionEvent::ClientCertificate {
            sha256: fingerprint(certificate),
            serial: parsed.as_ref().map(|parsed| hex(parsed.raw_serial())),
            subject: parsed.as_ref().map(|parsed| parsed.subject().to_string()),
            verdict,
        });
    }

    /// Records the verdict that follows from the client's proof that it has the key, which is the
    /// last thing to go wrong with a certificate.
    fn record_proof(
        &self,
        certificate: &CertificateDer<'_>,
        proof: &Result<HandshakeSignatureValid, Error>,
    ) {
        let verdict = match proof {
            Ok(_) => Verdict::Accepted,
            Err(_) => Verdict::Refused {
                reason: Refusal::BadSignature,
            },
        };
        self.record(certificate, verdict);
    }
}

impl ClientCertVerifier for Verifier {
    fn client_auth_mandatory(&self) -> bool {
        // A server that judges later, by a response, lets in those without a certificate too.
        self.policy != ClientAuth::Unjudged
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.chain.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        match self.policy {
            ClientAuth::Refused { alert, ending } => {
                let reason = Refusal::Script;
                self.record(end_entity, Verdict::Refused { reason });
                // Set now, as rustls writes the alert as soon as this returns.
                self.mute.store(!ending.sends_alert(), Ordering::Release);
                return Err(alert.error());
            }
            // The proof that the client has the key is still checked, by a call of its own.
            ClientAuth::Unjudged => return Ok(ClientCertVerified::assertion()),
            ClientAuth::Judged | ClientAuth::NotAsked => {}
        }
        // The revocation list may have grown since the handshake began.
        let chain = self.trust.verifier();
        let verified = chain
            .map_err(|error| Error::General(error.to_string()))
            .and_then(|chain| chain.verify_client_cert(end_entity, intermediates, now))
            .and_then(|verified| self.check_known(end_entity).map(|()| verified));
        if let Err(error) = &verified {
            self.record(
                end_entity,
                Verdict::Refused {
                    reason: refusal(error),
                },
            );
        }
        verified
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let proof = self
            .chain
            .verify_tls12_signature(message, certificate, signature);
        self.record_proof(certificate, &proof);
        proof
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let proof = self
            .chain
            .verify_tls13_signature(message, certificate, signature);
        self.record_proof(certificate, &proof);
        proof
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier")
            .field("log", &self.log)
            .finish_non_exhaustive()
    }
}

fn refusal(error: &Error) -> Refusal {
    let Error::InvalidCertificate(error) = error else {
        return Refusal::Other;
    };
    match error {
        CertificateError::BadSignature => Refusal::BadSignature,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Refusal::Expired,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            Refusal::WrongUsage
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Refusal::NotYetValid
        }
        CertificateError::Revoked => Refusal::Revoked,
        CertificateError::UnknownIssuer => Refusal::UnknownCa,
        _ => Refusal::Other,
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair};
    use rustls::crypto::aws_lc_rs;

    use super::*;
    use crate::ca::Ca;
    use crate::clock::Clock;
    use crate::log::EventLog;

    /// Judges a certificate of the client CA, by a server that knows no client.
    fn judge(usage: ExtendedKeyUsagePurpose) -> (Error, ConnectionEvent) {
        let clock = Arc::new(Clock::new(0));
        let ca = Ca::new("Test", "client CA", clock.now()).unwrap();
        let mut params = CertificateParams::default();
        params.extended_key_usages = vec![usage];
        let key = KeyPair::generate().unwrap();
        let certificate = ca.sign(&params, &key).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let trust = ClientTrust::new(ca, clock, Box::new(|_| false), provider).unwrap();
        let chain = trust.verifier().unwrap();
        let log = Arc::<EventLog>::default();
        let connection = log.connection("127.0.0.1:50112".parse().unwrap());
        let verifier = Verifier::new(
            Arc::new(trust),
            chain,
            connection.into(),
            ClientAuth::Judged,
            Mute::default(),
        );
        let error = verifier
            .verify_client_cert(certificate.der(), &[], UnixTime::now())
            .unwrap_err();
        (error, log.since(0)[0].kind.clone())
    }

    fn is_refused_for(event: &ConnectionEvent, expected: Refusal) -> bool {
        matches!(event, ConnectionEvent::ClientCertificate { verdict: Verdict::Refused { reason }, .. }
            if *reason == expected)
    }

    #[test]
    fn a_certificate_for_servers_is_of_wrong_usage() {
        let (_, event) = judge(ExtendedKeyUsagePurpose::ServerAuth);
        assert!(is_refused_for(&event, Refusal::WrongUsage), "{event:?}");
    }

    #[test]
    fn a_certificate_that_the_server_does_not_know_is_refused() {
        let (error, event) = judge(ExtendedKeyUsagePurpose::ClientAuth);
        assert!(is_refused_for(&event, Refusal::Other), "{event:?}");
        assert_eq!(
            error,
            CertificateError::ApplicationVerificationFailure.into()
        );
    }
}
