//! Requests that are rejected: credentials, bodies, and the form of the error.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use mock_napi::{Denial, EventKind, ProblemForm, ServiceSettings};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::client::header;
use crate::service::{CONFIGURATION, Napi, VERIFY, person, read};

#[tokio::test]
async fn all_paths_but_two_want_credentials() {
    let mut napi = Napi::start().await;
    napi.authorization = "Basic bm9ib2R5Om5vdGhpbmc=".to_owned();
    for (path, is_open) in [
        ("/connection/v1/sayhello/World", true),
        ("/connection/v1/testauthentication", false),
        (
            "/configuration/v1/countrycodes/Identity%20Verification",
            false,
        ),
        ("/configuration/v1/countrysubdivisions/AU", false),
        ("/configuration/v1/countryJOI", false),
        ("/configuration/v1/countryJOI/ZZ", false),
        ("/configuration/v1/businessregistrationnumbers/CA/BC", false),
        ("/configuration/v1/fields/Identity%20Verification/AU", false),
        (
            "/configuration/v1/alldatasources/Identity%20Verification",
            false,
        ),
        ("/configuration/v1/documentTypes", false),
        ("/verifications/v1/transactionrecord/1", false),
        ("/verifications/v1/transactionrecord/1/verbose", false),
        ("/verifications/v1/transaction/1/status", false),
        ("/verifications/v1/transaction/1/partialresult", false),
        ("/verifications/v1/documentdownload/1/AnnualReport", false),
        ("/business/v1/search/transactionrecord/1", false),
        ("/trial/connection/v1/testauthentication", false),
        ("/trial/connection/v1/sayhello/World", true),
    ] {
        let status = napi.get(path).await.status();
        let expected = if is_open { 200 } else { 401 };
        assert_eq!(status, expected, "{path}");
    }
    for (path, is_open) in [
        ("/connection/v1/async-callback", true),
        (VERIFY, false),
        ("/business/v1/search", false),
    ] {
        let status = napi.post(path, &json!({})).await.status();
        let expected = if is_open { 200 } else { 401 };
        assert_eq!(status, expected, "{path}");
    }
    let denied = |kind: EventKind| match kind {
        EventKind::Request { denial, .. } => denial,
        _ => None,
    };
    let denials = napi
        .mock
        .events()
        .into_iter()
        .filter_map(|it| denied(it.kind));
    assert!(denials.clone().all(|denial| denial == Denial::UnknownUser));
    assert_eq!(denials.count(), 18);
}

#[tokio::test]
async fn a_mode_may_stand_before_a_path() {
    let napi = Napi::start().await;
    for mode in ["/trial", "/live"] {
        let path = format!("{mode}/connection/v1/testauthentication");
        assert_eq!(napi.value(&path).await, "Hello acme-api");
        let response = napi
            .post(&format!("{mode}{VERIFY}"), &person(&napi, "AU").await)
            .await;
        let response = read(StatusCode::OK, &response);
        let id = response["Record"]["TransactionRecordID"].as_str().unwrap();
        let record = format!("{mode}/verifications/v1/transactionrecord/{id}");
        let record = napi.value(&record).await.to_string();
        assert!(record.contains(&format!("https://localhost{mode}/verifications/v1/")));
    }
    let other = napi.get("/free/connection/v1/testauthentication").await;
    assert_eq!(other.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_refusal_is_worded_in_each_form() {
    let message = "Account not configured for this country";
    for (form, expected) in [
        (ProblemForm::BareString, json!(message)),
        (ProblemForm::Message, json!({ "Message": message })),
        (
            ProblemForm::CodeAndMessage,
            json!({ "Code": 400, "Reason": "BadRequest", "Message": message }),
        ),
    ] {
        let napi = Napi::with(ServiceSettings::new().problems(form)).await;
        let path = format!("/configuration/v1/fields/{CONFIGURATION}/ZZ");
        let response = napi.get(&path).await;
        assert_eq!(read(StatusCode::BAD_REQUEST, &response), expected);
        let content_type = "application/json; charset=utf-8";
        assert_eq!(header(&response, "content-type"), content_type);
    }
    let settings = ServiceSettings::new().problems(ProblemForm::ProblemDetails);
    let napi = Napi::with(settings).await;
    let response = napi.get("/configuration/v1/documentTypes/ZZ").await;
    let details = read(StatusCode::BAD_REQUEST, &response);
    assert_eq!(
        (&details["title"], &details["status"]),
        (&json!(message), &json!(400))
    );
    let content_type = "application/problem+json; charset=utf-8";
    assert_eq!(header(&response, "content-type"), content_type);
}

#[tokio::test]
async fn body_is_json_by_header_and_text() {
    let napi = Napi::start().await;
    let good = person(&napi, "AU").await.to_string();
    for (content_type, body, status) in [
        ("application/json", good.as_str(), StatusCode::OK),
        ("APPLICATION/JSON;charset=UTF-8", &good, StatusCode::OK),
        ("text/json", &good, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (
            "application/jsonp",
            &good,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        ("application/json", &good[1..], StatusCode::BAD_REQUEST),
        ("application/json", "", StatusCode::BAD_REQUEST),
        ("application/json", "[]", StatusCode::BAD_REQUEST),
        ("application/json", "null", StatusCode::BAD_REQUEST),
    ] {
        let response = napi.post_as(content_type, VERIFY, body.to_owned()).await;
        assert_eq!(response.status(), status, "{content_type} {body:.10}");
    }
    let request = Request::post(VERIFY)
        .header("host", "localhost")
        .header("authorization", &napi.authorization)
        .body(Full::new(Bytes::from(good)))
        .unwrap();
    let without = napi
        .client
        .send(napi.mock.mtls_addr(), request)
        .await
        .unwrap();
    assert_eq!(without.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn body_over_the_limit_is_rejected() {
    let napi = Napi::start().await;
    let body = person(&napi, "AU").await.to_string();
    for (limit, status) in [
        (body.len(), StatusCode::OK),
        (body.len() - 1, StatusCode::PAYLOAD_TOO_LARGE),
        (body.len() / 8, StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        napi.mock
            .set_service(ServiceSettings::new().longest_body(limit));
        let response = napi.post_as("application/json", VERIFY, body.clone()).await;
        assert_eq!(response.status(), status, "{limit} of {}", body.len());
    }
    assert_eq!(napi.transactions().len(), 1);
}

#[tokio::test]
async fn a_body_nested_too_deep_is_refused() {
    let napi = Napi::start().await;
    let body = format!(
        "{{\"DataFields\":{}{}}}",
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let response = napi.post_as("application/json", VERIFY, body).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn another_method_is_not_allowed() {
    let napi = Napi::start().await;
    assert_eq!(
        napi.get(VERIFY).await.status(),
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let napi = Napi::start().await;
    for (path, status) in [
        ("/connection/v1/testauthentication", StatusCode::OK),
        (
            "/configuration/v1/documentTypes/ZZ",
            StatusCode::BAD_REQUEST,
        ),
        ("/verifications/v1", StatusCode::NOT_FOUND),
    ] {
        let get = napi.get(path).await;
        let request = napi.request("HEAD", path).body(Full::default()).unwrap();
        let head = napi
            .client
            .send(napi.mock.mtls_addr(), request)
            .await
            .unwrap();
        assert_eq!((get.status(), head.status()), (status, status), "{path}");
        assert!(head.body().is_empty());
        for name in ["content-type", "content-length"] {
            assert_eq!(head.headers().get(name), get.headers().get(name), "{path}");
        }
    }
}

// The clock is paused, so that it jumps to the limit when no one has anything left to do.
#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_timed_out() {
    let napi = Napi::start().await;
    let mut stream = napi.client.connect(napi.mock.mtls_addr()).await.unwrap();
    let head = format!(
        "POST {VERIFY} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\n\
         Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{{",
        napi.authorization
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut response = [0; 12];
    stream.read_exact(&mut response).await.unwrap();
    assert_eq!(&response, b"HTTP/1.1 408");
}
