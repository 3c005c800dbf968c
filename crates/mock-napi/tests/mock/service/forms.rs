//! The form of responses: nulls, dates, lengths, compression.

use http_body_util::Full;
use mock_napi::{BodyFraming, Compression, DateFormat, NullMembers, ServiceSettings};
use serde_json::Value;

use crate::client::{ClientResponse, header};
use crate::service::{CONFIGURATION, Napi, person};

async fn accepting(napi: &Napi, path: &str, encodings: &str) -> ClientResponse {
    let request = napi
        .request("GET", path)
        .header("accept-encoding", encodings)
        .body(Full::default())
        .unwrap();
    napi.client
        .send(napi.mock.mtls_addr(), request)
        .await
        .unwrap()
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.iter().any(has_null),
        Value::Object(members) => members.values().any(has_null),
        _ => false,
    }
}

#[tokio::test]
async fn nulls_are_left_out_or_written() {
    let napi = Napi::start().await;
    let request = person(&napi, "AU").await;
    let live = napi.verify(&request).await;
    assert!(!has_null(&live));
    let source = &live["Record"]["DatasourceResults"][0];
    assert!(source.get("DatasourceStatus").is_none());
    napi.mock
        .set_service(ServiceSettings::new().nulls(NullMembers::Written));
    let published = napi.verify(&request).await;
    assert!(has_null(&published));
    let source = &published["Record"]["DatasourceResults"][0];
    assert_eq!(source["DatasourceStatus"], "match");
    assert!(source["DatasourceFields"][0]["MatchPrecision"].is_null());
}

#[tokio::test]
async fn dates_have_three_forms() {
    let napi = Napi::start().await;
    let request = person(&napi, "AU").await;
    for (dates, length, ending) in [
        (DateFormat::WithoutZone, "2021-11-15T23:27:00".len(), ""),
        (
            DateFormat::Fractions,
            "2021-11-15T23:27:00.1234567".len(),
            "",
        ),
        (DateFormat::Zulu, "2021-11-15T23:27:00Z".len(), "Z"),
    ] {
        napi.mock.set_service(ServiceSettings::new().dates(dates));
        let response = napi.verify(&request).await;
        for member in ["UploadedDt", "CompletedDt"] {
            let date = response[member].as_str().unwrap();
            assert_eq!(date.len(), length, "{date}");
            assert!(date.ends_with(ending), "{date}");
            assert_eq!(date.as_bytes()[10], b'T');
        }
    }
}

#[tokio::test]
async fn response_has_a_length_or_is_chunked() {
    let napi = Napi::start().await;
    let path = format!("/configuration/v1/fields/{CONFIGURATION}/AU");
    let announced = napi.get(&path).await;
    let length = announced.body().len().to_string();
    assert_eq!(header(&announced, "content-length"), length);
    napi.mock
        .set_service(ServiceSettings::new().length(BodyFraming::Chunked));
    let chunked = napi.get(&path).await;
    assert!(!chunked.headers().contains_key("content-length"));
    assert_eq!(header(&chunked, "transfer-encoding"), "chunked");
    assert_eq!(announced.body(), chunked.body());
}

#[tokio::test]
async fn an_answer_is_compressed_for_who_accepts_it_unless_never() {
    let napi = Napi::start().await;
    let path = format!("/configuration/v1/fields/{CONFIGURATION}/AU");
    let plain = napi.get(&path).await;
    assert!(!plain.headers().contains_key("content-encoding"));
    let compressed = accepting(&napi, &path, "gzip").await;
    assert_eq!(header(&compressed, "content-encoding"), "gzip");
    assert!(compressed.body().starts_with(&[0x1f, 0x8b])); // RFC 1952, section 2.3.1
    assert!(compressed.body().len() < plain.body().len() / 2);
    let other = accepting(&napi, &path, "br, gzip;q=0").await;
    assert_eq!(other.body(), plain.body());
    let settings = ServiceSettings::new().compression(Compression::Never);
    napi.mock.set_service(settings);
    let never = accepting(&napi, &path, "gzip").await;
    assert_eq!(never.body(), plain.body());
}
