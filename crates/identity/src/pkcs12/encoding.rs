//! DER of the few types that a store is made of ([X.690, sections 8 and 10]).
//!
//! For what is public or encrypted: its buffers are not wiped. Leaves out lengths over 4 GiB.
//!
//! [X.690, sections 8 and 10]: https://www.itu.int/rec/T-REC-X.690

use der::asn1::ObjectIdentifier;

/// Returns a value with its tag and length.
pub(super) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let digits = length.to_be_bytes();
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = digits.get(zeros..).unwrap_or_default();
    let mut element = Vec::with_capacity(length + digits.len() + 2);
    element.push(tag);
    match u8::try_from(length) {
        Ok(short @ 0..0x80) => element.push(short),
        _ => {
            // At most eight of them.
            element.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            element.extend(digits);
        }
    }
    element.extend(content);
    element
}

pub(super) fn sequence(components: &[&[u8]]) -> Vec<u8> {
    element(0x30, &components.concat())
}

/// Returns a value in an explicit tag that has a meaning only where it stands.
pub(super) fn tagged(number: u8, value: &[u8]) -> Vec<u8> {
    element(0xA0 | number, value)
}

pub(super) fn identifier(oid: ObjectIdentifier) -> Vec<u8> {
    element(0x06, oid.as_bytes())
}

pub(super) fn integer(value: u32) -> Vec<u8> {
    let digits = value.to_be_bytes();
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let digits = digits.get(zeros..).unwrap_or_default();
    // A number whose highest bit is set would be negative, and zero has one digit.
    let sign: &[u8] = match digits.first() {
        Some(0..0x80) => &[],
        _ => &[0],
    };
    element(0x02, &[sign, digits].concat())
}
