//! User name and password of an API user (HTTP Basic, RFC 7617).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::Error;

/// The credentials of an API user. Mutual TLS adds to them and does not replace them.
///
/// Neither part is ever shown by `Debug`; the header made from them is marked sensitive, so that HTTP libraries
/// keep it out of logs and out of HPACK's shared table. The password is wiped when the last copy goes.
///
/// # Examples
///
/// ```
/// let credentials = napi::Credentials::basic("acme-api", "secret")?;
/// assert!(!format!("{credentials:?}").contains("secret"));
/// # Ok::<(), napi::Error>(())
/// ```
#[derive(Clone)]
pub struct Credentials {
    username: String,
    password: Zeroizing<String>,
}

/// Why credentials cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsProblem {
    /// A colon ends the user name on the wire (RFC 7617, section 2).
    #[error("the user name must not contain a colon")]
    ColonInUsername,
    /// Control characters are forbidden in both (RFC 7617, section 2); often a line break from a file.
    #[error("there is a control character, often a line break copied along")]
    ControlCharacter,
    /// There is no user name.
    #[error("the user name is empty")]
    EmptyUsername,
}

impl Credentials {
    /// Credentials for HTTP Basic, encoded as UTF-8.
    ///
    /// # Errors
    ///
    /// [`Error::Credentials`] if the user name is empty or holds a colon, or either holds a control character.
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Result<Self, Error> {
        let username = username.into();
        let password = Zeroizing::new(password.into());
        let problem = if username.is_empty() {
            Some(CredentialsProblem::EmptyUsername)
        } else if username.contains(':') {
            Some(CredentialsProblem::ColonInUsername)
        } else if username
            .chars()
            .chain(password.chars())
            .any(char::is_control)
        {
            Some(CredentialsProblem::ControlCharacter)
        } else {
            None
        };
        match problem {
            Some(problem) => Err(Error::Credentials(problem)),
            None => Ok(Self { username, password }),
        }
    }

    /// The `Authorization` header, marked sensitive.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, Error> {
        let pair = Zeroizing::new(format!("{}:{}", self.username, self.password.as_str()));
        let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
        let mut header = HeaderValue::try_from(value.as_str())
            .map_err(|_| Error::Credentials(CredentialsProblem::ControlCharacter))?;
        header.set_sensitive(true);
        Ok(header)
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

    fn problem(username: &str, password: &str) -> Option<CredentialsProblem> {
        match Credentials::basic(username, password) {
            Err(Error::Credentials(problem)) => Some(problem),
            _ => None,
        }
    }

    #[test]
    fn header_is_the_example_of_the_standard_and_sensitive() {
        // RFC 7617, section 2: user "Aladdin", password "open sesame".
        let header = Credentials::basic("Aladdin", "open sesame")
            .unwrap()
            .authorization()
            .unwrap();
        assert_eq!(header, "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(header.is_sensitive());
    }

    #[test]
    fn a_colon_is_refused_in_the_user_name_and_kept_in_the_password() {
        assert_eq!(
            problem("a:b", "c"),
            Some(CredentialsProblem::ColonInUsername)
        );
        assert_eq!(problem("ab", "c:d"), None);
    }

    #[test]
    fn a_line_break_copied_along_is_named() {
        assert_eq!(
            problem("user", "secret\n"),
            Some(CredentialsProblem::ControlCharacter)
        );
        assert_eq!(
            problem("", "secret"),
            Some(CredentialsProblem::EmptyUsername)
        );
    }

    #[test]
    fn neither_user_name_nor_password_is_shown() {
        let credentials = Credentials::basic("the-user-name", "the-password").unwrap();
        let header = credentials.authorization().unwrap();
        let shown = format!("{credentials:?} {header:?}");
        assert!(!shown.contains("the-"), "{shown}");
        assert!(!shown.contains("Basic"), "{shown}");
    }
}
