//! Bodies as .NET, older platforms and gateways write them, each with one thing odd.
//!
//! Most respond to a verification: transaction `11111111-2222-3333-4444-555555555555`, record
//! `66666666-7777-8888-9999-000000000000`, status `match`. Others are test entities, a status,
//! an image or a refusal, as their names say.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use mock_tls::{Body, Reply};

/// A name and its response.
pub(crate) type Odd = (&'static str, fn() -> Reply);

/// All of them, in alphabetical order.
pub(crate) const ODD: &[Odd] = &[
    ("body-bomb", || gzipped(&bomb())),
    ("body-byte-order-mark", || {
        verification(&format!("\u{FEFF}{}", whole()))
    }),
    ("body-cut", || {
        let whole = whole();
        let (start, _) = whole.split_at(whole.len() - 20);
        verification(start)
    }),
    ("body-deflate", || coded("deflate", raw(whole().as_bytes()))),
    ("body-gzip-twice", || {
        coded("gzip, gzip", gzip(&gzip(whole().as_bytes())))
    }),
    ("body-iso-8859-1", || {
        let latin = latin(&whole());
        charset("iso-8859-1").body(Body::Bytes(latin))
    }),
    ("body-plain-as-deflate", || {
        coded("deflate", whole().into_bytes())
    }),
    ("body-plain-as-gzip", || coded("gzip", whole().into_bytes())),
    ("body-trailing-garbage", || {
        verification(&(whole() + "<script></script>"))
    }),
    ("body-utf-16", || {
        let utf16 = "\u{FEFF}".encode_utf16().chain(WHOLE.encode_utf16());
        charset("utf-16").body(Body::Bytes(utf16.flat_map(u16::to_le_bytes).collect()))
    }),
    ("body-zlib", || coded("deflate", zlib(whole().as_bytes()))),
    ("document-base64url", || document("\"_9j_4AAQSkZJRg\"")),
    ("document-data-url", || {
        document("\"data:image/jpeg;base64,/9j/4AAQSkZJRg==\"")
    }),
    ("document-mime-lines", || {
        document("\"/9j/4AAQ\\r\\nSkZJRg==\\r\\n\"")
    }),
    ("document-raw", || {
        let jpeg = b"\xFF\xD8\xFF\xE0\0\x10JFIF".to_vec();
        Reply::new(200)
            .header("content-type", "image/jpeg")
            .body(Body::Bytes(jpeg))
    }),
    ("document-without-padding", || {
        document("\"/9j/4AAQSkZJRg\"")
    }),
    ("entities-float-for-whole", || document(&entities("1978.0"))),
    ("entities-overlong-number", || {
        document(&entities("19780000000000000000000000"))
    }),
    ("entities-text-for-number", || {
        document(&entities("\"1978\""))
    }),
    ("rejection-cut-gzip", || {
        let mut cut = gzip(rejection().as_bytes());
        // Into the data: the last eight bytes are the trailer (RFC 1952, section 2.3.1).
        cut.truncate(cut.len() - 12);
        rejected("gzip", cut)
    }),
    ("rejection-deflate", || {
        rejected("deflate", raw(rejection().as_bytes()))
    }),
    ("rejection-plain-as-gzip", || {
        rejected("gzip", rejection().into_bytes())
    }),
    ("rejection-zlib", || {
        rejected("deflate", zlib(rejection().as_bytes()))
    }),
    ("status-digit-for-truth", || {
        document("{\"TransactionId\":\"1\",\"Status\":\"InProgress\",\"IsTimedOut\":0}")
    }),
    ("value-damaged-utf-8", || {
        let mut bytes = whole().into_bytes();
        if let Some(at) = whole().find('é') {
            // The letter as ISO 8859-1 has it, which UTF-8 does not allow alone.
            bytes.splice(at..at + 2, [0xE9]);
        }
        json().body(Body::Bytes(bytes))
    }),
    ("value-line-break", || changed("Match 1", "Match\r\n1")),
    ("value-list-for-single", || {
        changed(RULE, &format!("[{RULE}]"))
    }),
    ("value-lone-surrogate", || {
        changed("\"text\"", "\"cut \\ud83d\"")
    }),
    ("value-nan", || changed("\"text\"", "NaN")),
    ("value-null-for-list", || {
        changed("\"FieldGroups\":[]", "\"FieldGroups\":null")
    }),
    ("value-number-for-text", || changed("\"1002\"", "1002")),
    ("value-of-another-type", || {
        changed("\"CA\"", "{\"Iso\":\"CA\"}")
    }),
    ("value-older-date", || {
        changed("2026-11-26T10:00:01.123", "\\/Date(1795687201123)\\/")
    }),
    ("value-other-case", || {
        changed("\"CountryCode\"", "\"countryCode\"")
    }),
    ("value-record-id-respelt", || {
        changed("\"TransactionRecordID\"", "\"TransactionRecordId\"")
    }),
    ("value-single-for-list", || {
        changed(&format!("[{ERROR}]"), ERROR)
    }),
    ("value-twice-contradicting", || {
        changed(
            "\"CountryCode\":\"CA\"",
            "\"CountryCode\":\"CA\",\"CountryCode\":\"US\"",
        )
    }),
    ("value-twice-same", || {
        changed(
            "\"CountryCode\":\"CA\"",
            "\"CountryCode\":\"CA\",\"CountryCode\":\"CA\"",
        )
    }),
];

const RULE: &str = r#"{"RuleName":"Règle é","Note":"Match 1"}"#;
const ERROR: &str = r#"{"Code":"1002","Message":"Datasource unavailable"}"#;
const WHOLE: &str = r#"{"TransactionID":"11111111-2222-3333-4444-555555555555","UploadedDt":"2026-11-26T10:00:00","CompletedDt":"2026-11-26T10:00:01.123","CountryCode":"CA","ProductName":"Identity Verification","Record":{"TransactionRecordID":"66666666-7777-8888-9999-000000000000","RecordStatus":"match","DatasourceResults":[{"DatasourceName":"Credit Agency","DatasourceFields":[{"FieldName":"FirstSurName","Status":"match"}],"AppendedFields":[{"FieldName":"Note","Data":"text"}],"Errors":[],"FieldGroups":[]}],"Errors":[],"Rule":{"RuleName":"Règle é","Note":"Match 1"}},"Errors":[{"Code":"1002","Message":"Datasource unavailable"}]}"#;

fn whole() -> String {
    WHOLE.to_owned()
}

fn changed(from: &str, to: &str) -> Reply {
    verification(&WHOLE.replacen(from, to, 1))
}

fn json() -> Reply {
    Reply::new(200).header("content-type", "application/json; charset=utf-8")
}

fn verification(body: &str) -> Reply {
    json().body(body)
}

fn document(body: &str) -> Reply {
    json().body(body)
}

fn charset(name: &str) -> Reply {
    Reply::new(200).header("content-type", format!("application/json; charset={name}"))
}

fn coded(encoding: &str, body: Vec<u8>) -> Reply {
    json()
        .header("content-encoding", encoding)
        .body(Body::Bytes(body))
}

fn gzipped(body: &[u8]) -> Reply {
    coded("gzip", gzip(body))
}

fn entities(year: &str) -> String {
    format!(
        r#"[{{"PersonInfo":{{"FirstGivenName":"Ann","FirstSurName":"Example","YearOfBirth":{year}}}}}]"#
    )
}

/// Returns a body so long that its beginning comes out of what is cut at the end.
fn rejection() -> String {
    let rest: String = (0..400).map(|number| format!("{number} ")).collect();
    format!(r#"{{"Message":"Account not configured for this country","Rest":"{rest}"}}"#)
}

fn rejected(encoding: &str, body: Vec<u8>) -> Reply {
    Reply::new(400)
        .header("content-type", "application/json; charset=utf-8")
        .header("content-encoding", encoding)
        .body(Body::Bytes(body))
}

/// Returns a result with 32 MiB of objects that no one knows.
fn bomb() -> Vec<u8> {
    const OBJECT: &str = r#"{"b":0},"#;
    let count = (32 * 1024 * 1024 - WHOLE.len() - 32) / OBJECT.len();
    let unknown = format!("\"Unknown\":[{}0],\"Record\"", OBJECT.repeat(count));
    WHOLE.replacen("\"Record\"", &unknown, 1).into_bytes()
}

fn latin(text: &str) -> Vec<u8> {
    text.chars()
        .map(|it| u8::try_from(u32::from(it)).unwrap_or(b'?'))
        .collect()
}

// Writing into memory does not fail.

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn bytes(reply: &Reply) -> Vec<u8> {
        let reply = serde_json::to_value(reply).unwrap();
        let body = &reply["body"];
        match body["text"].as_str() {
            Some(text) => text.as_bytes().to_vec(),
            None => STANDARD.decode(body["bytes"].as_str().unwrap()).unwrap(),
        }
    }

    #[test]
    fn odd_bodies_differ_from_plain_and_from_each_other() {
        let plain = verification(WHOLE);
        let bodies: Vec<_> = ODD.iter().map(|(name, reply)| (name, reply())).collect();
        for (index, (name, reply)) in bodies.iter().enumerate() {
            assert!(!bytes(reply).is_empty(), "{name}");
            assert!(*reply != plain, "{name}");
            for (other, earlier) in bodies.iter().take(index) {
                assert!(earlier != reply, "{name} is {other}");
            }
        }
    }

    #[test]
    fn small_bomb_inflates_within_the_limit_of_clients() {
        let reply = gzipped(&bomb());
        assert!(bytes(&reply).len() < 60_000);
        assert!(bomb().len() <= 32 * 1024 * 1024 && bomb().len() > 33_000_000);
    }
}
