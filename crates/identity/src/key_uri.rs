//! A URI in the place of a key: what a device keeps can only be named.
//!
//! `pkcs11:` of [RFC 7512] is one; a service that keeps keys may have another scheme. Leaves out
//! what the URI says.
//!
//! [RFC 7512]: https://www.rfc-editor.org/rfc/rfc7512

/// Returns whether a text is a URI and nothing else ([RFC 3986, section 3]).
///
/// [RFC 3986, section 3]: https://www.rfc-editor.org/rfc/rfc3986#section-3
pub(crate) fn is_uri(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|byte| *byte == b':') else {
        return false;
    };
    let (scheme, rest) = text.split_at(colon);
    let is_in_scheme = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    // One letter is a drive of Windows.
    scheme.len() > 1
        && scheme.first().is_some_and(u8::is_ascii_alphabetic)
        && scheme.iter().all(is_in_scheme)
        && rest.len() > 1
        && rest.iter().all(u8::is_ascii_graphic)
        && text.len() <= LONGEST
}

/// Longer than any name of a key; data in a URI (`data:`) is longer.
const LONGEST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uri_alone_is_one() {
        for text in [
            "pkcs11:token=napi;object=client?module-path=/lib/a.so",
            "awskms:///alias/napi",
            "x-vault+1.0:a",
        ] {
            assert!(is_uri(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn other_text_is_no_uri() {
        let long = format!("pkcs11:object={}", "a".repeat(LONGEST));
        for text in [
            "",
            "pkcs11",
            "pkcs11:",
            ":a",
            "1a:b",
            "C:\\napi.key",
            "pkcs11:object=a b",
            "pkcs11:object=a\npkcs11:object=b",
            "PuTTY-User-Key-File-2: ssh-rsa",
            "pkcs11:object=\u{e9}",
            &long,
        ] {
            assert!(!is_uri(text.as_bytes()), "{text}");
        }
    }
}
