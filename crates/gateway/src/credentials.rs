//! Credentials that the gateway adds, so that callers need none (RFC 7617).

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use http::HeaderValue;
use zeroize::Zeroizing;

/// User name and password that the gateway adds to every request, in place of a caller's own.
pub struct BasicCredentials(HeaderValue);

/// The reason why a text is no credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCredentials {
    /// It has a control character, such as a second line.
    #[error("the credentials have a control character: write one line, as name:password")]
    ControlCharacter,
    /// It has no colon, or nothing before it.
    #[error("the credentials have no user name and colon: write one line, as name:password")]
    NoName,
}

impl BasicCredentials {
    /// Reads `name:password`; the end of a line behind it is dropped.
    ///
    /// # Errors
    ///
    /// [`InvalidCredentials`] if it is anything else.
    pub fn new(secret: &Zeroizing<Vec<u8>>) -> Result<Self, InvalidCredentials> {
        let line = secret.strip_suffix(b"\n").unwrap_or(secret);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.iter().any(u8::is_ascii_control) {
            return Err(InvalidCredentials::ControlCharacter);
        }
        match line.iter().position(|byte| *byte == b':') {
            None | Some(0) => return Err(InvalidCredentials::NoName),
            Some(_) => {}
        }
        let encoded = Zeroizing::new(STANDARD.encode(line));
        let value = Zeroizing::new(format!("Basic {}", &*encoded));
        let value = HeaderValue::from_str(&value);
        // Base64 has no character that a field cannot have.
        let mut value = value.map_err(|_| InvalidCredentials::ControlCharacter)?;
        value.set_sensitive(true);
        Ok(Self(value))
    }

    /// Returns the value of `Authorization`; it is marked as sensitive.
    pub(crate) fn secret_field(&self) -> &HeaderValue {
        &self.0
    }
}

impl fmt::Debug for BasicCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BasicCredentials").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(text: &str) -> Result<BasicCredentials, InvalidCredentials> {
        BasicCredentials::new(&Zeroizing::new(text.as_bytes().to_vec()))
    }

    #[test]
    fn line_of_a_file_becomes_a_hidden_field() {
        let credentials = credentials("Aladdin:open sesame\r\n").unwrap();
        // The example of RFC 7617, section 2.
        assert_eq!(
            credentials.secret_field(),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        let shown = format!("{credentials:?} {:?}", credentials.secret_field());
        assert!(
            !shown.contains("Aladdin") && !shown.contains("QWxh"),
            "{shown}"
        );
    }

    #[test]
    fn text_without_a_name_is_refused() {
        for text in ["", "name", ":password"] {
            assert_eq!(credentials(text).unwrap_err(), InvalidCredentials::NoName);
        }
        let two_lines = credentials("a:b\nc:d\n").unwrap_err();
        assert_eq!(two_lines, InvalidCredentials::ControlCharacter);
    }
}
