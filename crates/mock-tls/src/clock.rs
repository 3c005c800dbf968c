//! The mock's clock: the system's, moved by so many seconds, so that client and server can disagree
//! about the time.

use std::sync::atomic::{AtomicI64, Ordering};

use rustls::time_provider::TimeProvider;
use rustls_pki_types::UnixTime;
use time::{Duration, OffsetDateTime};

/// Tells the time by which a mock issues and judges certificates.
#[derive(Debug)]
pub struct Clock {
    offset_seconds: AtomicI64,
}

impl Clock {
    /// Returns a clock that is so many seconds ahead of the system's, or behind it if negative;
    /// fifty years at most.
    #[must_use]
    pub fn new(offset_seconds: i64) -> Self {
        let clock = Self {
            offset_seconds: AtomicI64::new(0),
        };
        clock.set(offset_seconds);
        clock
    }

    /// Moves the clock to so many seconds after the system's, or before it; fifty years at most.
    pub fn set(&self, offset_seconds: i64) {
        let offset = offset_seconds.clamp(-LARGEST_OFFSET, LARGEST_OFFSET);
        self.offset_seconds.store(offset, Ordering::Release);
    }

    /// Returns how many seconds the clock is ahead of the system's.
    #[must_use]
    pub fn offset_seconds(&self) -> i64 {
        self.offset_seconds.load(Ordering::Acquire)
    }

    /// Returns the time of this clock.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc().saturating_add(Duration::seconds(self.offset_seconds()))
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let seconds = u64::try_from(self.now().unix_timestamp()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(
            seconds,
        )))
    }
}

/// Fifty years: no certificate here is valid for longer, and no year is out of reach.
const LARGEST_OFFSET: i64 = 50 * 365 * 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_views_of_the_clock_are_moved() {
        let clock = Clock::new(600);
        let moved = (clock.now() - OffsetDateTime::now_utc()).whole_seconds();
        assert!((599..=600).contains(&moved), "{moved}");
        let seen = clock.current_time().unwrap().as_secs() as i64;
        assert!((seen - clock.now().unix_timestamp()).abs() <= 1);
        clock.set(0);
        assert!((clock.now() - OffsetDateTime::now_utc()).whole_seconds() <= 0);
    }

    #[test]
    fn no_offset_is_out_of_reach() {
        for (offset, expected) in [(i64::MAX, LARGEST_OFFSET), (i64::MIN, -LARGEST_OFFSET)] {
            let clock = Clock::new(offset);
            assert_eq!(clock.offset_seconds(), expected);
            assert!(clock.current_time().is_some());
        }
    }
}
