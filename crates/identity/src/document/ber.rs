//! The kind of an ASN.1 value by its beginning, where the whole cannot be read as DER.
//!
//! Java, NSS and the keychain of macOS write stores with lengths that are not stated (BER, [X.690,
//! section 8.1.3.6]), others with lengths in more bytes than they need, and a file that is cut has
//! its beginning still. Only the heads of the first values are looked at. Leaves out decoding.
//!
//! [X.690, section 8.1.3.6]: https://www.itu.int/rec/T-REC-X.690

use crate::format::Format;

/// Returns the format that begins like this; `None` for DER of another kind.
pub(super) fn by_beginning(input: &[u8]) -> Option<Format> {
    let outer = head(input).filter(|head| head.tag == SEQUENCE)?;
    let first = head(outer.content)?;
    let format = match first.tag {
        OBJECT_IDENTIFIER if first.content.starts_with(PKCS7) => Some(Format::Pkcs7),
        INTEGER if first.content.starts_with(&[3]) && first.length == Length::Stated(1) => {
            let second = head(first.content.get(1..)?).filter(|head| head.tag == SEQUENCE);
            let third = second.and_then(|second| head(second.content));
            let is_store = third.is_some_and(|third| {
                third.tag == OBJECT_IDENTIFIER && third.content.starts_with(PKCS7)
            });
            is_store.then_some(Format::Pkcs12)
        }
        _ => None,
    };
    format.or_else(|| (!outer.is_der).then_some(Format::Ber))
}

/// The tag and length of a value, with everything that follows them.
struct Head<'a> {
    tag: u8,
    length: Length,
    /// Whether the length is stated in the fewest bytes.
    is_der: bool,
    content: &'a [u8],
}

#[derive(PartialEq, Eq)]
enum Length {
    NotStated,
    Stated(usize),
}

fn head(input: &[u8]) -> Option<Head<'_>> {
    let (tag, rest) = input.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, is_der, content) = match first {
        0x80 => (Length::NotStated, false, rest),
        0..=0x7F => (Length::Stated((*first).into()), true, rest),
        _ => {
            let (digits, content) = rest.split_at_checked((first & 0x7F).into())?;
            let length = digits.iter().try_fold(0_usize, |length, digit| {
                length.checked_mul(256)?.checked_add((*digit).into())
            })?;
            let is_shortest = length >= 0x80 && digits.first() != Some(&0);
            (Length::Stated(length), is_shortest, content)
        }
    };
    Some(Head {
        tag: *tag,
        length,
        is_der,
        content,
    })
}

const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// 1.2.840.113549.1.7, of which PKCS#7 and PKCS#12 name a member.
const PKCS7: &[u8] = &[0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07];
