//! The connections that one request opened, and how each of them ended.
//!
//! hyper-util loses the reason of a failed connection in several places (an HTTP/2 connection that dies before
//! its first request, an alert between `ready` and the first write, a request that waits for a connection which
//! another request opens), so the reason is kept beside it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::{Uri, uri::Authority};
use tokio::time::Instant;

use crate::{ConnectionInfo, Error, connection_state::ConnectionState};

/// The newest failure for each host among all connections of one client, the newest last.
///
/// hyper-util lets one of several requests open the HTTP/2 connection that all of them will use. When it dies before
/// it is in the pool, the others hear only that their wait is over.
#[derive(Clone, Default)]
pub(crate) struct LastFailure(Arc<Mutex<Vec<(Authority, Instant, Error)>>>);

/// Hosts that are kept in mind; no request waits for more than one.
const MOST_HOSTS: usize = 64;

impl LastFailure {
    pub(crate) fn note(&self, authority: &Authority, error: &Error) {
        let mut failures = locked(&self.0);
        failures.retain(|(whose, _, _)| whose != authority);
        if failures.len() >= MOST_HOSTS {
            failures.remove(0);
        }
        failures.push((authority.clone(), Instant::now(), error.clone()));
    }

    fn since(&self, start: Instant, authority: &Authority) -> Option<Error> {
        let failures = locked(&self.0);
        let mut failures = failures.iter();
        let ours = failures.find(|(whose, when, _)| whose == authority && *when >= start);
        ours.map(|(_, _, error)| error.clone())
    }
}

/// One request on its way.
#[derive(Clone)]
pub(crate) struct Attempt {
    opened: Arc<Mutex<Vec<ConnectionState>>>,
    start: Instant,
    client: LastFailure,
}

tokio::task_local! {
    static CURRENT: Attempt;
}

impl Attempt {
    /// A request that begins now.
    pub(crate) fn new(client: LastFailure) -> Self {
        Self {
            opened: Arc::default(),
            start: Instant::now(),
            client,
        }
    }

    /// Runs a request so that the connections it opens are known to it.
    pub(crate) async fn during<F: Future>(&self, request: F) -> F::Output {
        CURRENT.scope(self.clone(), request).await
    }

    /// The request that this task is working on, if it is one of ours.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Self::clone).ok()
    }

    /// A state for a connection about to be opened, known to the request that opens it.
    pub(crate) fn new_connection(&self, uri: &Uri) -> ConnectionState {
        let state = ConnectionState::of_client(self.client.clone(), uri.authority());
        locked(&self.opened).push(state.clone());
        state
    }

    /// Why the last connection that this request opened failed.
    pub(crate) fn last_failure(&self) -> Option<Error> {
        let opened = locked(&self.opened);
        let failures = opened.iter().rev();
        failures.flat_map(ConnectionState::failure).next().cloned()
    }

    /// Why the connection to `authority` failed that this request waited for and another one opened.
    pub(crate) fn failure_waited_for(&self, authority: &Authority) -> Option<Error> {
        self.client.since(self.start, authority)
    }

    /// The last connection that this request opened.
    pub(crate) fn last_info(&self) -> Option<ConnectionInfo> {
        let opened = locked(&self.opened);
        let infos = opened.iter().rev();
        infos.flat_map(ConnectionState::info).next().cloned()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ClientCertificateProblem, ErrorKind, Phase};

    const EXPIRED: ErrorKind = ErrorKind::ClientCertificate(ClientCertificateProblem::Expired);

    fn closed() -> Error {
        Error::new(ErrorKind::Closed, Phase::Request)
    }

    #[test]
    fn who_waited_hears_the_reason_and_not_what_followed_from_it() {
        let client = LastFailure::default();
        let waiting = Attempt::new(client.clone());
        let uri = Uri::from_static("https://one.example");
        let connection = Attempt::new(client).new_connection(&uri);
        connection.failed(Error::new(EXPIRED, Phase::Tls));
        connection.failed(closed());
        let told = waiting.failure_waited_for(uri.authority().unwrap());
        assert_eq!(told.map(|error| error.kind()), Some(EXPIRED));
    }

    #[test]
    fn who_waited_for_one_host_hears_of_it_though_another_failed_meanwhile() {
        let client = LastFailure::default();
        let waiting = Attempt::new(client.clone());
        let (one, other) = (
            Authority::from_static("one.example"),
            Authority::from_static("other.example"),
        );
        client.note(&one, &Error::new(EXPIRED, Phase::Tls));
        for host in 0..1000 {
            client.note(&format!("{host}.example").parse().unwrap(), &closed());
            client.note(&other, &closed());
            client.note(&one, &Error::new(EXPIRED, Phase::Tls));
        }
        client.note(&other, &closed());
        assert_eq!(locked(&client.0).len(), MOST_HOSTS);
        let told = waiting.failure_waited_for(&one);
        assert_eq!(told.map(|error| error.kind()), Some(EXPIRED));

        // What was there before is of another request.
        let later = Attempt {
            start: Instant::now() + std::time::Duration::from_secs(1),
            ..waiting
        };
        assert!(later.failure_waited_for(&one).is_none());
    }
}
