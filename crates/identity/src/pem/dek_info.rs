//! The header of an encrypted PEM block ([RFC 1421, section 4.6.1.3]).
//!
//! Leaves out which algorithms there are.
//!
//! [RFC 1421, section 4.6.1.3]: https://www.rfc-editor.org/rfc/rfc1421#section-4.6.1.3

use crate::pem::position::position;

/// `DEK-Info: AES-256-CBC,7F2C...`: how the body of a block is encrypted.
#[derive(PartialEq, Eq)]
pub(crate) struct DekInfo {
    /// The name of a cipher, as it stands in the file.
    pub(crate) algorithm: String,
    pub(crate) initialization_vector: Vec<u8>,
}

impl DekInfo {
    /// Finds the header in a body, on a line of its own or not, and gives what follows it.
    pub(super) fn split_off(body: &[u8]) -> Option<(Self, &[u8])> {
        let start = position(body, NAME)? + NAME.len();
        let value = body.get(start..)?.trim_ascii_start();
        let (algorithm, rest) =
            split_while(value, |byte| byte.is_ascii_alphanumeric() || byte == b'-')?;
        let (_, rest) = split_while(rest.strip_prefix(b",")?, |byte| byte == b' ')?;
        let (digits, rest) = split_while(rest, |byte| byte.is_ascii_hexdigit())?;
        if algorithm.is_empty() || !rest.first()?.is_ascii_whitespace() {
            return None;
        }
        let header = Self {
            algorithm: String::from_utf8(algorithm.to_vec()).ok()?,
            initialization_vector: hexadecimal(digits)?,
        };
        Some((header, rest))
    }
}

fn split_while(text: &[u8], is_part: impl Fn(u8) -> bool) -> Option<(&[u8], &[u8])> {
    let end = text.iter().position(|byte| !is_part(*byte));
    text.split_at_checked(end.unwrap_or(text.len()))
}

/// Returns the bytes of an even number of digits, at least two.
fn hexadecimal(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.is_empty() || !rest.is_empty() {
        return None;
    }
    let digit = |digit: u8| char::from(digit).to_digit(16);
    pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(*high)? << 4 | digit(*low)?).ok())
        .collect()
}

const NAME: &[u8] = b"DEK-Info:";
