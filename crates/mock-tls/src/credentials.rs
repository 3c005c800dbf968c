//! A user's name and password, as Basic authentication has them ([RFC 7617]).
//!
//! [RFC 7617]: https://www.rfc-editor.org/rfc/rfc7617

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// One user's name and password.
///
/// `Debug` shows the name only. The passwords here are made up, but tests copy habits along with
/// code.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    user: Cow<'static, str>,
    password: Cow<'static, str>,
}

impl Credentials {
    /// The credentials that the proxy accepts where it requires any: `proxy-user` /
    /// `proxy-password`.
    pub const PROXY: Self = Self::from_static("proxy-user", "proxy-password");

    /// Makes credentials of a user name, which must not contain a colon (RFC 7617, section 2), and
    /// its password.
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            user: Cow::Owned(user.into()),
            password: Cow::Owned(password.into()),
        }
    }

    /// Makes a constant as [`new`](Self::new) makes a value.
    #[must_use]
    pub const fn from_static(user: &'static str, password: &'static str) -> Self {
        Self {
            user: Cow::Borrowed(user),
            password: Cow::Borrowed(password),
        }
    }

    /// Reads the value of an `Authorization` or `Proxy-Authorization` header ([RFC 7617, section
    /// 2]); `None` if its scheme is not Basic, or it is malformed.
    ///
    /// [RFC 7617, section 2]: https://www.rfc-editor.org/rfc/rfc7617#section-2
    #[must_use]
    pub fn from_basic(value: &str) -> Option<Self> {
        let (scheme, encoded) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("Basic") {
            return None;
        }
        let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let (user, password) = decoded.split_once(':')?;
        Some(Self::new(user, password))
    }

    /// Returns the user name.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns the password, in clear.
    #[must_use]
    pub fn secret_password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_is_read() {
        // RFC 7617, section 2.
        let credentials = Credentials::from_basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==").unwrap();
        assert_eq!(credentials, Credentials::new("Aladdin", "open sesame"));
    }

    #[test]
    fn a_colon_may_be_in_the_password() {
        let credentials =
            Credentials::from_basic(&format!("basic {}", STANDARD.encode("user:a:b"))).unwrap();
        assert_eq!(credentials, Credentials::new("user", "a:b"));
    }

    #[test]
    fn another_scheme_is_not_read() {
        assert!(Credentials::from_basic("Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==").is_none());
    }

    #[test]
    fn credentials_without_colon_are_not_read() {
        assert!(Credentials::from_basic(&format!("Basic {}", STANDARD.encode("user"))).is_none());
    }
}
