//! Heads that hyper reads as they stand, as nearly all are.
//!
//! Each response pays for the look, so it is one pass without a copy. What is in doubt is not plain, and takes the
//! longer way through [`tidied`](crate::stream::head_reader::tidied).

use crate::stream::head_limits::HeadLimits;
use crate::stream::head_reader::packed::ROOM;

/// Returns whether these bytes begin with the whole head of a final response that needs no tidying.
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
                // hyper has room for this many, and one that is packed is told from the others by there being as many.
                && fields < ROOM
                // Two lengths may contradict each other, and one beside chunks does not count.
                && lengths + codings <= 1;
        }
        let Some((name, value, next)) = field(rest) else {
            return false;
        };
        if name.eq_ignore_ascii_case(b"content-length") {
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

/// The bytes behind the status line of a final response.
fn after_status_line(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes
        .strip_prefix(b"HTTP/1.1 ")
        .or_else(|| bytes.strip_prefix(b"HTTP/1.0 "))?;
    // An interim response is followed by another head.
    if !matches!(rest.first()?, b'2'..=b'5') {
        return None;
    }
    let end = rest.iter().position(|byte| is_special(*byte))?;
    rest.get(end..)?.strip_prefix(b"\r\n")
}

/// Name, value without the white space around it, and what follows the line.
fn field(line: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let colon = line.iter().position(|byte| !is_in_name(*byte))?;
    let (name, rest) = line.split_at(colon);
    let rest = rest.strip_prefix(b":")?;
    let end = rest.iter().position(|byte| is_special(*byte))?;
    let (value, rest) = rest.split_at(end);
    let next = rest.strip_prefix(b"\r\n")?;
    // Not a fold.
    let is_whole = !name.is_empty() && !matches!(next.first()?, b' ' | b'\t');
    is_whole.then(|| (name, value.trim_ascii(), next))
}

/// What ends a line, or has no place in one.
fn is_special(byte: u8) -> bool {
    byte < b' ' || byte == 0x7f
}

/// The usual characters of a name; the rarer ones take the longer way.
fn is_in_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

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
    fn whatever_is_in_doubt_is_not_plain() {
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
