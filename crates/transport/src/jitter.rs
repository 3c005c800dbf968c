//! A random deviation of up to a tenth, so that many tasks do not act in the same instant.
//!
//! Leaves out what it is applied to.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// A random factor between 0.9 and 1.1, drawn once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jitter {
    thousandths: u32,
}

impl Jitter {
    /// Draws a factor. The seed of the standard library's hash maps is random enough for spreading
    /// load.
    pub(crate) fn draw() -> Self {
        let chance = RandomState::new().hash_one(0_u8) % 201;
        let thousandths = u32::try_from(900 + chance).unwrap_or(1000);
        Self { thousandths }
    }

    pub(crate) fn of(self, duration: Duration) -> Duration {
        duration.saturating_mul(self.thousandths) / 1000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Guards against synchronised timers: after a rotation or an outage, all timers that began
    /// together would otherwise end together.
    #[test]
    fn two_hundred_timers_are_spread_over_a_fifth() {
        let hour = Duration::from_secs(3600);
        let mut ends: Vec<_> = (0..200).map(|_| Jitter::draw().of(hour)).collect();
        ends.sort();
        let (first, last) = (ends[0], ends[199]);
        assert!(hour * 9 / 10 <= first && last <= hour * 11 / 10);
        // The chance that this fails is below one in a thousand million.
        assert!(first < hour * 95 / 100 && hour * 105 / 100 < last);
        let busiest = ends.chunk_by(|one, other| one.as_secs() / 72 == other.as_secs() / 72);
        assert!(busiest.map(<[_]>::len).max() < Some(80), "{ends:?}");
    }

    #[test]
    fn unlimited_duration_stays_unlimited() {
        assert!(Jitter::draw().of(Duration::MAX) > Duration::from_secs(u64::MAX / 2000));
        assert_eq!(Jitter::draw().of(Duration::ZERO), Duration::ZERO);
    }
}
