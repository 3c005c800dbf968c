//! Heads that hyper can parse unchanged, as nearly all are.
//!
//! Each response pays for this check, so it is one pass without a copy. A head in doubt is not
//! plain, and goes through [`normalise`](crate::stream::head_reader::normalise).

use crate::stream::head_limits::HeadLimits;
use crate::stream::head_reader::packed::ROOM;

/// Checks whether the bytes begin with the complete head of a final response that needs no change.
pub(super) fn is_plain(bytes: &[u8], limits: HeadLimits) -> bool {
    let Some(mut rest) = after_status_line(bytes) else {
        return false;
    };
    let (mut fields, mut lengths, mut codings) = (0_usize, 0_usize, 0_usize);
    loop {
        if let Some(body) = rest.strip_prefix(b"\r\n") {
            let length = bytes.len() - body.len();
            return length as u64 <= u64::from(limits.bytes)
                && fields <= usize::from(limits.fields)
                // hyper has room for this many, and exactly this many mean that fields are packed.
                && fields < ROOM
                // Two lengths may contradict each other, and one beside chunks is ignored.
                && lengths + codings <= 1;
        }
        let Some((name, value, next)) = field(rest) else {
            return false;
        };
        if name.eq_ignore_ascii_case(b"content-length") {
            let value = value.trim_ascii();
            if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
                return false;
            }
            lengths += 1;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            codings += 1;
        }
        fields += 1;
        rest = next;
    }
}

/// Returns the bytes behind the status line of a final response.
fn after_status_line(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes
        .strip_prefix(b"HTTP/1.1 ")
        .or_else(|| bytes.strip_prefix(b"HTTP/1.0 "))?;
    // An interim response is followed by another head.
    if !matches!(rest.first()?, b'2'..=b'5') {
        return None;
    }
    rest.get(text(rest)..)?.strip_prefix(b"\r\n")
}

/// Splits off a field: its name, its value with the white space around it, and the rest.
fn field(line: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let in_name = |byte: &u8| IN_NAME.get(usize::from(*byte)) == Some(&true);
    let colon = line.iter().position(|byte| !in_name(byte))?;
    let (name, rest) = line.split_at(colon);
    let rest = rest.strip_prefix(b":")?;
    let (value, rest) = rest.split_at(text(rest));
    let next = rest.strip_prefix(b"\r\n")?;
    // A folded line needs the long way.
    let is_whole = !name.is_empty() && !matches!(next.first()?, b' ' | b'\t');
    is_whole.then_some((name, value, next))
}

/// Returns the number of bytes before the first control character or DEL.
fn text(bytes: &[u8]) -> usize {
    // Eight bytes at a time: values are most of a head. A borrow out of a special byte can mark
    // those above it in the word, never those below, so the first mark is right.
    let (words, rest) = bytes.as_chunks::<8>();
    for (place, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let below_space = word.wrapping_sub(EACH * 0x20) & !word;
        let no_del = word ^ (EACH * 0x7f);
        let del = no_del.wrapping_sub(EACH) & !no_del;
        let special = (below_space | del) & (EACH * 0x80);
        if special != 0 {
            return place * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let end = rest.iter().position(u8::is_ascii_control);
    bytes.len() - rest.len() + end.unwrap_or(rest.len())
}

/// One in each byte.
const EACH: u64 = u64::from_le_bytes([1; 8]);

/// The usual characters of a name; the rarer ones take the long way. A table, as most heads pay for
/// each character.
const IN_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    while byte < 0x80 {
        #[expect(clippy::indexing_slicing, reason = "a byte is below 256")]
        {
            table[byte as usize] = byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        }
        byte += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(head: &str) -> bool {
        let head = format!("HTTP/1.1 200 OK\r\n{head}\r\n\x01 the body\n\n");
        is_plain(head.as_bytes(), HeadLimits::default())
    }

    #[test]
    fn usual_head_is_plain() {
        let fields =
            "Content-Length: 5\r\nX_y: \u{fc} a  \r\nset-cookie: a=b; Path=/\r\nempty:\r\n";
        assert!(plain(fields));
        assert!(plain("transfer-encoding: chunked\r\n"));
        assert!(plain(""));
    }

    #[test]
    fn doubtful_head_is_not_plain() {
        for fields in [
            "a: \x01\r\n",
            "a: b\n",
            "a: b\rc: d\r\n",
            "a: b\r\n c\r\n",
            "a : b\r\n",
            ": b\r\n",
            "a\r\n",
            "a: \0\r\n",
            "content-length: 5\r\nContent-Length: 5\r\n",
            "content-length: 5\r\ntransfer-encoding: chunked\r\n",
            "transfer-encoding: gzip\r\ntransfer-encoding: chunked\r\n",
            "content-length: +5\r\n",
            "content-length: \r\n",
            "content-length : 5\r\n",
        ] {
            assert!(!plain(fields), "{fields:?}");
        }
        for head in [
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 200 OK\r\na: b\r\n",
            "HTTP/1.1 200 \x01\r\n\r\n",
            "HTTP/2 200\r\n\r\n",
            "\r\nHTTP/1.1 200 OK\r\n\r\n",
        ] {
            assert!(
                !is_plain(head.as_bytes(), HeadLimits::default()),
                "{head:?}"
            );
        }
    }

    #[test]
    fn every_special_byte_is_found_at_every_place() {
        for byte in 0..=u8::MAX {
            for (length, place) in
                (1..20).flat_map(|length| (0..length).map(move |it| (length, it)))
            {
                // What follows is special as well, or what could be taken for it.
                for other in [b'a', 0x80, b' ', 0x7e, 0xff, 0x1f] {
                    let mut bytes = vec![b'x'; length];
                    bytes[place] = byte;
                    bytes[place + 1..].fill(other);
                    let first = bytes.iter().position(u8::is_ascii_control);
                    assert_eq!(text(&bytes), first.unwrap_or(length), "{bytes:?}");
                }
            }
        }
    }

    #[test]
    fn head_beyond_a_limit_is_not_plain() {
        let head = b"HTTP/1.1 200 OK\r\na: b\r\nc: d\r\n\r\nbody";
        let is_within = |bytes, fields| is_plain(head, HeadLimits { bytes, fields });
        assert!(is_within(31, 2));
        assert!(!is_within(30, 2));
        assert!(!is_within(31, 1));
        assert!(plain(&"a: b\r\n".repeat(ROOM - 1)));
        assert!(!plain(&"a: b\r\n".repeat(ROOM)));
    }
}
