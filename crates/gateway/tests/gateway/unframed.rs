//! Responses to HTTP/1.0 without a length, whose end is that of the connection: it is a reset
//! unless all of the response has been written.

use std::{io, time::Duration};

use gateway::Timeouts;
use mock_tls::{
    Body, ConnectionEvent, Delivery, Framing, MockServer, Moment, Point, Reply as ScriptedReply,
    Script,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use transport::Alpn;

use crate::context::{BOTH, Running, describing, head, to};

const GET: &[u8] = b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n";

/// Returns a response without a length.
fn unframed(body: impl Into<Body>) -> ScriptedReply {
    let reply = ScriptedReply::new(200).framing(Framing::Chunked);
    reply.body(body)
}

/// Starts a server that gives every request this response.
async fn responding(script: Script) -> MockServer {
    let server = describing().await;
    server.repeat(script.alpn(mock_tls::Alpn::Either));
    server
}

/// Sends a request, and reads the head of the response.
async fn called(gateway: &Running) -> TcpStream {
    let mut caller = gateway.connect().await;
    caller.write_all(GET).await.unwrap();
    let head = head(&mut caller).await.to_ascii_lowercase();
    let has_length = head.contains("content-length") || head.contains("transfer-encoding");
    assert!(!has_length, "{head}");
    caller
}

/// Reads to the end of the connection, and returns the number of bytes, unless it is a reset.
async fn length_to_the_end(caller: &mut TcpStream) -> Option<usize> {
    let mut read = Vec::new();
    match caller.read_to_end(&mut read).await {
        Ok(length) => Some(length),
        Err(error) => {
            assert_eq!(error.kind(), io::ErrorKind::ConnectionReset, "{error}");
            None
        }
    }
}

#[tokio::test]
async fn response_broken_off_by_the_server_is_reset() {
    for alpn in BOTH {
        for (delivery, length) in [(Delivery::HalfThenCut, None), (Delivery::Whole, Some(10))] {
            let reply = unframed("0123456789").delivery(delivery);
            let script = Script::new().response(reply).gate(Point::MidBody, "half");
            let server = responding(script).await;
            let gateway = Running::start(to(&server, alpn));
            let mut caller = called(&gateway).await;
            server.open_gate("half");
            assert_eq!(length_to_the_end(&mut caller).await, length, "{alpn:?}");
        }
    }
}

#[tokio::test]
async fn response_given_up_by_a_stopping_gateway_is_reset() {
    for (is_finished, length) in [(false, None), (true, Some(10))] {
        let script = Script::new().response(unframed("0123456789"));
        let server = responding(script.gate(Point::MidBody, "half")).await;
        let drain = match is_finished {
            true => Duration::from_secs(600),
            false => Duration::from_millis(100),
        };
        let timeouts = Timeouts::default().drain(drain);
        let mut gateway = Running::start(to(&server, Alpn::Http11).timeouts(timeouts));
        let mut caller = called(&gateway).await;
        gateway.stop();
        if is_finished {
            server.open_gate("half");
        }
        gateway.ended().await;
        assert_eq!(length_to_the_end(&mut caller).await, length);
    }
}

/// More than all buffers on the way hold.
const LONG: u64 = 32 << 20;

#[tokio::test]
async fn response_taken_too_slowly_is_reset() {
    for (response, length) in [
        (Duration::from_millis(200), None),
        (Duration::from_secs(600), usize::try_from(LONG).ok()),
    ] {
        let script = Script::new().response(unframed(Body::Filled { bytes: LONG }));
        let server = responding(script).await;
        let timeouts = Timeouts::default().response(response);
        let gateway = Running::start(to(&server, Alpn::Http11).timeouts(timeouts));
        let mut caller = called(&gateway).await;
        if length.is_none() {
            // Nothing is taken until the gateway has given the request up.
            server
                .wait_for(|event| event.kind == ConnectionEvent::Closed)
                .await;
        }
        assert_eq!(length_to_the_end(&mut caller).await, length);
    }
}

#[tokio::test]
async fn whole_response_to_half_a_request_is_not_reset() {
    let reply = unframed("0123456789").moment(Moment::AfterHead);
    let server = responding(Script::new().response(reply)).await;
    let timeouts = Timeouts::default().drain(Duration::from_secs(1));
    let mut gateway = Running::start(to(&server, Alpn::Http11).timeouts(timeouts));
    let mut caller = gateway.connect().await;
    let request = "POST / HTTP/1.0\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello";
    caller.write_all(request.as_bytes()).await.unwrap();
    assert!(head(&mut caller).await.contains(" 200 "));
    caller.read_exact(&mut [0; 10]).await.unwrap();
    gateway.stop();
    gateway.ended().await;
    assert_eq!(length_to_the_end(&mut caller).await, Some(0));
}

#[tokio::test]
async fn response_without_a_body_is_not_reset() {
    for (method, alpn) in ["GET", "HEAD"]
        .iter()
        .flat_map(|method| BOTH.map(|alpn| (method, alpn)))
    {
        let server = responding(Script::new().response(unframed(""))).await;
        let timeouts = Timeouts::default().idle(Duration::from_millis(100));
        let gateway = Running::start(to(&server, alpn).timeouts(timeouts));
        let mut caller = gateway.connect().await;
        let request =
            format!("{method} / HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
        caller.write_all(request.as_bytes()).await.unwrap();
        // Kept until it has been idle for too long, or not.
        assert!(head(&mut caller).await.contains(" 200 "));
        assert_eq!(length_to_the_end(&mut caller).await, Some(0));
    }
}
