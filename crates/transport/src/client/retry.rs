//! A request once more, where that is safe, within a budget and the request's deadline.
//!
//! Leaves out another identity, which is failover.

use std::{
    error::Error as StdError,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use http::{Request, Response, uri::Authority};
use http_body::Body;
use tokio::time::{Instant, sleep_until};
use tower::{
    retry::{
        backoff::{Backoff, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff},
        budget::{Budget, TpsBudget},
    },
    util::rng::HasherRng,
};

use super::{
    deadline::Deadline,
    failover::{copied, send as send_once},
    pool::Pool,
    rotation::Generations,
    settings::Settings,
};
use crate::{Error, ErrorKind, Phase, RawConnector, ResponseBody, RetryAdvice, telemetry};

/// How often a request is sent again, and when.
///
/// A request is sent again
/// - whatever its method, if the server cannot have processed it ([`RetryAdvice::NotProcessed`]; with
///   [`unsent_only`](Self::unsent_only), if nothing of it can have been sent);
/// - if it does no harm twice and the kept connection that it was sent on died;
/// - if it does no harm twice and the answer is a 429 or 503 that says how long to wait ([`RetryAdvice::After`]).
///
/// It does no harm twice if its method is idempotent ([RFC 9110, section 9.2.2]) or it has the field
/// `Idempotency-Key`. Nothing is sent again that a longer wait than allowed or the request's deadline forbids; the
/// error or the answer is then returned as it came.
///
/// The budget is shared by all clones of a client: a fifth of the answers of the last ten seconds and ten in each
/// second, unless set. So a service that is down is not asked three times as much.
///
/// [RFC 9110, section 9.2.2]: https://www.rfc-editor.org/rfc/rfc9110#section-9.2.2
#[derive(Clone)]
pub struct Retries {
    most: u32,
    longest_wait: Duration,
    first_backoff: Duration,
    longest_backoff: Duration,
    unsent_only: bool,
    budget: Arc<TpsBudget>,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            most: 2,
            longest_wait: Duration::from_secs(30),
            first_backoff: Duration::from_millis(100),
            longest_backoff: Duration::from_secs(5),
            unsent_only: false,
            budget: Arc::new(TpsBudget::new(BUDGET_WINDOW, 10, 0.2)),
        }
    }
}

impl Retries {
    /// How often one request is sent again; 2 unless set.
    #[must_use]
    pub fn most(self, most: u32) -> Self {
        Self { most, ..self }
    }

    /// The longest `Retry-After` that is waited for; 30 seconds unless set.
    #[must_use]
    pub fn longest_wait(self, longest_wait: Duration) -> Self {
        Self {
            longest_wait,
            ..self
        }
    }

    /// The wait before a request is sent again where the server has named none, doubled each time up to the longest
    /// and up to a half more by chance; from 100 milliseconds to 5 seconds unless set.
    #[must_use]
    pub fn backoff(self, first: Duration, longest: Duration) -> Self {
        Self {
            first_backoff: first,
            longest_backoff: longest,
            ..self
        }
    }

    /// Does not send a request again that may do harm twice, unless there was no connection yet that it could have been
    /// sent on. Otherwise the server's word is enough that it has not processed it, such as HTTP/2's `REFUSED_STREAM`
    /// ([RFC 9113, section 8.7]).
    ///
    /// [RFC 9113, section 8.7]: https://www.rfc-editor.org/rfc/rfc9113#section-8.7
    #[must_use]
    pub fn unsent_only(self) -> Self {
        Self {
            unsent_only: true,
            ..self
        }
    }

    /// How many more requests there may be: this share of those of the last ten seconds, 0 to 1, and so many in each
    /// second besides.
    #[must_use]
    pub fn budget(self, share: f32, per_second: u32) -> Self {
        // What cannot be is brought to what is nearest; the budget would panic over it, or overflow.
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
/// Less is none.
const LEAST_SHARE: f32 = 1e-4;
/// More is no limit either.
const MOST_PER_SECOND: u32 = 10_000;

/// The waits of one request, with chances of its own. What cannot be is brought to what is nearest.
fn backoff(first: Duration, longest: Duration) -> ExponentialBackoffMaker<HasherRng> {
    let first = first.max(Duration::from_millis(1));
    let made = ExponentialBackoffMaker::new(first, longest.max(first), 0.5, HasherRng::new());
    made.unwrap_or_default()
}

/// Sends a request, and again as the settings have it.
pub(super) async fn send<B, C>(
    generations: Arc<Generations<B, C>>,
    settings: Arc<Settings<B>>,
    mut request: Request<B>,
    authority: Authority,
) -> Result<Response<ResponseBody>, Error>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    let deadlines = generations.current().connector.deadlines();
    let mut deadline = Deadline::at(deadlines.request_end());
    let mut repeats = settings
        .retries
        .as_ref()
        .map(|(replay, retries)| (*replay, Repeats::new(retries, &request)));
    loop {
        // Anew each time: a rotation may have come while it waited.
        let pool: Arc<Pool<B, C>> = generations.current();
        let copy = match &repeats {
            Some((replay, repeats)) if repeats.left > 0 => Some(copied(&request, *replay)),
            _ => None,
        };
        let outcome = send_once(&pool, &settings, request, &authority, &mut deadline).await;
        let wait = match (&mut repeats, &copy) {
            (Some((_, repeats)), Some(_)) => {
                repeats.wait(&outcome, deadline.end(), pool.connector.now())
            }
            _ => None,
        };
        let (Some(wait), Some(copy)) = (wait, copy) else {
            let limit = settings.answer_limit;
            return outcome.and_then(|answer| ResponseBody::of_answer(answer, deadline, limit));
        };
        telemetry::retried();
        tracing::info!(host = %authority, ?wait, "the request is sent again");
        drop((outcome, pool));
        sleep_until(Instant::now() + wait).await;
        request = copy;
    }
}

/// The retries of one request.
struct Repeats {
    retries: Retries,
    left: u32,
    backoff: ExponentialBackoff<HasherRng>,
    is_harmless: bool,
}

impl Repeats {
    fn new<B>(retries: &Retries, request: &Request<B>) -> Self {
        // Not copies of one maker: they would draw the same chances, and all requests come again in the same instant.
        let mut backoff = backoff(retries.first_backoff, retries.longest_backoff);
        Self {
            left: retries.most,
            backoff: backoff.make_backoff(),
            is_harmless: request.method().is_idempotent()
                || request.headers().contains_key("idempotency-key"),
            retries: retries.clone(),
        }
    }

    /// How long to wait before the request is sent again; `None` if it is not.
    fn wait<T>(
        &mut self,
        outcome: &Result<Response<T>, Error>,
        deadline: Instant,
        now: SystemTime,
    ) -> Option<Duration> {
        let asked_for = match outcome {
            Ok(answer) => {
                self.retries.budget.deposit();
                match RetryAdvice::of_answer(answer, now) {
                    RetryAdvice::After(wait) if self.is_harmless => Some(wait),
                    _ => return None,
                }
            }
            Err(error) if self.may_repeat(error) => None,
            Err(_) => return None,
        };
        let soonest = self.next_backoff();
        let wait = asked_for.map_or(soonest, |asked_for| asked_for.max(soonest));
        let is_too_long = asked_for.is_some_and(|it| it > self.retries.longest_wait)
            || Instant::now().checked_add(wait)? >= deadline;
        if is_too_long || !self.retries.budget.withdraw() {
            return None;
        }
        self.left = self.left.saturating_sub(1);
        Some(wait)
    }

    fn may_repeat(&self, error: &Error) -> bool {
        match error.retry_advice() {
            RetryAdvice::NotProcessed => {
                let may_be_sent = matches!(error.phase(), Phase::Request | Phase::Body);
                self.is_harmless || !self.retries.unsent_only || !may_be_sent
            }
            RetryAdvice::OnlyIfIdempotent => {
                self.is_harmless
                    && error.is_on_used_connection()
                    && error.kind() == ErrorKind::Closed
            }
            _ => false,
        }
    }

    /// The first of the backoff's waits that has not been used; its timer is not.
    fn next_backoff(&mut self) -> Duration {
        let now = Instant::now();
        self.backoff
            .next_backoff()
            .deadline()
            .saturating_duration_since(now)
    }
}

impl fmt::Debug for Retries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Retries")
            .field("most", &self.most)
            .field("longest_wait", &self.longest_wait)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_of_one_client_do_not_wait_equally_long() {
        let retries = Retries::default();
        let request = Request::new(());
        let waits = (0..8).map(|_| Repeats::new(&retries, &request).next_backoff());
        let waits: std::collections::HashSet<_> = waits.collect();
        assert!(waits.len() > 1, "{waits:?}");
    }

    #[tokio::test]
    async fn no_budget_and_no_backoff_is_too_large_or_too_small() {
        for (share, per_second) in [
            (f32::MIN_POSITIVE, 10),
            (f32::MIN_POSITIVE, u32::MAX),
            (1.0, u32::MAX),
            (f32::NAN, 0),
        ] {
            let retries = Retries::default().budget(share, per_second);
            retries.budget.deposit();
            assert_eq!(retries.budget.withdraw(), per_second > 0);
        }
        for (first, longest) in [
            (Duration::MAX, Duration::MAX),
            (Duration::ZERO, Duration::MAX),
            (Duration::MAX, Duration::ZERO),
        ] {
            let retries = Retries::default().backoff(first, longest);
            let mut repeats = Repeats::new(&retries, &Request::new(()));
            for _ in 0..100 {
                assert!(repeats.next_backoff() > Duration::ZERO);
            }
        }
    }
}
