//! Names with strings in UTF-32, which the DER reader does not know.
//!
//! `UniversalString` ([X.680, section 41]) has the tag 28. Leaves out the text, which
//! `distinguished_name` reads.
//!
//! [X.680, section 41]: https://www.itu.int/rec/T-REC-X.680

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
