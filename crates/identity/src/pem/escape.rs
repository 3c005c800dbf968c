//! Text as configuration files carry it: line ends and signs written out, made text again.
//!
//! The escapes of JSON ([RFC 8259, section 7]) as far as they matter in PEM, by whatever program
//! they were written (PHP `\/`, .NET `\u002B`), also when escaped several times; YAML's and C's
//! `\x2B`; the references of XML and HTML (`&#10;`, `&#x2B;`); and the percent signs of URLs
//! (`%0A`), in which proxies hand certificates on. None of `\`, `&` and `%` is part of base64.
//! Leaves out names of references.
//!
//! [RFC 8259, section 7]: https://www.rfc-editor.org/rfc/rfc8259#section-7

use zeroize::Zeroizing;

/// Replaces what is written out, and every kind of line end by a newline.
pub(super) fn unescape(input: &[u8]) -> Zeroizing<Vec<u8>> {
    // What is written out is never shorter than what it stands for.
    let mut text = Zeroizing::new(Vec::with_capacity(input.len()));
    let mut rest = input;
    while let Some((first, after)) = rest.split_first() {
        let (byte, after) = match first {
            b'\\' => backslash(after),
            b'&' => reference(after).unwrap_or((b'&', after)),
            b'%' => digits::<2>(after, 16).unwrap_or((b'%', after)),
            other => (*other, after),
        };
        // A lone CR ends lines too, in files of old Macs and of some databases.
        text.push(if byte == b'\r' { b'\n' } else { byte });
        rest = after;
    }
    text
}

/// Reads an escape sequence from behind its backslash. Escaped twice, there are more of them.
fn backslash(after: &[u8]) -> (u8, &[u8]) {
    let more = after.iter().take_while(|byte| **byte == b'\\').count();
    let after = after.get(more..).unwrap_or_default();
    let Some((kind, rest)) = after.split_first() else {
        return (b'\\', after);
    };
    match kind {
        b'n' | b'r' => (b'\n', rest),
        // White space in base64, of whatever kind.
        b't' | b'b' | b'f' => (b' ', rest),
        b'/' | b'"' | b' ' | b'\n' | b'\r' => (*kind, rest),
        b'u' => digits::<4>(rest, 16).unwrap_or((b'\\', after)),
        b'x' => digits::<2>(rest, 16).unwrap_or((b'\\', after)),
        _ => (b'\\', after),
    }
}

/// Returns a numeric reference, from behind its `&`.
fn reference(after: &[u8]) -> Option<(u8, &[u8])> {
    let number = after.strip_prefix(b"#")?;
    let end = number
        .iter()
        .take(LONGEST_REFERENCE)
        .position(|byte| *byte == b';')?;
    let (number, rest) = number.split_at_checked(end)?;
    let (radix, number) = match number {
        [b'x' | b'X', number @ ..] => (16, number),
        number => (10, number),
    };
    Some((value(number, radix)?, rest.get(1..)?))
}

fn digits<const N: usize>(after: &[u8], radix: u32) -> Option<(u8, &[u8])> {
    let (number, rest) = after.split_first_chunk::<N>()?;
    Some((value(number, radix)?, rest))
}

/// Returns the character of a number. One beyond ASCII, or half of one, is no part of PEM but may
/// stand around it.
fn value(number: &[u8], radix: u32) -> Option<u8> {
    if number.is_empty() {
        return None;
    }
    let number = number.iter().try_fold(0_u32, |value, digit| {
        let digit = char::from(*digit).to_digit(radix)?;
        value.checked_mul(radix)?.checked_add(digit)
    })?;
    Some(
        u8::try_from(number)
            .ok()
            .filter(u8::is_ascii)
            .unwrap_or(b'?'),
    )
}

/// `x10FFFF;`
const LONGEST_REFERENCE: usize = 8;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> String {
        String::from_utf8_lossy(&unescape(text.as_bytes())).into_owned()
    }

    #[test]
    fn every_escape_of_json_is_read() {
        assert_eq!(
            read(r#"a\/b\nc\rd\te\"f\u002Bg\u000ah\bi\fj"#),
            "a/b\nc\nd e\"f+g\nh i j"
        );
        assert_eq!(read(r"\\n\\\\n\\/\\u002b"), "\n\n/+");
        // A character beyond the first 65,536, as two halves.
        assert_eq!(read(r"\ud83d\ude00+"), "??+");
    }

    #[test]
    fn escapes_of_yaml_xml_and_urls_are_read() {
        assert_eq!(read(r"\x2B\x0a"), "+\n");
        assert_eq!(read("&#10;&#x2B;&#xA;&#13;"), "\n+\n\n");
        assert_eq!(read("BEGIN%20X%0A%2b%0D%0A"), "BEGIN X\n+\n\n");
        // A string that goes on in the next line.
        assert_eq!(read("a\\\n  b"), "a\n  b");
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in [
            "",
            "100 %",
            "%zz",
            "a & b",
            "&#;",
            "&#x;",
            "&amp;",
            "&#99999999999;",
            r"\",
            r"\u00",
            r"\q",
        ] {
            assert_eq!(read(text), text);
        }
    }

    proptest! {
        #[test]
        fn text_without_signs_stays_and_nothing_grows(bytes in any::<Vec<u8>>()) {
            let text = unescape(&bytes);
            prop_assert!(text.len() <= bytes.len());
            if !bytes.iter().any(|byte| b"\\&%\r".contains(byte)) {
                prop_assert_eq!(&*text, &bytes);
            }
        }
    }
}
