//! The control routes of scripts and gates.

use hyper::StatusCode;
use mock_napi::{ConnectionEvent, EventKind, KeyExchange, MockNapi, Point, Script};
use rustls::AlertDescription;

use crate::client::{Client, Identity, portal, text};
use crate::events::{kinds_of, start};

const TLS12: &str = "TLSv1.2";

/// Returns the version of the next connection, and whether it took a script.
async fn version(mock: &MockNapi) -> (String, bool) {
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    let stream = client.connect(mock.mtls_addr()).await.unwrap();
    let peer = stream.get_ref().0.local_addr().unwrap();
    drop(stream);
    let mut version = String::new();
    let mut scripted = false;
    for kind in kinds_of(mock, peer).await {
        match kind {
            EventKind::Connection(ConnectionEvent::HandshakeCompleted { tls_version, .. }) => {
                version = tls_version
            }
            EventKind::Connection(ConnectionEvent::ScriptTaken { .. }) => scripted = true,
            _ => {}
        }
    }
    (version, scripted)
}

#[tokio::test]
async fn scripts_are_set_over_the_control_port_too() {
    let mock = start().await;
    let tls12 = r#"{"client_auth":"not_asked","versions":"tls12"}"#;
    let put = |method, path, body: String| {
        let mock = &mock;
        async move { portal(mock, method, path, None, body).await.status() }
    };
    let queue = put("POST", "/mock/v1/scripts", format!("[{tls12}]")).await;
    assert_eq!(queue, StatusCode::NO_CONTENT);
    assert_eq!(version(&mock).await, (TLS12.to_owned(), true));

    let repeated = put("PUT", "/mock/v1/scripts/repeated", tls12.to_owned()).await;
    assert_eq!(repeated, StatusCode::NO_CONTENT);
    assert_eq!(version(&mock).await, (TLS12.to_owned(), true));

    let cleared = put("DELETE", "/mock/v1/scripts", String::new()).await;
    assert_eq!(cleared, StatusCode::NO_CONTENT);
    let (peer, _) = Client::new(mock.ca_certificate_pem(), &Identity::NONE)
        .refused(mock.mtls_addr())
        .await;
    let kinds = kinds_of(&mock, peer).await;
    assert!(!kinds.iter().any(|kind| matches!(
        kind,
        EventKind::Connection(ConnectionEvent::ScriptTaken { .. })
    )));
}

#[tokio::test]
async fn misspelt_script_is_refused_and_none_is_taken() {
    let mock = start().await;
    let body = r#"[{"client_auth":"not_asked"},{"versoins":"tls12"}]"#;
    let response = portal(&mock, "POST", "/mock/v1/scripts", None, body).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(text(&response).contains("versoins"), "{}", text(&response));
    let (_, alert) = Client::new(mock.ca_certificate_pem(), &Identity::NONE)
        .refused(mock.mtls_addr())
        .await;
    assert_eq!(alert, AlertDescription::CertificateRequired);
}

#[tokio::test]
async fn a_connection_waits_at_its_gate_until_it_is_opened() {
    let mock = start().await;
    let held = Script::new()
        .key_exchange(KeyExchange::NoneInCommon)
        .gate(Point::BeforeServerHello, "hold");
    mock.enqueue(held);
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    let response = async {
        let reached = portal(&mock, "GET", "/mock/v1/gates/hold", None, "").await;
        assert_eq!(reached.status(), StatusCode::OK);
        let event: mock_napi::Event = serde_json::from_slice(reached.body()).unwrap();
        let before = mock.events();
        let opened = portal(&mock, "POST", "/mock/v1/gates/hold", None, "").await;
        assert_eq!(opened.status(), StatusCode::NO_CONTENT);
        (event, before)
    };
    let ((_, alert), (event, before)) = tokio::join!(client.refused(mock.mtls_addr()), response);

    assert_eq!(alert, AlertDescription::HandshakeFailure);
    assert!(matches!(
        event.kind,
        EventKind::Connection(ConnectionEvent::GateReached { gate, point: Point::BeforeServerHello }) if gate == "hold"
    ));
    // While it waited, nothing had failed yet.
    assert!(!before.iter().any(|event| matches!(
        event.kind,
        EventKind::Connection(ConnectionEvent::HandshakeFailed { .. })
    )));
}

#[tokio::test(start_paused = true)]
async fn waiting_for_an_unreached_gate_times_out() {
    let mock = start().await;
    let response = portal(&mock, "GET", "/mock/v1/gates/unreached", None, "").await;
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
}
