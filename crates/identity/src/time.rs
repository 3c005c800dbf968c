//! Instants and durations as people read them, and the end of a validity.
//!
//! Instants are [RFC 3339, section 5.6] in UTC. Leaves out time zones and parsing.
//!
//! [RFC 3339, section 5.6]: https://www.rfc-editor.org/rfc/rfc3339#section-5.6

use std::fmt;
use std::time::{Duration, SystemTime};

use der::DateTime;

/// Shows an instant as `2026-11-23T18:05:00Z`.
pub(crate) struct Utc(pub(crate) SystemTime);

impl fmt::Display for Utc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DateTime::from_system_time(self.0) {
            Ok(date_time) => write!(f, "{date_time}"),
            Err(_) => f.write_str("an instant outside the years 1970 to 9999"),
        }
    }
}

/// Writes an instant for a machine, in the same form.
#[cfg(feature = "serde")]
impl serde::Serialize for Utc {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Shows a duration in the largest unit that leaves nothing over: `7 days`, `1 hour`.
pub(crate) struct InWords(pub(crate) Duration);

impl fmt::Display for InWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        let (length, unit) = UNITS
            .into_iter()
            .find(|(length, _)| seconds > 0 && seconds.is_multiple_of(*length))
            .unwrap_or((1, "second"));
        match seconds.checked_div(length).unwrap_or(seconds) {
            1 => write!(f, "1 {unit}"),
            count => write!(f, "{count} {unit}s"),
        }
    }
}

/// Returns the first instant after a validity with this last second, which counts to its end.
pub(crate) fn end_of(last_second: SystemTime) -> SystemTime {
    // A certificate's year has four digits; no known system's clock ends before the year 10,000.
    let after = last_second.checked_add(Duration::from_secs(1));
    after.unwrap_or(last_second)
}

/// Lengths in seconds, the longest first.
const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn an_instant_is_shown_in_utc() {
        let instant = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        assert_eq!(Utc(instant).to_string(), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn an_instant_before_1970_is_named_and_does_not_panic() {
        let instant = UNIX_EPOCH - Duration::from_secs(1);
        assert!(!Utc(instant).to_string().is_empty());
    }

    #[test]
    fn a_duration_is_shown_in_its_largest_whole_unit() {
        for (seconds, shown) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (60, "1 minute"),
            (7_200, "2 hours"),
            (86_400, "1 day"),
            (86_401, "86401 seconds"),
            (30 * 86_400, "30 days"),
        ] {
            assert_eq!(InWords(Duration::from_secs(seconds)).to_string(), shown);
        }
        assert!(InWords(Duration::MAX).to_string().ends_with("seconds"));
    }
}
