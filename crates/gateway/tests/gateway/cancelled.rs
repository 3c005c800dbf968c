//! Callers that go away take their request along.

use http::Request;
use tokio::io::AsyncWriteExt;
use transport::Alpn;

use crate::context::{Running, Streaming, full};

#[tokio::test]
async fn caller_that_leaves_cancels_the_request() {
    let streaming = Streaming::new();
    let gateway = Running::start(streaming.gateway(Alpn::Http11));
    let mut caller = gateway.connect().await;
    caller
        .write_all(b"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    streaming
        .server
        .seen_when(|seen| seen.requests() == 1)
        .await
        .unwrap();
    drop(caller);
    let closed = |seen: &test_support::tls_server::Seen| !seen.connections[0].is_open;
    streaming.server.seen_when(closed).await.unwrap();
}

#[tokio::test]
async fn reset_stream_cancels_its_request_alone() {
    let streaming = Streaming::new();
    let gateway = Running::start(streaming.gateway(Alpn::Http11));
    let mut caller = gateway.http2().await;
    let uri = |path: &str| format!("http://{}{path}", gateway.addr());
    let request = Request::get(uri("/never")).body(full("")).unwrap();
    let waiting = tokio::spawn(caller.send_request(request));
    streaming
        .server
        .seen_when(|seen| seen.requests() == 1)
        .await
        .unwrap();
    waiting.abort();
    let closed = |seen: &test_support::tls_server::Seen| !seen.connections[0].is_open;
    streaming.server.seen_when(closed).await.unwrap();
    let request = Request::get(uri("/")).body(full("")).unwrap();
    assert_eq!(caller.send_request(request).await.unwrap().status(), 200);
}
