//! The field `Retry-After`: [RFC 9110, section 10.2.3].
//!
//! Leaves out which responses it counts in, and how long a client may wait: both are the client's.
//!
//! [RFC 9110, section 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3

use std::time::{Duration, SystemTime};

/// When a server wants to be asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// After this time has passed. More seconds than can be counted are as many as can be.
    After(Duration),
    /// At this time of the server's clock, to the second.
    At(SystemTime),
}

impl RetryAfter {
    /// Reads the values of all fields of that name: whole seconds, or a date in one of the three
    /// forms of HTTP.
    ///
    /// `None` if there is no value, more than one, or one that is neither.
    ///
    /// ```
    /// use std::time::Duration;
    /// use vocabulary::RetryAfter;
    ///
    /// let read = RetryAfter::read([b"120"]);
    /// assert_eq!(read, Some(RetryAfter::After(Duration::from_secs(120))));
    /// assert_eq!(RetryAfter::read(["1", "2"]), None);
    /// ```
    pub fn read<V: AsRef<[u8]>>(values: impl IntoIterator<Item = V>) -> Option<Self> {
        let mut values = values.into_iter();
        // Of two that differ, neither is known to be the one that is meant.
        let (Some(value), None) = (values.next(), values.next()) else {
            return None;
        };
        let value = std::str::from_utf8(value.as_ref()).ok()?;
        let value = value.trim_matches([' ', '\t']);
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            let seconds = value.parse().unwrap_or(u64::MAX);
            return Some(Self::After(Duration::from_secs(seconds)));
        }
        httpdate::parse_http_date(value).ok().map(Self::At)
    }

    /// Returns how long to wait, if it is `now`; zero if the time is over.
    #[must_use]
    pub fn wait(&self, now: SystemTime) -> Duration {
        match self {
            Self::After(duration) => *duration,
            Self::At(time) => time.duration_since(now).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns Mon, 24 Nov 2025 00:00:00 GMT.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_763_942_400)
    }

    fn wait(values: &[&str]) -> Option<Duration> {
        RetryAfter::read(values).map(|it| it.wait(now()))
    }

    #[test]
    fn seconds_and_each_of_the_three_dates_are_read() {
        for (value, seconds) in [
            ("120", 120),
            ("0", 0),
            ("00120", 120),
            (" 120\t", 120),
            ("18446744073709551615", u64::MAX),
            ("18446744073709551616", u64::MAX),
            ("99999999999999999999999999", u64::MAX),
            ("Mon, 24 Nov 2025 00:02:00 GMT", 120),
            ("Monday, 24-Nov-25 00:02:00 GMT", 120),
            ("Mon Nov 24 00:02:00 2025", 120),
            ("Mon, 24 Nov 2025 00:00:00 GMT", 0),
            ("Sun, 23 Nov 2025 00:00:00 GMT", 0),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ] {
            let expected = Some(Duration::from_secs(seconds));
            assert_eq!(wait(&[value]), expected, "{value}");
        }
    }

    #[test]
    fn date_is_kept_as_a_date() {
        let read = RetryAfter::read(["Mon, 24 Nov 2025 00:00:00 GMT"]);
        assert_eq!(read, Some(RetryAfter::At(now())));
    }

    #[test]
    fn anything_else_is_not_read() {
        for value in [
            "",
            " ",
            "-1",
            "+1",
            "1.5",
            "1 s",
            "soon",
            "120, 120",
            "2025-11-24",
            "Mon, 24",
            "\u{a0}120",
            "١٢٠",
        ] {
            assert_eq!(wait(&[value]), None, "{value}");
        }
        assert_eq!(RetryAfter::read([b"\xff1"]), None);
    }

    #[test]
    fn no_value_or_two_are_not_read() {
        assert_eq!(wait(&[]), None);
        assert_eq!(wait(&["1", "1"]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(value in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(read) = RetryAfter::read([&value]) {
                let _ = read.wait(now());
            }
        }

        #[test]
        fn any_count_of_seconds_is_read(seconds in any::<u64>()) {
            let expected = RetryAfter::After(Duration::from_secs(seconds));
            prop_assert_eq!(RetryAfter::read([seconds.to_string()]), Some(expected));
        }
    }
}
