//! A tenth more or less, so that many do not do the same in the same instant.
//!
//! Leaves out what is to be spread.

use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// A factor between nine tenths and eleven tenths, drawn by chance once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Jitter {
    thousandths: u32,
}

impl Jitter {
    /// Chance enough is in the seed of the standard library's hash maps.
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

    /// Trap: after a rotation or an outage, all that began together would end together.
    #[test]
    fn two_hundred_that_begin_together_are_spread_over_a_fifth() {
        let hour = Duration::from_secs(3600);
        let mut ends: Vec<_> = (0..200).map(|_| Jitter::draw().of(hour)).collect();
        ends.sort();
        let (first, last) = (ends[0], ends[199]);
        assert!(hour * 9 / 10 <= first && last <= hour * 11 / 10);
        // By chance of one in a thousand million at most.
        assert!(first < hour * 95 / 100 && hour * 105 / 100 < last);
        let busiest = ends.chunk_by(|one, other| one.as_secs() / 72 == other.as_secs() / 72);
        assert!(busiest.map(<[_]>::len).max() < Some(80), "{ends:?}");
    }

    #[test]
    fn what_has_no_end_keeps_none() {
        assert!(Jitter::draw().of(Duration::MAX) > Duration::from_secs(u64::MAX / 2000));
        assert_eq!(Jitter::draw().of(Duration::ZERO), Duration::ZERO);
    }
}
