//! Bodies that stream both ways, in pieces and in bulk.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio::sync::mpsc;
use transport::Alpn;

use crate::context::{BOTH, Running, Streaming, full, whole};

/// Returns a body whose pieces a test sends when it likes.
pub(crate) fn by_hand() -> (
    mpsc::Sender<Result<Frame<Bytes>, std::io::Error>>,
    impl http_body::Body<Data = Bytes, Error = std::io::Error> + Send + Unpin + 'static,
) {
    let (sender, mut pieces) = mpsc::channel(1);
    let stream = futures_util::stream::poll_fn(move |cx| pieces.poll_recv(cx));
    (sender, StreamBody::new(stream))
}

fn uri(gateway: &Running, path: &str) -> String {
    format!("http://{}{path}", gateway.addr())
}

#[tokio::test]
async fn each_piece_passes_through_before_the_next_is_sent() {
    let streaming = Streaming::new();
    for alpn in BOTH {
        let gateway = Running::start(streaming.gateway(alpn));
        let mut caller = gateway.http2().await;
        let (sender, body) = by_hand();
        let request = Request::post(uri(&gateway, "/echo")).body(body).unwrap();
        let response = caller.send_request(request).await.unwrap();
        let mut body = response.into_body();
        for piece in ["first", "second", "third"] {
            sender.send(Ok(Frame::data(piece.into()))).await.unwrap();
            let frame = body.frame().await.unwrap().unwrap();
            assert_eq!(frame.data_ref().unwrap(), piece, "{alpn:?}");
        }
        drop(sender);
        assert!(
            body.frame()
                .await
                .is_none_or(|frame| frame.unwrap().data_ref().unwrap().is_empty())
        );
    }
}

#[tokio::test]
async fn trailers_pass_both_ways() {
    let streaming = Streaming::new();
    let gateway = Running::start(streaming.gateway(Alpn::Http2));
    let mut caller = gateway.http2().await;
    let (sender, body) = by_hand();
    let request = Request::post(uri(&gateway, "/echo")).header("te", "trailers");
    let response = caller.send_request(request.body(body).unwrap());
    sender.send(Ok(Frame::data("hello".into()))).await.unwrap();
    let mut trailers = HeaderMap::new();
    trailers.insert("checksum", HeaderValue::from_static("right"));
    trailers.insert("authorization", HeaderValue::from_static("not here"));
    sender.send(Ok(Frame::trailers(trailers))).await.unwrap();
    drop(sender);
    let body = response.await.unwrap().into_body().collect().await.unwrap();
    let trailers = body.trailers().unwrap();
    assert_eq!(trailers["checksum"], "right");
    assert!(!trailers.contains_key("authorization"));
    assert_eq!(body.to_bytes(), "hello");
}

#[tokio::test]
async fn large_bodies_are_the_same_at_both_ends() {
    let streaming = Streaming::new();
    let large: Bytes = (0..5_000_000_u32)
        .map(|number| (number % 251) as u8)
        .collect::<Vec<_>>()
        .into();
    for alpn in BOTH {
        let gateway = Running::start(streaming.gateway(alpn));
        let mut caller = gateway.http2().await;
        for length in [0, 1, 64 * 1024, 64 * 1024 + 1, large.len()] {
            let request = Request::post(uri(&gateway, "/echo"));
            let request = request.body(full(large.slice(..length))).unwrap();
            let (response, body) = whole(caller.send_request(request).await.unwrap()).await;
            assert_eq!(response.status(), 200);
            assert!(body == large.slice(..length), "{alpn:?}: {length} bytes");
        }
    }
}

#[tokio::test]
async fn server_that_does_not_read_holds_the_caller_back() {
    let streaming = Streaming::new();
    let gateway = Running::start(streaming.gateway(Alpn::Http11));
    let mut caller = gateway.http2().await;
    let (sender, body) = by_hand();
    let request = Request::post(uri(&gateway, "/never")).body(body).unwrap();
    let _waiting = tokio::spawn(caller.send_request(request));
    let piece = Bytes::from(vec![b'x'; 64 * 1024]);
    let mut sent = 0;
    // Until a piece stays where it is while the same gateway and server serve other requests: an
    // hour in which nothing runs would not do.
    loop {
        let others = async {
            for _ in 0..100 {
                assert_eq!(gateway.get("/", "").await.status, 200);
            }
        };
        tokio::select! {
            biased;
            sending = sender.send(Ok(Frame::data(piece.clone()))) => sending.unwrap(),
            () = others => break,
        }
        sent += piece.len();
        assert!(
            sent < 64 << 20,
            "{sent} bytes were taken, and no one reads them"
        );
    }
    assert!(sent > 0);
}
