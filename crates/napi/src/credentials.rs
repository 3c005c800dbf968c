//! Credentials: of an API user (HTTP Basic, RFC 7617) or, for version 3, of a client (OAuth 2.0,
//! RFC 6749).

use std::{fmt, marker::PhantomData};

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use crate::version::{Version1, Version3};

/// The credentials of an API user, or of a client of version 3. Mutual TLS adds to them and does
/// not replace them.
///
/// Neither part is ever shown by `Debug`; the header made from them is marked sensitive, so that
/// HTTP libraries keep it out of logs and out of HPACK's shared table. The password is wiped when
/// the last copy goes.
///
/// # Examples
///
/// ```
/// let credentials = napi::Credentials::basic("acme-api", "secret")?;
/// assert!(!format!("{credentials:?}").contains("secret"));
/// # Ok::<(), napi::Error>(())
/// ```
pub struct Credentials<V = Version1> {
    name: String,
    password: Zeroizing<String>,
    /// The header of HTTP Basic, made once.
    basic: Option<HeaderValue>,
    version: PhantomData<fn() -> V>,
}

/// Why credentials cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsProblem {
    /// A colon ends the user name on the wire (RFC 7617, section 2).
    #[error("the credentials cannot be sent: the user name must not contain a colon")]
    ColonInUsername,
    /// Control characters are forbidden in both (RFC 7617, section 2); often a line break from a
    /// file.
    #[error(
        "the credentials cannot be sent: there is a control character, often a line break copied along"
    )]
    ControlCharacter,
    /// There is no user name.
    #[error("the credentials cannot be sent: the user name is empty")]
    EmptyUsername,
    /// Version 1 takes user and password, version 3 the identifier and secret of a client; the
    /// client has the others.
    #[error(
        "the credentials cannot be sent: they are of the other version: version 1 takes a user, version 3 a client"
    )]
    OtherVersion,
}

impl Credentials {
    /// Makes credentials for HTTP Basic, encoded as UTF-8.
    ///
    /// # Errors
    ///
    /// A [`CredentialsProblem`] if the user name is empty or holds a colon, or either holds a
    /// control character.
    pub fn basic(
        username: impl Into<String>,
        password: impl Into<String>,
    ) -> Result<Self, CredentialsProblem> {
        let username = username.into();
        // The first colon ends the name, so the rest of it would be taken for the password.
        if username.contains(':') {
            return Err(CredentialsProblem::ColonInUsername);
        }
        let password = Zeroizing::new(password.into());
        check(&username, &password)?;
        Ok(Self {
            basic: Some(basic(&username, &password)?),
            name: username,
            password,
            version: PhantomData,
        })
    }
}

impl Credentials<Version3> {
    /// Makes credentials for version 3: identifier and secret of a client, which are exchanged for
    /// tokens.
    ///
    /// # Errors
    ///
    /// A [`CredentialsProblem`] if the identifier is empty, or either holds a control character.
    pub fn client(
        id: impl Into<String>,
        secret: impl Into<String>,
    ) -> Result<Self, CredentialsProblem> {
        let (id, secret) = (id.into(), Zeroizing::new(secret.into()));
        check(&id, &secret)?;
        Ok(Self {
            basic: None,
            name: id,
            password: secret,
            version: PhantomData,
        })
    }
}

impl<V> Credentials<V> {
    /// Returns the name of the user, or the identifier of the client.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the form that asks for a token (RFC 6749, section 4.4.2).
    pub(crate) fn token_form(&self) -> Result<Zeroizing<String>, CredentialsProblem> {
        if self.basic.is_some() {
            return Err(CredentialsProblem::OtherVersion);
        }
        // More is encoded than the form needs, and a space as `%20` and not `+`: every server
        // reads it.
        let id = utf8_percent_encode(&self.name, NON_ALPHANUMERIC);
        let secret = utf8_percent_encode(&self.password, NON_ALPHANUMERIC);
        Ok(Zeroizing::new(format!(
            "grant_type=client_credentials&client_id={id}&client_secret={secret}&scope=napi.api"
        )))
    }

    /// Returns the `Authorization` header of HTTP Basic, marked sensitive.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, CredentialsProblem> {
        self.basic.clone().ok_or(CredentialsProblem::OtherVersion)
    }
}

fn check(name: &str, password: &str) -> Result<(), CredentialsProblem> {
    let mut characters = name.chars().chain(password.chars());
    if name.is_empty() {
        Err(CredentialsProblem::EmptyUsername)
    } else if characters.any(char::is_control) {
        Err(CredentialsProblem::ControlCharacter)
    } else {
        Ok(())
    }
}

fn basic(name: &str, password: &str) -> Result<HeaderValue, CredentialsProblem> {
    let pair = Zeroizing::new(format!("{name}:{password}"));
    let value = Zeroizing::new(format!("Basic {}", STANDARD.encode(pair.as_bytes())));
    let mut header =
        HeaderValue::try_from(value.as_str()).map_err(|_| CredentialsProblem::ControlCharacter)?;
    // Hidden in `Debug`, and kept out of the tables of HPACK (RFC 7541, section 7.1.3).
    header.set_sensitive(true);
    Ok(header)
}

impl<V> Clone for Credentials<V> {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            password: self.password.clone(),
            basic: self.basic.clone(),
            version: PhantomData,
        }
    }
}

impl<V> fmt::Debug for Credentials<V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(username: &str, password: &str) -> Option<CredentialsProblem> {
        Credentials::basic(username, password).err()
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
    fn colon_is_refused_in_the_user_name_alone() {
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
