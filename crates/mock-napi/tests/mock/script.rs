//! Which connection takes which script, gates, and the control routes of both.

use hyper::StatusCode;
use mock_napi::{Alpn, ConnectionEvent, EventKind, KeyExchange, MockNapi, Point, Script, Versions};
use rustls::AlertDescription;
use tokio::io::AsyncReadExt;

use crate::client::{Client, Identity, portal, text};
use crate::fault::{kinds_of, start};

const TLS12: &str = "TLSv1.2";

/// Returns the version of the next connection, and whether it took a script.
async fn version(mock: &MockNapi) -> (String, bool) {
    let client = Client::new(mock, &Identity::NONE);
    let stream = client.connect(mock).await.unwrap();
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

fn unasked(versions: Versions) -> Script {
    Script::new()
        .client_auth(mock_napi::ClientAuth::NotAsked)
        .versions(versions)
}

#[tokio::test]
async fn connections_take_the_queue_in_order_then_the_repeated_script() {
    let mock = start().await;
    mock.enqueue(unasked(Versions::Tls12));
    mock.enqueue(unasked(Versions::Tls13));
    mock.repeat(unasked(Versions::Tls12));
    let mut versions = Vec::new();
    for _ in 0..4 {
        let (version, scripted) = version(&mock).await;
        assert!(scripted);
        versions.push(version);
    }
    assert_eq!(versions, [TLS12, "TLSv1.3", TLS12, TLS12]);

    mock.clear_scripts();
    let (_, alert) = Client::new(&mock, &Identity::NONE).refused(&mock).await;
    assert_eq!(alert, AlertDescription::CertificateRequired);
}

#[tokio::test]
async fn the_log_has_the_script_that_a_connection_took() {
    let mock = start().await;
    let script = unasked(Versions::Tls12).alpn(Alpn::Ignored);
    mock.enqueue(script.clone());
    version(&mock).await;
    let taken = mock
        .events()
        .into_iter()
        .find_map(|event| match event.kind {
            EventKind::Connection(ConnectionEvent::ScriptTaken { script }) => Some(*script),
            _ => None,
        });
    assert_eq!(taken, Some(script));
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
    let (peer, _) = Client::new(&mock, &Identity::NONE).refused(&mock).await;
    let kinds = kinds_of(&mock, peer).await;
    assert!(!kinds.iter().any(|kind| matches!(
        kind,
        EventKind::Connection(ConnectionEvent::ScriptTaken { .. })
    )));
}

#[tokio::test]
async fn a_misspelt_script_is_refused_and_none_is_taken() {
    let mock = start().await;
    let body = r#"[{"client_auth":"not_asked"},{"versoins":"tls12"}]"#;
    let response = portal(&mock, "POST", "/mock/v1/scripts", None, body).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    assert!(text(&response).contains("versoins"), "{}", text(&response));
    let (_, alert) = Client::new(&mock, &Identity::NONE).refused(&mock).await;
    assert_eq!(alert, AlertDescription::CertificateRequired);
}

#[tokio::test]
async fn a_connection_waits_at_its_gate_until_it_is_opened() {
    let mock = start().await;
    let held = Script::new()
        .key_exchange(KeyExchange::NoneInCommon)
        .gate(Point::BeforeServerHello, "hold");
    mock.enqueue(held);
    let client = Client::new(&mock, &Identity::NONE);
    let response = async {
        let reached = portal(&mock, "GET", "/mock/v1/gates/hold", None, "").await;
        assert_eq!(reached.status(), StatusCode::OK);
        let event: mock_napi::Event = serde_json::from_slice(reached.body()).unwrap();
        let before = mock.events();
        let opened = portal(&mock, "POST", "/mock/v1/gates/hold", None, "").await;
        assert_eq!(opened.status(), StatusCode::NO_CONTENT);
        (event, before)
    };
    let ((_, alert), (event, before)) = tokio::join!(client.refused(&mock), response);

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

#[tokio::test]
async fn a_gate_that_is_open_holds_nobody() {
    let mock = start().await;
    mock.open_gate("open");
    mock.enqueue(unasked(Versions::Both).gate(Point::AfterHandshake, "open"));
    assert_eq!(version(&mock).await, ("TLSv1.3".to_owned(), true));
}

#[tokio::test]
async fn the_end_of_the_mock_ends_those_who_wait_at_a_gate() {
    let mock = start().await;
    mock.enqueue(unasked(Versions::Both).gate(Point::AfterHandshake, "never"));
    let client = Client::new(&mock, &Identity::NONE);
    let mut stream = client.connect(&mock).await.unwrap();
    mock.wait_for(|event| {
        matches!(
            event.kind,
            EventKind::Connection(ConnectionEvent::GateReached { .. })
        )
    })
    .await;
    mock.shutdown().await;
    assert!(matches!(stream.read(&mut [0; 16]).await, Ok(0) | Err(_)));
}

#[tokio::test(start_paused = true)]
async fn waiting_for_a_gate_that_nobody_reaches_has_an_end() {
    let mock = start().await;
    let response = portal(&mock, "GET", "/mock/v1/gates/nobody", None, "").await;
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
}
