//! Which failures have been reported, so that each is reported once.
//!
//! Only digests of their texts are kept, and of a bounded number of them.

use vocabulary::Fingerprint;

use crate::error::Error;
use crate::error_text::error_text;

/// The failures reported since the last success, each once.
#[derive(Default)]
pub(crate) struct Reported(Vec<Fingerprint>);

impl Reported {
    /// Returns whether an error is to be reported, and counts it as reported then.
    pub(crate) fn is_new(&mut self, error: &Error) -> bool {
        let fingerprint = Fingerprint::of(error_text(error).as_bytes());
        if self.0.contains(&fingerprint) {
            return false;
        }
        if self.0.len() == MOST_REPORTED {
            // At worst the oldest is reported once more.
            self.0.remove(0);
        }
        self.0.push(fingerprint);
        true
    }

    /// Returns whether there was a failure since the last success.
    pub(crate) const fn is_failing(&self) -> bool {
        !self.0.is_empty()
    }

    /// Forgets all failures, and returns whether there were any.
    pub(crate) fn succeed(&mut self) -> bool {
        let was_failing = self.is_failing();
        self.0.clear();
        was_failing
    }
}

/// Different failures that are remembered between two successes.
const MOST_REPORTED: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_of_failures_has_a_bound() {
        let mut reported = Reported::default();
        for bits in 0..1000 {
            assert!(reported.is_new(&Error::KeyTooSmall { bits }));
            assert!(!reported.is_new(&Error::KeyTooSmall { bits }));
        }
        assert_eq!(reported.0.len(), MOST_REPORTED);
    }

    #[test]
    fn a_failure_is_new_again_after_a_success() {
        let mut reported = Reported::default();
        assert!(!reported.succeed());
        assert!(reported.is_new(&Error::KeyDamaged));
        assert!(reported.succeed());
        assert!(reported.is_new(&Error::KeyDamaged));
    }
}
