//! A body and its charset: JSON is UTF-8 (RFC 8259, section 8.1), and .NET and gateways write other
//! ones at times.

use std::borrow::Cow;

use bytes::Bytes;
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};
use http::{HeaderMap, Response, header};

use crate::document::{damaged, document, without_prefix};

/// A body, and the type that its header says it has.
pub(crate) struct Body<'a> {
    bytes: &'a [u8],
    content_type: Option<&'a str>,
}

impl Body<'_> {
    /// Returns it in UTF-8, if its charset can be known.
    pub(crate) fn decoded(&self) -> Cow<'_, [u8]> {
        decoded(self.bytes, self.content_type)
    }

    /// Returns the JSON document in it, in UTF-8.
    pub(crate) fn document(&self) -> Cow<'_, [u8]> {
        document(self.decoded())
    }

    /// Returns the bare text in it, or the JSON string, in UTF-8.
    pub(crate) fn text(&self) -> Cow<'_, [u8]> {
        without_prefix(self.decoded())
    }
}

impl<'a> From<&'a Response<Bytes>> for Body<'a> {
    fn from(response: &'a Response<Bytes>) -> Self {
        Self {
            bytes: response.body(),
            content_type: content_type(response.headers()),
        }
    }
}

impl<'a> From<&'a [u8]> for Body<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        let content_type = None;
        Self {
            bytes,
            content_type,
        }
    }
}

/// A sample of a test.
#[cfg(test)]
impl<'a, const LENGTH: usize> From<&'a [u8; LENGTH]> for Body<'a> {
    fn from(bytes: &'a [u8; LENGTH]) -> Self {
        Self::from(&bytes[..])
    }
}

/// The byte order mark of UTF-8, which .NET writes at times and JSON does not allow.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Returns a body in UTF-8, without a byte order mark.
///
/// UTF-32 and UTF-16 are known by their mark, or by the zeros beside their first ASCII character
/// (RFC 4627, section 3). What is UTF-8 is taken for it whatever the header says: gateways name ISO
/// 8859-1 that have never looked at the body, and no text of another charset is UTF-8 by accident.
/// Else the header's charset counts. Without one the body stays as it is.
fn decoded<'a>(body: &'a [u8], content_type: Option<&str>) -> Cow<'a, [u8]> {
    if let Some(body) = from_utf32(body) {
        return Cow::Owned(body);
    }
    let encoding = match body {
        [0xFF, 0xFE, ..] => UTF_16LE,
        [0xFE, 0xFF, ..] => UTF_16BE,
        [0, first, ..] if *first != 0 => UTF_16BE,
        [first, 0, ..] if *first != 0 => UTF_16LE,
        // Before the header, which most responses have in vain.
        _ if std::str::from_utf8(body).is_ok() => UTF_8,
        _ => content_type.and_then(charset).unwrap_or(UTF_8),
    };
    if encoding == UTF_8 {
        let mut body = body;
        while let Some(rest) = body.strip_prefix(BYTE_ORDER_MARK) {
            body = rest;
        }
        return Cow::Borrowed(body);
    }
    let (text, is_damaged) = encoding.decode_with_bom_removal(body);
    if is_damaged {
        return Cow::Owned(damaged(&text));
    }
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

/// Returns a body of UTF-32 in UTF-8: known by its mark, or by the three zeros beside its first
/// ASCII character (RFC 4627, section 3).
fn from_utf32(body: &[u8]) -> Option<Vec<u8>> {
    let of: fn([u8; 4]) -> u32 = match body {
        [0xFF, 0xFE, 0, 0, ..] => u32::from_le_bytes,
        [0, 0, 0xFE, 0xFF, ..] => u32::from_be_bytes,
        [0, 0, 0, first, ..] if *first != 0 => u32::from_be_bytes,
        [first, 0, 0, 0, ..] if *first != 0 => u32::from_le_bytes,
        _ => return None,
    };
    let (units, rest) = body.as_chunks::<4>();
    let characters = units.iter().map(|unit| char::from_u32(of(*unit)));
    let mut decoded = Vec::with_capacity(units.len());
    for character in characters.skip_while(|it| *it == Some('\u{FEFF}')) {
        match character {
            Some(character) => {
                decoded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            None => decoded.push(0xFF), // never UTF-8, so that the text is found to be damaged
        }
    }
    if !rest.is_empty() {
        decoded.push(0xFF);
    }
    Some(decoded)
}

/// Returns the media type with its parameters, as far as it is readable.
fn content_type(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::CONTENT_TYPE)?.to_str().ok()
}

/// Returns the encoding that a media type names (RFC 9110, section 8.3.2), if it is known.
///
/// A few are known and never decoded, such as `ISO-2022-KR` (Encoding Standard, "replacement"): the
/// body would be lost.
fn charset(content_type: &str) -> Option<&'static Encoding> {
    let mut parameters = content_type.split(';').skip(1);
    parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let label = value.trim().trim_matches(['"', '\'']);
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset
            .then(|| Encoding::for_label_no_replacement(label.as_bytes()))
            .flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = "{\"Name\":\"Zoë €\"}";

    fn read(body: &[u8], content_type: Option<&str>) -> String {
        String::from_utf8(decoded(body, content_type).into_owned()).unwrap()
    }

    fn utf16(text: &str, of: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(of).collect()
    }

    #[test]
    fn utf_16_is_known_with_and_without_mark_and_name() {
        for (of, mark) in [
            (u16::to_le_bytes as fn(u16) -> [u8; 2], [0xFF, 0xFE]),
            (u16::to_be_bytes, [0xFE, 0xFF]),
        ] {
            let bare = utf16(TEXT, of);
            let marked = [&mark[..], &bare].concat();
            for name in [
                None,
                Some("application/json; charset=utf-16"),
                Some("text/html; charset=utf-8"),
            ] {
                assert_eq!(read(&bare, name), TEXT);
                assert_eq!(read(&marked, name), TEXT);
            }
        }
    }

    #[test]
    fn utf_32_is_known_with_and_without_mark() {
        for (of, mark) in [
            (u32::to_le_bytes as fn(u32) -> [u8; 4], [0xFF, 0xFE, 0, 0]),
            (u32::to_be_bytes, [0, 0, 0xFE, 0xFF]),
        ] {
            let text = format!("{TEXT}\u{1F600}");
            let bare: Vec<u8> = text.chars().flat_map(|it| of(it.into())).collect();
            let marked = [&mark[..], &bare].concat();
            assert_eq!(read(&bare, None), text);
            assert_eq!(read(&marked, Some("application/json; charset=utf-8")), text);
            // A unit that is no character, and one that is cut.
            let surrogate = [&bare[..], &of(0xD83D)].concat();
            assert_eq!(
                decoded(&surrogate, None),
                [text.as_bytes(), b"\xFF"].concat()
            );
            assert_eq!(
                decoded(&surrogate[..bare.len() + 1], None).last(),
                Some(&0xFF)
            );
        }
    }

    #[test]
    fn charset_of_the_header_counts_where_body_is_not_utf8() {
        let latin = b"{\"Name\":\"Zo\xEB\"}";
        for name in [
            "application/json; charset=ISO-8859-1",
            "application/json;charset=\"iso-8859-1\"",
            "text/plain; version=1; CHARSET=windows-1252",
        ] {
            assert_eq!(read(latin, Some(name)), "{\"Name\":\"Zoë\"}", "{name}");
            assert_eq!(read(TEXT.as_bytes(), Some(name)), TEXT, "{name}");
        }
        assert_eq!(
            read(b"\"\x80\"", Some("text/json; charset=windows-1252")),
            "\"€\""
        );
        assert_eq!(
            read(b"\"\x83\x65\"", Some("text/json; charset=shift_jis")),
            "\"テ\""
        );
    }

    #[test]
    fn a_body_of_no_known_charset_stays_as_it_is() {
        let latin = &b"\"Zo\xEB\""[..];
        for name in [
            None,
            Some("application/json"),
            Some("application/json; charset=klingon"),
        ] {
            assert_eq!(decoded(latin, name), latin);
        }
        assert_eq!(decoded(b"\xEF\xBB\xBF\xEF\xBB\xBF{}", None), &b"{}"[..]);
    }

    #[test]
    fn what_is_not_in_its_charset_is_found_damaged() {
        let cut = utf16("{\"Name\":\"Zo", u16::to_le_bytes);
        let emoji = [&cut[..], &[0x3D, 0xD8], &utf16("\"}", u16::to_le_bytes)].concat();
        assert_eq!(decoded(&emoji, None), &b"{\"Name\":\"Zo\xFF\"}"[..]);
        let chinese = Some("application/json; charset=gb18030");
        assert_eq!(
            decoded(b"\"\xC4\xE3\xFF\"", chinese),
            &b"\"\xE4\xBD\xA0\xFF\""[..]
        );
    }

    #[test]
    fn a_charset_that_is_never_decoded_counts_as_none() {
        let body = &b"{\"Name\":\"Zo\xEB\"}"[..];
        for label in ["iso-2022-kr", "hz-gb-2312", "replacement"] {
            let name = format!("application/json; charset={label}");
            assert_eq!(decoded(body, Some(&name)), body, "{label}");
        }
    }

    proptest! {
        #[test]
        fn any_body_is_decoded_without_panic(body: Vec<u8>, label in "[a-z0-9-]{0,12}") {
            let name = format!("text/plain; charset={label}");
            prop_assert!(decoded(&body, Some(&name)).len() <= 3 * body.len() + 3);
        }

        #[test]
        fn utf_8_stays_whatever_the_header_says(text in "[^\u{0}\u{FEFF}]{2,20}") {
            let read = read(text.as_bytes(), Some("text/plain; charset=iso-8859-1"));
            prop_assert_eq!(read, text);
        }
    }
}
