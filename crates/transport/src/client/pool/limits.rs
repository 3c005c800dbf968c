//! The limits of a pool.

use std::time::Duration;

use crate::jitter::Jitter;

/// The limits of a pool.
#[derive(Clone, Debug)]
pub(crate) struct Limits {
    pub(crate) idle_timeout: Duration,
    pub(crate) max_idle: usize,
    pub(crate) max_connections: usize,
    pub(crate) max_age: Option<Duration>,
    pub(crate) when_streams_are_used_up: WhenStreamsAreUsedUp,
    /// The drain timeout after a rotation, or after the last client is dropped; if it is not set,
    /// longer than a request may take.
    pub(crate) drain_timeout: Option<Duration>,
}

/// The handling of a request when the host's connection has no free HTTP/2 stream ([RFC 9113,
/// section 5.1.2]).
///
/// [RFC 9113, section 5.1.2]: https://www.rfc-editor.org/rfc/rfc9113#section-5.1.2
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WhenStreamsAreUsedUp {
    /// It is sent on another connection, which is opened.
    Connect,
    /// It waits until another request has ended, within its timeout.
    #[default]
    Wait,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // Shorter than the idle timeout of most servers and firewalls.
            idle_timeout: Duration::from_secs(50),
            max_idle: usize::MAX,
            max_connections: usize::MAX,
            max_age: Some(Duration::from_secs(30 * 60)),
            when_streams_are_used_up: WhenStreamsAreUsedUp::default(),
            drain_timeout: None,
        }
    }
}

impl Limits {
    /// Returns the drain timeout for requests that may take so long.
    pub(super) fn drain_timeout(&self, request: Duration) -> Duration {
        // A tenth less, by the jitter, is still enough for a request that has just begun.
        let outlasting = || request.saturating_mul(6) / 5;
        self.drain_timeout.unwrap_or_else(outlasting)
    }

    /// Returns the max age of one connection, up to a tenth more or less: those opened together are
    /// not closed together.
    pub(super) fn max_age(&self) -> Option<Duration> {
        self.max_age.map(|age| Jitter::draw().of(age))
    }
}
