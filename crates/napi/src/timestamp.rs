//! The times that the service writes: UTC, mostly without saying so.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::Serialize;
use time::{
    OffsetDateTime,
    format_description::well_known::{Iso8601, Rfc3339},
};

use crate::wire::text_newtype;

/// A time as the service wrote it, such as `2021-11-15T23:27:00`: UTC, with or without zone and
/// fraction.
///
/// [`time`](Self::time) also reads what older platforms write: `/Date(1637018820000)/`,
/// milliseconds or seconds since 1970, ISO 8601 without signs, and the form of HTTP headers. What
/// can mean two days, such as `11/12/2021`, stays text.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Timestamp(String);

impl Timestamp {
    /// Returns the time; `None` if it is not set or cannot be read.
    ///
    /// Not set is the year 1: .NET's zero, which the service writes while a transaction is running.
    #[must_use]
    pub fn time(&self) -> Option<SystemTime> {
        let time = self.parse()?;
        let since = i128::from(time.unix_timestamp());
        let whole = Duration::from_secs(u64::try_from(since.unsigned_abs()).ok()?);
        let epoch = SystemTime::UNIX_EPOCH;
        let second = if since < 0 {
            epoch.checked_sub(whole)?
        } else {
            epoch.checked_add(whole)?
        };
        second.checked_add(Duration::from_nanos(time.nanosecond().into()))
    }

    /// Reads the forms of .NET, those of older platforms, and no form that can mean two times.
    fn parse(&self) -> Option<OffsetDateTime> {
        let text = self.0.trim();
        let time = ticking(text).or_else(|| by_calendar(text)).or_else(|| {
            httpdate::parse_http_date(text)
                .ok()
                .map(OffsetDateTime::from)
        });
        time.filter(|time| time.year() > 1)
    }
}

/// Reads milliseconds since 1970: `/Date(1637018820000+0100)/` and `new Date(1637018820000)`, as
/// .NET wrote them once, or a bare number of them, or of seconds. The zone in the first is only for
/// showing it.
fn ticking(text: &str) -> Option<OffsetDateTime> {
    const NANOSECONDS: i128 = 1_000_000;
    /// As seconds, this is beyond the year 5000; as milliseconds, it is in 1973.
    const FIRST_MILLISECONDS: i64 = 100_000_000_000;
    let inner = text
        .strip_prefix("/Date(")
        .and_then(|it| it.strip_suffix(")/"))
        .or_else(|| text.strip_prefix("new Date(")?.strip_suffix(')'));
    let number = match inner {
        // A zone of four digits comes after a sign that is not the number's own.
        Some(inner) => match inner.get(1..).and_then(|it| it.find(['+', '-'])) {
            Some(zone) => inner.get(..=zone)?,
            None => inner,
        },
        None => text,
    };
    let number: i64 = number.trim().parse().ok()?;
    let is_milliseconds = inner.is_some() || number.abs() >= FIRST_MILLISECONDS;
    match is_milliseconds {
        true => OffsetDateTime::from_unix_timestamp_nanos(i128::from(number) * NANOSECONDS).ok(),
        // Fewer digits may be a day or a year.
        false if number >= 1_000_000_000 => OffsetDateTime::from_unix_timestamp(number).ok(),
        false => None,
    }
}

fn by_calendar(text: &str) -> Option<OffsetDateTime> {
    let (_, clock) = text.split_once(['T', 't', ' '])?;
    // In the part behind the date, which has dashes of its own.
    let has_zone = clock.contains(['Z', 'z', '+', '-']);
    let zoned = match has_zone {
        true => text.to_owned(),
        false => format!("{text}Z"),
    };
    OffsetDateTime::parse(&zoned, &Rfc3339)
        .or_else(|_| OffsetDateTime::parse(&zoned, &Iso8601::DEFAULT))
        .ok()
}

impl From<&str> for Timestamp {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// Shows the time if it is written as one; a number may be anything.
impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_shown = by_calendar(self.0.trim()).is_some_and(|time| time.year() > 1);
        f.write_str(if is_shown { &self.0 } else { "_" })
    }
}

text_newtype!(Timestamp);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn since_epoch(text: &str) -> Option<Duration> {
        let time = Timestamp::from(text).time()?;
        Some(time.duration_since(SystemTime::UNIX_EPOCH).unwrap())
    }

    #[test]
    fn no_zone_means_utc() {
        let expected = Some(Duration::from_secs(1_637_018_820));
        for text in [
            "2021-11-15T23:27:00",
            "2021-11-15T23:27:00Z",
            "2021-11-15T23:27:00.0",
            "2021-11-16T00:27:00+01:00",
            "2021-11-15T20:27:00.000-03:00",
            " 2021-11-15 23:27:00 ",
            "2021-11-15T23:27",
            "20211115T232700Z",
            "2021-11-16T00:27:00+0100",
            "/Date(1637018820000)/",
            "/Date(1637018820000+0100)/",
            "new Date(1637018820000)",
            "1637018820000",
            "1637018820",
            "Mon, 15 Nov 2021 23:27:00 GMT",
        ] {
            assert_eq!(since_epoch(text), expected, "{text}");
        }
    }

    #[test]
    fn a_fraction_has_up_to_seven_digits() {
        for digits in 1..=7 {
            let text = format!("1970-01-01T00:00:00.{}", &"1234567"[..digits]);
            let nanoseconds = format!("{:0<9}", &"1234567"[..digits]).parse().unwrap();
            let expected = Some(Duration::from_nanos(nanoseconds));
            assert_eq!(since_epoch(&text), expected, "{text}");
            assert_eq!(since_epoch(&format!("{text}Z")), expected, "{text}");
        }
    }

    #[test]
    fn before_1970_is_a_time_too() {
        let time = Timestamp::from("1969-12-31T23:59:59.5").time().unwrap();
        let before = SystemTime::UNIX_EPOCH.duration_since(time).unwrap();
        assert_eq!(before, Duration::from_millis(500));
    }

    #[test]
    fn zero_and_unreadable_times_are_none_and_stay_readable() {
        for text in [
            "0001-01-01T00:00:00",
            "0001-01-01T00:00:00Z",
            "yesterday",
            "2021-13-01T00:00:00",
            "2021-11-15",
            "11/12/2021 23:27:00",
            "20211115",
            "/Date(now)/",
            "/Date(99999999999999999)/",
            "/Date(-62135596800000)/",
            "new Date()",
            "-1",
        ] {
            let timestamp = Timestamp::from(text);
            assert_eq!(timestamp.time(), None, "{text}");
            assert_eq!(timestamp.as_str(), text);
            assert_eq!(format!("{timestamp:?}"), "_");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[0-9T:.Z+-]{0,40}|/Date\\([0-9+-]{0,24}\\)/|.*") {
            let _ = Timestamp::from(text.as_str()).time();
        }
    }
}
