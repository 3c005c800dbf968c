//! What a client does besides connecting, for all its generations.

use std::time::Duration;

use super::retry::Retries;
use crate::head_limits::HeadLimits;

/// Makes a second body of a first that has not been sent.
pub(super) type Replay<B> = fn(&B) -> B;

/// The settings of one client.
pub(super) struct Settings<B> {
    pub(super) idle_timeout: Duration,
    pub(super) idle_connections: usize,
    pub(super) ping_interval: Duration,
    pub(super) ping_timeout: Duration,
    pub(super) connection_age: Option<Duration>,
    pub(super) grace: Duration,
    pub(super) answer_limit: Option<u64>,
    pub(super) head_limits: HeadLimits,
    pub(super) failover: Option<Replay<B>>,
    pub(super) http_refusals: HttpRefusals,
    pub(super) retries: Option<(Replay<B>, Retries)>,
}

/// What is made of an answer that refuses our certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HttpRefusals {
    /// An answer as any other, unread.
    Answers,
    /// An error.
    Errors,
    /// An error, and a reason to try the next identity.
    FailedOver,
}

impl<B> Default for Settings<B> {
    fn default() -> Self {
        Self {
            // Before most servers and firewalls do it.
            idle_timeout: Duration::from_secs(50),
            idle_connections: usize::MAX,
            // All requests share one HTTP/2 connection; while one of them waits, the server is asked for a sign of
            // life, so that a connection that a firewall has dropped is not used until each request meets its deadline.
            ping_interval: Duration::from_secs(20),
            ping_timeout: Duration::from_secs(20),
            connection_age: Some(Duration::from_secs(30 * 60)),
            grace: Duration::from_secs(150),
            answer_limit: None,
            head_limits: HeadLimits::default(),
            failover: None,
            http_refusals: HttpRefusals::Errors,
            retries: None,
        }
    }
}
