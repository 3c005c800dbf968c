//! The state of one connection that its stream observes first: shared by the stream and the client.
//!
//! Leaves out the facts of the connection, and its closing.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::connection::phase::Phase;
use crate::error::Error;
use crate::identities::presented::PresentedIdentity;
use crate::telemetry;

/// The state of one connection. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct ConnectionState(Arc<Inner>);

#[derive(Default)]
struct Inner {
    failure: OnceLock<Error>,
    /// The number of requests that the server has responded to.
    responses: AtomicUsize,
    /// A request was passed to hyper over HTTP/1.1, and the reader of heads has not noticed it yet.
    has_request: AtomicBool,
    /// The socket accepts no more bytes at present.
    is_write_blocked: AtomicBool,
    presented: OnceLock<PresentedIdentity>,
}

impl ConnectionState {
    pub(crate) fn presents(&self, presented: PresentedIdentity) {
        let _ = self.0.presented.set(presented);
    }

    /// Keeps the first failure; later ones are only its consequences.
    pub(crate) fn failed(&self, error: Error) {
        if error.is_certain_rejection() {
            self.note_rejection();
        }
        if self.0.failure.set(error.clone()).is_err() {
            return;
        }
        if error.is_client_certificate_rejected() {
            telemetry::rejected_by_alert();
        }
        // Once a response has come, a failure is not one of the handshake.
        let is_handshake = !error.is_on_used_connection() && error.phase() <= Phase::Tls;
        if is_handshake {
            telemetry::not_connected(&error);
        }
    }

    /// Notes that the server has rejected our certificate, by an alert or in a response.
    pub(crate) fn note_rejection(&self) {
        if let Some(presented) = self.0.presented.get() {
            let PresentedIdentity {
                candidate,
                authority,
                memory,
            } = presented;
            memory.note_rejection(authority, *candidate);
        }
    }

    /// Counts a response.
    pub(crate) fn count_response(&self) {
        self.0.responses.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn has_responded(&self) -> bool {
        self.responses() > 0
    }

    pub(crate) fn responses(&self) -> usize {
        self.0.responses.load(Ordering::Relaxed)
    }

    /// Notes that a request is sent, so that the next head read is that of its response (HTTP/1.1).
    pub(crate) fn note_request(&self) {
        self.0.has_request.store(true, Ordering::Release);
    }

    /// Checks whether a request has been sent since the last call.
    pub(crate) fn take_request(&self) -> bool {
        // Called for each read: in the common case, no, nothing is written.
        self.0.has_request.load(Ordering::Acquire)
            && self.0.has_request.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn failure(&self) -> Option<&Error> {
        self.0.failure.get()
    }

    pub(crate) fn write_blocked(&self, is_write_blocked: bool) {
        // Written only when it changes: almost every write succeeds at once.
        if self.is_write_blocked() != is_write_blocked {
            let flag = &self.0.is_write_blocked;
            flag.store(is_write_blocked, Ordering::Relaxed);
        }
    }

    /// Checks whether the server, or a middlebox, accepts no more of what we write.
    pub(crate) fn is_write_blocked(&self) -> bool {
        self.0.is_write_blocked.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use http::uri::Authority;

    use super::*;
    use crate::error::ErrorKind;
    use crate::error::client_certificate::ClientCertificateProblem;
    use crate::identities::host_memory::HostMemory;

    #[test]
    fn rejection_is_noted_for_candidate_and_host() {
        let memory = Arc::new(HostMemory::default());
        let authority = Authority::from_static("api.example");
        let state = ConnectionState::default();
        state.presents(PresentedIdentity {
            candidate: 3,
            authority: authority.clone(),
            memory: Arc::clone(&memory),
        });
        state.failed(Error::new(ErrorKind::Closed, Phase::Request));
        assert!(!memory.of(&authority).is_rejected(3));
        let problem = ErrorKind::ClientCertificate(ClientCertificateProblem::Revoked);
        state.failed(Error::new(problem, Phase::Tls));
        assert!(memory.of(&authority).is_rejected(3) && !memory.of(&authority).is_rejected(0));
        assert_eq!(
            state.failure().map(Error::kind),
            Some(ErrorKind::Closed),
            "the first counts"
        );
    }
}
