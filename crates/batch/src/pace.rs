//! The number of requests that may be under way, by the service's own reactions.

use std::time::Duration;

use tokio::time::Instant;

/// The pause after the first sign of overload that names no time. It doubles with each sign that
/// comes before a success.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that is kept, whatever the service asks for: a batch that stands still for an
/// hour is better run again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Additive increase, multiplicative decrease, as TCP does it (RFC 5681): each refusal halves what
/// may be under way, and a round of successes adds one.
#[derive(Debug)]
pub(crate) struct Pace {
    most: usize,
    limit: usize,
    successes: usize,
    signs: u32,
    not_before: Option<Instant>,
    /// The least time between two verifications.
    interval: Duration,
    next: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            most,
            limit: most,
            successes: 0,
            signs: 0,
            not_before: None,
            interval: Duration::ZERO,
            next: None,
        }
    }

    /// Sets the most verifications a second. They are spread evenly: a service that limits a rate
    /// counts over a time that no one knows.
    pub(crate) fn rate(self, per_second: f64) -> Self {
        let interval = Duration::try_from_secs_f64(per_second.recip());
        let interval = interval.unwrap_or_default();
        Self { interval, ..self }
    }

    /// Notes that a verification is sent now.
    pub(crate) fn sent(&mut self) {
        self.next = Some(Instant::now() + self.interval);
    }

    /// Returns how many requests may be under way.
    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Returns when the next request may be sent, if not at once.
    pub(crate) fn not_before(&self) -> Option<Instant> {
        let time = self.not_before.max(self.next);
        time.filter(|time| *time > Instant::now())
    }

    pub(crate) fn succeeded(&mut self) {
        self.signs = 0;
        self.successes += 1;
        if self.successes >= self.limit {
            self.successes = 0;
            self.limit = self.most.min(self.limit + 1);
        }
    }

    /// Takes a sign of overload, and returns how many there have been since the last success. Those
    /// that were under way together are refused together: that is one sign, not many.
    pub(crate) fn slow_down(&mut self, pause: Option<Duration>) -> u32 {
        if self.not_before.is_none_or(|time| time <= Instant::now()) {
            self.limit = (self.limit / 2).max(1);
            self.signs = self.signs.saturating_add(1);
        }
        let doubled = 2_u32.saturating_pow(self.signs.saturating_sub(1));
        let backoff = FIRST_PAUSE.saturating_mul(doubled);
        // No sooner, whatever the service asks for: a time of zero would make each refusal of a
        // round a sign of its own.
        let pause = pause.map_or(backoff, |pause| pause.max(backoff));
        self.successes = 0;
        let until = Instant::now() + pause.min(LONGEST_PAUSE);
        self.not_before = self.not_before.max(Some(until));
        self.signs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn refusals_halve_the_limit_and_successes_restore_it() {
        let mut pace = Pace::new(8);
        assert_eq!(pace.slow_down(None), 1);
        assert_eq!(pace.slow_down(None), 1); // of the same round
        assert_eq!(pace.limit(), 4);
        assert!(pace.not_before().is_some());
        tokio::time::advance(FIRST_PAUSE).await;
        assert!(pace.not_before().is_none());
        for expected in [5, 6, 7, 8, 8] {
            for _ in 0..pace.limit() {
                pace.succeeded();
            }
            assert_eq!(pace.limit(), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn pauses_double_until_a_success() {
        let mut pace = Pace::new(1);
        for (sign, seconds) in [(1, 1), (2, 2), (3, 4), (1, 1)] {
            assert_eq!(pace.slow_down(None), sign);
            let pause = Duration::from_secs(seconds);
            assert_eq!(pace.not_before(), Some(Instant::now() + pause));
            tokio::time::advance(pause).await;
            if sign == 3 {
                pace.succeeded();
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn rate_spreads_what_is_sent() {
        let mut pace = Pace::new(8).rate(4.0);
        assert_eq!(pace.not_before(), None);
        pace.sent();
        let quarter = Duration::from_millis(250);
        assert_eq!(pace.not_before(), Some(Instant::now() + quarter));
        // It is no sign of overload, nor does it hide one.
        assert_eq!((pace.limit(), pace.slow_down(None)), (8, 1));
        tokio::time::advance(FIRST_PAUSE).await;
        assert_eq!(pace.not_before(), None);
        let mut unlimited = Pace::new(8);
        unlimited.sent();
        assert_eq!(unlimited.not_before(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn pause_of_zero_is_the_usual_one() {
        let mut pace = Pace::new(8);
        for _ in 0..8 {
            assert_eq!(pace.slow_down(Some(Duration::ZERO)), 1);
        }
        assert_eq!(pace.limit(), 4);
        assert_eq!(pace.not_before(), Some(Instant::now() + FIRST_PAUSE));
    }

    #[tokio::test(start_paused = true)]
    async fn pause_is_as_long_as_asked_within_bounds() {
        let mut pace = Pace::new(1);
        pace.slow_down(Some(Duration::from_secs(7)));
        pace.slow_down(None);
        assert_eq!(
            pace.not_before(),
            Some(Instant::now() + Duration::from_secs(7))
        );
        pace.slow_down(Some(Duration::MAX));
        assert_eq!(pace.not_before(), Some(Instant::now() + LONGEST_PAUSE));
        assert_eq!(pace.limit(), 1);
    }
}
