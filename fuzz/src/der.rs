//! Mutates one value in DER and writes the lengths above it anew (X.690, section 8.1).
//!
//! Leaves out tags of several bytes, which none of our formats has.

use libfuzzer_sys::fuzzer_mutate;

/// Returns the elements with something changed in one of them, or `None` if it is not DER.
///
/// `choice` is the way down: at every level, which element, or all of them as plain bytes.
pub(crate) fn mutate(input: &[u8], choice: usize) -> Option<Vec<u8>> {
    let mut elements = elements(input)?;
    let ways = elements.len() + 1;
    let Some((_, content)) = elements.get_mut(choice % ways) else {
        return Some(mutate_bytes(input));
    };
    *content = mutate(content, choice / ways).unwrap_or_else(|| mutate_bytes(content));
    Some(
        elements
            .iter()
            .flat_map(|(tag, content)| encode(*tag, content))
            .collect(),
    )
}

/// Tags and contents, if there is at least one and nothing else.
fn elements(mut rest: &[u8]) -> Option<Vec<(u8, Vec<u8>)>> {
    let mut elements = Vec::new();
    while let [tag, after @ ..] = rest {
        let (length, after) = length(after)?;
        let (content, after) = after.split_at_checked(length)?;
        elements.push((*tag, content.to_vec()));
        rest = after;
    }
    (!elements.is_empty()).then_some(elements)
}

/// Reads a length of up to two bytes, and returns what follows it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes {
        [short @ ..=0x7f, rest @ ..] => Some((usize::from(*short), rest)),
        [0x81, length, rest @ ..] => Some((usize::from(*length), rest)),
        [0x82, high, low, rest @ ..] => {
            Some((usize::from(u16::from_be_bytes([*high, *low])), rest))
        }
        _ => None,
    }
}

fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let [.., high, low] = content.len().to_be_bytes();
    let length: &[u8] = match content.len() {
        ..=0x7f => &[low],
        0x80..=0xff => &[0x81, low],
        _ => &[0x82, high, low],
    };
    [&[tag], length, content].concat()
}

fn mutate_bytes(input: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    bytes.resize(input.len() + 64, 0); // room to grow
    let size = fuzzer_mutate(&mut bytes, input.len(), input.len() + 64);
    bytes.truncate(size);
    bytes
}
