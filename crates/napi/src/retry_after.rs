//! `Retry-After` (RFC 9110, section 10.2.3).

use std::time::{Duration, SystemTime};

use http::HeaderValue;

/// When the service wants to be asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryAfter {
    /// After this time has passed.
    After(Duration),
    /// At this time of the server's clock, to the second.
    At(SystemTime),
}

impl RetryAfter {
    /// Returns how long to wait, if it is `now`; zero if the time is over.
    #[must_use]
    pub fn wait(&self, now: SystemTime) -> Duration {
        match self {
            Self::After(duration) => *duration,
            Self::At(time) => time.duration_since(now).unwrap_or_default(),
        }
    }

    /// Reads the header: seconds or a date. Anything else is `None`.
    pub(crate) fn read(header: &HeaderValue) -> Option<Self> {
        let text = header.to_str().ok()?.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().map(Duration::from_secs).map(Self::After);
        }
        httpdate::parse_http_date(text).ok().map(Self::At)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Option<RetryAfter> {
        RetryAfter::read(&HeaderValue::from_str(text).unwrap())
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let two_minutes = Duration::from_secs(120);
        assert_eq!(read("120"), Some(RetryAfter::After(two_minutes)));
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(946_684_799);
        let at = read("Fri, 31 Dec 1999 23:59:59 GMT").unwrap();
        assert_eq!(at, RetryAfter::At(time));
        assert_eq!(at.wait(time - two_minutes), two_minutes);
        assert_eq!(at.wait(time + two_minutes), Duration::ZERO);
    }

    #[test]
    fn junk_is_none() {
        for junk in [
            "",
            "soon",
            "-1",
            "+1",
            "1.5",
            "99999999999999999999",
            "Fri, 31 Dec",
        ] {
            assert_eq!(read(junk), None, "{junk}");
        }
        assert_eq!(
            RetryAfter::read(&HeaderValue::from_bytes(b"\xff1").unwrap()),
            None
        );
    }

    proptest! {
        #[test]
        fn any_header_is_read_without_panic(bytes in prop::collection::vec(32_u8..127, 0..40)) {
            let _ = RetryAfter::read(&HeaderValue::from_bytes(&bytes).unwrap());
        }
    }
}
