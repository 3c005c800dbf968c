//! What becomes of one connection that its stream alone sees first: shared by the stream and the client above it.
//!
//! Leaves out what the facts of the connection are, and when it is closed.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use crate::connection::phase::Phase;
use crate::error::Error;
use crate::identities::presented::Presented;
use crate::telemetry;

/// The state of one connection. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct ConnectionState(Arc<Facts>);

#[derive(Default)]
struct Facts {
    failure: OnceLock<Error>,
    /// How many requests the server has answered.
    answers: AtomicUsize,
    /// A request was handed to hyper over HTTP/1.1, and the reader of heads does not know of it.
    has_request: AtomicBool,
    /// The socket has taken no more of what we write.
    is_write_blocked: AtomicBool,
    presented: OnceLock<Presented>,
}

impl ConnectionState {
    pub(crate) fn presents(&self, presented: Presented) {
        let _ = self.0.presented.set(presented);
    }

    /// Keeps the first failure; what follows is only its consequence.
    pub(crate) fn failed(&self, error: Error) {
        if error.is_refused_for_certain() {
            self.refused();
        }
        if self.0.failure.set(error.clone()).is_err() {
            return;
        }
        if error.is_client_certificate() {
            telemetry::refused_by_alert();
        }
        // Once a response has come, what fails is no handshake any more.
        let is_handshake = !error.is_on_used_connection() && error.phase() <= Phase::Tls;
        if is_handshake {
            telemetry::not_connected(&error);
        }
    }

    /// The server has rejected our certificate, by an alert or in a response.
    pub(crate) fn refused(&self) {
        if let Some(presented) = self.0.presented.get() {
            let Presented {
                candidate,
                authority,
                memory,
            } = presented;
            memory.note_refusal(authority, *candidate);
        }
    }

    /// The server has answered a request on it.
    pub(crate) fn answered(&self) {
        self.0.answers.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn has_answered(&self) -> bool {
        self.answers() > 0
    }

    pub(crate) fn answers(&self) -> usize {
        self.0.answers.load(Ordering::Relaxed)
    }

    /// A request is sent next, so that the next head read is that of its response (HTTP/1.1).
    pub(crate) fn sends_request(&self) {
        self.0.has_request.store(true, Ordering::Release);
    }

    /// Has a request been sent since this was asked last?
    pub(crate) fn take_request(&self) -> bool {
        // Asked with each read: the common answer is no, and writes nothing.
        self.0.has_request.load(Ordering::Acquire)
            && self.0.has_request.swap(false, Ordering::AcqRel)
    }

    pub(crate) fn failure(&self) -> Option<&Error> {
        self.0.failure.get()
    }

    pub(crate) fn write_blocked(&self, is_write_blocked: bool) {
        // Written only where it changes: almost every write goes through at once.
        if self.is_write_blocked() != is_write_blocked {
            let flag = &self.0.is_write_blocked;
            flag.store(is_write_blocked, Ordering::Relaxed);
        }
    }

    /// Does the server, or something on the way, take no more of what we write?
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
    fn a_refusal_is_remembered_of_the_candidate_and_the_host() {
        let memory = Arc::new(HostMemory::default());
        let authority = Authority::from_static("api.example");
        let state = ConnectionState::default();
        state.presents(Presented {
            candidate: 3,
            authority: authority.clone(),
            memory: Arc::clone(&memory),
        });
        state.failed(Error::new(ErrorKind::Closed, Phase::Request));
        assert!(!memory.of(&authority).refused(3));
        let problem = ErrorKind::ClientCertificate(ClientCertificateProblem::Revoked);
        state.failed(Error::new(problem, Phase::Tls));
        assert!(memory.of(&authority).refused(3) && !memory.of(&authority).refused(0));
        assert_eq!(
            state.failure().map(Error::kind),
            Some(ErrorKind::Closed),
            "the first counts"
        );
    }
}
