//! Basic credentials in a request ([RFC 7617, section 2]).
//!
//! [RFC 7617, section 2]: https://www.rfc-editor.org/rfc/rfc7617#section-2

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::account::Credentials;

/// The credentials that a request carries, if it carries readable ones.
pub(crate) fn credentials(headers: &HeaderMap) -> Option<Credentials> {
    parse(headers.get(AUTHORIZATION)?.to_str().ok()?)
}

/// The credentials in a header's value.
pub(crate) fn parse(value: &str) -> Option<Credentials> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some(Credentials::new(user, password))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn in_header(value: &str) -> Option<Credentials> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
        credentials(&headers)
    }

    #[test]
    fn the_example_of_the_standard_is_read() {
        // RFC 7617, section 2.
        let credentials = in_header("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==").unwrap();
        assert_eq!(credentials, Credentials::new("Aladdin", "open sesame"));
    }

    #[test]
    fn a_colon_may_be_in_the_password() {
        let credentials = in_header(&format!("basic {}", STANDARD.encode("user:a:b"))).unwrap();
        assert_eq!(credentials, Credentials::new("user", "a:b"));
    }

    #[test]
    fn another_scheme_is_not_read() {
        assert!(in_header("Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==").is_none());
    }

    #[test]
    fn credentials_without_colon_are_not_read() {
        assert!(in_header(&format!("Basic {}", STANDARD.encode("user"))).is_none());
    }
}
