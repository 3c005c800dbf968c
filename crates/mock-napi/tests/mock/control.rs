//! The control routes and the end of the mock.

use hyper::StatusCode;
use mock_napi::{Error, Event, EventKind, MockNapi};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::client::{Answer, Client, Identity, portal, text};

async fn start() -> MockNapi {
    MockNapi::builder().start().await.unwrap()
}

async fn get(mock: &MockNapi, path: &str) -> Answer {
    portal(mock, "GET", path, None, "").await
}

fn events(answer: &Answer) -> Vec<Event> {
    assert_eq!(answer.status(), StatusCode::OK, "{}", text(answer));
    serde_json::from_slice(answer.body()).unwrap()
}

#[tokio::test]
async fn the_control_port_shows_the_same_log_as_the_library() {
    let mock = start().await;
    Client::new(&mock, &Identity::NONE).refused(&mock).await;
    mock.wait_for(|event| event.kind == EventKind::Closed).await;
    assert_eq!(events(&get(&mock, "/mock/v1/events").await), mock.events());
}

#[tokio::test]
async fn one_can_ask_for_one_peer_until_it_is_closed() {
    let mock = start().await;
    let client = Client::new(&mock, &Identity::NONE);
    let (peer, _) = client.refused(&mock).await;
    client.refused(&mock).await;
    let answer = get(&mock, &format!("/mock/v1/events?peer={peer}&until=closed")).await;
    let kinds: Vec<_> = events(&answer)
        .into_iter()
        .map(|event| event.kind)
        .collect();
    assert!(matches!(
        kinds.as_slice(),
        [
            EventKind::Accepted,
            EventKind::HandshakeFailed { .. },
            EventKind::Closed
        ]
    ));
}

#[tokio::test]
async fn one_can_ask_for_one_peer_while_it_is_open() {
    let mock = start().await;
    let stream = TcpStream::connect(mock.mtls_addr()).await.unwrap();
    mock.wait_for(|event| event.kind == EventKind::Accepted)
        .await;
    let peer = stream.local_addr().unwrap();
    let answer = get(&mock, &format!("/mock/v1/events?peer={peer}")).await;
    assert_eq!(events(&answer).len(), 1);
}

#[tokio::test]
async fn waiting_without_a_peer_is_refused() {
    let mock = start().await;
    let answer = get(&mock, "/mock/v1/events?until=closed").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_misspelt_query_is_refused() {
    let mock = start().await;
    for query in [
        "peer=nobody",
        "peers=127.0.0.1:1",
        "peer=127.0.0.1:1&until=opened",
    ] {
        let answer = get(&mock, &format!("/mock/v1/events?{query}")).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn the_control_port_hands_out_the_server_authority() {
    let mock = start().await;
    let answer = get(&mock, "/mock/v1/ca.pem").await;
    assert_eq!(text(&answer), mock.ca_certificate_pem());
}

#[tokio::test]
async fn a_taken_port_is_a_typed_error() {
    let mock = start().await;
    let port = mock.mtls_addr().port();
    let error = MockNapi::builder()
        .portal_port(port)
        .start()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Bind { port: refused, .. } if refused == port));
}

#[tokio::test]
async fn the_urls_name_the_bound_ports() {
    let mock = start().await;
    assert_eq!(
        mock.base_url(),
        format!("https://localhost:{}", mock.mtls_addr().port())
    );
    assert!(mock.mtls_addr().ip().is_loopback());
    assert!(mock.portal_url().starts_with("http://127.0.0.1:"));
}

#[tokio::test]
async fn after_shutdown_no_connection_is_left_and_none_is_taken() {
    let mock = start().await;
    let address = mock.mtls_addr();
    let mut open = TcpStream::connect(address).await.unwrap();
    mock.wait_for(|event| event.kind == EventKind::Accepted)
        .await;
    mock.shutdown().await;
    assert!(matches!(open.read(&mut [0; 16]).await, Ok(0) | Err(_)));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn a_dropped_mock_ends_its_connections() {
    let mock = start().await;
    let mut open = TcpStream::connect(mock.mtls_addr()).await.unwrap();
    mock.wait_for(|event| event.kind == EventKind::Accepted)
        .await;
    drop(mock);
    assert!(matches!(open.read(&mut [0; 16]).await, Ok(0) | Err(_)));
}
