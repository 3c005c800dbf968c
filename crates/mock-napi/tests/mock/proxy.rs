//! The proxy in front of the portal, and its control. Its faults are in the tests of `mock-tls`.

use hyper::StatusCode;
use mock_napi::{ConnectionEvent, Event, EventKind, MockNapi};
use test_client::{ask, heard};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::client::{portal, text};

async fn start() -> MockNapi {
    MockNapi::builder().proxy().start().await.unwrap()
}

async fn to_proxy(mock: &MockNapi) -> TcpStream {
    TcpStream::connect(mock.proxy_addr().unwrap())
        .await
        .unwrap()
}

fn connect_to(target: &str) -> String {
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n")
}

#[tokio::test]
async fn early_bytes_of_a_client_reach_the_portal() {
    let mock = start().await;
    let mut stream = to_proxy(&mock).await;
    let target = mock.portal_url().strip_prefix("http://").unwrap();
    let early = "GET /mock/v1/ca.pem HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let request = connect_to(target) + early;
    stream.write_all(request.as_bytes()).await.unwrap();
    let (bytes, end) = heard(stream).await;
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.starts_with("HTTP/1.1 200 Connection established\r\n\r\nHTTP/1.1 200 "));
    assert!(text.ends_with(mock.ca_certificate_pem()));
    assert_eq!(end, None);
}

#[tokio::test]
async fn proxy_scripts_are_set_over_the_control_port() {
    let mock = start().await;
    let path = "/mock/v1/proxy/scripts";
    let refused = r#"[{"response":{"status":{"code":403}}}]"#;
    let queued = portal(&mock, "POST", path, None, refused).await;
    assert_eq!(queued.status(), StatusCode::NO_CONTENT);
    let repeated = format!("{path}/repeated");
    let closed = r#"{"response":{"status":{"code":502}}}"#;
    portal(&mock, "PUT", &repeated, None, closed).await;
    let status = async || {
        let mut stream = to_proxy(&mock).await;
        let target = mock.mtls_addr().to_string();
        let head = ask(&mut stream, &connect_to(&target)).await;
        head[9..12].to_owned()
    };
    assert_eq!(status().await, "403");
    assert_eq!(status().await, "502");
    assert_eq!(status().await, "502");
    portal(&mock, "DELETE", path, None, "").await;
    assert_eq!(status().await, "200");

    let misspelt = portal(&mock, "POST", path, None, r#"[{"anwser":"tunnel"}]"#).await;
    assert_eq!(misspelt.status(), StatusCode::BAD_REQUEST);
    let events = portal(&mock, "GET", "/mock/v1/events", None, "").await;
    let read: Vec<Event> = serde_json::from_slice(events.body()).unwrap();
    assert!(
        read.iter()
            .any(|event| event.kind == EventKind::Connection(ConnectionEvent::ProxyAccepted))
    );
    assert_eq!(read, mock.events(), "{}", text(&events));
}
