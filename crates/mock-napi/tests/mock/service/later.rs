//! Verifications with a callback: accepted now, finished later.

use hyper::StatusCode;
use mock_napi::{EventKind, FinalState, ServiceSettings};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::client::portal;
use crate::service::{Napi, person, read};

const NO_RECEIVER: &str = "https://api.trulioo.com/connection/v1/async-callback";

/// Returns a verification that was accepted, and its transaction's path.
async fn accepted(napi: &Napi, callback: &str) -> (Value, String) {
    let mut request = person(napi, "AU").await;
    request["CallBackUrl"] = json!(callback);
    let response = napi.verify(&request).await;
    let id = response["TransactionID"].as_str().unwrap();
    let path = format!("/verifications/v1/transaction/{id}");
    (response, path)
}

async fn status(napi: &Napi, path: &str) -> Value {
    napi.value(&format!("{path}/status")).await
}

#[tokio::test]
async fn first_response_is_as_live_and_without_outcome() {
    let napi = Napi::start().await;
    let (response, _) = accepted(&napi, NO_RECEIVER).await;
    let live = json!({
        "TransactionID": response["TransactionID"],
        "UploadedDt": "0001-01-01T00:00:00",
        "CountryCode": "AU",
        "ProductName": "Identity Verification",
        "Record": { "RecordStatus": "nomatch", "DatasourceResults": [], "Errors": [], "Rule": {} },
        "Errors": [],
    });
    assert_eq!(response, live);
    let [
        EventKind::Transaction {
            is_match: true,
            is_pending: true,
            ..
        },
    ] = &napi.transactions()[..]
    else {
        panic!("{:?}", napi.transactions());
    };
}

#[tokio::test]
async fn record_appears_after_the_set_number_of_polls() {
    let napi = Napi::with(ServiceSettings::new().polls(2)).await;
    let (_, path) = accepted(&napi, NO_RECEIVER).await;
    let EventKind::Transaction {
        transaction_record_id,
        ..
    } = &napi.transactions()[0]
    else {
        panic!("no transaction");
    };
    let record = format!("/verifications/v1/transactionrecord/{transaction_record_id}");
    for _ in 0..2 {
        let status = status(&napi, &path).await;
        assert_eq!(status["Status"], "InProgress");
        assert!(status["TransactionRecordId"].is_null());
        assert_eq!(status["IsTimedOut"], false);
        assert_eq!(napi.get(&record).await.status(), StatusCode::BAD_REQUEST);
    }
    let status = status(&napi, &path).await;
    assert_eq!(status["Status"], "Completed");
    assert_eq!(status["TransactionRecordId"], **transaction_record_id);
    let record = napi.value(&record).await;
    assert_eq!(record["Record"]["RecordStatus"], "match");
    assert_ne!(record["UploadedDt"], "0001-01-01T00:00:00");
}

#[tokio::test]
async fn it_may_end_in_every_way() {
    for (end, name, is_timed_out) in [
        (FinalState::Canceled, "Canceled", false),
        (FinalState::Failed, "Failed", false),
        (FinalState::TimeoutCanceled, "TimeoutCanceled", true),
    ] {
        let napi = Napi::with(ServiceSettings::new().polls(0).end(end)).await;
        let (_, path) = accepted(&napi, NO_RECEIVER).await;
        let status = status(&napi, &path).await;
        assert_eq!(status["Status"], name);
        assert_eq!(status["IsTimedOut"], is_timed_out);
        assert!(status["TransactionRecordId"].is_null());
        let partial = napi.value(&format!("{path}/partialresult")).await;
        assert_eq!(partial["Status"], name);
        assert!(partial["Record"]["TransactionRecordID"].is_null());
        assert_eq!(partial["Record"]["RecordStatus"], "nomatch");
    }
}

#[tokio::test]
async fn it_waits_for_a_gate() {
    let napi = Napi::with(ServiceSettings::new().polls(0).completion_gate("end")).await;
    let (_, path) = accepted(&napi, NO_RECEIVER).await;
    for _ in 0..3 {
        assert_eq!(status(&napi, &path).await["Status"], "InProgress");
    }
    napi.mock.open_gate("end");
    assert_eq!(status(&napi, &path).await["Status"], "Completed");
}

#[tokio::test]
async fn timeout_by_the_mocks_clock_cancels_the_transaction() {
    let napi = Napi::with(ServiceSettings::new().polls(100)).await;
    let mut request = person(&napi, "AU").await;
    request["CallBackUrl"] = json!(NO_RECEIVER);
    request["Timeout"] = json!(60);
    let response = napi.verify(&request).await;
    let path = format!(
        "/verifications/v1/transaction/{}",
        response["TransactionID"].as_str().unwrap()
    );
    napi.mock.set_clock(50);
    assert_eq!(status(&napi, &path).await["Status"], "InProgress");
    napi.mock.set_clock(61);
    let partial = napi.value(&format!("{path}/partialresult")).await;
    assert_eq!(partial["Status"], "TimeoutCanceled");
    assert!(partial["Record"]["TransactionRecordID"].is_null());
    let late = status(&napi, &path).await;
    assert_eq!(late["Status"], "TimeoutCanceled");
    assert_eq!(late["IsTimedOut"], true);
}

#[tokio::test]
async fn a_time_that_is_none_cancels_nothing() {
    let napi = Napi::with(ServiceSettings::new().polls(100)).await;
    for (timeout, expected) in [
        (json!(0), "InProgress"),
        (json!(-1), "InProgress"),
        (json!(i64::MAX), "InProgress"),
        (json!(u64::MAX), "InProgress"),
        (json!("60"), "InProgress"),
        (json!(null), "InProgress"),
        (json!(60), "TimeoutCanceled"),
    ] {
        napi.mock.set_clock(0);
        let mut request = person(&napi, "AU").await;
        request["CallBackUrl"] = json!(NO_RECEIVER);
        request["Timeout"] = timeout.clone();
        let response = napi.verify(&request).await;
        let id = response["TransactionID"].as_str().unwrap();
        napi.mock.set_clock(3600);
        let path = format!("/verifications/v1/transaction/{id}");
        assert_eq!(status(&napi, &path).await["Status"], expected, "{timeout}");
    }
}

#[tokio::test]
async fn callback_that_cannot_be_posted_stays_pending() {
    let napi = Napi::with(ServiceSettings::new().polls(0)).await;
    for url in [
        "done",
        "https://acme.example/done",
        "http://10.0.0.1/done",
        "http://[",
        " ",
    ] {
        let (response, path) = accepted(&napi, url).await;
        assert_eq!(response["UploadedDt"], "0001-01-01T00:00:00", "{url}");
        assert_eq!(status(&napi, &path).await["Status"], "Completed", "{url}");
    }
    let is_callback = |kind: &EventKind| matches!(kind, EventKind::Callback { .. });
    assert!(!napi.mock.events().iter().any(|it| is_callback(&it.kind)));
}

#[tokio::test]
async fn partial_result_has_known_sources_and_names_the_rest() {
    let napi = Napi::with(ServiceSettings::new().polls(0)).await;
    let (_, path) = accepted(&napi, NO_RECEIVER).await;
    let partial = napi.value(&format!("{path}/partialresult")).await;
    assert_eq!(partial["Status"], "InProgress");
    assert!(partial["Record"]["TransactionRecordID"].is_null());
    let known = partial["Record"]["DatasourceResults"]
        .as_array()
        .unwrap()
        .len();
    let awaited = partial["DatasourcesAwaitingResult"]
        .as_array()
        .unwrap()
        .len();
    assert!(known > 0 && awaited > 0);
    assert_eq!(status(&napi, &path).await["Status"], "Completed");
    let whole = napi.value(&format!("{path}/partialresult")).await;
    assert_eq!(whole["Status"], "Completed");
    assert_eq!(whole["DatasourcesAwaitingResult"], json!([]));
    let sources = whole["Record"]["DatasourceResults"].as_array().unwrap();
    assert_eq!(sources.len(), known + awaited);
    assert_eq!(whole["Record"]["RecordStatus"], "match");
}

#[tokio::test]
async fn unknown_transaction_is_not_available() {
    let napi = Napi::start().await;
    for path in ["status", "partialresult"] {
        let path = format!("/verifications/v1/transaction/1/{path}");
        let refused = read(StatusCode::BAD_REQUEST, &napi.get(&path).await);
        assert_eq!(refused, "Transaction not available");
    }
}

/// Returns a receiver of one callback: answers 204 and hands out what it heard.
async fn hear(listener: &TcpListener) -> (String, Value) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut heard = Vec::new();
    let (head, length) = loop {
        heard.push(stream.read_u8().await.unwrap());
        if heard.ends_with(b"\r\n\r\n") {
            let head = String::from_utf8(heard).unwrap();
            let length = head.lines().find_map(|line| {
                line.to_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            });
            break (head, length.unwrap());
        }
    };
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .await
        .unwrap();
    (head, serde_json::from_slice(&body).unwrap())
}

#[tokio::test]
async fn callback_is_posted_when_the_gate_opens() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let settings = ServiceSettings::new()
        .callback_port(port)
        .completion_gate("end");
    let napi = Napi::with(settings).await;
    let (response, path) = accepted(&napi, "https://acme.example/done/42?secret=1").await;
    assert_eq!(status(&napi, &path).await["Status"], "InProgress");
    napi.mock.open_gate("end");
    let (head, body) = hear(&listener).await;
    assert!(
        head.starts_with("POST /done/42?secret=1 HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(head.contains("host: acme.example\r\n"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    assert_eq!(body["TransactionId"], response["TransactionID"]);
    assert_eq!(body["Status"], "Completed");
    assert_eq!(body, status(&napi, &path).await);
    let event = napi
        .mock
        .wait_for(|event| matches!(event.kind, EventKind::Callback { .. }))
        .await;
    let EventKind::Callback { path, status, .. } = event.kind else {
        panic!("not a callback");
    };
    assert_eq!((path.as_str(), status), ("/done/42", Some(204)));
}

#[tokio::test]
async fn a_callback_may_come_more_than_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://127.0.0.1:{}/done",
        listener.local_addr().unwrap().port()
    );
    let napi = Napi::with(ServiceSettings::new().callback_times(2)).await;
    accepted(&napi, &url).await;
    let first = hear(&listener).await;
    assert_eq!(first, hear(&listener).await);
}

#[tokio::test]
async fn callbacks_come_before_the_end_and_forged_ones_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/done");
    let settings = ServiceSettings::new()
        .progress_callbacks(2)
        .forged_callbacks(1)
        .callback_times(2)
        .completion_gate("end");
    let napi = Napi::with(settings).await;
    let (response, path) = accepted(&napi, &url).await;
    for _ in 0..2 {
        let (_, body) = hear(&listener).await;
        assert_eq!(body["Status"], "InProgress");
        assert_eq!(body["TransactionId"], response["TransactionID"]);
        assert!(body["TransactionRecordId"].is_null());
    }
    let (head, forged) = hear(&listener).await;
    assert_eq!(forged["Status"], "Completed");
    assert!(!head.to_lowercase().contains("signature"), "{head}");
    let record = forged["TransactionRecordId"].as_str().unwrap();
    let record = format!("/verifications/v1/transactionrecord/{record}");
    assert_eq!(napi.get(&record).await.status(), StatusCode::BAD_REQUEST);
    assert_eq!(status(&napi, &path).await["Status"], "InProgress");

    napi.mock.open_gate("end");
    let (_, body) = hear(&listener).await;
    assert_eq!(body, status(&napi, &path).await);
    assert_eq!(hear(&listener).await.1, body);
    let is_last = |kind: &EventKind| matches!(kind, EventKind::Callback { .. });
    let mut left = 5;
    napi.mock
        .wait_for(|event| {
            left -= u8::from(is_last(&event.kind));
            left == 0
        })
        .await;
    let told = napi
        .mock
        .events()
        .into_iter()
        .filter_map(|event| match event.kind {
            EventKind::Callback { state, status, .. } => Some((state, status)),
            _ => None,
        });
    let told: Vec<_> = told.collect();
    let states: Vec<_> = told.iter().map(|(state, _)| state.as_str()).collect();
    let completed = ["Completed"; 3];
    assert_eq!(states, [&["InProgress"; 2][..], &completed].concat());
    assert!(told.iter().all(|(_, status)| *status == Some(204)));
}

#[tokio::test]
async fn a_receiver_that_does_not_answer_is_in_the_log() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!(
        "http://127.0.0.1:{}/done",
        listener.local_addr().unwrap().port()
    );
    let napi = Napi::start().await;
    accepted(&napi, &url).await;
    drop(listener.accept().await.unwrap());
    let is_lost = |kind: &EventKind| matches!(kind, EventKind::Callback { status: None, .. });
    napi.mock.wait_for(|event| is_lost(&event.kind)).await;
}

#[tokio::test]
async fn control_port_sets_settings_and_refuses_misspelt_ones() {
    let napi = Napi::start().await;
    let path = "/mock/v1/service";
    let put = portal(&napi.mock, "PUT", path, None, r#"{"polls":7}"#).await;
    assert_eq!(put.status(), StatusCode::NO_CONTENT);
    let get = portal(&napi.mock, "GET", path, None, "").await;
    assert_eq!(read(StatusCode::OK, &get)["polls"], 7);
    let misspelt = portal(&napi.mock, "PUT", path, None, r#"{"pols":7}"#).await;
    assert_eq!(misspelt.status(), StatusCode::BAD_REQUEST);
    let get = portal(&napi.mock, "GET", path, None, "").await;
    assert_eq!(read(StatusCode::OK, &get)["polls"], 7);
}
