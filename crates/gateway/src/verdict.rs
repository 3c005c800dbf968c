//! The last verdict on the identity that is presented: for readiness.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// The outcome of the last request that says whether gateway and server accept each other.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Verdict {
    /// There was no such request yet, or not since it was forgotten.
    #[default]
    Unknown,
    /// The server responded.
    Accepted,
    /// The server rejected our certificate, or we its own; forgotten after a minute.
    Rejected(transport::Error),
}

/// The last verdict, with its time.
#[derive(Debug)]
pub(crate) struct LastVerdict(Mutex<(Verdict, Instant)>);

/// Whoever sends a gateway nothing while it is not ready would never hear that it is again.
const REJECTED_FOR: Duration = Duration::from_secs(60);

impl LastVerdict {
    pub(crate) fn new() -> Self {
        Self(Mutex::new((Verdict::Unknown, Instant::now())))
    }

    pub(crate) fn note<T>(&self, outcome: &Result<T, transport::Error>) {
        let verdict = match outcome {
            Ok(_) => Verdict::Accepted,
            Err(error)
                if error.is_client_certificate_rejected()
                    || error.is_server_certificate_rejected() =>
            {
                Verdict::Rejected(error.clone())
            }
            // A network that fails says nothing about certificates, and passes.
            Err(_) => return,
        };
        self.set(verdict);
    }

    pub(crate) fn set(&self, verdict: Verdict) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (verdict, Instant::now());
    }

    pub(crate) fn get(&self) -> Verdict {
        let last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            (Verdict::Rejected(_), since) if since.elapsed() >= REJECTED_FOR => Verdict::Unknown,
            (verdict, _) => verdict.clone(),
        }
    }
}
