//! Refusals through the client, compressed responses, and that nothing is sent twice.

use std::{io::Write, time::Duration};

use flate2::{Compression, write::GzEncoder};
use http::{HeaderValue, Response, StatusCode, header};
use napi::{
    Error, ErrorCode, RetryAfter,
    verifications::{PersonInfo, VerifyRequest},
};

use crate::service::{Service, response};

fn request() -> VerifyRequest {
    VerifyRequest::new(
        "IT".parse().unwrap(),
        PersonInfo::named("Adelina", "Mancini"),
    )
}

fn gzip(status: u16, body: &[u8]) -> Response<bytes::Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    let mut response = response(status, encoder.finish().unwrap());
    let encoding = HeaderValue::from_static("gzip");
    response
        .headers_mut()
        .insert(header::CONTENT_ENCODING, encoding);
    response
}

/// Returns a response with the status and the headers that were recorded.
fn recorded(envelope: &str, body: &str) -> Response<bytes::Bytes> {
    let envelope: serde_json::Value = serde_json::from_str(envelope).unwrap();
    let status = envelope["status"].as_u64().unwrap().try_into().unwrap();
    let mut response = response(status, body.to_owned());
    for (name, value) in envelope["headers"].as_object().unwrap() {
        let name: header::HeaderName = name.parse().unwrap();
        response
            .headers_mut()
            .insert(name, value.as_str().unwrap().parse().unwrap());
    }
    response
}

#[tokio::test]
async fn the_live_refusal_is_about_the_credentials() {
    let envelope = include_str!("../samples/error-401-live.envelope.json");
    let service = Service::default().then(recorded(envelope, "Access Denied"));
    let error = service.client().test_authentication().await.unwrap_err();
    assert!(
        matches!(&error, Error::Unauthorized { message: Some(said) } if said == "Access Denied")
    );
    assert!(error.is_authentication() && !error.is_retryable());
}

#[tokio::test]
async fn headers_of_a_live_response_are_no_obstacle() {
    let envelope = include_str!("../samples/headers-200-live.envelope.json");
    let service = Service::default().then(recorded(envelope, "\"Hello acme-api\""));
    let hello = service.client().test_authentication().await.unwrap();
    assert_eq!(hello, "Hello acme-api");
}

#[tokio::test]
async fn a_compressed_response_and_a_compressed_refusal_are_read() {
    let service = Service::default()
        .then(gzip(200, b"\"Hello acme-api\""))
        .then(gzip(400, b"\"Unable to find account\""));
    let client = service.client();
    assert_eq!(
        client.test_authentication().await.unwrap(),
        "Hello acme-api"
    );
    let error = client.test_authentication().await.unwrap_err();
    assert!(
        matches!(error, Error::Status { message: Some(said), .. } if said == "Unable to find account")
    );
}

#[tokio::test]
async fn a_compressed_response_may_not_grow_past_the_limit() {
    let codes = format!("[\"{}\"]", "a".repeat(996));
    let service = Service::default()
        .then(gzip(200, codes.as_bytes()))
        .then(gzip(200, codes.as_bytes()));
    let client = service.client();
    assert!(
        client
            .clone()
            .max_response_body(1000)
            .country_codes()
            .await
            .is_ok()
    );
    let error = client
        .max_response_body(999)
        .country_codes()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::BodyTooLarge { limit: 999, .. }));
}

#[tokio::test]
async fn a_refusal_stays_one_when_it_cannot_be_inflated() {
    let mut broken = response(503, &b"\x1F\x8B\x08\0\0broken"[..]);
    let encoding = HeaderValue::from_static("gzip");
    broken
        .headers_mut()
        .insert(header::CONTENT_ENCODING, encoding);
    broken
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("7"));
    let service = Service::default().then(broken);
    let error = service.client().test_authentication().await.unwrap_err();
    assert!(matches!(
        error,
        Error::Status {
            status: StatusCode::SERVICE_UNAVAILABLE,
            message: None,
            ..
        }
    ));
    assert!(error.is_retryable());
    assert_eq!(
        error.retry_after(),
        Some(RetryAfter::After(Duration::from_secs(7)))
    );
}

#[tokio::test]
async fn wrong_kind_of_id_is_named_by_its_code() {
    let body =
        "{\"Code\":2004,\"Reason\":\"BadRequest\",\"Message\":\"Transaction not available\"}";
    let service = Service::default().then(response(400, body));
    let error = service
        .client()
        .transaction_record(&"1".into())
        .await
        .unwrap_err();
    assert!(
        matches!(error, Error::Status { code: Some(code), .. } if code == ErrorCode::TRANSACTION_NOT_AVAILABLE)
    );
}

#[tokio::test]
async fn a_verification_is_never_sent_again_by_itself() {
    for service in [
        Service::default().then_nothing(),
        Service::default().then(response(503, "")),
        Service::default().then(response(429, "")),
        Service::default().then(response(408, "")),
    ] {
        let error = service.client().verify(&request()).await.unwrap_err();
        assert!(error.is_retryable());
        assert_eq!(service.sent().len(), 1);
    }
}

#[tokio::test]
async fn what_may_be_sent_again_is_known_of_each_operation() {
    use napi::{Endpoint, business::BusinessSearchRequest, verifications::GetTransactionRecord};
    const { assert!(!VerifyRequest::IDEMPOTENT && !BusinessSearchRequest::IDEMPOTENT) };
    const { assert!(GetTransactionRecord::IDEMPOTENT) };
}

fn compressed(encoding: &str, text: &str) -> Vec<u8> {
    use flate2::write;
    let level = Compression::best();
    let bytes = text.as_bytes();
    let written = match encoding {
        "gzip" => {
            let mut encoder = GzEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).and_then(|()| encoder.finish())
        }
        "zlib" => {
            let mut encoder = write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).and_then(|()| encoder.finish())
        }
        _ => {
            let mut encoder = write::DeflateEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).and_then(|()| encoder.finish())
        }
    };
    written.unwrap()
}

#[tokio::test]
async fn the_words_of_a_refusal_survive_every_coding() {
    let text = "{\"Message\":\"Unable to find account\",\"Code\":2004}";
    let long = format!(
        "{{\"Message\":\"Unable to find account\",\"Rest\":\"{}\"}}",
        "ab ".repeat(999)
    );
    let cut = |form: &str| {
        let whole = compressed(form, &long);
        whole[..whole.len() - 9].to_vec()
    };
    for (encoding, body) in [
        ("gzip", compressed("gzip", text)),
        ("x-gzip", compressed("gzip", text)),
        ("deflate", compressed("zlib", text)),
        ("deflate", compressed("raw", text)),
        ("identity, gzip", compressed("gzip", text)),
        ("gzip", text.as_bytes().to_vec()),
        ("deflate", text.as_bytes().to_vec()),
        ("br", text.as_bytes().to_vec()),
        ("gzip", cut("gzip")),
        ("deflate", cut("zlib")),
        ("deflate", cut("raw")),
    ] {
        let mut refused = response(400, body);
        let value = HeaderValue::from_static(encoding);
        refused
            .headers_mut()
            .insert(header::CONTENT_ENCODING, value);
        let service = Service::default().then(refused);
        let error = service.client().test_authentication().await.unwrap_err();
        assert!(
            matches!(&error, Error::Status { message: Some(said), .. } if said == "Unable to find account"),
            "{encoding}: {error:?}"
        );
    }
}

#[tokio::test]
async fn words_of_a_refusal_survive_charset_and_cut() {
    let utf16: Vec<u8> = "{\"Message\":\"Zoé\"}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (content_type, body, expected) in [
        ("application/json; charset=utf-16", utf16, "Zoé"),
        ("text/plain; charset=iso-8859-1", b"Zo\xE9".to_vec(), "Zoé"),
        (
            "text/html; charset=windows-1252",
            b"<title>Acc\xE8s refus\xE9</title>".to_vec(),
            "Accès refusé",
        ),
        (
            "application/json",
            b"{\"Message\":\"Unable to f".to_vec(),
            "Unable to f",
        ),
        (
            "application/json",
            b"{\"Message\":\"Zo\xE9\",".to_vec(),
            "Zo\u{FFFD}",
        ),
    ] {
        let mut refused = response(400, body);
        let value = HeaderValue::from_static(content_type);
        refused.headers_mut().insert(header::CONTENT_TYPE, value);
        let service = Service::default().then(refused);
        let error = service.client().test_authentication().await.unwrap_err();
        assert!(
            matches!(&error, Error::Status { message: Some(said), .. } if said == expected),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_compressed_verification_that_breaks_off_names_its_transaction() {
    use napi::verifications::{PersonInfo, VerifyRequest};
    let text = format!(
        "{{\"TransactionID\":\"1\",\"Rest\":\"{}\"}}",
        "ab ".repeat(999)
    );
    let whole = compressed("gzip", &text);
    let request = VerifyRequest::new("CA".parse().unwrap(), PersonInfo::new());
    for (length, expected) in [(whole.len() - 9, Some("1".into())), (12, None)] {
        let mut cut = response(200, whole[..length].to_vec());
        let value = HeaderValue::from_static("gzip");
        cut.headers_mut().insert(header::CONTENT_ENCODING, value);
        let service = Service::default().then(cut);
        let error = service.client().verify(&request).await.unwrap_err();
        let found = error.transaction().and_then(|it| it.transaction_id.clone());
        assert_eq!(found, expected, "{error:?}");
        assert_eq!(matches!(error, Error::Compression), expected.is_none());
    }
}
