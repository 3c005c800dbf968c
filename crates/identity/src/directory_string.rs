//! The text of the strings that names are made of, of every type that they have had.
//!
//! `DirectoryString` of [RFC 5280, section 4.1.2.4] and the types beside it. Leaves out escaping.
//!
//! [RFC 5280, section 4.1.2.4]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.4

use der::asn1::Any;
use der::{Tag, Tagged};

/// Returns the text of a value; `None` if it is no string, or damaged.
pub(crate) fn text(value: &Any) -> Option<String> {
    let bytes = value.value();
    match value.tag() {
        Tag::Ia5String
        | Tag::NumericString
        | Tag::PrintableString
        | Tag::Utf8String
        | Tag::VisibleString => String::from_utf8(bytes.to_vec()).ok(),
        // T.61 by the letter, Latin-1 in every program that wrote it.
        Tag::TeletexString => Some(bytes.iter().copied().map(char::from).collect()),
        Tag::BmpString => {
            let (units, rest) = bytes.as_chunks::<2>();
            let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
            let text = char::decode_utf16(units).collect::<Result<_, _>>().ok();
            text.filter(|_| rest.is_empty())
        }
        // A UniversalString, under the tag that `readable` has given it.
        Tag::OctetString => {
            let (units, rest) = bytes.as_chunks::<4>();
            let characters = units
                .iter()
                .map(|unit| char::from_u32(u32::from_be_bytes(*unit)));
            characters
                .collect::<Option<_>>()
                .filter(|_| rest.is_empty())
        }
        _ => None,
    }
}

/// Returns a copy in which every UniversalString (UTF-32) has the tag of an OCTET STRING, since
/// `der` knows no tag 28; `None` if there is none. Nothing in a name is an OCTET STRING otherwise.
pub(crate) fn readable(der: &[u8]) -> Option<Vec<u8>> {
    let mut places = Vec::new();
    find_universal_strings(der, 0, DEEPEST, &mut places)?;
    let mut copy = der.to_vec();
    for place in &places {
        *copy.get_mut(*place)? = OCTET_STRING;
    }
    (!places.is_empty()).then_some(copy)
}

/// Collects where their tags stand; `None` if a length does not fit.
fn find_universal_strings(
    der: &[u8],
    start: usize,
    depth: usize,
    places: &mut Vec<usize>,
) -> Option<()> {
    let mut rest = der;
    while let Some((tag, after)) = rest.split_first() {
        let at = start + (der.len() - rest.len());
        let (first, after) = after.split_first()?;
        let (length, content) = match first {
            0..=0x7F => (usize::from(*first), after),
            0x81..=0x84 => {
                let (digits, content) = after.split_at_checked((first & 0x7F).into())?;
                let length = digits
                    .iter()
                    .fold(0, |length, it| length << 8 | usize::from(*it));
                (length, content)
            }
            _ => return None,
        };
        let (content, after) = content.split_at_checked(length)?;
        if *tag == UNIVERSAL_STRING {
            places.push(at);
        } else if tag & CONSTRUCTED != 0 && depth > 0 {
            let inner = start + (der.len() - after.len() - content.len());
            find_universal_strings(content, inner, depth - 1, places)?;
        }
        rest = after;
    }
    Some(())
}

const UNIVERSAL_STRING: u8 = 28;
const OCTET_STRING: u8 = 4;
const CONSTRUCTED: u8 = 0x20;
/// A name in a certificate is five values deep.
const DEEPEST: usize = 8;
