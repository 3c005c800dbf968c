//! Instants as people and programs read them, in UTC ([RFC 3339, section 5.6]).
//!
//! Leaves out time zones and parsing.
//!
//! [RFC 3339, section 5.6]: https://www.rfc-editor.org/rfc/rfc3339#section-5.6

use std::time::SystemTime;

use time::UtcDateTime;
use time::format_description::well_known::Rfc3339;

/// Returns the day of an instant: `2026-11-23`.
pub(crate) fn day(instant: SystemTime) -> String {
    let date_time = utc(instant).map(|it| it.date().to_string());
    date_time.unwrap_or_else(|| "an unknown day".to_owned())
}

/// Returns an instant to the second: `2026-11-23T18:05:00Z`.
pub(crate) fn iso(instant: SystemTime) -> String {
    let date_time = utc(instant).and_then(|it| it.format(&Rfc3339).ok());
    date_time.unwrap_or_else(|| "an unknown instant".to_owned())
}

fn utc(instant: SystemTime) -> Option<UtcDateTime> {
    let since = instant.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let seconds = time::Duration::try_from(since).ok()?.whole_seconds();
    UtcDateTime::UNIX_EPOCH.checked_add(time::Duration::seconds(seconds))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn instant_is_shown_to_the_second_in_utc() {
        let instant = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_999);
        assert_eq!(iso(instant), "2023-11-14T22:13:20Z");
        assert_eq!(day(instant), "2023-11-14");
    }

    #[test]
    fn instant_before_1970_is_named_and_does_not_panic() {
        let instant = SystemTime::UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(iso(instant), "an unknown instant");
        assert_eq!(day(instant), "an unknown day");
    }
}
