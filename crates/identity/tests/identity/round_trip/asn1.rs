//! DER written by hand (X.690), independent of the code that is tested.
//!
//! Leaves out tags of several bytes.

use der::asn1::ObjectIdentifier;

pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let digits: Vec<u8> = length
        .to_be_bytes()
        .into_iter()
        .skip_while(|byte| *byte == 0)
        .collect();
    let header = if length < 0x80 {
        vec![tag, u8::try_from(length).unwrap()]
    } else {
        let count = u8::try_from(digits.len()).unwrap();
        [&[tag, 0x80 | count], &digits[..]].concat()
    };
    [&header[..], content].concat()
}

pub(crate) fn sequence(components: &[&[u8]]) -> Vec<u8> {
    element(0x30, &components.concat())
}

pub(crate) fn octets(content: &[u8]) -> Vec<u8> {
    element(0x04, content)
}

/// Returns a BIT STRING of whole bytes.
pub(crate) fn bits(content: &[u8]) -> Vec<u8> {
    element(0x03, &[&[0], content].concat())
}

/// Returns `[number] EXPLICIT`.
pub(crate) fn explicit(number: u8, content: &[u8]) -> Vec<u8> {
    element(0xA0 | number, content)
}

pub(crate) fn identifier(dotted: &str) -> Vec<u8> {
    element(0x06, ObjectIdentifier::new_unwrap(dotted).as_bytes())
}

pub(crate) fn integer(value: u64) -> Vec<u8> {
    unsigned(&value.to_be_bytes())
}

/// Returns an INTEGER of any length that is not negative, its highest byte first.
pub(crate) fn unsigned(digits: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = digits
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect();
    let sign: &[u8] = match digits.first() {
        Some(..0x80) => &[],
        _ => &[0],
    };
    element(0x02, &[sign, &digits].concat())
}

/// Returns the elements inside an element, each with its tag and length.
pub(crate) fn components(der: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = content(der);
    let mut components = Vec::new();
    while !rest.is_empty() {
        let (header, length) = header(rest);
        let (first, after) = rest.split_at(header + length);
        components.push(first.to_vec());
        rest = after;
    }
    components
}

/// Returns the content behind tag and length.
pub(crate) fn content(der: &[u8]) -> &[u8] {
    let (header, length) = header(der);
    &der[header..header + length]
}

/// Returns the lengths of tag and length together, and of the content.
fn header(der: &[u8]) -> (usize, usize) {
    match der[1] {
        short @ ..0x80 => (2, short.into()),
        long => {
            let count = usize::from(long & 0x7F);
            let digits = &der[2..2 + count];
            let length = digits
                .iter()
                .fold(0, |value, digit| value << 8 | usize::from(*digit));
            (2 + count, length)
        }
    }
}

pub(crate) const NULL: &[u8] = &[0x05, 0x00];
