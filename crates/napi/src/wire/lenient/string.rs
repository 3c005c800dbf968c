//! The text of a string, and what is mended in it.

use std::borrow::Cow;

/// The text of a string.
pub(crate) struct MendedText<'a> {
    /// The text; U+FFFD is in the place of what is lost.
    pub(crate) text: Cow<'a, str>,
    /// Whether anything is.
    pub(crate) is_damaged: bool,
}

/// Takes the escapes out of what is between the quotation marks (RFC 8259, section 7).
///
/// Lost is one half of a surrogate pair, an escape that JSON does not have, and what is not UTF-8.
pub(crate) fn mended(raw: &[u8]) -> MendedText<'_> {
    if !raw.contains(&b'\\') {
        let text = String::from_utf8_lossy(raw);
        let is_damaged = matches!(text, Cow::Owned(_));
        return MendedText { text, is_damaged };
    }
    let mut bytes = Vec::with_capacity(raw.len());
    let mut is_damaged = false;
    let mut rest = raw;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let (before, escape) = rest.split_at(at);
        bytes.extend_from_slice(before);
        let (character, length) = unescaped(escape);
        is_damaged |= character.is_none();
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        rest = escape.get(length..).unwrap_or_default();
    }
    bytes.extend_from_slice(rest);
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        is_damaged = true;
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    });
    MendedText {
        text: text.into(),
        is_damaged,
    }
}

/// Returns whether JSON has one half of a surrogate pair, which stands for no character (RFC 8259,
/// section 8.2).
pub(crate) fn has_lone_surrogate(json: &str) -> bool {
    let mut rest = json.as_bytes();
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let escape = rest.get(at..).unwrap_or_default();
        let (character, length) = unescaped(escape);
        if character.is_none() {
            return true;
        }
        rest = escape.get(length..).unwrap_or_default();
    }
    false
}

/// Returns the character of an escape, and the length of that.
fn unescaped(escape: &[u8]) -> (Option<char>, usize) {
    let character = match escape.get(1) {
        Some(b'u') => return unicode(escape),
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{C}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(&sign @ (b'"' | b'\\' | b'/' | b'\'')) => char::from(sign),
        _ => return (None, 1), // the letter after it stays
    };
    (Some(character), 2)
}

fn unicode(escape: &[u8]) -> (Option<char>, usize) {
    const ONE: usize = 6;
    let Some(first) = unit(escape) else {
        return (None, 1);
    };
    if let Some(Ok(character)) = char::decode_utf16([first]).next() {
        return (Some(character), ONE);
    }
    // Characters beyond U+FFFF are two escapes, a pair of surrogates (RFC 8259, section 7).
    let second = escape.get(ONE..).and_then(unit);
    match char::decode_utf16([Some(first), second].into_iter().flatten()).next() {
        Some(Ok(character)) => (Some(character), 2 * ONE),
        _ => (None, ONE),
    }
}

/// Returns the unit of UTF-16 that `\u` and four digits stand for.
fn unit(escape: &[u8]) -> Option<u16> {
    let digits = escape.strip_prefix(b"\\u")?.get(..4)?;
    let digits = std::str::from_utf8(digits).ok()?;
    let is_hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u16::from_str_radix(digits, 16)
        .ok()
        // `from_str_radix` takes a sign as well.
        .filter(|_| is_hexadecimal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lost(raw: &[u8]) -> Option<String> {
        let mended = mended(raw);
        mended.is_damaged.then(|| mended.text.into_owned())
    }

    #[test]
    fn half_a_pair_is_lost_and_the_rest_stays() {
        assert_eq!(lost(b"cut \\ud83d").unwrap(), "cut \u{FFFD}");
        assert_eq!(lost(b"\\ud83dx").unwrap(), "\u{FFFD}x");
        assert_eq!(lost(b"\\ud83d\\u0041").unwrap(), "\u{FFFD}A");
        assert_eq!(lost(b"\\ud83d\\ud83d\\ude00").unwrap(), "\u{FFFD}😀");
        assert_eq!(lost(b"\\ude00").unwrap(), "\u{FFFD}");
        assert_eq!(lost(b"\\u12"), Some("\u{FFFD}u12".to_owned()));
        assert_eq!(lost(b"a\xFF\\n").unwrap(), "a\u{FFFD}\n");
        assert_eq!(lost(b"\xE9").unwrap(), "\u{FFFD}");
        assert_eq!(lost(b"\\ud83d\\ude00\n\t\x01\\'"), None);
    }

    proptest! {
        #[test]
        fn any_string_is_mended_and_one_of_json_unchanged(text: String, raw: Vec<u8>) {
            let _ = mended(&raw);
            let json = serde_json::to_string(&text).unwrap();
            let inner = &json[1..json.len() - 1];
            prop_assert!(!has_lone_surrogate(&json));
            let mended = mended(inner.as_bytes());
            prop_assert!(!mended.is_damaged);
            prop_assert_eq!(mended.text, text);
        }
    }
}
