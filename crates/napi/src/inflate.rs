//! Compressed responses: gzip (RFC 1952), which is what the client offers to take, and what servers
//! and gateways send besides or instead.
//!
//! Gateways inflate a body and leave its header, compress what is compressed, and write `deflate`
//! with and without the frame of zlib (RFC 9110, section 8.4.1.2, on both). So the bytes decide:
//! gzip and zlib begin with a mark, and what begins with neither is plain.

use std::io::Read;

use bytes::Bytes;
use flate2::{Decompress, FlushDecompress, Status, bufread::GzDecoder};
use http::{HeaderMap, HeaderValue, Response, header};

use crate::error::Error;

/// The coding that the client offers to take.
pub(crate) const ACCEPTED: HeaderValue = HeaderValue::from_static("gzip");

/// The most codings that are taken off one body.
const MOST_CODINGS: usize = 4;
/// The two bytes that gzip begins with, and the only method that there is.
const GZIP: &[u8] = b"\x1F\x8B\x08";

/// Returns the response as it was before compression, of at most `limit` bytes; or what came out of
/// it, and why no more did.
///
/// The limit is on what comes out: a few kilobytes of gzip can be gigabytes.
pub(crate) fn inflate_what_can_be(
    mut response: Response<Bytes>,
    limit: usize,
) -> (Response<Bytes>, Option<Error>) {
    let codings = codings(response.headers());
    if codings.is_empty() {
        return (response, None);
    }
    let mut error = (codings.len() > MOST_CODINGS).then_some(Error::Compression);
    let mut body = response.body().clone();
    // The last one applied comes off first (RFC 9110, section 8.4).
    for coding in codings.iter().rev().take(MOST_CODINGS) {
        let (inflated, failure) = coding.inflate(&body, limit);
        if let Some(inflated) = inflated {
            body = inflated.into();
        }
        error = error.or(failure);
        if error.is_some() {
            break;
        }
    }
    let headers = response.headers_mut();
    // Both describe the compressed body.
    headers.remove(header::CONTENT_ENCODING);
    headers.remove(header::CONTENT_LENGTH);
    (response.map(|_| body), error)
}

/// A content coding, by what its name makes of bytes without a mark.
enum Coding {
    /// gzip: they are plain.
    Gzip,
    /// deflate: they are a stream without a frame, or plain.
    Deflate,
    /// Another one: they may be plain, if they are text.
    Other,
}

/// Returns the codings of a body in the order in which they were applied, without `identity`.
fn codings(headers: &HeaderMap) -> Vec<Coding> {
    let values = headers.get_all(header::CONTENT_ENCODING).into_iter();
    values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(|name| name.trim_ascii().to_ascii_lowercase())
        .filter_map(|name| match &name[..] {
            b"" | b"identity" | b"none" => None,
            b"gzip" | b"x-gzip" => Some(Coding::Gzip),
            b"deflate" | b"x-deflate" => Some(Coding::Deflate),
            _ => Some(Coding::Other),
        })
        .collect()
}

impl Coding {
    /// Returns what was compressed, as far as it comes out, and why no further. `None` is the body
    /// as it is.
    fn inflate(&self, body: &[u8], limit: usize) -> (Option<Vec<u8>>, Option<Error>) {
        if body.is_empty() {
            return (None, None); // a refusal without a body, marked by a proxy all the same
        }
        if GZIP.starts_with(body) || body.starts_with(GZIP) {
            let (inflated, error) = gunzip(body, limit);
            return (Some(inflated), error);
        }
        let is_text = std::str::from_utf8(body).is_ok();
        if is_zlib(body) {
            let framed = Stream::inflate(body, true, limit);
            // Two bytes are a weak mark: a stream without a frame may begin so, and text.
            let bare = match (&framed.error, self) {
                (Some(_), Self::Deflate) => Some(Stream::inflate(body, false, limit)),
                _ => None,
            };
            let stream = bare.filter(|bare| bare.error.is_none()).unwrap_or(framed);
            return match stream.error {
                Some(_) if body.is_ascii() => (None, None),
                error => (Some(stream.inflated), error),
            };
        }
        match self {
            Self::Gzip => (None, None),
            Self::Other if is_text => (None, None),
            Self::Other => (None, Some(Error::Compression)),
            Self::Deflate => {
                let stream = Stream::inflate(body, false, limit);
                // Text is no stream, but for one by accident, which does not end with the text.
                let is_stream = stream.error.is_none() && stream.read == body.len();
                match is_text && !is_stream {
                    true => (None, None),
                    false => (Some(stream.inflated), stream.error),
                }
            }
        }
    }
}

/// Returns whether bytes begin as zlib does: the method, and a sum over both bytes (RFC 1950,
/// section 2.2).
fn is_zlib(body: &[u8]) -> bool {
    let [method, flags, ..] = body else {
        return false;
    };
    method & 0x0F == 8 && method >> 4 <= 7 && u16::from_be_bytes([*method, *flags]) % 31 == 0
}

/// Returns all members of a gzip file. What comes after a whole one and is none, such as zeros, is
/// left alone.
fn gunzip(body: &[u8], limit: usize) -> (Vec<u8>, Option<Error>) {
    let mut inflated = Vec::new();
    let mut rest = body;
    loop {
        let room = limit.saturating_sub(inflated.len());
        let (member, error) = limited(GzDecoder::new(&mut rest), room);
        inflated.extend_from_slice(&member);
        match error {
            Some(Error::BodyTooLarge { .. }) => {
                return (inflated, Some(Error::too_large(limit)));
            }
            Some(error) => return (inflated, Some(error)),
            // Members may follow each other (RFC 1952, section 2.2).
            None if rest.starts_with(GZIP) => {}
            None => return (inflated, None),
        }
    }
}

/// The output of a stream of deflate (RFC 1951).
struct Stream {
    inflated: Vec<u8>,
    /// Why no more does.
    error: Option<Error>,
    /// The length of the stream in the body.
    read: usize,
}

impl Stream {
    /// Inflates a stream; unlike the reader of the library, it knows an end from a body that breaks
    /// off.
    fn inflate(body: &[u8], has_frame: bool, limit: usize) -> Self {
        const STEP: usize = 16 * 1024;
        let mut stream = Decompress::new(has_frame);
        let mut inflated = Vec::new();
        let mut read = 0;
        let error = loop {
            // The library fills what is reserved and never grows the vector itself.
            inflated.reserve(STEP);
            let before = (read, inflated.len());
            let rest = body.get(read..).unwrap_or_default();
            let status = stream.decompress_vec(rest, &mut inflated, FlushDecompress::None);
            read = usize::try_from(stream.total_in()).unwrap_or(usize::MAX);
            match status {
                _ if inflated.len() > limit => break Some(Error::too_large(limit)),
                Ok(Status::StreamEnd) => break None,
                // Neither read nor written is the end of a body that broke off; the library says
                // `Ok`.
                Ok(_) if before != (read, inflated.len()) => {}
                _ => break Some(Error::Compression),
            }
        };
        inflated.truncate(limit);
        Self {
            inflated,
            error,
            read,
        }
    }
}

/// Returns what comes out, up to the limit, and why no more does.
fn limited(decoder: impl Read, limit: usize) -> (Vec<u8>, Option<Error>) {
    let mut inflated = Vec::new();
    // One byte more tells a longer body from one of just this length.
    let beyond = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let read = decoder.take(beyond).read_to_end(&mut inflated);
    let error = match read {
        Err(_) => Some(Error::Compression),
        Ok(_) if inflated.len() > limit => Some(Error::too_large(limit)),
        Ok(_) => None,
    };
    inflated.truncate(limit);
    (inflated, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{
        Compression,
        write::{DeflateEncoder, GzEncoder, ZlibEncoder},
    };
    use proptest::prelude::*;
    use std::io::Write;

    fn inflate(response: Response<Bytes>, limit: usize) -> Result<Response<Bytes>, Error> {
        let (response, error) = inflate_what_can_be(response, limit);
        error.map_or(Ok(response), Err)
    }

    const TEXT: &[u8] = b"{\"TransactionID\":\"1\"}";

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn raw(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn response(encoding: &str, body: &[u8]) -> Response<Bytes> {
        Response::builder()
            .header(header::CONTENT_ENCODING, encoding)
            .header(header::CONTENT_LENGTH, body.len())
            .body(Bytes::copy_from_slice(body))
            .unwrap()
    }

    #[test]
    fn every_coding_is_taken_off_and_its_headers_go() {
        let zeros = [&gzip(TEXT)[..], &[0; 512]].concat();
        let members = [gzip(&TEXT[..5]), gzip(&TEXT[5..])].concat();
        for (encoding, body) in [
            ("gzip", gzip(TEXT)),
            ("GZIP", gzip(TEXT)),
            ("x-gzip", gzip(TEXT)),
            ("identity, gzip", gzip(TEXT)),
            ("gzip, identity", gzip(TEXT)),
            ("gzip", members),
            ("gzip", zeros),
            ("deflate", zlib(TEXT)),
            ("deflate", raw(TEXT)),
            ("gzip, gzip", gzip(&gzip(TEXT))),
            ("deflate, gzip", gzip(&zlib(TEXT))),
            ("gzip, deflate", raw(&gzip(TEXT))),
            ("deflate", gzip(TEXT)),
            ("gzip", zlib(TEXT)),
            ("br", gzip(TEXT)),
        ] {
            let inflated = inflate(response(encoding, &body), 100).unwrap();
            assert_eq!(inflated.body(), TEXT, "{encoding}");
            assert!(inflated.headers().is_empty());
        }
    }

    #[test]
    fn what_is_not_compressed_stays_whatever_the_header_says() {
        let text = "\"Zoë\", said the gateway".as_bytes();
        for encoding in [
            "identity",
            "",
            "gzip",
            "deflate",
            "br",
            "gzip, gzip",
            "deflate, gzip",
        ] {
            for body in [TEXT, text, b"x^2, as zlib begins", b""] {
                let inflated = inflate(response(encoding, body), 100).unwrap();
                assert_eq!(inflated.body(), body, "{encoding}");
            }
        }
        assert_eq!(
            inflate(response("gzip", b"%PDF\xFF"), 9).unwrap().body(),
            &b"%PDF\xFF"[..]
        );
        // Gzip once, although the header says twice.
        assert_eq!(
            inflate(response("gzip, gzip", &gzip(TEXT)), 100)
                .unwrap()
                .body(),
            TEXT
        );
    }

    #[test]
    fn unknown_coding_and_one_too_many_are_refused() {
        for (encoding, body) in [
            ("br", &b"\x0b\x02\x80\xFF"[..]),
            ("zstd", b"\x28\xB5\x2F\xFD"),
            ("gzip, gzip, gzip, gzip, gzip", TEXT),
        ] {
            let error = inflate(response(encoding, body), 100).unwrap_err();
            assert!(matches!(error, Error::Compression), "{encoding}");
        }
    }

    #[test]
    fn the_limit_is_on_what_comes_out() {
        let text = vec![b' '; 1_000_000];
        for (encoding, bomb) in [
            ("gzip", gzip(&text)),
            ("deflate", zlib(&text)),
            ("deflate", raw(&text)),
            ("gzip, gzip", gzip(&gzip(&text))),
            ("gzip", [gzip(&text[1..]), gzip(b" ")].concat()),
        ] {
            assert!(bomb.len() < 2_000);
            assert!(inflate(response(encoding, &bomb), 1_000_000).is_ok());
            let error = inflate(response(encoding, &bomb), 999_999).unwrap_err();
            assert!(matches!(error, Error::BodyTooLarge { limit: 999_999, .. }));
        }
    }

    #[test]
    fn cut_stream_is_refused_and_gives_its_beginning() {
        for (encoding, whole) in [
            ("gzip", gzip(TEXT)),
            ("deflate", zlib(TEXT)),
            ("deflate", raw(TEXT)),
        ] {
            for length in 2..whole.len() {
                let cut = || response(encoding, &whole[..length]);
                let error = inflate(cut(), 100).map(|it| it.into_body());
                assert!(
                    matches!(error, Err(Error::Compression)),
                    "{encoding} {length}: {error:?}"
                );
                let (part, _) = inflate_what_can_be(cut(), 100);
                assert!(TEXT.starts_with(part.body()), "{encoding} {length}");
            }
            let (part, _) = inflate_what_can_be(response(encoding, &whole[..whole.len() - 1]), 100);
            assert!(part.body().len() > 10, "{encoding}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_inflated_or_refused(
            body: Vec<u8>,
            limit in 0_usize..100,
            encoding in "(gzip|deflate|br)(, (gzip|deflate))?",
        ) {
            for body in [body.clone(), gzip(&body), raw(&body)] {
                let plain = body.len();
                if let Ok(inflated) = inflate(response(&encoding, &body), limit) {
                    prop_assert!(inflated.body().len() <= limit.max(plain));
                }
            }
        }

        #[test]
        fn any_body_survives_each_coding(body: Vec<u8>) {
            for (encoding, compressed) in [("gzip", gzip(&body)), ("deflate", zlib(&body))] {
                let inflated = inflate(response(encoding, &compressed), body.len()).unwrap();
                prop_assert_eq!(inflated.body(), &body);
            }
        }
    }
}
