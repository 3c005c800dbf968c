//! The token that callers have to show, if one is set.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A secret that every caller has to show in the field `Gateway-Token`.
///
/// The field is one of its own, since `Authorization` is the server's. It is not forwarded.
pub struct Token(Zeroizing<Vec<u8>>);

/// The reason why a text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidToken {
    /// It has a character that a header field cannot have, or a space.
    #[error(
        "the token has a character that is not visible ASCII: write it on one line, in letters and digits"
    )]
    Character,
    /// It has fewer than 16 characters.
    #[error("the token has fewer than 16 characters: make one with `openssl rand -hex 32`")]
    TooShort,
}

/// The name of the field, as it is compared.
pub(crate) const FIELD: http::HeaderName = http::HeaderName::from_static("gateway-token");

impl Token {
    /// Reads a token; white space around it, such as the end of a line, is dropped.
    ///
    /// # Errors
    ///
    /// [`InvalidToken`] if it is too short, or cannot be the value of a field.
    pub fn new(secret: Zeroizing<Vec<u8>>) -> Result<Self, InvalidToken> {
        let trimmed = Zeroizing::new(secret.trim_ascii().to_vec());
        if !trimmed.iter().all(u8::is_ascii_graphic) {
            return Err(InvalidToken::Character);
        }
        match trimmed.len() {
            ..16 => Err(InvalidToken::TooShort),
            _ => Ok(Self(trimmed)),
        }
    }

    /// Checks a token that was shown; takes as long for a wrong one as for the right one, if they
    /// have the same length, which is no secret.
    pub(crate) fn is(&self, shown: &[u8]) -> bool {
        self.0.ct_eq(shown).into()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Result<Token, InvalidToken> {
        Token::new(Zeroizing::new(text.as_bytes().to_vec()))
    }

    #[test]
    fn line_of_a_file_is_a_token() {
        let token = token("0123456789abcdef\n").unwrap();
        assert!(token.is(b"0123456789abcdef"));
        assert!(!token.is(b"0123456789abcdeg") && !token.is(b"0123456789abcdef\n"));
        assert!(!format!("{token:?}").contains("0123"));
    }

    #[test]
    fn short_and_unsendable_tokens_are_refused() {
        assert_eq!(
            token("0123456789abcde").unwrap_err(),
            InvalidToken::TooShort
        );
        for text in [
            "0123456789abcdef\nx",
            "0123456789 abcdef",
            "0123456789abcdeé",
        ] {
            assert_eq!(token(text).unwrap_err(), InvalidToken::Character);
        }
    }
}
