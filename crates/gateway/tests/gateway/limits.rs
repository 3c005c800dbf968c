//! Callers that want too much, and callers that are slow.

use std::time::Duration;

use bytes::Bytes;
use gateway::{Limits, Timeouts};
use http::Request;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, timeout},
};
use transport::Alpn;

use crate::context::{Reply, Running, Streaming, describing, head, rest, to};

#[tokio::test]
async fn request_beyond_the_limit_is_rejected_at_once() {
    let streaming = Streaming::new();
    let limits = Limits::default().requests(1);
    let gateway = Running::start(streaming.gateway(Alpn::Http11).limits(limits));
    let mut first = gateway.connect().await;
    first
        .write_all(b"GET /never HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .await
        .unwrap();
    streaming
        .server
        .seen_when(|seen| seen.requests() == 1)
        .await
        .unwrap();
    let reply = gateway.get("/", "").await;
    assert_eq!((reply.status, &*reply.problem()), (503, "overloaded"));
    assert!(reply.head.contains("retry-after: 1"), "{reply:?}");
    assert_eq!(reply.json()["retry"], "not_processed");
    drop(first);
    let closed = |seen: &test_support::tls_server::Seen| !seen.connections[0].is_open;
    streaming.server.seen_when(closed).await.unwrap();
    assert_eq!(gateway.get("/", "").await.status, 200);
}

#[tokio::test]
async fn place_is_held_until_the_response_is_read() {
    let streaming = Streaming::new();
    let limits = Limits::default().requests(1);
    let gateway = Running::start(streaming.gateway(Alpn::Http11).limits(limits));
    let mut first = gateway.connect().await;
    let request = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    first.write_all(request.as_bytes()).await.unwrap();
    assert!(head(&mut first).await.starts_with("HTTP/1.1 200"));
    assert_eq!(gateway.get("/", "").await.status, 503);
    first.write_all(b"0\r\n\r\n").await.unwrap();
    let mut end = [0; 5];
    first.read_exact(&mut end).await.unwrap();
    assert_eq!(&end, b"0\r\n\r\n");
    assert_eq!(gateway.get("/", "").await.status, 200);
}

#[tokio::test]
async fn body_beyond_the_limit_is_refused_announced_or_not() {
    let server = describing().await;
    let limits = Limits::default().request_body(10);
    let gateway = Running::start(to(&server, Alpn::Http11).limits(limits));
    let post = "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    for (body, status) in [
        ("Content-Length: 10\r\n\r\n0123456789", 200),
        ("Content-Length: 11\r\n\r\n0123456789a", 413),
        (
            "Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n",
            200,
        ),
        (
            "Transfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n",
            413,
        ),
    ] {
        let reply = Reply::of(&gateway.raw(&format!("{post}{body}")).await);
        assert_eq!(reply.status, status, "{body}: {reply:?}");
        if status == 413 {
            assert_eq!(reply.problem(), "request-body-too-large");
        }
    }
}

#[tokio::test]
async fn head_beyond_the_limits_is_refused() {
    let server = describing().await;
    let limits = Limits::default().head(8 * 1024).fields(16);
    let gateway = Running::start(to(&server, Alpn::Http11).limits(limits));
    let long = format!("X: {}\r\n", "x".repeat(9 * 1024));
    assert_eq!(gateway.get("/", &long).await.status, 431);
    assert_eq!(gateway.get("/", &"X: y\r\n".repeat(15)).await.status, 431);
    assert!(server.events().is_empty());
    let short = format!("X: {}\r\n", "x".repeat(7 * 1024));
    assert_eq!(gateway.get("/", &short).await.status, 200);
}

#[tokio::test]
async fn slow_callers_are_given_up() {
    let streaming = Streaming::new();
    let short = Duration::from_millis(200);
    let long = Duration::from_secs(600);
    let of =
        |timeouts: Timeouts| Running::start(streaming.gateway(Alpn::Http11).timeouts(timeouts));
    let all_long = Timeouts::default()
        .head(long)
        .body(long)
        .response(long)
        .idle(long);

    // The head does not end, though bytes keep coming.
    let gateway = of(all_long.head(short));
    let mut caller = gateway.connect().await;
    caller
        .write_all(b"GET / HTTP/1.1\r\nHost: local")
        .await
        .unwrap();
    assert_eq!(rest(&mut caller).await, "");

    // The body does not go on.
    let gateway = of(all_long.body(short));
    let mut caller = gateway.connect().await;
    let request = "POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhello";
    caller.write_all(request.as_bytes()).await.unwrap();
    let reply = Reply::of(&rest(&mut caller).await);
    assert_eq!(
        (reply.status, &*reply.problem()),
        (408, "request-body-too-slow")
    );

    // Nothing comes at all, at first and after a request.
    let gateway = of(all_long.idle(short));
    let mut caller = gateway.connect().await;
    assert_eq!(rest(&mut caller).await, "");
    // The request is there before the connection is accepted, from when on it would be idle.
    let mut caller = std::net::TcpStream::connect(gateway.addr()).unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    std::io::Write::write_all(&mut caller, request).unwrap();
    caller.set_nonblocking(true).unwrap();
    let mut caller = TcpStream::from_std(caller).unwrap();
    assert!(rest(&mut caller).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn caller_that_does_not_read_loses_its_connection() {
    let streaming = Streaming::new();
    let timeouts = Timeouts::default().response(Duration::from_millis(200));
    let gateway = Running::start(streaming.gateway(Alpn::Http11).timeouts(timeouts));
    let caller = gateway.connect().await;
    let (mut reader, mut writer) = caller.into_split();
    let request = "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    writer.write_all(request.as_bytes()).await.unwrap();
    // More than all buffers on the way hold; the caller itself is not read.
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    while writer.write_all(chunk.as_bytes()).await.is_ok() {}
    let closed = |seen: &test_support::tls_server::Seen| !seen.connections[0].is_open;
    streaming.server.seen_when(closed).await.unwrap();
    let mut read = Vec::new();
    let _reset = reader.read_to_end(&mut read).await;
    assert!(read.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn idle_connections_make_room_for_new_ones() {
    let server = describing().await;
    let limits = Limits::default().connections(4);
    let gateway = Running::start(to(&server, Alpn::Http11).limits(limits));
    let mut idle = Vec::new();
    for _ in 0..64 {
        idle.push(gateway.connect().await);
    }
    assert_eq!(gateway.get("/", "").await.status, 200);
    for mut evicted in idle.drain(..60) {
        assert_eq!(rest(&mut evicted).await, "");
    }
}

#[tokio::test]
async fn body_that_drips_is_given_up() {
    let streaming = Streaming::new();
    let timeouts = Timeouts::default().body(Duration::from_millis(200));
    let gateway = Running::start(streaming.gateway(Alpn::Http11).timeouts(timeouts));
    let mut caller = gateway.connect().await;
    let head = "POST /count HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
        Content-Length: 50\r\n\r\n";
    caller.write_all(head.as_bytes()).await.unwrap();
    let mut first = [0; 1];
    for _ in 0..50 {
        caller.write_all(b"x").await.unwrap();
        // Far sooner than a piece has to come.
        let pause = Duration::from_millis(40);
        if let Ok(read) = timeout(pause, caller.read(&mut first)).await {
            assert_eq!(read.unwrap(), 1);
            break;
        }
    }
    let reply = format!("H{}", rest(&mut caller).await);
    let reply = Reply::of(&reply);
    assert_eq!(
        (reply.status, &*reply.problem()),
        (408, "request-body-too-slow")
    );
}

#[tokio::test]
async fn unread_response_ends_no_other_request() {
    let streaming = Streaming::new();
    let short = Duration::from_millis(200);
    let timeouts = Timeouts::default().response(short);
    let gateway = Running::start(streaming.gateway(Alpn::Http11).timeouts(timeouts));
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(1024);
    let (mut caller, connection) = builder
        .handshake::<_, Bytes>(gateway.connect().await)
        .await
        .unwrap();
    let connection = tokio::spawn(connection);
    let uri = |path: &str| format!("http://{}{path}", gateway.addr());
    let unread = Request::get(uri("/large")).body(()).unwrap();
    let (unread, _) = caller.send_request(unread, true).unwrap();
    let unread = unread.await.unwrap().into_body();
    let echo = Request::post(uri("/echo")).body(()).unwrap();
    let (echo, mut sender) = caller.send_request(echo, false).unwrap();
    let mut echo = echo.await.unwrap().into_body();
    let until = Instant::now() + 4 * short;
    while Instant::now() < until {
        sender.send_data("piece".into(), false).unwrap();
        let piece = echo.data().await.unwrap().unwrap();
        assert_eq!(piece, "piece");
        echo.flow_control().release_capacity(piece.len()).unwrap();
    }
    let late = Request::get(uri("/")).body(()).unwrap();
    let late = match caller.ready().await {
        Ok(mut caller) => caller.send_request(late, true).is_err(),
        Err(_) => true,
    };
    assert!(late, "no more requests are taken");
    sender.send_data(Bytes::new(), true).unwrap();
    assert!(
        echo.data()
            .await
            .is_none_or(|last| last.unwrap().is_empty())
    );
    // Only the one that is overdue is left.
    let _cut = connection.await.unwrap();
    drop(unread);
}
