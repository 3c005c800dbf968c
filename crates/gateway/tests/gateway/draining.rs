//! A gateway that is told to stop.

use std::time::Duration;

use gateway::Timeouts;
use mock_tls::ConnectionEvent;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{advance, pause, resume},
};
use transport::Alpn;

use crate::context::{Running, Streaming, describing, head, rest, to};
use crate::floods::{DATA, END_HEADERS, END_STREAM, GET, HEADERS, begun, frame};

const CHUNKED: &str =
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn requests_in_progress_end_and_no_others_begin() {
    let streaming = Streaming::new();
    let mut gateway = Running::start(streaming.gateway(Alpn::Http11));
    let addr = gateway.addr();
    let mut idle = gateway.connect().await;
    let mut busy = gateway.connect().await;
    busy.write_all(CHUNKED.as_bytes()).await.unwrap();
    head(&mut busy).await;
    gateway.stop();
    assert_eq!(rest(&mut idle).await, "");
    assert!(TcpStream::connect(addr).await.is_err());
    busy.write_all(b"5\r\nhello\r\n0\r\n\r\n").await.unwrap();
    let body = rest(&mut busy).await;
    assert!(
        body.contains("hello") && body.ends_with("0\r\n\r\n"),
        "{body}"
    );
    gateway.ended().await;
}

#[tokio::test]
async fn request_that_does_not_end_is_cut_off_in_time() {
    let streaming = Streaming::new();
    let timeouts = Timeouts::default().drain(Duration::from_millis(100));
    let mut gateway = Running::start(streaming.gateway(Alpn::Http11).timeouts(timeouts));
    let mut busy = gateway.connect().await;
    busy.write_all(CHUNKED.as_bytes()).await.unwrap();
    head(&mut busy).await;
    gateway.stop();
    gateway.ended().await;
    let mut read = Vec::new();
    let _reset = busy.read_to_end(&mut read).await;
    assert!(read.is_empty());
}

const GOAWAY: u8 = 7;

/// Returns the payload of the next frame of this kind.
async fn next(caller: &mut TcpStream, kind: u8) -> Vec<u8> {
    loop {
        let mut head = [0; 9];
        caller.read_exact(&mut head).await.unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        caller.read_exact(&mut payload).await.unwrap();
        if head[3] == kind {
            return payload;
        }
    }
}

#[tokio::test]
async fn caller_that_confirms_no_end_begins_no_more_requests() {
    let server = describing().await;
    let mut gateway = Running::start(to(&server, Alpn::Http11));
    let mut caller = begun(&gateway, &[]).await;
    let get = |stream| frame(HEADERS, END_HEADERS | END_STREAM, stream, GET);
    /// `:status: 200` in the static table of HPACK.
    const OK: u8 = 0x88;
    caller.write_all(&get(1)).await.unwrap();
    assert_eq!(next(&mut caller, HEADERS).await[0], OK);
    gateway.stop();
    // It never replies to the PING that asks for a confirmation.
    next(&mut caller, GOAWAY).await;
    caller.write_all(&get(3)).await.unwrap();
    assert_eq!(next(&mut caller, HEADERS).await[0], OK, "it was on its way");
    next(&mut caller, DATA).await;
    pause();
    advance(Duration::from_secs(11)).await;
    resume();
    caller.write_all(&get(5)).await.unwrap();
    assert_ne!(next(&mut caller, HEADERS).await[0], OK);
    let body = next(&mut caller, DATA).await;
    let body = String::from_utf8(body).unwrap();
    assert!(body.contains("connection-closing"), "{body}");
    let events = server.events();
    let is_request =
        |event: &&mock_tls::Event| matches!(event.kind, ConnectionEvent::RequestServed { .. });
    assert_eq!(events.iter().filter(is_request).count(), 2);
}
