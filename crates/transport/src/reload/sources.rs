//! The sources of a reloader, in order of priority: the first that has identities, or trust
//! anchors, provides them.

use std::{sync::Arc, time::Duration};

use identity::IdentitySet;

use crate::reload::blocking_source::BlockingSource;
use crate::reload::event::ReloadEvent;
use crate::reload::source::IdentitySource;
use crate::tls::trust_anchors::TrustAnchors;

pub(super) struct Sources(Vec<BlockingSource>);

/// The outcome of a poll of all sources.
pub(super) struct Polled {
    /// Whether one of them is about to change.
    pub(super) is_waiting: bool,
    pub(super) events: Vec<ReloadEvent>,
}

impl Sources {
    pub(super) fn new(source: impl IdentitySource) -> Self {
        Self(vec![BlockingSource::new(source)])
    }

    /// Adds a source for what those before it do not provide.
    pub(super) fn push(&mut self, source: impl IdentitySource) {
        self.0.push(BlockingSource::new(source));
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Polls each once, up to a limit. One that fails keeps its content, and is an event.
    pub(super) async fn poll(&mut self, limit: Duration) -> Polled {
        let mut is_waiting = false;
        let mut events = Vec::new();
        for source in &mut self.0 {
            match source.poll(limit).await {
                Ok(update) => {
                    is_waiting |= update.is_waiting;
                    events.extend(update.events.into_iter().map(ReloadEvent::Source));
                    events.extend(update.trust_events.into_iter().map(ReloadEvent::Trust));
                }
                Err(failure) => events.extend(failure.map(|failure| ReloadEvent::Failed {
                    source: failure.into(),
                })),
            }
        }
        Polled { is_waiting, events }
    }

    /// Returns the identities of each source that has any.
    pub(super) fn identities(&self) -> impl Iterator<Item = &IdentitySet> {
        self.0.iter().filter_map(|it| it.identities.as_ref())
    }

    /// Returns the trust anchors; none while no source has had any.
    pub(super) fn trust(&self) -> Option<&Arc<TrustAnchors>> {
        self.0.iter().find_map(|it| it.trust.as_ref())
    }
}
