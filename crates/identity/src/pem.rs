//! PEM blocks, in every spelling in which people have them.
//!
//! [RFC 7468], read far more kindly than it demands: any line ends, indentation, one line, spaces
//! or a written-out `\n` in place of line ends, blank lines, text around. The base64 is decoded in
//! constant time into buffers that are wiped. Leaves out what the blocks mean.
//!
//! [RFC 7468]: https://www.rfc-editor.org/rfc/rfc7468#section-2

mod dek_info;
mod escape;
mod position;

use base64ct::{Base64Unpadded, Encoding};
use zeroize::Zeroizing;

use position::position;

pub(crate) use dek_info::DekInfo;

/// One block between a `BEGIN` and the next marker.
pub(crate) struct Block {
    pub(crate) label: String,
    pub(crate) body: Body,
}

/// The content between the markers.
pub(crate) enum Body {
    /// The decoded base64.
    Der(Zeroizing<Vec<u8>>),
    /// Not base64, or no matching `END`.
    Damaged,
    /// The decoded base64, encrypted as the header says.
    Encrypted(DekInfo, Zeroizing<Vec<u8>>),
}

/// Returns all blocks of a text in order; empty if it holds no `BEGIN` marker.
pub(crate) fn blocks(input: &[u8]) -> Vec<Block> {
    // In the whole text, as the markers of a block in JSON are escaped too.
    let text = escape::unescape(input);
    let mut rest: &[u8] = &text;
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    while let Some(marker) = next_marker(rest) {
        if let Some(label) = open.take() {
            let complete = marker.kind == END && marker.label == label.as_bytes();
            let body = if complete {
                decode(marker.before)
            } else {
                Body::Damaged
            };
            blocks.push(Block { label, body });
        }
        // Also inside of a block that has no end: the next one must not be lost with it.
        if marker.kind == BEGIN {
            open = Some(String::from_utf8_lossy(marker.label).into_owned());
        }
        rest = marker.after;
    }
    blocks.extend(open.map(|label| Block {
        label,
        body: Body::Damaged,
    }));
    blocks
}

/// A `-----BEGIN label-----` or `-----END label-----` with the text on both sides.
struct Marker<'a> {
    kind: &'static [u8],
    label: &'a [u8],
    before: &'a [u8],
    after: &'a [u8],
}

/// Returns the first marker of a text. A `BEGIN` or `END` without a label on its line is not a
/// marker.
fn next_marker(text: &[u8]) -> Option<Marker<'_>> {
    let mut start = 0;
    loop {
        let found = start + position(text.get(start..)?, DASHES)?;
        let (before, at) = text.split_at_checked(found)?;
        for kind in [BEGIN, END] {
            if let Some(labelled) = at.strip_prefix(kind)
                && let Some((label, after)) = split_label(labelled)
            {
                return Some(Marker {
                    kind,
                    label,
                    before,
                    after,
                });
            }
        }
        // By one byte: the dashes may belong to a marker that begins among them.
        start = found + 1;
    }
}

fn split_label(text: &[u8]) -> Option<(&[u8], &[u8])> {
    // A window, or a file of dashes would be searched to its end for each of them.
    let window = text.get(..LONGEST_LABEL + DASHES.len()).unwrap_or(text);
    let label = window.get(..position(window, DASHES)?)?;
    let after = text.get(label.len() + DASHES.len()..)?;
    (!label.contains(&b'\n')).then_some((label, after))
}

/// Decodes the base64 of a body, after its headers if it has any.
fn decode(body: &[u8]) -> Body {
    if position(body, b"Proc-Type:").is_none() || position(body, b"ENCRYPTED").is_none() {
        return decode_base64(body).map_or(Body::Damaged, Body::Der);
    }
    let Some((header, rest)) = DekInfo::split_off(body) else {
        return Body::Damaged;
    };
    decode_base64(rest).map_or(Body::Damaged, |data| Body::Encrypted(header, data))
}

/// Decodes base64, skipping white space and header lines; `None` if there is none or it is damaged.
pub(crate) fn decode_base64(body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    // Room for all: a buffer that grows leaves copies of the key behind.
    let mut text = Zeroizing::new(Vec::with_capacity(body.len()));
    for line in body
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.contains(&b':'))
    {
        text.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
    }
    // Padding is often cut or doubled by the tools that carry the text.
    while text.last() == Some(&b'=') {
        text.pop();
    }
    let mut der = Zeroizing::new(vec![0; text.len()]);
    let length = Base64Unpadded::decode(text.as_slice(), &mut der)
        .ok()?
        .len();
    der.truncate(length);
    (length > 0).then_some(der)
}

const DASHES: &[u8] = b"-----";
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
/// Longer than any label in use.
const LONGEST_LABEL: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn only_body(text: &str) -> Option<Vec<u8>> {
        match blocks(text.as_bytes()).as_slice() {
            [
                Block {
                    body: Body::Der(der),
                    ..
                },
            ] => Some(der.to_vec()),
            _ => None,
        }
    }

    #[test]
    fn a_block_is_decoded() {
        assert_eq!(
            only_body("-----BEGIN X-----\nAQID\n-----END X-----\n"),
            Some(vec![1, 2, 3])
        );
    }

    #[test]
    fn missing_padding_is_no_damage() {
        assert_eq!(
            only_body("-----BEGIN X-----\nAQI\n-----END X-----\n"),
            Some(vec![1, 2])
        );
        assert_eq!(
            only_body("-----BEGIN X-----\nAQI=\n-----END X-----\n"),
            Some(vec![1, 2])
        );
    }

    #[test]
    fn a_foreign_character_is_damage() {
        assert_eq!(
            only_body("-----BEGIN X-----\nAQ*D\n-----END X-----\n"),
            None
        );
    }

    #[test]
    fn another_label_at_the_end_is_damage() {
        let blocks = blocks(b"-----BEGIN X-----\nAQID\n-----END Y-----\n");
        assert!(matches!(
            blocks.as_slice(),
            [Block {
                body: Body::Damaged,
                ..
            }]
        ));
    }

    #[test]
    fn a_block_without_end_does_not_hide_the_next_one() {
        let blocks = blocks(b"-----BEGIN X-----\nAQID\n-----BEGIN Y-----\nAQID\n-----END Y-----");
        assert!(matches!(
            blocks.as_slice(),
            [
                Block {
                    body: Body::Damaged,
                    ..
                },
                Block {
                    body: Body::Der(_),
                    ..
                }
            ]
        ));
    }

    #[test]
    fn an_encrypted_body_comes_with_its_header_in_every_spelling() {
        let text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,\
                    00FF\n\nAQID\n-----END RSA PRIVATE KEY-----\n";
        for text in [
            text.to_owned(),
            text.replace('\n', "\r\n"),
            text.replace('\n', " "),
            text.replace('\n', "\\n"),
            text.replace('\n', "\n  "),
        ] {
            let blocks = blocks(text.as_bytes());
            let [
                Block {
                    body: Body::Encrypted(header, data),
                    ..
                },
            ] = blocks.as_slice()
            else {
                panic!("{text}")
            };
            assert_eq!(header.algorithm, "AES-256-CBC");
            assert_eq!(header.initialization_vector, [0x00, 0xFF]);
            assert_eq!(**data, [1, 2, 3], "{text}");
        }
    }

    #[test]
    fn an_encrypted_body_without_its_header_is_damage() {
        for header in [
            "",
            "DEK-Info: ",
            "DEK-Info: AES-256-CBC",
            "DEK-Info: AES-256-CBC,0",
            "DEK-Info: ,00",
        ] {
            let text = format!(
                "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n{header}\n\nAQID\n-----END X-----\n"
            );
            let blocks = blocks(text.as_bytes());
            assert!(
                matches!(
                    blocks.as_slice(),
                    [Block {
                        body: Body::Damaged,
                        ..
                    }]
                ),
                "{header}"
            );
        }
    }

    #[test]
    fn ten_thousand_open_blocks_are_read_in_one_pass() {
        let text = "-----BEGIN X-----\n".repeat(10_000);
        assert_eq!(blocks(text.as_bytes()).len(), 10_000);
    }
}
