//! A reply whose head the h2 crate would not send, as frames ([RFC 9113, section 6]).
//!
//! Literals without indexing, not in Huffman's code ([RFC 7541, section 6.2.2]), so that they
//! change nothing for the heads that the library sends.
//!
//! [RFC 9113, section 6]: https://www.rfc-editor.org/rfc/rfc9113#section-6
//! [RFC 7541, section 6.2.2]: https://www.rfc-editor.org/rfc/rfc7541#section-6.2.2

use http::{HeaderName, HeaderValue};

use crate::script::reply::{Body, Reply};

/// Returns whether a field of the reply cannot be said through the library.
pub(super) fn is_raw(reply: &Reply) -> bool {
    let is_odd = |(name, value): &(String, String)| {
        HeaderName::from_bytes(name.as_bytes()).is_err() || HeaderValue::from_str(value).is_err()
    };
    reply.headers.iter().any(is_odd)
}

/// Returns HEADERS, CONTINUATION and DATA frames of this stream. A body of more than the client's
/// first window is cut off there.
pub(super) fn frames(reply: &Reply, stream: u32) -> Vec<u8> {
    let mut block = Vec::new();
    // The name `:status` is entry 8 of the static table.
    block.push(8);
    string(&mut block, reply.status.to_string().as_bytes());
    for (name, value) in &reply.headers {
        // 0 announces a literal without indexing, with a new name.
        block.push(0);
        // Names have no upper case in HTTP/2 (RFC 9113, section 8.2.1).
        string(&mut block, name.to_ascii_lowercase().as_bytes());
        string(&mut block, value.as_bytes());
    }
    if let Some(length) = reply.framing.content_length(reply.body.len()) {
        block.push(0);
        string(&mut block, b"content-length");
        string(&mut block, length.to_string().as_bytes());
    }
    let mut frames = Vec::new();
    let mut parts = block.chunks(LARGEST_FRAME).peekable();
    let mut kind = HEADERS;
    while let Some(part) = parts.next() {
        let flags = if parts.peek().is_none() {
            END_HEADERS
        } else {
            0
        };
        frame(&mut frames, kind, flags, stream, part);
        kind = CONTINUATION;
    }
    let body = match &reply.body {
        Body::Filled { bytes } => vec![
            b' ';
            usize::try_from(*bytes)
                .unwrap_or(FIRST_WINDOW)
                .min(FIRST_WINDOW)
        ],
        Body::Bytes(bytes) => bytes.iter().copied().take(FIRST_WINDOW).collect(),
        Body::Text(text) => text.as_bytes().iter().copied().take(FIRST_WINDOW).collect(),
    };
    for part in body.chunks(LARGEST_FRAME) {
        frame(&mut frames, DATA, 0, stream, part);
    }
    frame(&mut frames, DATA, END_STREAM, stream, &[]);
    frames
}

fn frame(frames: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len())
        .unwrap_or(u32::MAX)
        .to_be_bytes();
    // The length has three bytes (RFC 9113, section 4.1).
    frames.extend(length.iter().skip(1));
    frames.extend([kind, flags]);
    frames.extend(stream.to_be_bytes());
    frames.extend_from_slice(payload);
}

/// Writes a length in the form of RFC 7541, section 5.1, with seven bits in the first byte, then
/// the bytes.
fn string(block: &mut Vec<u8>, bytes: &[u8]) {
    const SEVEN_BITS: usize = 0x7f;
    let low = |number: usize| u8::try_from(number & SEVEN_BITS).unwrap_or(0);
    if bytes.len() < SEVEN_BITS {
        block.push(low(bytes.len()));
    } else {
        block.push(low(SEVEN_BITS));
        let mut rest = bytes.len() - SEVEN_BITS;
        while rest > SEVEN_BITS {
            block.push(low(rest) | 0x80);
            rest >>= 7;
        }
        block.push(low(rest));
    }
    block.extend_from_slice(bytes);
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
/// The length and the window that every client has at least (RFC 9113, sections 4.2 and 6.9.2).
const LARGEST_FRAME: usize = 16_384;
const FIRST_WINDOW: usize = 65_535;
