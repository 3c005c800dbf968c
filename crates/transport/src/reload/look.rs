//! One source of a reloader, looked at on a thread where it may block, panic or hang.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use identity::IdentitySet;
use tokio::{task::JoinHandle, time::timeout};

use crate::reload::source::{IdentitySource, SourceUpdate};
use crate::reload::unfinished::Unfinished;
use crate::timeouts::FOR_EVER;
use crate::tls::trust_anchors::TrustAnchors;

/// A source, and what it gave when it was looked at last.
pub(super) struct Looking {
    source: Arc<Mutex<dyn IdentitySource>>,
    /// A look that has not come back, as the step was dropped or the source takes its time.
    under_way: Option<JoinHandle<Found>>,
    is_overdue: bool,
    pub(super) identities: Option<IdentitySet>,
    pub(super) trust: Option<Arc<TrustAnchors>>,
}

struct Found {
    polled: SourceUpdate,
    identities: Option<IdentitySet>,
    trust: Option<Arc<TrustAnchors>>,
}

impl Looking {
    pub(super) fn at(source: impl IdentitySource) -> Self {
        Self {
            source: Arc::new(Mutex::new(source)),
            under_way: None,
            is_overdue: false,
            identities: None,
            trust: None,
        }
    }

    /// Looks once, or waits for a look that is under way, up to a limit; a look is never given up.
    ///
    /// # Errors
    ///
    /// The source panicked, or has not come back in time; the latter is told once.
    pub(super) async fn look(
        &mut self,
        limit: Duration,
    ) -> Result<SourceUpdate, Option<Unfinished>> {
        let under_way = self.under_way.get_or_insert_with(|| {
            let (source, known) = (Arc::clone(&self.source), self.trust.clone());
            tokio::task::spawn_blocking(move || {
                let mut source = source.lock().unwrap_or_else(PoisonError::into_inner);
                Found {
                    polled: source.poll(),
                    identities: source.current().cloned(),
                    trust: found(source.trust(), known),
                }
            })
        });
        // One that was overdue is looked after and not waited for, so that it does not hold up the others.
        let limit = match self.is_overdue {
            true => Duration::ZERO,
            false => limit.min(FOR_EVER),
        };
        let Ok(looked) = timeout(limit, under_way).await else {
            let is_news = !std::mem::replace(&mut self.is_overdue, true);
            return Err(is_news.then_some(Unfinished::SourceTimedOut));
        };
        self.under_way = None;
        self.is_overdue = false;
        match looked {
            Ok(found) => {
                self.identities = found.identities;
                self.trust = found.trust;
                Ok(found.polled)
            }
            Err(error) if error.is_panic() => Err(Some(Unfinished::SourcePanicked)),
            Err(_runtime_is_going_down) => Err(None),
        }
    }
}

/// What a source trusts, without a copy of what is known already.
fn found(
    trust: Option<&TrustAnchors>,
    known: Option<Arc<TrustAnchors>>,
) -> Option<Arc<TrustAnchors>> {
    let trust = trust?;
    let known = known.filter(|known| known.is_same(trust));
    Some(known.unwrap_or_else(|| Arc::new(trust.clone())))
}
