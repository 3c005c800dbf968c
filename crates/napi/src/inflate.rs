//! Compressed answers: gzip (RFC 1952), which is what the client offers to take.

use std::io::Read;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderValue, Response, header};

use crate::Error;

/// What the client says that it takes.
pub(crate) const ACCEPTED: HeaderValue = HeaderValue::from_static("gzip");

/// The answer as it was before compression, of at most `limit` bytes.
///
/// The limit is on what comes out: a few kilobytes of gzip can be gigabytes.
pub(crate) fn inflate(mut answer: Response<Bytes>, limit: usize) -> Result<Response<Bytes>, Error> {
    let encodings = answer.headers().get_all(header::CONTENT_ENCODING);
    let mut encodings = encodings
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity"));
    let is_gzip = |name: &[u8]| {
        [&b"gzip"[..], b"x-gzip"]
            .iter()
            .any(|it| name.eq_ignore_ascii_case(it))
    };
    match (encodings.next(), encodings.next()) {
        (None, _) => return Ok(answer),
        (Some(name), None) if is_gzip(name) => {}
        _ => return Err(Error::Compression),
    }
    let inflated = gunzip(answer.body(), limit)?;
    let headers = answer.headers_mut();
    headers.remove(header::CONTENT_ENCODING);
    headers.remove(header::CONTENT_LENGTH);
    Ok(answer.map(|_| inflated))
}

fn gunzip(body: &[u8], limit: usize) -> Result<Bytes, Error> {
    if body.is_empty() {
        return Ok(Bytes::new()); // a refusal without a body, marked by a proxy all the same
    }
    let mut inflated = Vec::new();
    let beyond = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    MultiGzDecoder::new(body)
        .take(beyond)
        .read_to_end(&mut inflated)
        .map_err(|_| Error::Compression)?;
    if inflated.len() > limit {
        return Err(Error::BodyTooLarge { limit });
    }
    Ok(inflated.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn answer(encoding: &str, body: &[u8]) -> Response<Bytes> {
        Response::builder()
            .header(header::CONTENT_ENCODING, encoding)
            .header(header::CONTENT_LENGTH, body.len())
            .body(Bytes::copy_from_slice(body))
            .unwrap()
    }

    #[test]
    fn gzip_is_inflated_and_its_headers_go() {
        for encoding in ["gzip", "GZIP", "x-gzip", "identity, gzip"] {
            let inflated = inflate(answer(encoding, &gzip(b"\"Hello\"")), 7).unwrap();
            assert_eq!(inflated.body(), "\"Hello\"");
            assert!(inflated.headers().is_empty());
        }
    }

    #[test]
    fn what_is_not_compressed_stays() {
        assert_eq!(inflate(answer("identity", b"{}"), 2).unwrap().body(), "{}");
        assert_eq!(inflate(answer("", b"{}"), 2).unwrap().body(), "{}");
        assert_eq!(inflate(answer("gzip", b""), 2).unwrap().body(), "");
    }

    #[test]
    fn other_encodings_and_gzip_twice_are_refused() {
        for encoding in ["br", "gzip, gzip", "deflate"] {
            let error = inflate(answer(encoding, &gzip(b"{}")), 100).unwrap_err();
            assert!(matches!(error, Error::Compression), "{encoding}");
        }
    }

    #[test]
    fn the_limit_is_on_what_comes_out() {
        let bomb = gzip(&vec![b' '; 1_000_000]);
        assert!(bomb.len() < 2_000);
        assert!(inflate(answer("gzip", &bomb), 1_000_000).is_ok());
        let error = inflate(answer("gzip", &bomb), 999_999).unwrap_err();
        assert!(matches!(error, Error::BodyTooLarge { limit: 999_999 }));
    }

    #[test]
    fn gzip_that_breaks_off_at_any_byte_is_refused() {
        let whole = gzip(b"{\"TransactionID\":\"1\"}");
        for length in 1..whole.len() {
            let error = inflate(answer("gzip", &whole[..length]), 100).unwrap_err();
            assert!(matches!(error, Error::Compression), "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_inflated_or_refused(body: Vec<u8>, limit in 0_usize..100) {
            if let Ok(inflated) = inflate(answer("gzip", &body), limit) {
                prop_assert!(inflated.body().len() <= limit);
            }
        }
    }
}
