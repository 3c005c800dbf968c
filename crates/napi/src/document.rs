//! The JSON document in a body, whatever a service or a gateway has put around it.

use std::borrow::Cow;

use crate::wire::{Scanner, is_trailing_blank, mended};

/// Written in front of JSON so that no web page can run it as a script.
const PREFIXES: [&[u8]; 7] = [
    b")]}',",
    b")]}'",
    b"while(1);",
    b"while (1);",
    b"for(;;);",
    b"for (;;);",
    b"{}&&",
];

/// Returns the document of a body in UTF-8: without a prefix against scripts, and out of the string
/// that it was put into by a service that encodes twice. Any other body stays as it is.
pub(crate) fn document(body: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let body = without_prefix(body);
    match encoded_twice(&body) {
        Some(document) => Cow::Owned(document),
        None => body,
    }
}

/// Returns a body without a prefix against scripts.
pub(crate) fn without_prefix(body: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let start = body.trim_ascii_start();
    if !matches!(start.first(), Some(b')' | b'w' | b'f' | b'{')) {
        return body;
    }
    let rest = PREFIXES
        .iter()
        .find_map(|prefix| start.strip_prefix(*prefix));
    let Some(rest) = rest else {
        return body;
    };
    let at = body.len() - rest.len();
    match body {
        Cow::Borrowed(body) => Cow::Borrowed(body.get(at..).unwrap_or_default()),
        Cow::Owned(mut body) => {
            body.drain(..at);
            Cow::Owned(body)
        }
    }
}

/// Returns the object or list that is in a JSON string, also in one that breaks off.
fn encoded_twice(body: &[u8]) -> Option<Vec<u8>> {
    let start = body.trim_ascii_start();
    let mut scanner = Scanner::new(start);
    let Some(b'"' | b'\'') = scanner.peek() else {
        return None;
    };
    let raw = match scanner.string() {
        Some(raw) if scanner.rest().iter().all(is_trailing_blank) => raw,
        Some(_) => return None,
        None => start.get(1..)?,
    };
    let text = mended(raw);
    text.text.trim_start().starts_with(['{', '[']).then(|| {
        if text.is_damaged {
            damaged(&text.text)
        } else {
            text.text.into_owned().into_bytes()
        }
    })
}

/// Puts a byte that is never UTF-8 in the place of each U+FFFD, so that text of which something is
/// lost is found to be damaged, as it is in a body of UTF-8.
pub(crate) fn damaged(text: &str) -> Vec<u8> {
    let parts: Vec<_> = text.split('\u{FFFD}').map(str::as_bytes).collect();
    parts.join(&0xFF)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(body: &[u8]) -> Cow<'_, [u8]> {
        document(Cow::Borrowed(body))
    }

    #[test]
    fn prefix_against_scripts_is_taken_off() {
        for prefix in PREFIXES {
            for blank in [&b""[..], b"\n", b"\r\n "] {
                let body = [prefix, blank, b"{\"a\":1}"].concat();
                assert_eq!(read(&body).trim_ascii(), b"{\"a\":1}");
            }
        }
        for other in [&b"{\"a\":1}"[..], b"{}", b")]}", b"while", b"fortune", b""] {
            assert_eq!(read(other), other);
        }
    }

    #[test]
    fn document_encoded_twice_is_taken_out_of_its_string() {
        assert_eq!(
            read(br#" "{\"a\":\"\\u00e9\"}" "#),
            &br#"{"a":"\u00e9"}"#[..]
        );
        assert_eq!(read(br#""[1]""#), &b"[1]"[..]);
        assert_eq!(read(br#""{\"a\":1,\"b"#), &br#"{"a":1,"b"#[..]);
        assert_eq!(read(br#""{\"a\":\"\ud83d\"}""#), &b"{\"a\":\"\xFF\"}"[..]);
        for end in [";", ";\r\n", "\0", "\u{FEFF}"] {
            let body = format!("{}{end}", r#""{\"a\":1}""#);
            assert_eq!(read(body.as_bytes()), &br#"{"a":1}"#[..], "{end:?}");
        }
        for other in [
            &b"\"Hello Joe\""[..],
            b"\"Hello Joe\";",
            b"\"{}\" 1",
            b"\"{}\"; 1",
            b"\"\"",
            b"7",
            b"\"",
        ] {
            assert_eq!(read(other), other);
        }
    }

    proptest! {
        #[test]
        fn any_document_encoded_twice_is_itself(text in "[{\\[].{0,50}") {
            let twice = serde_json::to_vec(&text).unwrap();
            prop_assert_eq!(read(&twice), text.as_bytes());
        }

        #[test]
        fn any_body_is_looked_through_without_panic(body: Vec<u8>) {
            let _ = read(&body);
        }
    }
}
