//! A source of a reloader, polled on a thread where it may block, panic or hang.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use identity::IdentitySet;
use tokio::{task::JoinHandle, time::timeout};

use crate::reload::callback_failure::CallbackFailure;
use crate::reload::source::{IdentitySource, SourceUpdate};
use crate::timeouts::UNLIMITED;
use crate::tls::trust_anchors::TrustAnchors;

/// A source, and its content at the last poll.
pub(super) struct BlockingSource {
    source: Arc<Mutex<dyn IdentitySource>>,
    /// A poll that has not returned: the step was dropped, or the source takes its time.
    pending: Option<JoinHandle<SourceContent>>,
    is_overdue: bool,
    pub(super) identities: Option<IdentitySet>,
    pub(super) trust: Option<Arc<TrustAnchors>>,
}

struct SourceContent {
    update: SourceUpdate,
    identities: Option<IdentitySet>,
    trust: Option<Arc<TrustAnchors>>,
}

impl BlockingSource {
    pub(super) fn new(source: impl IdentitySource) -> Self {
        Self {
            source: Arc::new(Mutex::new(source)),
            pending: None,
            is_overdue: false,
            identities: None,
            trust: None,
        }
    }

    /// Polls once, or waits for a pending poll, up to a limit; a poll is never cancelled.
    ///
    /// # Errors
    ///
    /// The source panicked, or has not returned in time; the latter is reported once.
    pub(super) async fn poll(
        &mut self,
        limit: Duration,
    ) -> Result<SourceUpdate, Option<CallbackFailure>> {
        let pending = self.pending.get_or_insert_with(|| {
            let (source, known) = (Arc::clone(&self.source), self.trust.clone());
            tokio::task::spawn_blocking(move || {
                // A panic of an earlier poll is reported then, and does not disable the source.
                let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
                SourceContent {
                    update: source.poll(),
                    identities: source.current().cloned(),
                    trust: without_copy(source.trust(), known),
                }
            })
        });
        // An overdue poll is checked and not waited for, so that it does not hold up the other
        // sources.
        let limit = match self.is_overdue {
            true => Duration::ZERO,
            false => limit.min(UNLIMITED),
        };
        let Ok(result) = timeout(limit, pending).await else {
            let is_news = !std::mem::replace(&mut self.is_overdue, true);
            return Err(is_news.then_some(CallbackFailure::SourceTimedOut));
        };
        self.pending = None;
        self.is_overdue = false;
        match result {
            Ok(content) => {
                self.identities = content.identities;
                self.trust = content.trust;
                Ok(content.update)
            }
            Err(error) if error.is_panic() => Err(Some(CallbackFailure::SourcePanicked)),
            Err(_runtime_is_going_down) => Err(None),
        }
    }
}

/// Returns the source's trust anchors, without a copy if they are known already.
fn without_copy(
    trust: Option<&TrustAnchors>,
    known: Option<Arc<TrustAnchors>>,
) -> Option<Arc<TrustAnchors>> {
    let trust = trust?;
    let known = known.filter(|known| known.is_same(trust));
    Some(known.unwrap_or_else(|| Arc::new(trust.clone())))
}
