//! The field `Retry-After`: [RFC 9110, section 10.2.3].
//!
//! [RFC 9110, section 10.2.3]: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header};

/// Returns the time to wait; `None` if the field is absent, repeated, or neither seconds nor a
/// date.
///
/// A date that has passed is zero. Seconds beyond `u64` saturate.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let mut values = headers.get_all(header::RETRY_AFTER).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let value = value.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Returns Mon, 24 Nov 2025 00:00:00 GMT.
    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_763_942_400)
    }

    fn read(values: &[&str]) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::RETRY_AFTER, value.parse().unwrap());
        }
        retry_after(&headers, now())
    }

    #[test]
    fn seconds_and_all_three_date_formats_are_read() {
        for (value, seconds) in [
            ("120", 120),
            ("0", 0),
            ("00120", 120),
            (" 120 ", 120),
            ("99999999999999999999999999", u64::MAX),
            ("Mon, 24 Nov 2025 00:02:00 GMT", 120),
            ("Monday, 24-Nov-25 00:02:00 GMT", 120),
            ("Mon Nov 24 00:02:00 2025", 120),
            ("Mon, 24 Nov 2025 00:00:00 GMT", 0),
            ("Sun, 23 Nov 2025 00:00:00 GMT", 0),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ] {
            assert_eq!(
                read(&[value]),
                Some(Duration::from_secs(seconds)),
                "{value}"
            );
        }
    }

    #[test]
    fn malformed_or_repeated_value_is_ignored() {
        for value in [
            "",
            "-1",
            "+1",
            "1.5",
            "1 s",
            "soon",
            "120, 120",
            "2025-11-24",
            "Mon, 24",
        ] {
            assert_eq!(read(&[value]), None, "{value}");
        }
        assert_eq!(read(&[]), None);
        assert_eq!(read(&["1", "2"]), None, "which one?");
    }

    proptest! {
        #[test]
        fn any_value_is_read_without_panic(value in "[ -~]{0,40}") {
            let _ = read(&[&value]);
        }
    }
}
