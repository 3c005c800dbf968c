//! The queue of scripts, and gates.

use mock_tls::{Alpn, ConnectionEvent, MockServer, Point, Script, Versions};
use rustls::AlertDescription;
use tokio::io::AsyncReadExt;

use crate::fault::{kinds_of, start};
use crate::tls_client::{Client, Identity};

const TLS12: &str = "TLSv1.2";

/// Returns the version of the next connection, and whether it took a script.
async fn version(mock: &MockServer) -> (String, bool) {
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    let stream = client.connect(mock.addr()).await.unwrap();
    let peer = stream.get_ref().0.local_addr().unwrap();
    drop(stream);
    let mut version = String::new();
    let mut scripted = false;
    for kind in kinds_of(mock, peer).await {
        match kind {
            ConnectionEvent::HandshakeCompleted { tls_version, .. } => version = tls_version,
            ConnectionEvent::ScriptTaken { .. } => scripted = true,
            _ => {}
        }
    }
    (version, scripted)
}

fn unasked(versions: Versions) -> Script {
    Script::new()
        .client_auth(mock_tls::ClientAuth::NotAsked)
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
    let (_, alert) = Client::new(mock.ca_certificate_pem(), &Identity::NONE)
        .refused(mock.addr())
        .await;
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
            ConnectionEvent::ScriptTaken { script } => Some(*script),
            _ => None,
        });
    assert_eq!(taken, Some(script));
}

#[tokio::test]
async fn open_gate_holds_no_connection() {
    let mock = start().await;
    mock.open_gate("open");
    mock.enqueue(unasked(Versions::Both).gate(Point::AfterHandshake, "open"));
    assert_eq!(version(&mock).await, ("TLSv1.3".to_owned(), true));
}

#[tokio::test]
async fn stopping_the_mock_ends_connections_at_gates() {
    let mock = start().await;
    mock.enqueue(unasked(Versions::Both).gate(Point::AfterHandshake, "never"));
    let client = Client::new(mock.ca_certificate_pem(), &Identity::NONE);
    let mut stream = client.connect(mock.addr()).await.unwrap();
    mock.wait_for(|event| matches!(event.kind, ConnectionEvent::GateReached { .. }))
        .await;
    mock.shutdown().await;
    assert!(matches!(stream.read(&mut [0; 16]).await, Ok(0) | Err(_)));
}
