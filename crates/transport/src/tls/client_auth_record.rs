//! The record of one handshake: the server's request for a certificate, and the outcome so far.
//!
//! Leaves out which handshake a call of rustls belongs to.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::SignatureScheme;

use crate::connection::client_auth::ClientAuth;
use crate::connection::server_proof::ServerProof;
use crate::connection::steps::Steps;

/// The content of a CertificateRequest (RFC 8446, sections 4.2.3 and 4.2.4).
#[derive(Clone, Debug, Default)]
pub(crate) struct CertificateRequest {
    /// DER of the distinguished names of the acceptable CAs; none if the server sent none.
    pub(crate) certificate_authorities: Vec<Vec<u8>>,
    pub(crate) schemes: Vec<SignatureScheme>,
}

/// The observations of one handshake by certificate resolver and verifier.
#[derive(Clone, Default)]
pub(crate) struct ClientAuthRecord {
    observed: Arc<Mutex<Observations>>,
    steps: Steps,
}

#[derive(Default)]
struct Observations {
    outcome: Option<ClientAuth>,
    request: Option<CertificateRequest>,
    proof: Option<ServerProof>,
}

impl ClientAuthRecord {
    /// Makes the record of a handshake that is one of these steps.
    pub(crate) fn of(steps: &Steps) -> Self {
        Self {
            steps: steps.clone(),
            ..Self::default()
        }
    }

    /// Runs the signature of a device. The certificate counts as presented once it has.
    pub(crate) fn signing<T, E>(&self, sign: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        self.steps.set_signing(true);
        let signed = sign();
        self.steps.set_signing(false);
        if signed.is_ok() {
            locked(&self.observed).outcome = Some(ClientAuth::Presented);
        }
        signed
    }

    pub(crate) fn outcome(&self) -> ClientAuth {
        locked(&self.observed)
            .outcome
            .unwrap_or(ClientAuth::NotRequested)
    }

    /// Takes the server's CertificateRequest, if there was one.
    pub(crate) fn take_request(&self) -> Option<CertificateRequest> {
        locked(&self.observed).request.take()
    }

    /// Returns the signature by which the server has proven itself so far.
    pub(crate) fn proof(&self) -> Option<ServerProof> {
        locked(&self.observed).proof
    }

    pub(crate) fn note_proof(&self, proof: ServerProof) {
        locked(&self.observed).proof = Some(proof);
    }

    pub(crate) fn note(
        &self,
        outcome: ClientAuth,
        authorities: &[&[u8]],
        schemes: &[SignatureScheme],
    ) {
        let mut noted = locked(&self.observed);
        noted.outcome = Some(outcome);
        noted.request = Some(CertificateRequest {
            certificate_authorities: authorities.iter().map(|name| name.to_vec()).collect(),
            schemes: schemes.to_vec(),
        });
    }
}

pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
