//! Basic credentials for a proxy: [RFC 7617], sent as [RFC 9110, section 11.7.2] says.
//!
//! [RFC 7617]: https://www.rfc-editor.org/rfc/rfc7617
//! [RFC 9110, section 11.7.2]: https://www.rfc-editor.org/rfc/rfc9110#section-11.7.2

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::net::proxy::invalid::InvalidProxy;

/// The value of `Proxy-Authorization`: zeroized on drop, never shown.
pub(super) struct Credentials(Zeroizing<String>);

impl Credentials {
    pub(super) fn basic(username: &[u8], password: &[u8]) -> Result<Self, InvalidProxy> {
        // "a user-id containing a colon character is invalid", and control characters are not
        // allowed in either (section 2).
        let is_control = |byte: &u8| byte.is_ascii_control();
        if username.is_empty()
            || username.contains(&b':')
            || username.iter().chain(password).any(is_control)
        {
            return Err(InvalidProxy::Credentials);
        }
        let pair = Zeroizing::new([username, b":", password].concat());
        let mut value = Zeroizing::new(String::with_capacity(6 + pair.len().div_ceil(3) * 4));
        value.push_str("Basic ");
        STANDARD.encode_string(&*pair, &mut value);
        Ok(Self(value))
    }

    /// Reads the user information of a URI ([RFC 3986, section 3.2.1]), with percent-encoded
    /// reserved characters.
    ///
    /// [RFC 3986, section 3.2.1]: https://www.rfc-editor.org/rfc/rfc3986#section-3.2.1
    pub(super) fn from_userinfo(userinfo: &str) -> Result<Self, InvalidProxy> {
        let (username, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        let decoded = |text| Zeroizing::new(percent_decode_str(text).collect::<Vec<u8>>());
        Self::basic(&decoded(username), &decoded(password))
    }

    pub(super) fn secret_header_value(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_equals_the_example_of_the_standard() {
        // RFC 7617, section 2: user "Aladdin", password "open sesame".
        for credentials in [
            Credentials::basic(b"Aladdin", b"open sesame"),
            Credentials::from_userinfo("Aladdin:open%20sesame"),
        ] {
            let credentials = credentials.unwrap();
            let value = credentials.secret_header_value();
            assert_eq!(value, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        }
    }

    #[test]
    fn password_with_colon_and_at_sign_is_read_from_uri() {
        let from_uri = Credentials::from_userinfo("me:a:b%40c%3A%2F").unwrap();
        let plain = Credentials::basic(b"me", b"a:b@c:/").unwrap();
        assert_eq!(from_uri.secret_header_value(), plain.secret_header_value());
        assert!(Credentials::from_userinfo("me").is_ok());
    }

    #[test]
    fn ambiguous_credentials_are_refused() {
        for (username, password) in [("", "x"), ("a:b", "x"), ("a\r\nX: y", "x"), ("a", "x\n")] {
            let refused = Credentials::basic(username.as_bytes(), password.as_bytes());
            assert_eq!(refused.unwrap_err(), InvalidProxy::Credentials);
        }
        for userinfo in ["", ":x", "a%3Ab:x", "a:x%0d%0aX: y"] {
            let refused = Credentials::from_userinfo(userinfo);
            assert_eq!(refused.unwrap_err(), InvalidProxy::Credentials);
        }
    }
}
