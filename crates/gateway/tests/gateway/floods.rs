//! Callers that send frames of HTTP/2 without end, and read nothing: each is bounded, and others
//! are served meanwhile.

use std::{io::ErrorKind, net::SocketAddr, time::Duration};

use gateway::{Limits, Timeouts};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::yield_now,
    time::{interval, timeout},
};
use transport::Alpn;

use crate::context::{Reply, Running, Streaming, rest, rest_of_bytes};

pub(crate) const DATA: u8 = 0;
pub(crate) const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const WINDOW_UPDATE: u8 = 8;
const CONTINUATION: u8 = 9;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;

/// `GET http://localhost/` in the static table of HPACK (RFC 7541, appendix A).
pub(crate) const GET: &[u8] = b"\x82\x86\x84\x41\x09localhost";

/// Returns a frame (RFC 9113, section 4.1).
pub(crate) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// Opens a connection of HTTP/2 with these settings.
pub(crate) async fn begun(gateway: &Running, settings: &[u8]) -> TcpStream {
    let mut caller = gateway.connect().await;
    let mut bytes = PREFACE.to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, settings));
    caller.write_all(&bytes).await.unwrap();
    caller
}

/// Requests `/` on a connection of HTTP/2 whose responses have no room, and waits for the head of
/// the response, or the end.
pub(crate) async fn without_window(addr: SocketAddr) -> TcpStream {
    let mut caller = TcpStream::connect(addr).await.unwrap();
    let mut bytes = PREFACE.to_vec();
    bytes.extend(frame(SETTINGS, 0, 0, NO_WINDOW));
    bytes.extend(frame(HEADERS, END_HEADERS | END_STREAM, 1, GET));
    caller.write_all(&bytes).await.unwrap();
    loop {
        let mut head = [0; 9];
        if caller.read_exact(&mut head).await.is_err() {
            return caller;
        }
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        if caller.read_exact(&mut payload).await.is_err() || head[3] == HEADERS {
            return caller;
        }
    }
}

/// SETTINGS_INITIAL_WINDOW_SIZE is 0: no response has room.
const NO_WINDOW: &[u8] = &[0, 4, 0, 0, 0, 0];

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The outcome of sending without end.
#[derive(Debug, PartialEq, Eq)]
enum Flooded {
    /// The gateway closed the connection.
    Closed,
    /// It reads no more of it.
    HeldBack,
}

/// The most that the kernel keeps of what is sent to a peer that does not read, with room to spare.
const MOST_BYTES: usize = 32 << 20;

/// The number of requests of others that are served one after the other while nothing is taken.
const SERVED: usize = 20;

/// Sends these bytes again and again, while others are served; fails if more than this is taken.
async fn flood(
    gateway: &Running,
    caller: &TcpStream,
    most: usize,
    mut next: impl FnMut() -> Vec<u8>,
) -> Flooded {
    let mut sent = 0;
    let mut served = 0;
    loop {
        let bytes = next();
        let mut left = &bytes[..];
        while !left.is_empty() {
            match caller.try_write(left) {
                Ok(written) => {
                    sent += written;
                    served = 0;
                    left = &left[written..];
                    assert!(sent < most, "it is taken without end");
                    yield_now().await;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    assert_eq!(gateway.get("/", "").await.status, 200);
                    served += 1;
                    if served == SERVED {
                        return Flooded::HeldBack;
                    }
                }
                Err(_closed) => {
                    assert_eq!(gateway.get("/", "").await.status, 200);
                    return Flooded::Closed;
                }
            }
        }
    }
}

#[tokio::test]
async fn head_in_frames_without_end_closes_its_connection() {
    let streaming = Streaming::new();
    let gateway = Running::start(streaming.gateway(Alpn::Http11));
    for payload in [&b""[..], b"\x00\x01x\x01y", &[0x82; 16 * 1024]] {
        let mut caller = begun(&gateway, &[]).await;
        let head = frame(HEADERS, 0, 1, GET);
        caller.write_all(&head).await.unwrap();
        let flooded = flood(&gateway, &caller, MOST_BYTES, || {
            frame(CONTINUATION, 0, 1, payload)
        })
        .await;
        assert_eq!(flooded, Flooded::Closed, "{} bytes each", payload.len());
    }
    assert_eq!(gateway.get("/", "").await.status, 200);
}

#[tokio::test]
async fn frames_that_ask_for_replies_are_held_back() {
    let streaming = Streaming::new();
    let gateway = Running::start(streaming.gateway(Alpn::Http11));
    // Many to a write: one alone costs more to send than to answer.
    let pings = frame(PING, 0, 0, &[0; 8]).repeat(1000);
    let settings = frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0xff, 0xff]).repeat(1000);
    for bytes in [pings, settings] {
        let caller = begun(&gateway, &[]).await;
        // Both ends are fine: no reply is kept for a caller that reads none.
        flood(&gateway, &caller, MOST_BYTES, || bytes.clone()).await;
    }
}

#[tokio::test]
async fn body_of_empty_frames_ends_in_time() {
    let streaming = Streaming::new();
    let short = Duration::from_millis(200);
    let timeouts = Timeouts::default().body(short).idle(short);
    let gateway = Running::start(streaming.gateway(Alpn::Http11).timeouts(timeouts));
    let mut caller = begun(&gateway, &[]).await;
    let post = frame(HEADERS, END_HEADERS, 1, &[b"\x83", &GET[1..]].concat());
    caller.write_all(&post).await.unwrap();
    let empty = frame(DATA, 0, 1, b"").repeat(1000);
    // They are read and dropped, and are no sign of life.
    let flooded = flood(&gateway, &caller, usize::MAX, || empty.clone()).await;
    assert_eq!(flooded, Flooded::Closed);
}

#[tokio::test]
async fn rapid_reset_ends_its_connection_and_no_other() {
    let streaming = Streaming::new();
    let gateway = Running::start(streaming.gateway(Alpn::Http11));
    let caller = begun(&gateway, &[]).await;
    let mut stream = 1;
    // CVE-2023-44487: so many to a write that the streams are reset before they are looked at.
    let flooded = flood(&gateway, &caller, MOST_BYTES, || {
        let mut bytes = Vec::new();
        for _ in 0..100 {
            bytes.extend(frame(HEADERS, END_HEADERS | END_STREAM, stream, GET));
            bytes.extend(frame(RST_STREAM, 0, stream, &[0, 0, 0, 8]));
            stream += 2;
        }
        bytes
    })
    .await;
    assert_eq!(flooded, Flooded::Closed, "after {stream}");
}

#[tokio::test]
async fn streams_that_it_has_us_reset_end_their_connection() {
    let streaming = Streaming::new();
    let gateway = Running::start(streaming.gateway(Alpn::Http11));
    let caller = begun(&gateway, &[]).await;
    let mut stream = 1;
    // An increment of 0 is an error of the stream (RFC 9113, section 6.9): the reset is ours.
    let flooded = flood(&gateway, &caller, MOST_BYTES, || {
        let mut bytes = frame(HEADERS, END_HEADERS, stream, GET);
        bytes.extend(frame(WINDOW_UPDATE, 0, stream, &[0; 4]));
        stream += 2;
        bytes
    })
    .await;
    assert_eq!(flooded, Flooded::Closed, "after {stream}");
}

#[tokio::test]
async fn streams_without_a_window_end_in_time() {
    let streaming = Streaming::new();
    let timeouts = Timeouts::default().response(Duration::from_millis(500));
    let gateway = Running::start(streaming.gateway(Alpn::Http11).timeouts(timeouts));
    let mut caller = begun(&gateway, NO_WINDOW).await;
    for number in 0..64 {
        let get = frame(HEADERS, END_HEADERS | END_STREAM, 2 * number + 1, GET);
        caller.write_all(&get).await.unwrap();
    }
    assert_eq!(gateway.get("/", "").await.status, 200);
    rest_of_bytes(&mut caller).await;
    assert_eq!(gateway.get("/", "").await.status, 200);
}

#[tokio::test]
async fn connections_without_a_window_make_room() {
    let streaming = Streaming::new();
    let limits = Limits::default().connections(4);
    let timeouts = Timeouts::default().response(Duration::from_secs(600));
    let gateway = streaming.gateway(Alpn::Http11).limits(limits);
    let gateway = Running::start(gateway.timeouts(timeouts));
    let mut untaken = Vec::new();
    for _ in 0..4 {
        untaken.push(without_window(gateway.addr()).await);
    }
    // Once it is certain that the network is not what keeps them, which is after a second.
    let mut tries = interval(Duration::from_millis(50));
    let served = async {
        loop {
            tries.tick().await;
            let mut caller = gateway.connect().await;
            let get = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
            let _closed = caller.write_all(get).await;
            let text = rest(&mut caller).await;
            if !text.is_empty() {
                return Reply::of(&text);
            }
        }
    };
    let served = timeout(Duration::from_secs(60), served).await.unwrap();
    assert_eq!((served.status, &*served.body), (200, "hello"));
}

#[tokio::test]
async fn pipelined_requests_are_served_in_order() {
    let streaming = Streaming::new();
    let gateway = Running::start(streaming.gateway(Alpn::Http11));
    let mut requests = String::new();
    for number in 0..100 {
        let path = if number % 2 == 0 { "/small" } else { "/absent" };
        requests += &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }
    requests += "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let text = gateway.raw(&requests).await;
    let statuses = text.split("HTTP/1.1 ").skip(1).map(|it| &it[..3]);
    let statuses: Vec<_> = statuses.collect();
    assert_eq!(statuses.len(), 101);
    for (number, status) in statuses[..100].iter().enumerate() {
        assert_eq!(*status, if number % 2 == 0 { "200" } else { "404" });
    }
}

#[tokio::test]
async fn pipelined_requests_without_end_are_held_back() {
    let streaming = Streaming::new();
    let gateway = Running::start(streaming.gateway(Alpn::Http11));
    let caller = gateway.connect().await;
    let requests = b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(1000);
    let flooded = flood(&gateway, &caller, MOST_BYTES, || requests.clone()).await;
    assert_eq!(flooded, Flooded::HeldBack);
}
