//! Retries of requests where that is safe, within a budget and the request's deadline.
//!
//! Leaves out sending a request with another identity, which is failover.

use std::{fmt, sync::Arc, time::Duration};

use http::{Response, request::Parts};
use tokio::time::Instant;
use tower::{
    retry::{
        backoff::{Backoff, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff},
        budget::{Budget, TpsBudget},
    },
    util::rng::HasherRng,
};

use crate::client::outgoing::Repeatable;
use crate::connection::phase::Phase;
use crate::error::retry_advice::RetryAdvice;
use crate::error::{Error, ErrorKind};
use crate::tls::client_config::Clock;

/// The conditions and limits of sending a request again.
///
/// A request is sent again if
/// - the server cannot have processed it, whatever its method ([`RetryAdvice::NotProcessed`]; with
///   [`only_if_unsent`](Self::only_if_unsent), if nothing of it can have been sent);
/// - it is idempotent, and the kept connection that it was sent on broke;
/// - it is idempotent, and the response is a 429 or 503 with `Retry-After`
///   ([`RetryAdvice::After`]).
///
/// It is idempotent if its method is ([RFC 9110, section 9.2.2]) or if it has the field
/// `Idempotency-Key`, unless [`method_alone`](Self::method_alone) is set. If the wait would exceed
/// the limit or the request's deadline, it is not sent again, and the error or the response is
/// returned.
///
/// The budget is shared by all clones of a client: a fifth of the responses of the last ten seconds
/// and ten in each second, unless set. So a service that is down does not get three times as many
/// requests.
///
/// [RFC 9110, section 9.2.2]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
#[derive(Clone)]
pub struct RetryPolicy {
    max_retries: u32,
    max_retry_after: Duration,
    first_backoff: Duration,
    longest_backoff: Duration,
    only_if_unsent: bool,
    method_alone: bool,
    budget: Arc<TpsBudget>,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_retries: 2,
            max_retry_after: Duration::from_secs(30),
            first_backoff: Duration::from_millis(100),
            longest_backoff: Duration::from_secs(5),
            only_if_unsent: false,
            method_alone: false,
            budget: Arc::new(TpsBudget::new(BUDGET_WINDOW, 10, 0.2)),
        }
    }
}

impl RetryPolicy {
    /// Sets how often one request is sent again; 2 unless set.
    #[must_use]
    pub fn max_retries(self, max_retries: u32) -> Self {
        Self {
            max_retries,
            ..self
        }
    }

    /// Sets the longest `Retry-After` that is respected by waiting; 30 seconds unless set.
    #[must_use]
    pub fn max_retry_after(self, max_retry_after: Duration) -> Self {
        Self {
            max_retry_after,
            ..self
        }
    }

    /// Sets the wait before a request is sent again if the server has named none, doubled each time
    /// up to the longest, plus a random part of up to a half; from 100 milliseconds to 5 seconds
    /// unless set.
    #[must_use]
    pub fn backoff(self, first: Duration, longest: Duration) -> Self {
        Self {
            first_backoff: first,
            longest_backoff: longest,
            ..self
        }
    }

    /// Sends a request that is not idempotent again only if there was no connection yet to send it
    /// on. Without this, the server's statement that it has not processed it is enough, such as
    /// HTTP/2's `REFUSED_STREAM` ([RFC 9113, section 8.7]).
    ///
    /// [RFC 9113, section 8.7]: https://www.rfc-editor.org/rfc/rfc9113#section-8.7
    #[must_use]
    pub fn only_if_unsent(self) -> Self {
        Self {
            only_if_unsent: true,
            ..self
        }
    }

    /// Makes a request idempotent by its method alone, whatever its `Idempotency-Key`. For a server
    /// that does not know the field, which would process the request twice, and for a client whose
    /// requests are made by others.
    #[must_use]
    pub fn method_alone(self) -> Self {
        Self {
            method_alone: true,
            ..self
        }
    }

    /// Sets the budget of retries: this share of the requests of the last ten seconds, 0 to 1, and
    /// so many in each second besides.
    #[must_use]
    pub fn budget(self, share: f32, per_second: u32) -> Self {
        // Clamped: the budget would panic on other values, or overflow.
        let is_some = share.is_finite() && share >= LEAST_SHARE;
        let share = if is_some { share.min(1.0) } else { 0.0 };
        let budget = TpsBudget::new(BUDGET_WINDOW, per_second.min(MOST_PER_SECOND), share);
        Self {
            budget: Arc::new(budget),
            ..self
        }
    }
}

const BUDGET_WINDOW: Duration = Duration::from_secs(10);
/// The least share; a smaller one counts as none.
const LEAST_SHARE: f32 = 1e-4;
/// The highest rate; a higher one would be no limit either.
const MOST_PER_SECOND: u32 = 10_000;

/// Creates the waits of one request, with a random source of its own. Impossible values are
/// clamped.
fn backoff(first: Duration, longest: Duration) -> ExponentialBackoffMaker<HasherRng> {
    let first = first.max(Duration::from_millis(1));
    let made = ExponentialBackoffMaker::new(first, longest.max(first), 0.5, HasherRng::new());
    made.unwrap_or_default()
}

/// The rules by which the requests of a client are sent again.
pub(super) struct Retries {
    policy: RetryPolicy,
    clock: Clock,
}

/// The retries of one request.
pub(super) struct Course<'a> {
    retries: &'a Retries,
    sent_again: u32,
    /// Created when it is needed, and not a copy of another one: copies would draw the same random
    /// numbers, and all requests be sent again in the same instant.
    backoff: Option<ExponentialBackoff<HasherRng>>,
}

impl Retries {
    pub(super) fn new(policy: RetryPolicy, clock: Clock) -> Self {
        Self { policy, clock }
    }

    /// Counts a response and returns `true`, unless it may be a reason to send the request again.
    #[inline]
    pub(super) fn is_final<T>(&self, response: &Response<T>) -> bool {
        let is_final = !RetryAdvice::may_ask_again(response.status());
        if is_final {
            self.policy.budget.deposit();
        }
        is_final
    }

    pub(super) fn course(&self) -> Course<'_> {
        Course {
            retries: self,
            sent_again: 0,
            backoff: None,
        }
    }
}

impl Course<'_> {
    /// Counts the outcome, and returns the wait before the request is sent again; `None` if it is
    /// not.
    pub(super) fn wait<B, T>(
        &mut self,
        request: &Repeatable<B>,
        outcome: &Result<Response<T>, Error>,
    ) -> Option<Duration> {
        let Retries { policy, clock } = self.retries;
        let is_idempotent = policy.is_idempotent(request.head());
        let retry_after = match outcome {
            Ok(response) => {
                policy.budget.deposit();
                match RetryAdvice::of_response(response, clock.now()) {
                    RetryAdvice::After(wait) if is_idempotent => Some(wait),
                    _ => return None,
                }
            }
            Err(error) if policy.may_repeat(error, is_idempotent) => None,
            Err(_) => return None,
        };
        if self.sent_again >= policy.max_retries || !request.can_be_sent() {
            return None;
        }
        let soonest = self.next_backoff();
        // Not sooner than the backoff: after `Retry-After: 0` all clients would come back at once.
        let wait = retry_after.map_or(soonest, |retry_after| retry_after.max(soonest));
        let is_too_long = retry_after.is_some_and(|wait| wait > policy.max_retry_after)
            || Instant::now().checked_add(wait)? >= request.deadline();
        // The budget last: it pays for retries that take place alone.
        if is_too_long || !policy.budget.withdraw() {
            return None;
        }
        self.sent_again += 1;
        Some(wait)
    }

    /// Returns the next wait of the backoff, without its timer.
    fn next_backoff(&mut self) -> Duration {
        let now = Instant::now();
        let policy = &self.retries.policy;
        let backoff = self.backoff.get_or_insert_with(|| {
            backoff(policy.first_backoff, policy.longest_backoff).make_backoff()
        });
        let next = backoff.next_backoff().deadline();
        next.saturating_duration_since(now)
    }
}

impl RetryPolicy {
    /// Checks whether the request is idempotent: processing it twice does no harm.
    fn is_idempotent(&self, head: &Parts) -> bool {
        let has_key = || head.headers.contains_key("idempotency-key");
        head.method.is_idempotent() || !self.method_alone && has_key()
    }

    fn may_repeat(&self, error: &Error, is_idempotent: bool) -> bool {
        match error.retry_advice() {
            RetryAdvice::NotProcessed => {
                let may_be_sent = matches!(error.phase(), Phase::Request | Phase::Body);
                is_idempotent || !self.only_if_unsent || !may_be_sent
            }
            RetryAdvice::OnlyIfIdempotent => {
                // The server may close a kept connection while a request is on its way (RFC 9112,
                // section 9.3.1). On a new one, the next attempt would most likely fail too.
                is_idempotent && error.is_on_used_connection() && error.kind() == ErrorKind::Closed
            }
            _ => false,
        }
    }
}

impl fmt::Debug for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RetryPolicy")
            .field("max_retries", &self.max_retries)
            .field("max_retry_after", &self.max_retry_after)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_of_one_client_wait_differently() {
        let retries = Retries::new(RetryPolicy::default(), Clock::default());
        let waits = (0..8).map(|_| retries.course().next_backoff());
        let waits: std::collections::HashSet<_> = waits.collect();
        assert!(waits.len() > 1, "{waits:?}");
    }

    #[tokio::test]
    async fn extreme_budget_and_backoff_are_clamped() {
        for (share, per_second) in [
            (f32::MIN_POSITIVE, 10),
            (f32::MIN_POSITIVE, u32::MAX),
            (1.0, u32::MAX),
            (f32::NAN, 0),
        ] {
            let retries = RetryPolicy::default().budget(share, per_second);
            retries.budget.deposit();
            assert_eq!(retries.budget.withdraw(), per_second > 0);
        }
        for (first, longest) in [
            (Duration::MAX, Duration::MAX),
            (Duration::ZERO, Duration::MAX),
            (Duration::MAX, Duration::ZERO),
        ] {
            let policy = RetryPolicy::default().backoff(first, longest);
            let retries = Retries::new(policy, Clock::default());
            let mut course = retries.course();
            for _ in 0..100 {
                assert!(course.next_backoff() > Duration::ZERO);
            }
        }
    }
}
