//! What became of one connection: shared by its stream, the pool, the request that opened it, and its generation.
//!
//! Leaves out which request that is, and what the facts of the connection are.

use std::{
    sync::{
        Arc, OnceLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::Waker,
    time::Duration,
};

use atomic_waker::AtomicWaker;
use http::uri::Authority;
use tokio::time::Instant;

use crate::{
    ConnectionInfo, Error, Phase, attempt::LastFailure, host_memory::HostMemory, jitter::Jitter,
    telemetry,
};

/// The state of one connection. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct ConnectionState(Arc<Facts>);

/// A state that does not keep its connection alive.
pub(crate) struct WeakState(Weak<Facts>);

#[derive(Default)]
struct Facts {
    established: OnceLock<Established>,
    failure: OnceLock<Error>,
    has_answered: AtomicBool,
    is_cut: AtomicBool,
    reader: AtomicWaker,
    /// Whom to tell of a failure besides.
    client: Option<(LastFailure, Authority)>,
    presented: OnceLock<Presented>,
}

struct Established {
    info: ConnectionInfo,
    since: Instant,
    jitter: Jitter,
}

/// Which candidate stands for us on a connection, and who is to be told if it is refused.
pub(crate) struct Presented {
    pub(crate) candidate: usize,
    pub(crate) authority: Authority,
    pub(crate) memory: Arc<HostMemory>,
}

impl ConnectionState {
    pub(crate) fn of_client(client: LastFailure, authority: Option<&Authority>) -> Self {
        Self(Arc::new(Facts {
            client: authority.map(|authority| (client, authority.clone())),
            ..Facts::default()
        }))
    }

    pub(crate) fn presents(&self, presented: Presented) {
        let _ = self.0.presented.set(presented);
    }

    pub(crate) fn established(&self, info: ConnectionInfo) {
        let _ = self.0.established.set(Established {
            info,
            since: Instant::now(),
            jitter: Jitter::draw(),
        });
    }

    /// Keeps the first failure; what follows is only its consequence.
    pub(crate) fn failed(&self, error: Error) {
        if error.is_refused_for_certain()
            && let Some(presented) = self.0.presented.get()
        {
            presented.note_refusal();
        }
        if self.0.failure.set(error.clone()).is_err() {
            return;
        }
        if error.is_client_certificate() {
            telemetry::refused_by_alert();
        }
        if let Some((client, authority)) = &self.0.client {
            client.note(authority, &error);
        }
        // Once an answer has come, what fails is no handshake any more.
        let is_handshake = !error.is_on_used_connection() && error.phase() <= Phase::Tls;
        if is_handshake {
            telemetry::not_connected(&error);
        }
    }

    /// The server has refused our certificate in an answer.
    pub(crate) fn refused_by_answer(&self) {
        if let Some(presented) = self.0.presented.get() {
            presented.note_refusal();
        }
    }

    /// The server has answered a request on it.
    pub(crate) fn answered(&self) {
        self.0.has_answered.store(true, Ordering::Relaxed);
    }

    pub(crate) fn has_answered(&self) -> bool {
        self.0.has_answered.load(Ordering::Relaxed)
    }

    /// Is it older than this, a tenth more or less, which is the same for the whole of its life?
    pub(crate) fn is_older_than(&self, age: Duration) -> bool {
        let established = self.0.established.get();
        established.is_some_and(|it| it.since.elapsed() >= it.jitter.of(age))
    }

    pub(crate) fn info(&self) -> Option<&ConnectionInfo> {
        self.0
            .established
            .get()
            .map(|established| &established.info)
    }

    pub(crate) fn failure(&self) -> Option<&Error> {
        self.0.failure.get()
    }

    /// Ends the connection, whatever it is doing.
    pub(crate) fn cut(&self) {
        self.0.is_cut.store(true, Ordering::Release);
        self.0.reader.wake();
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.0.is_cut.load(Ordering::Acquire)
    }

    /// Whom to wake when the connection is cut, or when looking at it has put the reader out of its place.
    pub(crate) fn reader_waits(&self, reader: &Waker) {
        self.0.reader.register(reader);
    }

    pub(crate) fn wake_reader(&self) {
        self.0.reader.wake();
    }

    pub(crate) fn downgrade(&self) -> WeakState {
        WeakState(Arc::downgrade(&self.0))
    }
}

impl Presented {
    fn note_refusal(&self) {
        self.memory.note_refusal(&self.authority, self.candidate);
    }
}

impl WeakState {
    pub(crate) fn upgrade(&self) -> Option<ConnectionState> {
        self.0.upgrade().map(ConnectionState)
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.0.strong_count() == 0
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::{ClientCertificateProblem, ErrorKind, Generation, Phase};

    fn info() -> ConnectionInfo {
        ConnectionInfo::before_tls("localhost", Generation::FIRST, None, None)
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_old_within_a_tenth_of_the_age() {
        let age = Duration::from_secs(1000);
        let state = ConnectionState::default();
        assert!(
            !state.is_older_than(Duration::ZERO),
            "it does not stand yet"
        );
        state.established(info());
        assert!(state.is_older_than(Duration::ZERO));
        advance(Duration::from_secs(899)).await;
        assert!((0..1000).all(|_| !state.is_older_than(age)));
        advance(Duration::from_secs(202)).await;
        assert!((0..1000).all(|_| state.is_older_than(age)));
    }

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
