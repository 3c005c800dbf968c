//! Memory of decoding, over the worst bodies of their length.
//!
//! The bodies are built before the counting begins; what is counted is the most that was allocated
//! at one time.

use std::io::Write;

use allocation_counter::measure;
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http::{Response, header};
use napi::{
    Endpoint, Error,
    configuration::{Fields, TestEntities},
    verifications::{PersonInfo, Verification, VerifyRequest},
};

use crate::service::Service;

const MIB: usize = 1024 * 1024;

/// Returns the memory that the documentation of `Client::max_response_body` allows: four bytes for
/// each of the body, and 32 MiB. A list that grows has its old place and its new one for a moment.
fn allowed(body: &[u8]) -> u64 {
    let documented = 4 * body.len() + 32 * MIB;
    (documented + documented / 2) as u64
}

fn assert_bounded<T>(what: &str, body: Vec<u8>, read: impl FnOnce(Bytes) -> T) -> T {
    let allowed = allowed(&body);
    let body = Bytes::from(body);
    let mut result = None;
    let taken = measure(|| result = Some(read(body))).bytes_max;
    assert!(
        taken <= allowed,
        "{what}: {} MiB of {}",
        taken >> 20,
        allowed >> 20
    );
    result.unwrap()
}

/// Returns a body of this length at most, with as many elements as fit.
fn filled(length: usize, start: &str, element: &str, end: &str) -> Vec<u8> {
    let room = length - start.len() - end.len() - element.len();
    let count = room / (element.len() + 1);
    let elements = format!("{element},").repeat(count);
    format!("{start}{elements}{element}{end}").into_bytes()
}

fn verify(body: Bytes) -> Result<Verification, Error> {
    let request = VerifyRequest::new("CA".parse().unwrap(), PersonInfo::new());
    request.response(Response::new(body))
}

#[test]
fn worst_bodies_of_a_verification_stay_within_the_memory_limit() {
    const LENGTH: usize = MIB;
    let record =
        r#"{"TransactionID":"1","Record":{"TransactionRecordID":"2","RecordStatus":"match","#;
    let sources = format!("{record}\"DatasourceResults\":[");
    for (what, start, element, end) in [
        (
            "unknown objects",
            format!("{record}\"New\":["),
            r#"{"b":0}"#,
            "]}}",
        ),
        (
            "unknown members",
            format!("{record}\"n\":{{"),
            r#""a":0"#,
            "}}}",
        ),
        ("unknown names", record.to_owned(), r#""a":0"#, "}}"),
        ("a known list", sources.clone(), r#"{"b":0}"#, "]}}"),
        (
            "a list of errors",
            format!("{record}\"Errors\":["),
            r#"{"Code":7}"#,
            "]}}",
        ),
        (
            "elements that cannot be read",
            format!("{record}\"Errors\":["),
            "7",
            "]}}",
        ),
        (
            "members that cannot be read",
            sources.clone(),
            r#"{"Errors":7}"#,
            "]}}",
        ),
        (
            "members twice",
            record.to_owned(),
            r#""Rule":{"b":0}"#,
            "}}",
        ),
        (
            "a tree",
            format!("{sources}{{\"AppendedFields\":[{{\"Data\":["),
            r#"{"b":0}"#,
            "]}]}]}}",
        ),
        (
            "a tree of lists",
            format!("{sources}{{\"AppendedFields\":[{{\"Data\":["),
            "[[]]",
            "]}]}]}}",
        ),
        (
            "texts of one letter",
            format!("{sources}{{\"FieldGroups\":["),
            "\"a\"",
            "]}]}}",
        ),
        (
            "an odd value first",
            format!("{record}\"Note\":NaN,\"Errors\":["),
            r#"{"Code":7}"#,
            "]}}",
        ),
        (
            "halves of pairs",
            format!("{record}\"Rule\":{{\"Note\":\""),
            "\\ud83d",
            "\"}}}",
        ),
        (
            "nothing but brackets",
            format!("{record}\"New\":"),
            "[[[[[[[[",
            "\"]}}",
        ),
    ] {
        let body = filled(LENGTH, &start, element, end);
        let _ = assert_bounded(what, body, verify);
    }
    for (what, repeated) in [
        ("open lists", "["),
        ("open objects", "{\"a\":"),
        ("escapes", "\\"),
        ("commas", ","),
    ] {
        let body = format!(
            "{record}\"Rule\":{}",
            repeated.repeat(LENGTH / repeated.len())
        );
        assert!(
            assert_bounded(what, body.into_bytes(), verify).is_err(),
            "{what}"
        );
    }
}

#[test]
fn largest_models_stay_within_the_memory_limit() {
    for (what, element) in [
        ("with an unknown member", r#"{"b":0}"#),
        ("with a person", r#"{"Risk":{"IP":1}}"#),
    ] {
        let body = filled(MIB, "[", element, "]");
        let entities = TestEntities::new("CA".parse().unwrap());
        let read = |body| entities.response(Response::new(body));
        assert!(assert_bounded(what, body, read).is_err(), "{what}");
    }
    let body = filled(MIB, "{\"a\":[", r#"{"b":0}"#, "]}");
    let fields = Fields::new("CA".parse().unwrap());
    let read = |body| fields.response(Response::new(body));
    assert!(assert_bounded("fields", body, read).is_err());
}

/// Returns the body of 47 KB that once took four gigabytes, as a response and as a refusal.
#[test]
fn bomb_of_unknown_objects_stays_within_the_memory_limit() {
    let start = r#"{"TransactionID":"1","Record":{"TransactionRecordID":"2","RecordStatus":"match"},"New":["#;
    let plain = filled(32 * MIB, start, r#"{"b":0}"#, "]}");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&plain).unwrap();
    let bomb = Bytes::from(encoder.finish().unwrap());
    assert!(bomb.len() < 100_000);
    let response = |status: u16| {
        let response = Response::builder().status(status);
        let response = response.header(header::CONTENT_ENCODING, "gzip");
        response.body(bomb.clone()).unwrap()
    };
    let service = Service::default().then(response(200)).then(response(400));
    let client = service.client();
    let request = VerifyRequest::new("CA".parse().unwrap(), PersonInfo::new());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    // The body itself, inflated, comes on top.
    let allowed = allowed(&plain) + 2 * plain.len() as u64;
    let mut results = Vec::new();
    for _ in 0..2 {
        let verify = || results.push(runtime.block_on(client.verify(&request)));
        let taken = measure(verify).bytes_max;
        assert!(taken <= allowed, "{} MiB of {}", taken >> 20, allowed >> 20);
    }
    let refused = results.pop().unwrap().unwrap_err();
    assert!(matches!(refused, Error::Status { .. }), "{refused:?}");
    let result = results.pop().unwrap().unwrap().completed().unwrap();
    assert_eq!(result.extra.len() + result.extra.left_out(), 1);
}
