//! The texts of a subject: which string types an attribute may have, how long it may be, which
//! characters no name has.
//!
//! String types and upper bounds are those of [RFC 5280, appendix A.1], for `street` and
//! `postalCode` those of X.520.
//!
//! [RFC 5280, appendix A.1]: https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1

use x509_parser::asn1_rs::Tag;

/// The rules for an attribute's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    pub(crate) syntax: Syntax,
    /// Characters.
    pub(crate) longest: usize,
}

/// The ASN.1 type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Syntax {
    /// `DirectoryString`; of its choices, CAs have to use these two (RFC 5280, section 4.1.2.4).
    Directory,
    /// `IA5String`.
    Ia5,
    /// `PrintableString`.
    Printable,
    /// An attribute that is not known here.
    Unknown,
}

impl Rules {
    /// Returns the rules for the attribute of this OID, by its arcs.
    pub(crate) fn of(arcs: &[u64]) -> Self {
        let (syntax, longest) = match arcs {
            [2, 5, 4, 6] => (Syntax::Printable, 2),                 // C
            [2, 5, 4, 7 | 8] => (Syntax::Directory, 128),           // L, ST
            [2, 5, 4, 3 | 10 | 11 | 12] => (Syntax::Directory, 64), // CN, O, OU, title
            [2, 5, 4, 5] => (Syntax::Printable, 64),                // serialNumber
            [2, 5, 4, 46] => (Syntax::Printable, 64),               // dnQualifier
            [2, 5, 4, 9] => (Syntax::Directory, 128),               // street
            [2, 5, 4, 17] => (Syntax::Directory, 40),               // postalCode
            [2, 5, 4, 65] => (Syntax::Directory, 128),              // pseudonym
            [2, 5, 4, 4 | 41 | 42 | 43 | 44] => (Syntax::Directory, 32_768), // name and its kinds
            [0, 9, 2342, 19_200_300, 100, 1, 25] => (Syntax::Ia5, 63), // DC, a label of a domain name
            [1, 2, 840, 113_549, 1, 9, 1] => (Syntax::Ia5, 255),       // emailAddress
            _ => (Syntax::Unknown, 32_768),
        };
        Self { syntax, longest }
    }
}

impl Syntax {
    pub(crate) fn allows(self, tag: Tag) -> bool {
        match self {
            Self::Directory => matches!(tag, Tag::PrintableString | Tag::Utf8String),
            Self::Ia5 => tag == Tag::Ia5String,
            Self::Printable => tag == Tag::PrintableString,
            Self::Unknown => true,
        }
    }
}

/// Returns whether these bytes may stand in a string of this type (X.680, section 41); that of
/// others is not checked.
pub(crate) fn is_of_type(tag: Tag, bytes: &[u8]) -> bool {
    match tag {
        Tag::Ia5String => bytes.is_ascii(),
        Tag::PrintableString => bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(byte)),
        Tag::Utf8String => std::str::from_utf8(bytes).is_ok(),
        _ => true,
    }
}

/// Returns whether a character is one that no name has and no one sees: a control or format
/// character, a private one, one that Unicode says is none, or the sign of a failed conversion. RFC
/// 5280 has names compared as RFC 4518 says, which drops or prohibits all of these.
pub(crate) fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{ffff}' | '\u{e0000}'..='\u{10ffff}'
        )
        || u32::from(character) & 0xfffe == 0xfffe
}

/// Returns whether a text says nothing: only spaces, dots, hyphens and the like, which the
/// CA/Browser Forum's Baseline Requirements call metadata and forbid.
pub(crate) fn says_nothing(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_told_from_letters_of_every_script() {
        for character in "\0\t\u{1b}\u{7f}\u{9b}\u{200b}\u{202e}\u{2066}\u{2028}\u{feff}\u{fffd}\u{ffff}\u{1fffe}\
                          \u{e000}\u{e0041}\u{10fffd}"
            .chars()
        {
            assert!(is_invisible(character), "{character:?}");
        }
        for character in "aZ9 -.'éß東京Яअ€\u{301}😀".chars() {
            assert!(!is_invisible(character), "{character:?}");
        }
    }

    #[test]
    fn a_printable_string_has_its_own_alphabet() {
        assert!(is_of_type(Tag::PrintableString, b"Acme Inc. (1+2)?"));
        for bytes in [&b"a@b"[..], b"a*b", b"a_b", b"a&b", "é".as_bytes(), b"a\0b"] {
            assert!(!is_of_type(Tag::PrintableString, bytes), "{bytes:?}");
        }
        assert!(!is_of_type(Tag::Utf8String, b"\xff"));
        assert!(!is_of_type(Tag::Ia5String, b"\xe9"));
    }
}
