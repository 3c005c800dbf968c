//! Points in time as a page shows them.

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

/// A point in time, for people and for programs.
pub(super) struct When {
    /// `2027-11-27 18:59 UTC`.
    pub(super) shown: String,
    /// RFC 3339.
    pub(super) exact: String,
}

impl When {
    pub(super) fn new(at: OffsetDateTime) -> Self {
        let at = at.to_offset(time::UtcOffset::UTC);
        let format = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
        Self {
            shown: at.format(format).unwrap_or_default(),
            exact: at.format(&Rfc3339).unwrap_or_default(),
        }
    }
}

/// Returns the time that is left, in its largest unit: `in 364 days`, `2 hours ago`.
pub(super) fn distance(from: OffsetDateTime, to: OffsetDateTime) -> String {
    let left = to - from;
    let (number, unit) = largest_unit(left.abs());
    let plural = if number == 1 { "" } else { "s" };
    match left.is_negative() {
        true => format!("{number} {unit}{plural} ago"),
        false => format!("in {number} {unit}{plural}"),
    }
}

fn largest_unit(time: Duration) -> (i64, &'static str) {
    match (time.whole_days(), time.whole_hours(), time.whole_minutes()) {
        (days @ 2.., ..) => (days, "day"),
        (_, hours @ 2.., _) => (hours, "hour"),
        (_, _, minutes @ 2..) => (minutes, "minute"),
        _ => (time.whole_seconds(), "second"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_is_in_the_largest_unit() {
        let now = OffsetDateTime::UNIX_EPOCH;
        for (seconds, expected) in [
            (365 * 86_400, "in 365 days"),
            (2 * 86_400, "in 2 days"),
            (2 * 86_400 - 1, "in 47 hours"),
            (7199, "in 119 minutes"),
            (1, "in 1 second"),
            (0, "in 0 seconds"),
            (-86_400 * 3, "3 days ago"),
        ] {
            assert_eq!(distance(now, now + Duration::seconds(seconds)), expected);
        }
    }

    #[test]
    fn time_is_shown_in_utc() {
        let when = When::new(OffsetDateTime::UNIX_EPOCH);
        assert_eq!(when.shown, "1970-01-01 00:00 UTC");
        assert_eq!(when.exact, "1970-01-01T00:00:00Z");
    }
}
