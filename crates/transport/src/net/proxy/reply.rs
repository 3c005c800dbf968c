//! A proxy's reply to CONNECT: parses the head ([RFC 9112, section 4]) from pieces of any size.
//!
//! Leaves out reading from a connection, and the meaning of a status.
//!
//! [RFC 9112, section 4]: https://www.rfc-editor.org/rfc/rfc9112#section-4

use bytes::{Bytes, BytesMut};

use crate::error::proxy_problem::ProxyProblem;

/// The longest head that is read, interim replies included.
const HEAD_LIMIT: usize = 16 * 1024;
/// The most fields in one head.
const FIELD_LIMIT: usize = 128;
/// Up to this length every byte is parsed as it comes, so that other protocols are recognised at
/// once.
const EAGER: usize = 64;

/// The final reply of a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) status: u16,
    /// Whether Basic is among the authentication schemes; none if the reply names no scheme.
    pub(super) accepts_basic: Option<bool>,
    /// The bytes behind the head: the first ones of the tunnel, if there is one.
    pub(super) early: Bytes,
}

/// Collects a reply: [`push`](Self::push) bytes, then [`end`](Self::end).
#[derive(Debug, Default)]
pub(super) struct ReplyReader {
    buffer: BytesMut,
    /// The length of the interim replies.
    interim_length: usize,
    /// The length of the part of the buffer that contains no end of a head.
    searched: usize,
}

impl ReplyReader {
    /// Adds bytes, and returns the reply once it is complete.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<Option<Reply>, ProxyProblem> {
        self.buffer.extend_from_slice(bytes);
        self.take(false)
    }

    /// Returns the problem of a reply that ends here.
    pub(super) fn end(mut self) -> ProxyProblem {
        match self.take(true) {
            Err(problem) => problem,
            Ok(_) => ProxyProblem::Closed,
        }
    }

    fn take(&mut self, ended: bool) -> Result<Option<Reply>, ProxyProblem> {
        loop {
            let room = HEAD_LIMIT.saturating_sub(self.interim_length);
            let within = self.buffer.get(..room).unwrap_or(&self.buffer);
            let is_full = within.len() == room;
            if !ended && !is_full && within.len() > EAGER && !has_empty_line(within, self.searched)
            {
                self.searched = within.len();
                return Ok(None);
            }
            let Some(head) = parse(within)? else {
                self.searched = within.len();
                return if is_full {
                    Err(ProxyProblem::ReplyTooLarge)
                } else {
                    Ok(None)
                };
            };
            let _ = self.buffer.split_to(head.length);
            self.interim_length = self.interim_length.saturating_add(head.length);
            self.searched = 0;
            if !head.is_interim() {
                return Ok(Some(Reply {
                    status: head.status,
                    accepts_basic: head.accepts_basic,
                    early: self.buffer.split().freeze(),
                }));
            }
        }
    }
}

/// Checks whether a head may end behind `from`: parsing again for each byte would take quadratic
/// time.
fn has_empty_line(buffer: &[u8], from: usize) -> bool {
    let before = from.saturating_sub(2);
    let tail = buffer.get(before..).unwrap_or_default();
    let short = tail.windows(2).any(|line| line == b"\n\n");
    short || tail.windows(3).any(|line| line == b"\n\r\n")
}

struct Head {
    status: u16,
    accepts_basic: Option<bool>,
    length: usize,
}

impl Head {
    /// Checks whether another reply follows: "a client MUST be able to parse one or more 1xx
    /// responses received prior to a final response" (RFC 9110, section 15.2). Nothing of HTTP
    /// follows 101 (Switching Protocols).
    fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }
}

fn parse(buffer: &[u8]) -> Result<Option<Head>, ProxyProblem> {
    let mut fields = [httparse::EMPTY_HEADER; FIELD_LIMIT];
    let mut response = httparse::Response::new(&mut fields);
    // Nothing but the status matters, so no malformed field is a reason to do without the tunnel.
    let parsed = httparse::ParserConfig::default()
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_spaces_after_header_name_in_responses(true)
        .ignore_invalid_headers_in_responses(true)
        .parse_response(&mut response, buffer);
    let length = match parsed {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(ProxyProblem::ReplyTooLarge),
        Err(_) => return Err(ProxyProblem::NotHttp),
    };
    match response.code {
        Some(status @ 100..600) => Ok(Some(Head {
            status,
            accepts_basic: accepts_basic(response.headers),
            length,
        })),
        _ => Err(ProxyProblem::NotHttp),
    }
}

/// Checks for Basic among the challenges of [RFC 9110, section 11.7.1].
///
/// [RFC 9110, section 11.7.1]: https://www.rfc-editor.org/rfc/rfc9110#section-11.7.1
fn accepts_basic(fields: &[httparse::Header<'_>]) -> Option<bool> {
    let challenges = fields
        .iter()
        .filter(|field| field.name.eq_ignore_ascii_case("proxy-authenticate"))
        .flat_map(|field| field.value.split(|byte| *byte == b','));
    // Parameters are separated by commas too; none of them has the name "basic" alone.
    let is_basic = |challenge: &[u8]| {
        let scheme = challenge.trim_ascii_start().get(..5);
        let next = challenge.trim_ascii_start().get(5);
        scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic"))
            && next.is_none_or(u8::is_ascii_whitespace)
    };
    challenges
        .map(is_basic)
        .reduce(|one, another| one || another)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(reply: &[u8]) -> Result<Reply, ProxyProblem> {
        pieces([reply])
    }

    fn pieces<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Result<Reply, ProxyProblem> {
        let mut reader = ReplyReader::default();
        let mut found: Option<Reply> = None;
        for piece in pieces {
            // Bytes behind the head are the tunnel's.
            match &mut found {
                Some(reply) => reply.early = [&reply.early, piece].concat().into(),
                None => found = reader.push(piece)?,
            }
        }
        found.ok_or_else(|| reader.end())
    }

    fn status(reply: &[u8]) -> Result<u16, ProxyProblem> {
        whole(reply).map(|reply| reply.status)
    }

    #[test]
    fn common_replies_are_read() {
        for (reply, expected) in [
            (&b"HTTP/1.1 200 Connection established\r\n\r\n"[..], 200),
            (b"HTTP/1.0 200 OK\r\nProxy-Agent: old\r\n\r\n", 200),
            (b"HTTP/1.1 200\r\n\r\n", 200),
            (b"HTTP/1.1 200 \r\n\r\n", 200),
            (b"HTTP/1.1 200 OK\n\n", 200),
            (b"HTTP/1.1 204 Very Well\r\nContent-Length: 9\r\n\r\n", 204),
            (b"HTTP/1.1 200 OK\r\nX-Folded: one\r\n two\r\n\r\n", 200),
            (
                b"HTTP/1.1 200 OK\r\nNo colon here\r\nBad Name: x\r\n\r\n",
                200,
            ),
            (b"HTTP/1.1 200 OK\r\nName : space\r\n\r\n", 200),
            (b"HTTP/1.1 200 Gr\xfc\xdfe\r\nX: \xe4\r\n\r\n", 200),
            (b"HTTP/1.1 502 Bad Gateway\r\n\r\n<html>", 502),
            (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", 101),
        ] {
            let shown = String::from_utf8_lossy(reply);
            assert_eq!(status(reply), Ok(expected), "{shown}");
        }
    }

    #[test]
    fn other_protocol_is_refused() {
        for garbage in [
            &b"HTTP/2 200 OK\r\n\r\n"[..],
            b"HTTP/3.0 200 OK\r\n\r\n",
            b"HTTP/1.1 OK\r\n\r\n",
            b"HTTP/1.1 20 OK\r\n\r\n",
            b"HTTP/1.1 099 Low\r\n\r\n",
            b"HTTP/1.1 999 High\r\n\r\n",
            b"ICY 200 OK\r\n\r\n",
            b"SSH-2.0-server\r\n",
            b"<html>",
            b"\x15\x03\x01\x00\x02\x02\x46",
            b"\x00",
        ] {
            let shown = String::from_utf8_lossy(garbage);
            assert_eq!(whole(garbage), Err(ProxyProblem::NotHttp), "{shown}");
        }
    }

    #[test]
    fn other_protocol_is_refused_at_once() {
        let mut reader = ReplyReader::default();
        assert_eq!(reader.push(b"SSH-2.0-"), Err(ProxyProblem::NotHttp));
    }

    #[test]
    fn truncated_head_is_an_error() {
        let reply = b"HTTP/1.1 200 OK\r\nVia: 1.1 proxy\r\n\r\n";
        for length in 0..reply.len() {
            assert_eq!(whole(&reply[..length]), Err(ProxyProblem::Closed));
        }
        assert_eq!(status(reply), Ok(200));
    }

    #[test]
    fn interim_replies_are_skipped_within_the_limit() {
        let interim = b"HTTP/1.1 100 Continue\r\nX: y\r\n\r\n";
        let last = b"HTTP/1.1 200 OK\r\n\r\n";
        assert_eq!(status(&[&interim.repeat(5)[..], last].concat()), Ok(200));
        assert_eq!(
            status(&[&interim.repeat(600)[..], last].concat()),
            Err(ProxyProblem::ReplyTooLarge)
        );
        assert_eq!(status(&interim.repeat(5)), Err(ProxyProblem::Closed));
    }

    /// Returns a head of exactly this length.
    fn head_of(length: usize) -> Vec<u8> {
        let mut head = b"HTTP/1.1 200 OK\r\nX: ".to_vec();
        head.resize(length - 4, b'x');
        head.extend(b"\r\n\r\n");
        head
    }

    #[test]
    fn limit_applies_to_the_head_alone() {
        let mut longest = head_of(HEAD_LIMIT);
        assert_eq!(status(&longest), Ok(200));
        longest.extend([0; 3 * HEAD_LIMIT]);
        assert_eq!(whole(&longest).unwrap().early.len(), 3 * HEAD_LIMIT);
        let too_long = head_of(HEAD_LIMIT + 1);
        assert_eq!(whole(&too_long), Err(ProxyProblem::ReplyTooLarge));
        let unfinished = &too_long[..HEAD_LIMIT];
        assert_eq!(whole(unfinished), Err(ProxyProblem::ReplyTooLarge));
    }

    #[test]
    fn number_of_fields_is_limited() {
        let fields = |count| {
            let fields = b"A: b\r\n".repeat(count);
            [b"HTTP/1.1 200 OK\r\n", &fields[..], b"\r\n"].concat()
        };
        assert_eq!(status(&fields(FIELD_LIMIT)), Ok(200));
        assert_eq!(
            status(&fields(FIELD_LIMIT + 1)),
            Err(ProxyProblem::ReplyTooLarge)
        );
    }

    #[test]
    fn schemes_of_challenges_are_recognised() {
        for (challenge, basic) in [
            ("Proxy-Authenticate: Basic realm=\"x\"\r\n", Some(true)),
            ("proxy-authenticate: basic\r\n", Some(true)),
            ("Proxy-Authenticate: NTLM, Basic realm=x\r\n", Some(true)),
            (
                "Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: Basic realm=x\r\n",
                Some(true),
            ),
            ("Proxy-Authenticate: Negotiate\r\n", Some(false)),
            ("Proxy-Authenticate: Basically realm=x\r\n", Some(false)),
            ("WWW-Authenticate: Basic realm=x\r\n", None),
            ("", None),
        ] {
            let reply = format!("HTTP/1.1 407 Who\r\n{challenge}\r\n");
            let reply = whole(reply.as_bytes()).unwrap();
            assert_eq!(reply.accepts_basic, basic, "{challenge}");
        }
    }

    fn reply() -> impl Strategy<Value = Vec<u8>> {
        let line = prop_oneof![
            8 => "[A-Za-z-]{1,12}: [ -~]{0,40}",
            1 => "[ -~]{0,40}",
            1 => "[ \t][ -~]{0,20}",
        ];
        let end = prop_oneof![6 => Just("\r\n"), 1 => Just("\n"), 1 => Just("\r")];
        let start = prop_oneof![
            4 => "HTTP/1.1 200 OK",
            2 => "HTTP/1.1 100 Continue",
            1 => "HTTP/1.0 407 ",
            1 => "[ -~]{0,20}",
        ];
        let head = (start, prop::collection::vec((line, end), 0..8));
        let head = head.prop_map(|(start, lines)| {
            let lines = lines.into_iter().map(|(line, end)| line + end);
            format!("{start}\r\n{}\r\n", lines.collect::<String>()).into_bytes()
        });
        let noise = prop::collection::vec(any::<u8>(), 0..40);
        prop_oneof![
            6 => (prop::collection::vec(head.clone(), 0..4), noise.clone())
                .prop_map(|(heads, noise)| [heads.concat(), noise].concat()),
            1 => (head, noise, 0usize..200).prop_map(|(mut head, noise, at)| {
                let at = at.min(head.len());
                head.splice(at..at, noise);
                head
            }),
            1 => (HEAD_LIMIT - 3..HEAD_LIMIT + 3).prop_map(head_of),
        ]
    }

    proptest! {
        #[test]
        fn result_does_not_depend_on_the_pieces(
            reply in reply(),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
        ) {
            let expected = whole(&reply);
            prop_assert_eq!(&pieces(reply.chunks(1)), &expected);
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(reply.len() + 1)).collect();
            cuts.extend([0, reply.len()]);
            cuts.sort();
            let cut = cuts.windows(2).map(|ends| &reply[ends[0]..ends[1]]);
            prop_assert_eq!(&pieces(cut), &expected);
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let _ = whole(&bytes);
            let _ = whole(&[b"HTTP/1.1 200 OK\r\n", &bytes[..]].concat());
        }
    }
}
