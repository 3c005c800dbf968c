//! Instants as people read them: ISO 8601 in UTC.
//!
//! Leaves out time zones and parsing.

use std::fmt;
use std::time::SystemTime;

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

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

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
}
