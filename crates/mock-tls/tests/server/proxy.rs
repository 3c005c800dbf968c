//! The forward proxy in front of the server.

use mock_tls::{ConnectionEvent, MockServer, ProxyResponse, ProxyScript};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{connect, events_of, exchange};

/// Asks the proxy for a tunnel to the server, and returns the status line.
async fn tunnel(server: &MockServer) -> (String, TcpStream) {
    let proxy = server.proxy_addr().unwrap();
    let mut stream = TcpStream::connect(proxy).await.unwrap();
    let target = server.addr();
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    (head.lines().next().unwrap().to_owned(), stream)
}

#[tokio::test]
async fn tunnel_leads_to_the_server() {
    let server = MockServer::builder().proxy().start().await.unwrap();
    let identity = server.client_identity().unwrap();
    let (status, stream) = tunnel(&server).await;
    assert!(status.starts_with("HTTP/1.1 200"), "{status}");
    let stream = connect(&server, Some(&identity), stream).await.unwrap();
    let response = exchange(stream, "GET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    let events = events_of(&server, 1).await;
    assert_eq!(events.first(), Some(&ConnectionEvent::ProxyAccepted));
    let served = events_of(&server, 2).await;
    assert_eq!(served.first(), Some(&ConnectionEvent::Accepted));
}

#[tokio::test]
async fn scripted_proxy_answers_by_its_own_status() {
    let server = MockServer::builder().proxy().start().await.unwrap();
    server.enqueue_proxy(ProxyScript::new().response(ProxyResponse::Status { code: 502 }));
    let (status, stream) = tunnel(&server).await;
    assert!(status.starts_with("HTTP/1.1 502"), "{status}");
    drop(stream);
    let events = events_of(&server, 1).await;
    let is_heard = |event: &ConnectionEvent| {
        matches!(
            event,
            ConnectionEvent::ProxyRequest {
                status: Some(502),
                ..
            }
        )
    };
    assert!(events.iter().any(is_heard), "{events:?}");
    assert_eq!(
        tunnel(&server).await.0,
        "HTTP/1.1 200 Connection established"
    );
}
